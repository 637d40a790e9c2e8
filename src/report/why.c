#include "report/model.h"

#include "base/text.h"

#include <string.h>

#define TOPICS_NAMED 4   /* of a workstream, in one line of why */
#define WORDS_QUOTED 3   /* of a topic */
#define WORDS_COLUMNS 40 /* of one quotation */

static gboolean
speaks_for(const struct row_evidence *evidence, const struct row_filing *filing)
{
	return g_str_equal(evidence->type, filing->type) && g_str_equal(evidence->id, filing->id) && !g_str_equal(evidence->tier, "masked") &&
	       !evidence->boilerplate;
}

/* Says WORDS no more than what was quoted before, or the other way about? */
static gboolean
is_quoted(const GPtrArray *quoted, const char *words)
{
	for (guint i = 0; i < quoted->len; i++) {
		const char *before = g_ptr_array_index(quoted, i);

		if (strstr(before, words) != NULL || strstr(words, before) != NULL)
			return TRUE;
	}
	return FALSE;
}

/* What was matched for FILING, quoted, each text once. */
static void
append_words(GString *out, const struct message_row *row, const struct row_filing *filing)
{
	g_autoptr(GPtrArray) quoted = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; row->evidence != NULL && i < row->evidence->len && quoted->len < WORDS_QUOTED; i++) {
		const struct row_evidence *evidence = g_ptr_array_index(row->evidence, i);
		g_autofree char *key = evidence->words != NULL ? text_fold_key(evidence->words) : NULL;
		g_autofree char *escaped = NULL;
		g_autofree char *cut = NULL;

		if (!speaks_for(evidence, filing) || key == NULL || *key == '\0' || is_quoted(quoted, key))
			continue;
		escaped = text_escape(evidence->words, FALSE);
		cut = text_cut(escaped, WORDS_COLUMNS);
		g_string_append_printf(out, "%s \"%s\"", quoted->len > 0 ? "," : "", cut);
		g_ptr_array_add(quoted, g_steal_pointer(&key));
	}
	if (quoted->len > 0)
		return;
	if (g_str_equal(filing->by, "person"))
		g_string_append(out, " (by hand)");
	else if (g_str_equal(filing->by, "thread"))
		g_string_append(out, " (from its thread)");
}

static gboolean
is_suggested(const struct row_filing *filing)
{
	return g_str_equal(filing->tier, "suggested");
}

/* Does FILING, a topic, speak for the place ID? At a place that is neither a workstream nor a topic (ALL) each does. */
static gboolean
is_under(const struct row_filing *filing, const GPtrArray *targets, const char *id, gboolean all)
{
	const struct target *target = g_str_equal(filing->type, "topic") ? targets_find(targets, "topic", filing->id) : NULL;

	if (!g_str_equal(filing->type, "topic"))
		return FALSE;
	return all || g_str_equal(filing->id, id) || (target != NULL && g_strcmp0(target->parent, id) == 0);
}

GPtrArray *
why_filings(const struct message_row *row, const GPtrArray *targets, const char *id)
{
	GPtrArray *filings = g_ptr_array_new();
	const struct row_filing *itself = message_row_filing(row, "workstream", id);
	gboolean all = *id != '\0' && targets_find(targets, "workstream", id) == NULL && targets_find(targets, "topic", id) == NULL && itself == NULL &&
	               message_row_filing(row, "topic", id) == NULL;

	for (int suggested = 0; suggested <= 1; suggested++) {
		for (guint i = 0; i < row->filings->len; i++) {
			const struct row_filing *filing = g_ptr_array_index(row->filings, i);

			if (is_under(filing, targets, id, all) && is_suggested(filing) == suggested)
				g_ptr_array_add(filings, (gpointer)filing);
		}
	}
	if (itself != NULL && (filings->len == 0 || g_str_equal(itself->by, "person")))
		g_ptr_array_insert(filings, 0, (gpointer)itself);
	return filings;
}

char *
why_filed(const struct message_row *row, const GPtrArray *targets, const char *id)
{
	g_autoptr(GPtrArray) filings = why_filings(row, targets, id);
	g_autoptr(GString) words = g_string_new(NULL); /* of the topics before, said when others speak for the next */
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < filings->len && i < TOPICS_NAMED; i++) {
		const struct row_filing *filing = g_ptr_array_index(filings, i);
		g_autofree char *shown = text_escape(filing->id, FALSE); /* a person may have typed it */
		g_autoptr(GString) own = g_string_new(NULL);
		gboolean same;

		append_words(own, row, filing);
		same = g_string_equal(own, words);
		g_string_append_printf(out, "%s%s%s%s", same ? "" : words->str, i == 0 ? "" : same ? ", " : "; ", shown, is_suggested(filing) ? "*" : "");
		g_string_assign(words, own->str);
	}
	g_string_append(out, words->str);
	if (filings->len > TOPICS_NAMED)
		g_string_append_printf(out, "; and %u more", filings->len - TOPICS_NAMED);
	if (out->len > 0)
		return g_string_free(out, FALSE);
	g_string_free(out, TRUE);
	return NULL;
}
