#include "report/comments-private.h"

#include <string.h>

#include "base/text.h"
#include "report/quote.h"

#define HEADING_COLUMNS 100 /* a paragraph of no more that begins with a section's number is a heading */

/* What a comment says: the sections it names and words of its own, and what people entered in their place. */

static gboolean
load(struct comment_reading *reading, GError **error)
{
	if (!reading->loaded && !owntext_load(reading->index, reading->row->message, &reading->own, error))
		return FALSE;
	reading->loaded = TRUE;
	return TRUE;
}

/* Where a comment stands in its letter. */
struct found {
	gint passage;
	gsize offset, length;
};

static int
rank_of(const struct row_evidence *evidence)
{
	return strcmp(evidence->tier, "firm") == 0 ? 0 : strcmp(evidence->tier, "suggested") == 0 ? 1 : strcmp(evidence->tier, "hint") == 0 ? 2 : -1;
}

/* The surest words by which the letter is filed at PLACE, in new text before attachments; FALSE when no words of its own say so. */
static gboolean
find_words(const struct comment_reading *reading, const struct comment_place *place, struct found *out)
{
	const GPtrArray *all = reading->row->evidence;
	int best = G_MAXINT;

	for (guint i = 0; i < all->len; i++) {
		const struct row_evidence *evidence = g_ptr_array_index(all, i);
		const struct record_passage *passage;
		int rank = rank_of(evidence);

		if (rank < 0 || evidence->boilerplate || strcmp(evidence->type, place->type) != 0 || strcmp(evidence->id, place->id) != 0 ||
		    owntext_passage(&reading->own, evidence->passage) == NULL)
			continue;
		passage = g_ptr_array_index(reading->own.passages, evidence->passage);
		rank = 2 * rank + (passage->kind == PASSAGE_ATTACHMENT);
		if (rank >= best)
			continue;
		best = rank;
		*out = (struct found){evidence->passage, evidence->offset, evidence->length};
	}
	return best < G_MAXINT;
}

/* The first words of its own: of the new text behind a greeting, else of an attachment. */
static gboolean
find_first(const struct comment_reading *reading, struct found *out)
{
	for (int kind = 0; kind < 2; kind++)
		for (guint i = 0; i < reading->own.passages->len; i++) {
			const struct record_passage *passage = g_ptr_array_index(reading->own.passages, i);
			gsize start = 0, end;

			if (passage->kind != (kind == 0 ? PASSAGE_NEW : PASSAGE_ATTACHMENT))
				continue;
			while (owntext_is_boilerplate(&reading->own, (gint)i, start, &end) || g_ascii_isspace(passage->text[start]))
				start = g_ascii_isspace(passage->text[start]) ? start + 1 : MAX(end, start + 1);
			if (start >= strlen(passage->text))
				continue;
			start = text_behind_greeting(passage->text + start) - passage->text;
			start += strspn(passage->text + start, " \t\r\n");
			*out = (struct found){(gint)i, start, 0};
			return TRUE;
		}
	return FALSE;
}

static void
add_section(GPtrArray *sections, const char *id)
{
	if (!g_ptr_array_find_with_equal_func(sections, id, g_str_equal, NULL))
		g_ptr_array_add(sections, g_strdup(id));
}

static gint
by_number(gconstpointer a, gconstpointer b)
{
	return mentions_compare(*(const char *const *)a, *(const char *const *)b);
}

/* Those of MENTIONS in bytes [START, END). */
static void
add_within(GPtrArray *sections, const GPtrArray *mentions, gsize start, gsize end)
{
	for (guint i = 0; i < mentions->len; i++) {
		const struct mention *mention = g_ptr_array_index(mentions, i);

		if (mention->offset >= start && mention->offset < end)
			add_section(sections, mention->section);
	}
}

/* The last heading before OFFSET that begins with a section's number governs what follows it. */
static void
add_heading(GPtrArray *sections, const GPtrArray *mentions, const char *text, gsize offset)
{
	for (guint i = mentions->len; i-- > 0;) {
		const struct mention *mention = g_ptr_array_index(mentions, i);
		gsize start, end;

		if (mention->offset >= offset)
			continue;
		quote_paragraph(text, mention->offset, &start, &end);
		g_autofree char *heading = g_strndup(text + start, end - start);
		if (mention->offset != start || text_columns(heading) > HEADING_COLUMNS)
			continue;
		add_within(sections, mentions, start, end);
		return;
	}
}

/* The sections that the letter names where it speaks: in the same paragraph, else in the heading above it, else in the subject. */
static void
find_sections(const struct comment_reading *reading, const struct found *found, struct comment *comment)
{
	const struct mentions *known = reading->comments->mentions;
	const char *text = owntext_passage(&reading->own, found->passage);
	const struct record_passage *subject = reading->own.passages->len > 0 ? g_ptr_array_index(reading->own.passages, 0) : NULL;
	gsize start, end;

	if (known == NULL || reading->row->date_effective < reading->comments->published)
		return;
	if (text != NULL) {
		g_autoptr(GPtrArray) mentions = mentions_find(known, text);

		quote_paragraph(text, found->offset, &start, &end);
		add_within(comment->sections, mentions, start, end);
		if (comment->sections->len == 0)
			add_heading(comment->sections, mentions, text, found->offset);
	}
	if (comment->sections->len == 0 && subject != NULL && subject->kind == PASSAGE_SUBJECT) {
		g_autoptr(GPtrArray) mentions = mentions_find(known, subject->text);

		add_within(comment->sections, mentions, 0, G_MAXSIZE);
	}
}

gboolean
comment_fill(struct comment_reading *reading, const struct comment_place *place, struct comment *comment, GError **error)
{
	struct found found = {.passage = -1};
	const struct record_passage *passage;

	if (!load(reading, error))
		return FALSE;
	if (find_words(reading, place, &found) || find_first(reading, &found)) {
		passage = g_ptr_array_index(reading->own.passages, found.passage);
		comment->quote = quote_around(passage->text, found.offset, found.length);
		comment->attached = passage->kind == PASSAGE_ATTACHMENT;
	}
	find_sections(reading, &found, comment);
	return TRUE;
}

/* What was entered on any of the comment's letters, the last word. */
static const struct entered *
entered_of(const struct comments *comments, const struct comment *comment, const char *action, const char *topic)
{
	const struct entered *last = NULL;

	for (guint i = 0; i < comment->letters->len; i++) {
		const struct message_row *row = g_ptr_array_index(comment->letters, i);
		const struct entered *entered = comments_entered(comments, row->message, action, topic);
		gboolean closer = entered != NULL && last != NULL && (entered->topic != NULL) != (last->topic != NULL);

		if (entered != NULL && (last == NULL || (closer ? entered->topic != NULL : entered->seq > last->seq)))
			last = entered;
	}
	return last;
}

static void
enter_sections(const struct entered *entered, struct comment *comment)
{
	g_auto(GStrv) numbers = g_strsplit(strcmp(entered->value, ENTERED_NONE) != 0 ? entered->value : "", ",", -1);

	g_ptr_array_set_size(comment->sections, 0);
	for (char **number = numbers; *number != NULL; number++)
		if (*g_strstrip(*number) != '\0')
			add_section(comment->sections, *number);
}

/* A quote that the letter has no longer is not shown, and the one that was found stays. */
static gboolean
enter_quote(struct index *index, const struct entered *entered, struct comment *comment, GError **error)
{
	g_auto(OwnText) own = {0};

	if (strcmp(entered->value, ENTERED_NONE) == 0) {
		g_clear_pointer(&comment->quote, g_free);
		return TRUE;
	}
	if (!owntext_load(index, entered->message, &own, error))
		return FALSE;
	for (guint i = 0; i < own.passages->len; i++) {
		const char *text = owntext_passage(&own, (gint)i);
		char *quote = text != NULL ? quote_find(text, entered->value) : NULL;

		if (quote == NULL)
			continue;
		g_free(comment->quote);
		comment->quote = quote;
		comment->chosen = TRUE;
		comment->attached = ((struct record_passage *)g_ptr_array_index(own.passages, i))->kind == PASSAGE_ATTACHMENT;
		return TRUE;
	}
	return TRUE;
}

static void
count_authors(struct comment *comment)
{
	g_autoptr(GHashTable) authors = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < comment->letters->len; i++) {
		const struct message_row *row = g_ptr_array_index(comment->letters, i);

		g_hash_table_add(authors, row->author_address != NULL ? row->author_address : row->public_id);
	}
	comment->authors = g_hash_table_size(authors);
}

gboolean
comment_finish(struct comments *comments, struct index *index, const char *topic, struct comment *comment, GError **error)
{
	const struct entered *section = entered_of(comments, comment, "section", topic), *quote = entered_of(comments, comment, "quote", topic);

	comment->position = entered_of(comments, comment, "position", topic);
	if (comment->position != NULL && strcmp(comment->position->value, ENTERED_NONE) == 0)
		comment->position = NULL;
	if (section != NULL)
		enter_sections(section, comment);
	if (quote != NULL && !enter_quote(index, quote, comment, error))
		return FALSE;
	g_ptr_array_sort(comment->sections, by_number);
	g_autofree char *sections = comment_sections(comment, COMMENTS_UNASSIGNED);
	comment->key = g_strdup_printf("(%s)(%s)", comment->contributor->initials, sections);
	count_authors(comment);
	comments->comments++;
	comments->unassigned += comment->sections->len == 0;
	comments->suggested += comment->suggested;
	return TRUE;
}
