#include "report/print-private.h"

#include "base/text.h"
#include "report/decided.h"

/* A heading for COUNT of something, within the part "to look at". */
static void
subheading(struct printer *printer, const char *text, gint64 count)
{
	g_string_append_printf(printer->out, "\n%s (%" G_GINT64_FORMAT ")\n", text, count);
}

/* "4f2kq7m5  Ada Example: its subject", in one line; what it says where it has none. */
static void
print_short(struct printer *printer, const char *before, const struct message_row *row)
{
	g_autofree char *author = print_author(row, NAME_COLUMNS / 2);
	g_autofree char *about = row->subject != NULL && *row->subject != '\0' ? print_one_line(row->subject, COLUMNS) : print_gist(row, COLUMNS);
	g_autofree char *text = g_strdup_printf("%s%.*s  %s: %s", before, ID_SHOWN, row->public_id, author, about);
	g_autofree char *cut = text_cut(text, COLUMNS);

	print_line(printer, cut);
}

void
print_awaiting(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	gboolean counted = digest->n_awaiting < LIST_COUNTED;
	g_autofree char *query = NULL;
	g_autofree char *title = g_strdup_printf("Awaiting an answer (%" G_GINT64_FORMAT "%s), oldest first", digest->n_awaiting, counted ? "" : " or more");

	if (digest->n_awaiting == 0)
		return;
	print_heading(printer, title);
	g_string_append_c(printer->out, '\n');
	for (guint i = 0; i < digest->awaiting->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->awaiting, i);
		g_autofree char *date = clock_format(row->date_effective, digest->zone, "%Y-%m-%d  ");

		print_short(printer, date, row);
	}
	query = label_query(digest);
	if (digest->n_awaiting > digest->awaiting->len)
		g_string_append_printf(printer->out, "and %s%" G_GINT64_FORMAT " more: postbag query is:unanswered%s\n", counted ? "" : "at least ",
		    digest->n_awaiting - digest->awaiting->len, query);
}

static void
print_list(struct printer *printer, const GPtrArray *items)
{
	for (guint i = 0; i < items->len; i++) {
		const struct list_item *item = g_ptr_array_index(items, i);
		g_autofree char *name = item->name != NULL ? print_one_line(item->name, NAME_COLUMNS) : NULL;
		g_autofree char *reason = item->reason != NULL ? print_one_line(item->reason, COLUMNS) : NULL;
		g_autofree char *first = g_strdup_printf("%s  ", item->public_id);
		g_autofree char *text =
		    g_strdup_printf("%s%s%s", name != NULL ? name : "", name != NULL && reason != NULL ? ": " : "", reason != NULL ? reason : "");

		print_paragraph(printer, first, text);
	}
}

void
print_held(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	g_autofree char *title = digest->held->len > 0 ? g_strdup_printf("Held (%u): only id and reason are shown", digest->held->len) : g_strdup("Held");

	if (digest->held->len == 0 && digest->held_before == 0)
		return;
	print_heading(printer, title);
	g_string_append_c(printer->out, '\n');
	print_list(printer, digest->held);
	if (digest->held_before > 0)
		g_string_append_printf(
		    printer->out, "%" G_GINT64_FORMAT " from before, not shown until released (postbag query is:held)\n", digest->held_before);
}

static void
print_suggested(struct printer *printer)
{
	const GPtrArray *rows = printer->digest->suggested;

	if (rows->len == 0)
		return;
	subheading(printer, "Filing to check: some of it is only suggested", rows->len);
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autofree char *workstreams = print_ids(row, "workstream");
		g_autofree char *topics = print_ids(row, "topic");
		g_autofree char *text = g_strdup_printf("%s%s%s", workstreams, *topics != '\0' ? " \u00b7 " : "", topics);

		print_short(printer, "", row);
		print_paragraph(printer, "          ", text);
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
			print_paragraph(printer, "          ", text);
		}
	}
}

static void
print_corrections(struct printer *printer)
{
	const GPtrArray *corrections = printer->digest->corrections;

	if (corrections->len == 0)
		return;
	subheading(printer, "Corrections to confirm: may supersede an earlier letter", corrections->len);
	for (guint i = 0; i < corrections->len; i++) {
		const struct digest_correction *item = g_ptr_array_index(corrections, i);
		g_autofree char *subject = print_one_line(item->correction->subject, NAME_COLUMNS);
		g_autofree char *text = g_strdup_printf("%.*s %s: %s; postbag supersedes %.*s %.*s", ID_SHOWN, item->correction->id, subject,
		    item->correction->reason, ID_SHOWN, item->row->public_id, ID_SHOWN, item->correction->id);

		print_short(printer, "", item->row);
		print_paragraph(printer, "          ", text);
	}
}

void
print_look(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	const struct {
		const char *title;
		const GPtrArray *items;
	} lists[] = {{"Could not be read", digest->unread}, {"Attachments nobody could read", digest->attachments}};

	if (digest->suggested->len + digest->unfiled->items->len + digest->corrections->len + digest->routed->len + digest->unread->len +
	        digest->attachments->len ==
	    0)
		return;
	print_heading(printer, "To look at");
	if (digest->unfiled->items->len > 0) {
		subheading(printer, "Filed under no workstream", digest->unfiled->count);
		print_items(printer, digest->unfiled);
	}
	print_suggested(printer);
	print_corrections(printer);
	print_routed(printer);
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
		if (lists[i].items->len == 0)
			continue;
		subheading(printer, lists[i].title, lists[i].items->len);
		print_list(printer, lists[i].items);
	}
}

const char *
print_state(const struct message_row *row)
{
	if (g_strcmp0(row->redacted, "whole") == 0)
		return "redacted";
	if (!g_str_equal(row->kind, "input"))
		return row->kind;
	return row->copy_kind != NULL ? row->copy_kind : "duplicate";
}

/* "4f2kq7m5  admin         Lee Stand-In: unsubscribe". Of spam nothing is shown but its id. */
void
print_others(struct printer *printer)
{
	const GPtrArray *rows = printer->digest->others;
	g_autofree char *title = g_strdup_printf("Not new input (%u%s)", rows->len, rows->len < 200 ? "" : " or more");

	if (rows->len == 0)
		return;
	print_heading(printer, title);
	g_string_append_c(printer->out, '\n');
	for (guint i = 0; i < MIN(rows->len, OTHERS_SHOWN); i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		gboolean shown = !g_str_equal(row->kind, "spam");
		g_autofree char *author = shown ? print_author(row, NAME_COLUMNS / 2) : g_strdup("");
		g_autofree char *subject = !shown || row->subject == NULL ? g_strdup("") : print_one_line(row->subject, COLUMNS);
		g_autofree char *text =
		    g_strdup_printf("%.*s  %-12s  %s%s%s", ID_SHOWN, row->public_id, print_state(row), author, *subject != '\0' ? ": " : "", subject);
		g_autofree char *cut = text_cut(g_strchomp(text), COLUMNS);

		print_line(printer, cut);
	}
	if (rows->len > OTHERS_SHOWN)
		g_string_append_printf(printer->out, "and %u more: postbag query -kind:input\n", rows->len - OTHERS_SHOWN);
}

/* What came before and is here because of a decision, with what a reader of the day it came did not see. */
static void
print_earlier(struct printer *printer, const GPtrArray *rows, const char *how)
{
	for (guint i = 0; i < MIN(rows->len, DECISIONS_SHOWN); i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autofree char *date = clock_format(row->received, printer->digest->zone, "%Y-%m-%d");
		g_autofree char *gist = print_gist(row, 2 * COLUMNS);
		g_autofree char *workstreams = print_ids(row, "workstream");
		g_autofree char *text = g_strdup_printf("%s: received %s%s", *workstreams != '\0' ? workstreams : "unfiled", date, how);

		print_short(printer, "", row);
		print_paragraph(printer, "          ", gist);
		print_paragraph(printer, "          ", text);
	}
	if (rows->len > DECISIONS_SHOWN)
		g_string_append_printf(printer->out, "and %u more\n", rows->len - DECISIONS_SHOWN);
}

/* The same said of another message by the same person: one command, most likely. */
static gboolean
is_alike(const struct decision_row *a, const struct decision_row *b)
{
	return a->public_id != NULL && b->public_id != NULL && a->at == b->at && a->undone == b->undone && g_strcmp0(a->who, b->who) == 0 &&
	       g_str_equal(a->action, b->action) && !g_str_equal(a->action, "undo") && g_strcmp0(a->value, b->value) == 0 && g_strcmp0(a->note, b->note) == 0;
}

guint
print_alike(const GPtrArray *decisions, guint first)
{
	guint next = first + 1;

	while (next < decisions->len && is_alike(g_ptr_array_index(decisions, first), g_ptr_array_index(decisions, next)))
		next++;
	return next - first;
}

static void
print_decision(struct printer *printer, const struct decision_row *row, guint alike)
{
	g_autofree char *many = alike >= ALIKE_FOLDED ? g_strdup_printf("%u messages", alike) : NULL;
	g_autofree char *time = print_time(printer, row->at);
	g_autofree char *who = print_one_line(row->who != NULL ? row->who : "someone", NAME_COLUMNS);
	g_autofree char *done = decision_words(row, many != NULL ? many : row->public_id, 2 * COLUMNS);
	g_autofree char *undone = decision_undone(row, printer->digest->zone);
	g_autofree char *first = g_strdup_printf("%s  ", time);
	g_autofree char *text = g_strdup_printf("%s %s%s%s%s", who, done, undone != NULL ? " (" : "", undone != NULL ? undone : "", undone != NULL ? ")" : "");

	print_paragraph(printer, first, text);
}

void
print_decisions(struct printer *printer)
{
	const GPtrArray *decisions = printer->digest->decisions;
	guint i = 0;

	if (decisions->len + printer->digest->late->len == 0)
		return;
	print_heading(printer, "Arrived late or changed");
	g_string_append_c(printer->out, '\n');
	print_earlier(printer, printer->digest->late, "; came in, or was read, late; shown above too");
	print_earlier(printer, printer->digest->changed, "");
	if (decisions->len > 0 && printer->digest->changed->len + printer->digest->late->len > 0)
		g_string_append(printer->out, "\nBy hand\n");
	for (guint lines = 0; i < decisions->len && lines < DECISIONS_SHOWN; lines++) {
		guint alike = print_alike(decisions, i);

		print_decision(printer, g_ptr_array_index(decisions, i), alike);
		i += alike >= ALIKE_FOLDED ? alike : 1;
	}
	if (i < decisions->len)
		g_string_append_printf(printer->out, "and %u more: postbag history\n", decisions->len - i);
}
