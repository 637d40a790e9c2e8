#include "report/print-message.h"

#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "report/decided.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

static const char *
style(gboolean color, const char *code)
{
	return color ? code : "";
}

static void
print_field(GString *out, const char *name, const char *value)
{
	g_autofree char *escaped = value != NULL ? text_escape(value, FALSE) : NULL;

	if (escaped != NULL && *escaped != '\0')
		g_string_append_printf(out, "%-10s %s\n", name, escaped);
}

static void
print_address(GString *out, const char *label, const char *name, const char *address)
{
	g_autofree char *both = name != NULL && *name != '\0' ? g_strdup_printf("%s <%s>", name, address) : g_strdup(address);

	print_field(out, label, both);
}

/* "fares.season (suggested)", one type after the other. */
static void
print_filings(GString *out, const struct message_row *row)
{
	static const char *const types[] = {"workstream", "topic", "intent", "group", "region"};

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		g_autoptr(GString) line = g_string_new(NULL);

		for (guint j = 0; j < row->filings->len; j++) {
			const struct row_filing *filing = g_ptr_array_index(row->filings, j);

			if (strcmp(filing->type, types[i]) != 0)
				continue;
			g_string_append_printf(line, "%s%s%s%s", line->len > 0 ? ", " : "", filing->id, strcmp(filing->tier, "firm") == 0 ? "" : " (suggested)",
			    strcmp(filing->by, "person") == 0   ? " (by hand)"
			    : strcmp(filing->by, "thread") == 0 ? " (by its thread)"
			                                        : "");
		}
		print_field(out, types[i], line->str);
	}
}

/* "9 letters alike, 7 different authors"; and which letters took the place of which. */
static void
print_kin(GString *out, const struct message_row *row, const struct details *details)
{
	g_autofree char *campaign = campaign_words(row, &details->alike);
	g_autofree char *may = details->correction != NULL ? correction_words(row, details->correction) : NULL;
	g_autofree char *by = row->superseded_by != NULL ? g_strdup_printf("by %s", row->superseded_by) : NULL;

	print_field(out, "campaign", campaign);
	print_field(out, "supersedes", row->supersedes);
	print_field(out, "superseded", by);
	print_field(out, "may be", may);
}

static void
print_state(GString *out, const struct message_row *row)
{
	g_autofree char *kind = g_strdup_printf("%s%s%s", row->kind, row->kind_reason != NULL ? ": " : "", row->kind_reason != NULL ? row->kind_reason : "");
	g_autofree char *copy = row->copy_kind != NULL ? g_strdup_printf("%s of %s", row->copy_kind, row->copy_of) : NULL;

	print_field(out, "kind", kind);
	print_field(out, "held", row->held);
	print_field(out, "unread", row->unread);
	if (row->redacted != NULL) {
		g_autofree char *redacted = g_strdup_printf("%s%s", strcmp(row->redacted, "whole") == 0 ? "as a whole" : "in part",
		    row->redaction_pending ? "; pending: something of it may still be in the archive's files" : "");

		print_field(out, "redacted", redacted);
	}
	print_field(out, "copy", copy);
	print_filings(out, row);
	if (row->remarks != NULL) {
		g_auto(GStrv) remarks = g_strsplit(row->remarks, "\n", -1);

		for (char **remark = remarks; *remark != NULL; remark++)
			print_field(out, "remark", *remark);
	}
}

static void
print_parts(GString *out, const struct details *details)
{
	for (guint i = 0; i < details->parts->len; i++) {
		const struct detail_part *part = g_ptr_array_index(details->parts, i);
		g_autofree char *size = g_format_size(part->size);
		g_autofree char *line = g_strdup_printf("%s %s%s%s, %s%s%s%s%s%s%s", part->number, part->type, part->filename != NULL ? ", " : "",
		    part->filename != NULL ? part->filename : "", size, part->charset != NULL ? ", " : "", part->charset != NULL ? part->charset : "",
		    strcmp(part->charset_state, "guessed") == 0 || strcmp(part->charset_state, "repaired") == 0 ? " " : "",
		    strcmp(part->charset_state, "guessed") == 0 || strcmp(part->charset_state, "repaired") == 0 ? part->charset_state : "",
		    part->attachment && !part->read ? ", not read" : "", part->remark != NULL ? ": " : "");
		g_autofree char *whole = g_strconcat(line, part->remark, NULL);

		if (part->attachment || part->remark != NULL || strcmp(part->charset_state, "repaired") == 0 || strcmp(part->charset_state, "guessed") == 0)
			print_field(out, part->attachment ? "attached" : "part", whole);
	}
}

static void
print_history(GString *out, const struct details *details, GTimeZone *zone)
{
	for (guint i = 0; i < details->deliveries->len; i++) {
		const struct detail_delivery *delivery = g_ptr_array_index(details->deliveries, i);
		g_autofree char *when = clock_format(delivery->received, zone, "%Y-%m-%d %H:%M");
		g_autofree char *line = g_strdup_printf("%s by %s%s", when, delivery->source, delivery->again ? ", again" : "");

		print_field(out, "received", line);
	}
	for (guint i = 0; i < details->decisions->len; i++) {
		const struct decision_row *decision = g_ptr_array_index(details->decisions, i);
		g_autofree char *when = clock_format(decision->at, zone, "%Y-%m-%d %H:%M");
		g_autofree char *done = decision_words(decision, NULL, G_MAXUINT);
		g_autofree char *undone = decision_undone(decision, zone);
		g_autofree char *line = g_strdup_printf("%s %s %s%s%s%s", when, decision->who != NULL ? decision->who : "someone", done,
		    undone != NULL ? " (" : "", undone != NULL ? undone : "", undone != NULL ? ")" : "");

		print_field(out, "decided", line);
	}
}

/* Each line of TEXT escaped, with MARGIN in front. */
static void
print_lines(GString *out, const char *text, const char *margin)
{
	g_autofree char *escaped = text_escape(text, TRUE);
	g_auto(GStrv) lines = g_strsplit(escaped, "\n", -1);
	guint n = g_strv_length(lines);

	while (n > 0 && *lines[n - 1] == '\0')
		n--;
	for (guint i = 0; i < n; i++)
		g_string_append_printf(out, "%s%s\n", margin, lines[i]);
}

/* The author's text, with what is boilerplate in it marked like others' words. */
static void
print_own(GString *out, const char *text, guint number, const GPtrArray *boilerplate, gboolean color)
{
	gsize at = 0, length = strlen(text);

	for (guint i = 0; i < boilerplate->len; i++) {
		const struct boilerplate *span = g_ptr_array_index(boilerplate, i);
		g_autofree char *before = NULL, *inside = NULL, *words = NULL, *shown = NULL;

		if (span->passage != number || span->offset < at || span->offset + span->length > length)
			continue;
		before = g_strndup(text + at, span->offset - at);
		inside = g_strndup(text + span->offset, span->length);
		words = boilerplate_words(span);
		shown = text_escape(words, FALSE);
		if (before[strspn(before, "\n")] != '\0')
			print_lines(out, before, "");
		g_string_append_printf(out, "%s[boilerplate, %s]\n", style(color, DIM), shown);
		print_lines(out, inside, "");
		g_string_append(out, style(color, PLAIN));
		at = span->offset + span->length;
	}
	if (at == 0 || text[at + strspn(text + at, "\n")] != '\0')
		print_lines(out, text + at, "");
}

static void
print_passages(GString *out, const GPtrArray *passages, const GPtrArray *boilerplate, gboolean color)
{
	for (guint i = 1; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		gboolean own = passage->kind == PASSAGE_NEW;

		if (*passage->text == '\0')
			continue;
		if (passage->kind == PASSAGE_FILENAME)
			continue;
		if (own) {
			print_own(out, passage->text, i, boilerplate, color);
			continue;
		}
		g_string_append_printf(out, "%s[%s]\n", style(color, DIM), passage_kind_name(passage->kind));
		print_lines(out, passage->text, passage->kind == PASSAGE_QUOTED ? "> " : "");
		g_string_append(out, style(color, PLAIN));
	}
}

char *
campaign_words(const struct message_row *row, const struct alike_counts *alike)
{
	const char *more = alike->letters < COUNTS_ALIKE ? "" : "more than ";

	if (alike->letters < 2)
		return NULL;
	return g_strdup_printf("%s: %s%" G_GINT64_FORMAT " letters alike, %" G_GINT64_FORMAT " different author%s", row->campaign_id, more, alike->letters,
	    alike->authors, alike->authors == 1 ? "" : "s");
}

char *
correction_words(const struct message_row *row, const struct correction *correction)
{
	return g_strdup_printf(
	    "a correction of %s: %s; postbag supersedes %.8s %.8s confirms it", correction->id, correction->reason, row->public_id, correction->id);
}

char *
message_print(
    const struct message_row *row, const struct details *details, const GPtrArray *passages, const GPtrArray *boilerplate, GTimeZone *zone, gboolean color)
{
	GString *out = g_string_new(NULL);
	g_autofree char *date = clock_format(row->date_effective, zone, "%A %-d %B %Y %H:%M %Z");
	g_autofree char *dated = strcmp(row->date_reason, "Date") == 0 ? g_strdup(date) : g_strdup_printf("%s (%s)", date, row->date_reason);
	g_autofree char *subject = text_escape(message_row_subject(row), FALSE);

	g_string_append_printf(out, "%s%s%s\n", style(color, BOLD), subject, style(color, PLAIN));
	print_field(out, "id", row->public_id);
	if (row->author_address != NULL)
		print_address(out, "from", row->author_name, row->author_address);
	print_field(out, "author", details->author_reason != NULL && strcmp(details->author_reason, "From") != 0 ? details->author_reason : NULL);
	for (guint i = 0; i < details->addresses->len; i++) {
		const struct detail_address *address = g_ptr_array_index(details->addresses, i);

		if (strcmp(address->role, "from") != 0)
			print_address(out, address->role, address->name, address->address);
	}
	print_field(out, "date", dated);
	print_field(out, "message-id", row->message_id);
	print_history(out, details, zone);
	print_state(out, row);
	print_kin(out, row, details);
	print_parts(out, details);
	g_string_append_c(out, '\n');
	if (passages != NULL)
		print_passages(out, passages, boilerplate, color);
	return g_string_free(out, FALSE);
}
