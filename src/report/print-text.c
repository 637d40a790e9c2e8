#include "report/model.h"

#include "base/text.h"

#include <string.h>

#define COLUMNS 72      /* what fits a quoted mail and a narrow terminal */
#define GIST_COLUMNS 130 /* two lines of it */
#define ELLIPSIS "\u2026"
#define WORD_CUT 16     /* bytes of a word left out rather than shown in part */
#define AUTHORS_NAMED 3 /* of a campaign */
#define NAME_COLUMNS 40
#define ID_SHOWN 8      /* of a public id where a line is short: a prefix that commands accept */
#define ID_COLUMNS 12   /* of a workstream's id in the table; longer ones push their line */

struct printer {
	GString *out;
	const struct digest *digest;
};

/* One line of sender's text: escaped, no tabs or line ends, cut to COLUMNS. Caller frees. */
static char *
one_line(const char *text, guint columns)
{
	g_autofree char *line = g_strdup(text != NULL ? text : "");
	g_autofree char *escaped = NULL;

	g_strdelimit(line, "\t\n", ' ');
	escaped = text_escape(g_strstrip(line), FALSE);
	return text_cut(escaped, columns);
}

static char *
author_of(const struct message_row *row, guint columns)
{
	const char *name = row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address;

	return one_line(name != NULL && *name != '\0' ? name : "(no author)", columns);
}

/* The gist, or the subject of a letter without text; cut after a word where a word ends near the cut. */
static char *
gist_of(const struct message_row *row, guint columns)
{
	const char *gist = row->gist != NULL && *row->gist != '\0' ? row->gist : row->subject;
	g_autofree char *whole = one_line(gist != NULL && *gist != '\0' ? gist : "(no text)", G_MAXUINT);
	char *cut = text_cut(whole, columns);
	char *space = strrchr(cut, ' ');

	if (g_str_has_suffix(cut, ELLIPSIS) && strlen(cut) < strlen(whole) && space != NULL && strlen(space) < WORD_CUT) {
		g_autofree char *longer = cut;

		*space = '\0';
		return g_strconcat(longer, ELLIPSIS, NULL);
	}
	return cut;
}

static void
line(struct printer *printer, const char *text)
{
	g_string_append(printer->out, text);
	g_string_append_c(printer->out, '\n');
}

/* TEXT wrapped, FIRST before its first line and as many spaces before the others. */
static void
paragraph(struct printer *printer, const char *first, const char *text)
{
	g_autofree char *indent = g_strnfill(text_columns(first), ' ');
	g_autofree char *wrapped = text_wrap(text, COLUMNS, indent);

	g_string_append(printer->out, first);
	line(printer, wrapped + MIN(strlen(indent), strlen(wrapped)));
}

static void
heading(struct printer *printer, const char *text)
{
	g_autofree char *cut = text_cut(text, COLUMNS);

	g_string_append(printer->out, "\n\n");
	line(printer, cut);
	for (int i = 0; i < COLUMNS; i++)
		g_string_append(printer->out, "\u2500");
	g_string_append_c(printer->out, '\n');
}

/* A heading for COUNT of something, within the part "to look at". */
static void
subheading(struct printer *printer, const char *text, gint64 count)
{
	g_string_append_printf(printer->out, "\n%s (%" G_GINT64_FORMAT ")\n", text, count);
}

/* "received 14 = input 9 + ..." broken before a plus. */
static void
print_ledger_line(struct printer *printer)
{
	g_autofree char *text = ledger_line(&printer->digest->ledger);
	g_auto(GStrv) terms = g_strsplit(text, " + ", -1);
	guint used = 0;

	for (char **term = terms; *term != NULL; term++) {
		guint width = text_columns(*term) + 3;

		if (term > terms && used + width > COLUMNS) {
			g_string_append(printer->out, "\n   ");
			used = 3;
		}
		g_string_append_printf(printer->out, "%s%s", term > terms ? " + " : "", *term);
		used += width;
	}
	g_string_append_c(printer->out, '\n');
}

static void
print_ledger(struct printer *printer)
{
	const struct ledger *ledger = &printer->digest->ledger;
	g_autofree char *text = NULL;

	print_ledger_line(printer);
	if (ledger->difference != 0) {
		g_string_append_printf(printer->out, "\n*** does not reconcile: %" G_GINT64_FORMAT " ***\n", ledger->difference);
		text = g_strdup_printf("mail.db has %" G_GINT64_FORMAT " deliveries of this time and the spool %" G_GINT64_FORMAT ", the index %" G_GINT64_FORMAT
		    "; run: postbag sweep, then postbag check", ledger->truth, ledger->spooled, ledger->rows);
		paragraph(printer, "    ", text);
	}
	if (ledger->behind > 0)
		g_string_append_printf(printer->out, "the index is behind by %" G_GINT64_FORMAT " %s: run postbag sweep\n", ledger->behind,
		    ledger->behind == 1 ? "entry" : "entries");
	if (printer->digest->rules_trouble != NULL) {
		g_autofree char *trouble = text_escape(printer->digest->rules_trouble, FALSE);

		paragraph(printer, "rules: ", trouble);
	}
}

static void
append_sparkline(GString *out, const gint64 *history, gint64 most)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };

	for (int i = 0; i < DIGEST_WINDOWS; i++) {
		/* nothing has a level of its own, so that one letter beside a hundred is seen */
		gsize level = history[i] <= 0 || most <= 0 ? 0 : 1 + (history[i] - 1) * 7 / most;

		g_string_append(out, blocks[MIN(level, 7)]);
	}
}

static char *
change_text(const gint64 *history)
{
	gint64 now = history[DIGEST_WINDOWS - 1], before = history[DIGEST_WINDOWS - 2];

	if (now == 0 && before == 0)
		return g_strdup("");
	if (now == before)
		return g_strdup("=");
	return g_strdup_printf("%s%" G_GINT64_FORMAT, now > before ? "+" : "\u2212", ABS(now - before));
}

static void
append_padded(GString *out, const char *text, guint columns, gboolean right)
{
	guint width = text_columns(text), fill = width < columns ? columns - width : 0;

	g_string_append_printf(out, "%*s%s%*s", right ? (int)fill : 0, "", text, right ? 0 : (int)fill, "");
}

static void
print_place_line(struct printer *printer, const struct digest_place *place, guint id_columns, gint64 most)
{
	g_autofree char *title = one_line(place->title != NULL ? place->title : *place->id == '\0' ? "unfiled" : place->id, COLUMNS - 28 - id_columns);
	g_autofree char *count = NULL;
	g_autofree char *change = change_text(place->history);
	g_autoptr(GString) text = g_string_new(NULL);

	if (place->unique < place->count)
		count = g_strdup_printf("%" G_GINT64_FORMAT " (%" G_GINT64_FORMAT ")", place->count, place->unique);
	else
		count = g_strdup_printf("%" G_GINT64_FORMAT, place->count);
	append_padded(text, place->id, id_columns, FALSE);
	g_string_append(text, "  ");
	append_padded(text, title, COLUMNS - 28 - id_columns, FALSE);
	append_padded(text, count, 9, TRUE);
	g_string_append(text, "  ");
	append_sparkline(text, place->history, most);
	append_padded(text, change, 6, TRUE);
	g_strchomp(text->str);
	line(printer, text->str);
}

static gint64
most_of(const struct digest_place *place, gint64 most)
{
	for (int i = 0; i < DIGEST_WINDOWS; i++)
		most = MAX(most, place->history[i]);
	return most;
}

static void
print_table(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	gint64 most = digest->workstream == NULL ? most_of(digest->unfiled, 0) : 0;
	guint id_columns = 2;
	gboolean alike = FALSE;

	for (guint i = 0; i < digest->places->len; i++) {
		const struct digest_place *place = g_ptr_array_index(digest->places, i);

		most = most_of(place, most);
		id_columns = MAX(id_columns, MIN(text_columns(place->id), ID_COLUMNS));
		alike = alike || place->unique < place->count;
	}
	if (most == 0)
		return;
	g_string_append_c(printer->out, '\n');
	for (guint i = 0; i < digest->places->len; i++)
		print_place_line(printer, g_ptr_array_index(digest->places, i), id_columns, most);
	if (digest->workstream == NULL)
		print_place_line(printer, digest->unfiled, id_columns, most);
	if (alike)
		line(printer, "\n(n): so many different letters");
}

static void
append_dotted(GString *out, const char *text)
{
	if (out->len > 0)
		g_string_append(out, " \u00b7 ");
	g_string_append(out, text);
}

static char *
ids_of(const struct message_row *row, const char *type)
{
	GString *ids = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		g_autofree char *id = NULL;

		if (!g_str_equal(filing->type, type))
			continue;
		id = text_escape(filing->id, FALSE); /* a person may have typed it */
		g_string_append_printf(ids, "%s%s%s", ids->len > 0 ? ", " : "", id, g_str_equal(filing->tier, "suggested") ? "*" : "");
	}
	return g_string_free(ids, FALSE);
}

/* "question, document · SSAC · fr · 1 attachment" */
static char *
about(const struct message_row *row)
{
	static const char *const types[] = { "intent", "group", "region" };
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		g_autofree char *ids = ids_of(row, types[i]);

		if (*ids != '\0')
			append_dotted(out, ids);
	}
	if (row->lang != NULL && !g_str_equal(row->lang, "en"))
		append_dotted(out, row->lang);
	if (row->attachments > 0) {
		g_autofree char *attachments = g_strdup_printf("%u attachment%s", row->attachments, row->attachments == 1 ? "" : "s");

		append_dotted(out, attachments);
	}
	return g_string_free(out, FALSE);
}

static char *
time_of(const struct printer *printer, gint64 t)
{
	const struct time_window *window = &printer->digest->window;

	return clock_format(t, printer->digest->zone, window->to - window->from <= 25 * 3600 ? "%H:%M" : "%-d %b %H:%M");
}

/* "A, B, C and 3 more": different authors of LETTERS. */
static char *
authors_of(const GPtrArray *letters)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < letters->len; i++) {
		char *author = author_of(g_ptr_array_index(letters, i), NAME_COLUMNS / 2);
		guint before = g_hash_table_size(seen);

		if (g_hash_table_add(seen, author) && before < AUTHORS_NAMED)
			g_string_append_printf(out, "%s%s", before > 0 ? ", " : "", author);
	}
	if (g_hash_table_size(seen) > AUTHORS_NAMED)
		g_string_append_printf(out, " and %u more", g_hash_table_size(seen) - AUTHORS_NAMED);
	return g_string_free(out, FALSE);
}

static char *
item_title(const struct digest_item *item)
{
	g_autofree char *authors = NULL;

	if (item->letters == NULL)
		return author_of(item->row, NAME_COLUMNS);
	authors = authors_of(item->letters);
	if (item->letters->len == 1)
		return g_strdup_printf("one more letter of a campaign, from %s", authors);
	return g_strdup_printf("%u letters alike, from %s", item->letters->len, authors);
}

static void
print_reference(struct printer *printer, const struct digest_item *item)
{
	g_autofree char *title = item_title(item);
	g_autofree char *see = g_strdup_printf(" (see %s)", item->see);
	g_autofree char *text = g_strdup_printf("also: %.*s %s", ID_SHOWN, item->row->public_id, title);
	g_autofree char *cut = text_cut(text, COLUMNS - MIN(text_columns(see), COLUMNS / 2));

	g_string_append_printf(printer->out, "\n%s%s\n", cut, see);
}

/* "Ada Example · 10:00 · 4f2k..."; the long title of a campaign has a line of its own. */
static void
print_item_title(struct printer *printer, const struct digest_item *item)
{
	g_autofree char *title = item_title(item);
	g_autofree char *time = time_of(printer, item->row->received);
	g_autofree char *place = g_strdup_printf("%s \u00b7 %s", time, item->row->public_id);
	g_autofree char *since = NULL;
	g_autofree char *text = NULL;

	g_string_append_c(printer->out, '\n');
	if (item->letters == NULL) {
		text = g_strdup_printf("%s \u00b7 %s", title, place);
		paragraph(printer, "", text);
		return;
	}
	paragraph(printer, "", title);
	if (item->alike->letters > item->letters->len) {
		since = clock_format(item->alike->first, printer->digest->zone, "%-d %B %Y");
		text = g_strdup_printf("%s \u00b7 %" G_GINT64_FORMAT " letters by %" G_GINT64_FORMAT " authors since %s", place, item->alike->letters,
		    item->alike->authors, since);
	}
	paragraph(printer, "  ", text != NULL ? text : place);
}

static void
print_item(struct printer *printer, const struct digest_item *item, const char *workstream)
{
	const struct message_row *row = item->row;
	g_autofree char *gist = gist_of(row, GIST_COLUMNS);
	g_autofree char *meta = about(row);
	g_autofree char *why = *workstream != '\0' ? why_filed(row, printer->digest->targets, workstream) : NULL;

	print_item_title(printer, item);
	paragraph(printer, "  ", gist);
	if (*meta != '\0')
		paragraph(printer, "  ", meta);
	if (why != NULL)
		paragraph(printer, "  why: ", why);
}

static void
print_items(struct printer *printer, const struct digest_place *place)
{
	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see == NULL)
			print_item(printer, item, place->id);
	}
	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see != NULL)
			print_reference(printer, item);
	}
}

static void
print_places(struct printer *printer)
{
	for (guint i = 0; i < printer->digest->places->len; i++) {
		const struct digest_place *place = g_ptr_array_index(printer->digest->places, i);
		g_autofree char *title = one_line(place->title, COLUMNS);
		g_autofree char *id = text_escape(place->id, FALSE);
		g_autofree char *text = *title != '\0' ? g_strdup_printf("%s \u00b7 %s", id, title) : g_strdup(id);

		if (place->items->len == 0)
			continue;
		heading(printer, text);
		print_items(printer, place);
	}
}

/* "4f2kq7m5  Ada Example: what it says", in one line. */
static void
print_short(struct printer *printer, const char *before, const struct message_row *row)
{
	g_autofree char *author = author_of(row, NAME_COLUMNS / 2);
	g_autofree char *gist = gist_of(row, COLUMNS);
	g_autofree char *text = g_strdup_printf("%s%.*s  %s: %s", before, ID_SHOWN, row->public_id, author, gist);
	g_autofree char *cut = text_cut(text, COLUMNS);

	line(printer, cut);
}

static void
print_awaiting(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	g_autofree char *title = g_strdup_printf("Awaiting an answer (%" G_GINT64_FORMAT "), oldest first", digest->n_awaiting);

	if (digest->n_awaiting == 0)
		return;
	heading(printer, title);
	g_string_append_c(printer->out, '\n');
	for (guint i = 0; i < digest->awaiting->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->awaiting, i);
		g_autofree char *date = clock_format(row->date_effective, digest->zone, "%Y-%m-%d  ");

		print_short(printer, date, row);
	}
	if (digest->n_awaiting > digest->awaiting->len)
		g_string_append_printf(printer->out, "and %" G_GINT64_FORMAT " more: postbag query is:unanswered%s%s\n", digest->n_awaiting - digest->awaiting->len,
		    digest->workstream != NULL ? " ws:" : "", digest->workstream != NULL ? digest->workstream : "");
}

static void
print_list(struct printer *printer, const GPtrArray *items)
{
	for (guint i = 0; i < items->len; i++) {
		const struct list_item *item = g_ptr_array_index(items, i);
		g_autofree char *name = item->name != NULL ? one_line(item->name, NAME_COLUMNS) : NULL;
		g_autofree char *reason = item->reason != NULL ? one_line(item->reason, COLUMNS) : NULL;
		g_autofree char *first = g_strdup_printf("%s  ", item->public_id);
		g_autofree char *text = g_strdup_printf("%s%s%s", name != NULL ? name : "", name != NULL && reason != NULL ? ": " : "", reason != NULL ? reason : "");

		paragraph(printer, first, text);
	}
}

static void
print_held(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	g_autofree char *title = g_strdup_printf("Held (%u): not shown until released", digest->held->len);

	if (digest->held->len == 0 && digest->held_before == 0)
		return;
	heading(printer, title);
	g_string_append_c(printer->out, '\n');
	print_list(printer, digest->held);
	if (digest->held_before > 0)
		g_string_append_printf(printer->out, "held since before: %" G_GINT64_FORMAT " (postbag query is:held)\n", digest->held_before);
}

static void
print_suggested(struct printer *printer)
{
	const GPtrArray *rows = printer->digest->suggested;

	if (rows->len == 0)
		return;
	subheading(printer, "Suggested only: is the filing right?", rows->len);
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autofree char *workstreams = ids_of(row, "workstream");
		g_autofree char *topics = ids_of(row, "topic");
		g_autofree char *text = g_strdup_printf("%s%s%s", workstreams, *topics != '\0' ? " \u00b7 " : "", topics);

		print_short(printer, "", row);
		paragraph(printer, "          ", text);
	}
}

static void
print_routed(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	if (digest->routed->len == 0)
		return;
	subheading(printer, "Meant for another desk", digest->routed->len);
	for (guint i = 0; i < digest->routed->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->routed, i);

		print_short(printer, "", row);
		for (guint j = 0; j < row->filings->len; j++) {
			const struct row_filing *filing = g_ptr_array_index(row->filings, j);
			const struct target *target = g_str_equal(filing->type, "intent") ? targets_find(digest->targets, "intent", filing->id) : NULL;
			g_autofree char *text = NULL;

			if (target == NULL || target->route == NULL)
				continue;
			text = g_strdup_printf("%s: pass on to %s", target->id, target->route);
			paragraph(printer, "          ", text);
		}
	}
}

static void
print_look(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	const struct {
		const char *title;
		const GPtrArray *items;
	} lists[] = { { "Could not be read", digest->unread }, { "Attachments nobody could read", digest->attachments } };

	if (digest->suggested->len + digest->unfiled->items->len + digest->routed->len + digest->unread->len + digest->attachments->len == 0)
		return;
	heading(printer, "To look at");
	if (digest->unfiled->items->len > 0) {
		subheading(printer, "Filed nowhere", digest->unfiled->count);
		print_items(printer, digest->unfiled);
	}
	print_suggested(printer);
	print_routed(printer);
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
		if (lists[i].items->len == 0)
			continue;
		subheading(printer, lists[i].title, lists[i].items->len);
		print_list(printer, lists[i].items);
	}
}

/* "filed 4f2k... under parking": what a person did, in words. */
static char *
decision_text(const struct decision_row *row)
{
	static const struct {
		const char *action, *before, *between;
	} actions[] = {
		{ "file", "filed", "under" },
		{ "unfile", "took", "out of" },
		{ "kind", "marked", "as" },
		{ "hold", "held", "" },
		{ "release", "released", "" },
		{ "answered", "marked as answered:", "" },
		{ "reopened", "marked as not answered:", "" },
		{ "note", "noted", "" },
		{ "redact", "redacted", "" },
	};
	g_autofree char *value = decision_shows_value(row) ? one_line(row->value, NAME_COLUMNS) : g_strdup("");
	g_autofree char *note = one_line(row->note, 2 * COLUMNS);
	const char *before = row->action, *between = "";
	const char *id = row->public_id != NULL ? row->public_id : "";

	for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
		if (g_str_equal(actions[i].action, row->action)) {
			before = actions[i].before;
			between = actions[i].between;
		}
	}
	return g_strdup_printf("%s%s%s%s%s%s%s%s%s", before, *id != '\0' ? " " : "", id, *between != '\0' ? " " : "", between, *value != '\0' ? " " : "", value,
	    *note != '\0' ? ": " : "", note);
}

static void
print_decisions(struct printer *printer)
{
	const GPtrArray *decisions = printer->digest->decisions;

	if (decisions->len == 0)
		return;
	heading(printer, "Arrived late or changed");
	g_string_append_c(printer->out, '\n');
	for (guint i = 0; i < decisions->len; i++) {
		const struct decision_row *row = g_ptr_array_index(decisions, i);
		g_autofree char *time = time_of(printer, row->at);
		g_autofree char *who = one_line(row->who != NULL ? row->who : "someone", NAME_COLUMNS);
		g_autofree char *done = decision_text(row);
		g_autofree char *first = g_strdup_printf("%s  ", time);
		g_autofree char *text = g_strdup_printf("%s %s", who, done);

		paragraph(printer, first, text);
	}
}

static void
print_end(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	g_string_append_c(printer->out, '\n');
	for (int i = 0; i < COLUMNS; i++)
		g_string_append(printer->out, "\u2500");
	g_string_append_c(printer->out, '\n');
	if (digest->rows->len > 0)
		line(printer, "* suggested, not certain");
	if (*digest->rules != '\0')
		g_string_append_printf(printer->out, "rules %.12s \u00b7 one message: postbag show ID\n", digest->rules);
	else
		line(printer, "no rules in force \u00b7 one message: postbag show ID");
}

char *
digest_print_text(const struct digest *digest)
{
	struct printer printer = { g_string_new(NULL), digest };
	g_autofree char *title = one_line(digest->title, COLUMNS);
	g_autofree char *label = one_line(digest->label, COLUMNS);
	g_autofree char *workstream = digest->workstream != NULL ? one_line(digest->workstream, COLUMNS) : NULL;
	g_autofree char *text = g_strdup_printf("%s%s%s \u00b7 %s (%s)", title, workstream != NULL ? " \u00b7 " : "", workstream != NULL ? workstream : "", label,
	    digest->zone_name);

	paragraph(&printer, "", text);
	print_ledger(&printer);
	print_table(&printer);
	print_places(&printer);
	print_awaiting(&printer);
	print_held(&printer);
	print_look(&printer);
	print_decisions(&printer);
	print_end(&printer);
	return g_string_free(printer.out, FALSE);
}
