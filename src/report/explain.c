#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "report/decided.h"
#include "report/print-message.h"

#define COLOR_MARK "\033[1;32m"
#define COLOR_DIM "\033[2m"
#define COLOR_PLAIN "\033[0m"

/* Why EVIDENCE does not count, or "". */
static char *
not_counted(const struct row_evidence *evidence, const GPtrArray *boilerplate)
{
	for (guint i = 0; evidence->boilerplate && i < boilerplate->len; i++) {
		const struct boilerplate *span = g_ptr_array_index(boilerplate, i);
		g_autofree char *words = NULL, *shown = NULL;

		if (evidence->passage != (gint)span->passage || evidence->offset < span->offset || evidence->offset >= span->offset + span->length)
			continue;
		words = boilerplate_words(span);
		shown = text_escape(words, FALSE);
		return g_strdup_printf(", not counted: boilerplate, %s", shown);
	}
	return g_strdup(evidence->boilerplate ? ", not counted: boilerplate" : "");
}

/* "fares.season: keyword "season ticket" (bus.rules:40)"; "intent question suggested: ..." */
static char *
describe(const struct row_evidence *evidence, const GPtrArray *boilerplate)
{
	g_autofree char *reason = not_counted(evidence, boilerplate);
	const char *strength = strcmp(evidence->tier, "hint") == 0 ? "near " : strcmp(evidence->tier, "masked") == 0 ? "masked for " : "";
	gboolean plain = strcmp(evidence->type, "topic") == 0 || strcmp(evidence->type, "workstream") == 0;
	g_autofree char *rule = text_escape(evidence->rule, FALSE);

	return g_strdup_printf("%s%s%s%s%s: %s \"%s\" (%s:%u)%s", strength, plain ? "" : evidence->type, plain ? "" : " ",
	    *evidence->id != '\0' ? evidence->id : "all", strcmp(evidence->tier, "suggested") == 0 ? " suggested" : "", evidence->key, rule, evidence->file,
	    evidence->line, reason);
}

/* The byte range of the line of TEXT that holds OFFSET. */
static void
find_line(const char *text, gsize offset, gsize *start, gsize *end)
{
	gsize length = strlen(text);

	*start = MIN(offset, length);
	while (*start > 0 && text[*start - 1] != '\n')
		--*start;
	for (*end = MIN(offset, length); *end < length && text[*end] != '\n';)
		++*end;
}

static guint
columns_of(const char *text, gsize length)
{
	g_autofree char *piece = g_strndup(text, length);
	g_autofree char *escaped = text_escape(piece, FALSE);

	return text_columns(escaped);
}

/* One line of the text, and under it what matched in it. Returns the next piece of evidence that is not in this line. */
static guint
print_line(
    GString *out, const GPtrArray *evidence, guint first, const char *text, gsize start, gsize end, gint passage, const GPtrArray *boilerplate, gboolean color)
{
	g_autofree char *line = g_strndup(text + start, end - start);
	g_autofree char *escaped = text_escape(line, FALSE);
	guint i;

	g_string_append_printf(out, "    %s\n", escaped);
	for (i = first; i < evidence->len; i++) {
		const struct row_evidence *piece = g_ptr_array_index(evidence, i);

		if (piece->passage != passage || piece->offset > end)
			break;
		guint indent = columns_of(text + start, piece->offset - start);
		gsize length = MIN(piece->length, end - piece->offset);
		guint width = MAX(1, columns_of(text + piece->offset, length));
		g_autofree char *marks = g_strnfill(width - 1, '~');
		g_autofree char *what = describe(piece, boilerplate);

		g_string_append_printf(out, "    %*s%s^%s %s%s\n", indent, "", color ? COLOR_MARK : "", marks, what, color ? COLOR_PLAIN : "");
	}
	return i;
}

static int
compare_evidence(gconstpointer a, gconstpointer b)
{
	const struct row_evidence *left = *(const struct row_evidence *const *)a, *right = *(const struct row_evidence *const *)b;

	if (left->passage != right->passage)
		return left->passage < right->passage ? -1 : 1;
	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	return strcmp(left->id, right->id);
}

static void
print_passage(
    GString *out, const GPtrArray *evidence, guint *next, const struct record_passage *passage, gint number, const GPtrArray *boilerplate, gboolean color)
{
	g_string_append_printf(out, "%s%s:%s\n", color ? COLOR_DIM : "", passage_kind_name(passage->kind), color ? COLOR_PLAIN : "");
	while (*next < evidence->len) {
		const struct row_evidence *piece = g_ptr_array_index(evidence, *next);
		gsize start, end;
		guint before = *next;

		if (piece->passage != number)
			break;
		find_line(passage->text, piece->offset, &start, &end);
		*next = print_line(out, evidence, *next, passage->text, start, end, number, boilerplate, color);
		if (*next == before)
			++*next;
	}
}

/* "by hand    filed under quay by Ada on 2019-02-13: as agreed" */
static void
print_by_hand(GString *out, const GPtrArray *decisions, GTimeZone *zone)
{
	for (guint i = 0; i < decisions->len; i++) {
		const struct decision_row *row = g_ptr_array_index(decisions, i);
		g_autofree char *done = action_words(row->action, row->value);
		g_autofree char *who = text_escape(row->who != NULL ? row->who : "someone", FALSE);
		g_autofree char *date = clock_format(row->at, zone, "%Y-%m-%d");
		g_autofree char *note = row->note != NULL ? text_escape(row->note, FALSE) : NULL;

		if (row->undone == 0 && strcmp(row->action, "undo") != 0 && strcmp(row->action, "verified") != 0)
			g_string_append_printf(out, "by hand    %s by %s on %s%s%s\n", done, who, date, note != NULL ? ": " : "", note != NULL ? note : "");
	}
}

static void
print_kin(GString *out, const struct message_row *row, const struct details *details)
{
	g_autofree char *campaign = campaign_words(row, &details->alike);
	g_autofree char *may = details->correction != NULL ? correction_words(row, details->correction) : NULL;

	if (campaign != NULL)
		g_string_append_printf(out, "campaign   %s\n", campaign);
	if (row->superseded_by != NULL)
		g_string_append_printf(out, "superseded by %s\n", row->superseded_by);
	if (may != NULL)
		g_string_append_printf(out, "may be     %s\n", may);
}

char *
message_explain(
    const struct message_row *row, const struct details *details, const GPtrArray *passages, const GPtrArray *boilerplate, GTimeZone *zone, gboolean color)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GPtrArray) evidence = g_ptr_array_new();
	g_autofree char *subject = text_escape(message_row_subject(row), FALSE);
	guint next = 0;

	g_string_append_printf(out, "%s  %s\nkind %s%s%s\n", row->public_id, subject, row->kind, row->kind_reason != NULL ? ": " : "",
	    row->kind_reason != NULL ? row->kind_reason : "");
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		g_string_append_printf(out, "%-10s %s, %s, by %s\n", filing->type, filing->id, filing->tier,
		    strcmp(filing->by, "rules") == 0    ? "rules"
		    : strcmp(filing->by, "person") == 0 ? "a person"
		                                        : "its thread");
	}
	if (row->redacted != NULL)
		g_string_append_printf(
		    out, "redacted   %s%s\n", strcmp(row->redacted, "whole") == 0 ? "as a whole" : "in part", row->redaction_pending ? "; pending" : "");
	print_by_hand(out, details->decisions, zone);
	print_kin(out, row, details);
	if (row->rules != NULL)
		g_string_append_printf(out, "rules      %.12s\n", row->rules);
	g_string_append_c(out, '\n');
	for (guint i = 0; row->evidence != NULL && i < row->evidence->len; i++)
		g_ptr_array_add(evidence, g_ptr_array_index(row->evidence, i));
	g_ptr_array_sort(evidence, compare_evidence);
	for (; next < evidence->len && ((struct row_evidence *)g_ptr_array_index(evidence, next))->passage < 0; next++) {
		g_autofree char *what = describe(g_ptr_array_index(evidence, next), boilerplate);

		g_string_append_printf(out, "not in the text: %s\n", what);
	}
	for (guint i = 0; passages != NULL && i < passages->len; i++)
		if (next < evidence->len && ((struct row_evidence *)g_ptr_array_index(evidence, next))->passage == (gint)i)
			print_passage(out, evidence, &next, g_ptr_array_index(passages, i), i, boilerplate, color);
	if (evidence->len == 0)
		g_string_append(out, g_strcmp0(row->redacted, "whole") == 0 ? "nothing is left of it\n"
		                     : row->unread != NULL                  ? "not read yet\n"
		                                                            : "nothing in it matches a rule\n");
	return g_string_free(out, FALSE);
}
