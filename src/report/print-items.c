#include "report/print-private.h"

#include "base/text.h"

#define GIST_COLUMNS 130 /* two lines of it */
#define SENTENCE_COLUMNS 200
#define AUTHORS_NAMED 3 /* of a campaign */
#define BULLET "\u2022 "

char *
print_language(const char *code)
{
	static const struct {
		const char *code, *name;
	} names[] = {{"ar", "Arabic"}, {"de", "German"}, {"el", "Greek"}, {"en", "English"}, {"es", "Spanish"}, {"fa", "Persian"}, {"fr", "French"},
	    {"he", "Hebrew"}, {"hi", "Hindi"}, {"id", "Indonesian"}, {"it", "Italian"}, {"ja", "Japanese"}, {"ko", "Korean"}, {"nl", "Dutch"}, {"pl", "Polish"},
	    {"pt", "Portuguese"}, {"ru", "Russian"}, {"sv", "Swedish"}, {"th", "Thai"}, {"tr", "Turkish"}, {"uk", "Ukrainian"}, {"vi", "Vietnamese"},
	    {"zh", "Chinese"}};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_equal(code, names[i].code))
			return g_strdup(names[i].name);
	return print_one_line(code, NAME_COLUMNS);
}

gboolean
print_says_no_more(const struct message_row *row)
{
	if (row->subject == NULL || *row->subject == '\0')
		return FALSE;
	return row->gist == NULL || *row->gist == '\0' || g_str_equal(row->gist, row->subject);
}

static void
append_dotted(GString *out, const char *text)
{
	if (out->len > 0)
		g_string_append(out, " \u00b7 ");
	g_string_append(out, text);
}

/* "question, document · SSAC · fr · 1 attachment" */
static char *
about(const struct message_row *row)
{
	static const char *const types[] = {"intent", "group", "region"};
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		g_autofree char *ids = print_ids(row, types[i]);

		if (*ids != '\0')
			append_dotted(out, ids);
	}
	if (row->lang != NULL && !g_str_equal(row->lang, "en")) {
		g_autofree char *language = print_language(row->lang);

		append_dotted(out, language);
	}
	if (row->attachments > 0) {
		g_autofree char *attachments = g_strdup_printf("%u attachment%s", row->attachments, row->attachments == 1 ? "" : "s");

		append_dotted(out, attachments);
	}
	return g_string_free(out, FALSE);
}

/* "A, B, C and 3 more": different authors of LETTERS. */
static char *
authors_of(const GPtrArray *letters, guint *different)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < letters->len; i++) {
		char *author = print_author(g_ptr_array_index(letters, i), NAME_COLUMNS / 2);
		guint before = g_hash_table_size(seen);

		if (g_hash_table_add(seen, author) && before < AUTHORS_NAMED)
			g_string_append_printf(out, "%s%s", before > 0 ? ", " : "", author);
	}
	if (g_hash_table_size(seen) > AUTHORS_NAMED)
		g_string_append_printf(out, " and %u more", g_hash_table_size(seen) - AUTHORS_NAMED);
	*different = g_hash_table_size(seen);
	return g_string_free(out, FALSE);
}

char *
print_who(const struct digest_item *item)
{
	g_autofree char *authors = NULL;
	guint different = 0;

	if (item->letters == NULL)
		return print_author(item->row, NAME_COLUMNS);
	authors = authors_of(item->letters, &different);
	if (item->letters->len == 1)
		return g_strdup_printf("one more letter of a campaign, from %s", authors);
	return g_strdup_printf("%u letters alike, %u different author%s: %s", item->letters->len, different, different == 1 ? "" : "s", authors);
}

/* ", fares.season*": ROW's topics under workstream ID. */
static char *
topics_under(const struct message_row *row, const GPtrArray *targets, const char *id)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		const struct target *target = g_str_equal(filing->type, "topic") ? targets_find(targets, "topic", filing->id) : NULL;

		if (target != NULL && g_strcmp0(target->parent, id) == 0)
			g_string_append_printf(out, ", %s%s", target->id, g_str_equal(filing->tier, "firm") ? "" : "*");
	}
	return g_string_free(out, FALSE);
}

static void
print_reference(struct printer *printer, const struct digest_item *item, const char *workstream)
{
	g_autofree char *title = print_who(item);
	g_autofree char *topics = topics_under(item->row, printer->digest->targets, workstream);
	g_autofree char *id = text_escape(item->see, FALSE);
	g_autofree char *see = g_strdup_printf(" (see %s)", id);
	g_autofree char *text = g_strdup_printf("also: %.*s %s%s", ID_SHOWN, item->row->public_id, title, topics);
	g_autofree char *cut = text_cut(text, COLUMNS - MIN(text_columns(see), COLUMNS / 2));

	g_string_append_printf(printer->out, "%s%s\n", cut, see);
}

/* "Ada Example · 10:00 · 4f2k..."; the long title of a campaign has a line of its own. */
static void
print_item_title(struct printer *printer, const struct digest_item *item)
{
	g_autofree char *title = print_who(item);
	g_autofree char *time = print_time(printer, item->row->received);
	g_autofree char *place = g_strdup_printf("%s \u00b7 %s", time, item->row->public_id);
	g_autofree char *since = NULL;
	g_autofree char *text = NULL;

	g_string_append_c(printer->out, '\n');
	if (item->letters == NULL) {
		text = g_strdup_printf("%s \u00b7 %s", title, place);
		print_paragraph(printer, BULLET, text);
		return;
	}
	print_paragraph(printer, BULLET, title);
	if (item->alike->letters > item->letters->len) {
		const char *more = item->alike->letters < COUNTS_ALIKE ? "" : "more than ";

		since = clock_format(item->alike->first, printer->digest->zone, "%-d %B %Y");
		text = g_strdup_printf("%s \u00b7 %s%" G_GINT64_FORMAT " letters since %s", place, more, item->alike->letters, since);
	}
	print_paragraph(printer, "  ", text != NULL ? text : place);
}

/* "adds (4f2kq7m5): A sentence that the campaign's letter does not have." */
static void
print_sentences(struct printer *printer, const struct digest_item *item)
{
	for (guint i = 0; item->sentences != NULL && i < item->sentences->len; i++) {
		const struct digest_sentence *sentence = g_ptr_array_index(item->sentences, i);
		g_autofree char *text = print_one_line(sentence->text, SENTENCE_COLUMNS);
		g_autofree char *many = sentence->letters > 1 ? g_strdup_printf("%" G_GINT64_FORMAT " letters, ", sentence->letters) : g_strdup("");
		g_autofree char *whole = g_strdup_printf("adds (%s%.*s): %s", many, ID_SHOWN, sentence->row->public_id, text);

		print_paragraph(printer, "  ", whole);
	}
	if (item->more_sentences > 0) {
		g_autofree char *more = g_strdup_printf("and %u more: postbag show --campaign %.*s", item->more_sentences, ID_SHOWN, item->row->campaign_id);

		print_paragraph(printer, "  ", more);
	}
}

static void
print_item(struct printer *printer, const struct digest_item *item, const char *workstream)
{
	const struct message_row *row = item->row;
	g_autofree char *gist = print_gist(row, GIST_COLUMNS);
	g_autofree char *meta = about(row);
	g_autofree char *why = *workstream != '\0' ? why_filed(row, printer->digest->targets, workstream) : NULL;

	print_item_title(printer, item);
	if (item->letters == NULL && row->subject != NULL && *row->subject != '\0') {
		g_autofree char *subject = print_one_line(row->subject, COLUMNS - 4);
		g_autofree char *quoted = g_strdup_printf("\u201c%s\u201d", subject);

		print_paragraph(printer, "  ", quoted);
	}
	if (item->letters != NULL || !print_says_no_more(row))
		print_paragraph(printer, "  ", gist);
	if (*meta != '\0')
		print_paragraph(printer, "  ", meta);
	if (why != NULL)
		print_paragraph(printer, "  why: ", why);
	print_sentences(printer, item);
	if (row->superseded_by != NULL && item->letters == NULL) {
		g_autofree char *by = g_strdup_printf("superseded by %s", row->superseded_by);

		print_paragraph(printer, "  ", by);
	}
}

/* What is shown here in full, then the lines that point elsewhere. */
void
print_items(struct printer *printer, const struct digest_place *place)
{
	gboolean begun = FALSE;

	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see == NULL)
			print_item(printer, item, place->id);
	}
	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see == NULL)
			continue;
		if (!begun)
			g_string_append_c(printer->out, '\n');
		begun = TRUE;
		print_reference(printer, item, place->id);
	}
}

void
print_places(struct printer *printer)
{
	for (guint i = 0; i < printer->digest->places->len; i++) {
		const struct digest_place *place = g_ptr_array_index(printer->digest->places, i);
		g_autofree char *title = print_one_line(place->title, COLUMNS);
		g_autofree char *id = text_escape(place->id, FALSE);
		g_autofree char *text = *title != '\0' ? g_strdup_printf("%s \u00b7 %s", id, title) : g_strdup(id);

		if (place->items->len == 0)
			continue;
		print_heading(printer, text);
		print_items(printer, place);
	}
}
