#include "report/print-html-private.h"

#include "base/text.h"

#define TABLE LOOK_TABLE "style=\"width:100%;border-collapse:collapse;" LOOK_FONT ";" LOOK_SMALL ";" LOOK_TEXT "\" class=\"t\">\n"
#define HEAD "<th scope=\"col\" class=\"m\" style=\"padding:0 12px 4px 0;font-weight:400;text-align:left;" LOOK_MUTED "\">"
#define BRIEF "<td class=\"r\" style=\"width:1%%;padding:6px 12px 6px 0;white-space:nowrap;" LOOK_RULE "\">"
#define LAST "<td class=\"r\" style=\"padding:6px 0;" LOOK_RULE "\">"

void
html_awaiting(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	gboolean counted = digest->n_awaiting < LIST_COUNTED;

	if (digest->n_awaiting == 0)
		return;
	html_begin(printer, NULL, counted ? "Awaiting an answer" : "Awaiting an answer, at least", digest->n_awaiting);
	if (printer->most > 0)
		html_add(printer, TABLE "<tr>" HEAD "oldest first</th>" HEAD "who asks, and about what</th></tr>\n");
	for (guint i = 0; i < MIN(digest->awaiting->len, printer->most); i++) {
		const struct message_row *row = g_ptr_array_index(digest->awaiting, i);
		g_autofree char *date = clock_format(row->date_effective, digest->zone, "%-d %b %Y");

		html_format(printer, "<tr valign=\"top\">" BRIEF "%s</td>" LAST, date);
		html_who_what(printer, row);
		html_add(printer, " ");
		html_id(printer, row->public_id, ID_SHOWN);
		html_add(printer, "</td></tr>\n");
	}
	html_add(printer, printer->most > 0 ? "</table>\n" : "");
	html_folded(printer, digest->awaiting->len - MIN(digest->awaiting->len, printer->most), "");
	if (digest->n_awaiting > digest->awaiting->len) {
		g_autofree char *query = label_query(digest);
		g_autofree char *more = g_strdup_printf("and %s%" G_GINT64_FORMAT " more: postbag query is:unanswered%s", counted ? "" : "at least ",
		    digest->n_awaiting - digest->awaiting->len, query);

		html_note(printer, more);
	}
	html_end(printer);
}

/* Of struct list_item: nothing of a message but what stands there. */
static void
add_list(struct printer *printer, const GPtrArray *items)
{
	if (printer->most > 0)
		html_add(printer, TABLE);
	for (guint i = 0; i < MIN(items->len, printer->most); i++) {
		const struct list_item *item = g_ptr_array_index(items, i);

		html_format(printer, "<tr valign=\"top\">" BRIEF);
		html_id(printer, item->public_id, ID_SHOWN);
		html_add(printer, "</td>" LAST);
		if (item->name != NULL) {
			html_add(printer, "<bdi>");
			html_line(printer, item->name, NAME_COLUMNS);
			html_add(printer, item->reason != NULL ? "</bdi>: " : "</bdi>");
		}
		if (item->reason != NULL)
			html_line(printer, item->reason, 2 * COLUMNS);
		html_add(printer, "</td></tr>\n");
	}
	html_add(printer, printer->most > 0 ? "</table>\n" : "");
	html_folded(printer, items->len - MIN(items->len, printer->most), "");
}

void
html_held(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	if (digest->held->len == 0 && digest->held_before == 0)
		return;
	html_begin(printer, NULL, "Held", digest->held->len > 0 ? (gint64)digest->held->len : -1);
	if (digest->held->len > 0) {
		add_list(printer, digest->held);
		html_note(printer, "Only id and reason are shown until a person releases it.");
	}
	if (digest->held_before > 0) {
		g_autofree char *before = g_strdup_printf("%" G_GINT64_FORMAT " from before, not shown until released: postbag query is:held", digest->held_before);

		html_note(printer, before);
	}
	html_end(printer);
}

/* A letter in a list of those to look at: what it is, then what is asked about it, between begin and end. */
static void
begin_entry(struct printer *printer, const struct message_row *row)
{
	html_add(printer, "<tr><td class=\"r\" style=\"padding:8px 0;" LOOK_RULE "\">\n<p class=\"t\" style=\"margin:0;" LOOK_SMALL ";" LOOK_TEXT "\">");
	html_who_what(printer, row);
	html_add(printer, " ");
	html_id(printer, row->public_id, ID_SHOWN);
	html_add(printer, "</p>\n<p class=\"m\" style=\"margin:2px 0 0;" LOOK_SMALL ";line-height:1.7;" LOOK_MUTED "\">");
}

static void
end_entry(struct printer *printer)
{
	html_add(printer, "</p>\n</td></tr>\n");
}

static void
end_entries(struct printer *printer, guint n)
{
	html_end_entries(printer);
	html_folded(printer, n - MIN(n, printer->most), "");
}

static void
add_suggested(struct printer *printer)
{
	const GPtrArray *rows = printer->digest->suggested;

	if (rows->len == 0)
		return;
	html_subheading(printer, "Filing to check: some of it is only suggested", rows->len);
	html_begin_entries(printer);
	for (guint i = 0; i < MIN(rows->len, printer->most); i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);

		begin_entry(printer, row);
		html_labels(printer, row);
		end_entry(printer);
	}
	end_entries(printer, rows->len);
}

static void
add_corrections(struct printer *printer)
{
	const GPtrArray *corrections = printer->digest->corrections;

	if (corrections->len == 0)
		return;
	html_subheading(printer, "Corrections to confirm: may supersede an earlier letter", corrections->len);
	html_begin_entries(printer);
	for (guint i = 0; i < MIN(corrections->len, printer->most); i++) {
		const struct digest_correction *item = g_ptr_array_index(corrections, i);

		begin_entry(printer, item->row);
		html_id(printer, item->correction->id, ID_SHOWN);
		html_add(printer, " <bdi>");
		html_line(printer, item->correction->subject, NAME_COLUMNS);
		html_add(printer, "</bdi>: ");
		html_line(printer, item->correction->reason, 2 * COLUMNS);
		html_format(printer, "<br>postbag supersedes %.*s %.*s", ID_SHOWN, item->row->public_id, ID_SHOWN, item->correction->id);
		end_entry(printer);
	}
	end_entries(printer, corrections->len);
}

static void
add_routed(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	if (digest->routed->len == 0)
		return;
	html_subheading(printer, "Meant for another desk", digest->routed->len);
	html_begin_entries(printer);
	for (guint i = 0; i < MIN(digest->routed->len, printer->most); i++) {
		const struct message_row *row = g_ptr_array_index(digest->routed, i);
		gboolean begun = FALSE;

		begin_entry(printer, row);
		for (guint j = 0; j < row->filings->len; j++) {
			const struct row_filing *filing = g_ptr_array_index(row->filings, j);
			const struct target *target = g_str_equal(filing->type, "intent") ? targets_find(digest->targets, "intent", filing->id) : NULL;

			if (target == NULL || target->route == NULL)
				continue;
			html_add(printer, begun ? "<br>" : "");
			html_label(printer, target->id, g_str_equal(filing->tier, "suggested"));
			html_add(printer, " pass on to ");
			html_line(printer, target->route, COLUMNS);
			begun = TRUE;
		}
		end_entry(printer);
	}
	end_entries(printer, digest->routed->len);
}

void
html_look(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	if (digest->suggested->len + digest->unfiled->items->len + digest->corrections->len + digest->routed->len + digest->unread->len +
	        digest->attachments->len ==
	    0)
		return;
	html_begin(printer, NULL, "To look at", -1);
	if (digest->unfiled->items->len > 0) {
		html_subheading(printer, "Filed under no workstream", digest->unfiled->count);
		html_items(printer, digest->unfiled);
	}
	add_suggested(printer);
	add_corrections(printer);
	add_routed(printer);
	if (digest->unread->len > 0) {
		html_subheading(printer, "Could not be read", digest->unread->len);
		add_list(printer, digest->unread);
	}
	if (digest->attachments->len > 0) {
		html_subheading(printer, "Attachments nobody could read", digest->attachments->len);
		add_list(printer, digest->attachments);
	}
	html_end(printer);
}
