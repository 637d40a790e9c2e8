#include "report/print-html-private.h"

#include "report/decided.h"

#define OTHERS_COUNTED 200 /* listed by find/lists.h: there may be more */
#define BRIEF "<td class=\"r\" style=\"width:1%%;padding:5px 12px 5px 0;white-space:nowrap;" LOOK_RULE "\">"
#define LAST "<td class=\"r\" style=\"padding:5px 0;" LOOK_RULE "\">"
#define TABLE LOOK_TABLE "style=\"width:100%;border-collapse:collapse;" LOOK_FONT ";" LOOK_SMALL ";" LOOK_MUTED "\" class=\"m\">\n"

/* Of spam nothing is shown but its id. */
void
html_others(struct printer *printer)
{
	const GPtrArray *rows = printer->digest->others;
	guint told = MIN(rows->len, OTHERS_SHOWN), most = MIN(told, printer->most);

	if (rows->len == 0)
		return;
	html_begin(printer, NULL, rows->len < OTHERS_COUNTED ? "Not new input" : "Not new input, at least", rows->len);
	html_add(printer, most > 0 ? TABLE : "");
	for (guint i = 0; i < most; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);

		html_format(printer, "<tr valign=\"top\">" BRIEF "%s</td>" LAST, print_state(row));
		if (!g_str_equal(row->kind, "spam") && g_strcmp0(row->redacted, "whole") != 0) {
			html_who_what(printer, row);
			html_add(printer, " ");
		}
		html_id(printer, row->public_id, ID_SHOWN);
		html_add(printer, "</td></tr>\n");
	}
	html_add(printer, most > 0 ? "</table>\n" : "");
	html_folded(printer, told - most, "");
	if (rows->len > OTHERS_SHOWN) {
		g_autofree char *more = g_strdup_printf("and %u more: postbag query -kind:input", rows->len - OTHERS_SHOWN);

		html_note(printer, more);
	}
	html_end(printer);
}

/* What came before and is here because of a decision, or was received before the time that this issue is about: HOW says which. */
static void
add_earlier(struct printer *printer, const GPtrArray *rows, const char *how)
{
	guint told = MIN(rows->len, DECISIONS_SHOWN), most = MIN(told, printer->most);

	if (rows->len == 0)
		return;
	html_begin_entries(printer);
	for (guint i = 0; i < most; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autofree char *date = clock_format(row->received, printer->digest->zone, "%-d %b %Y");

		html_begin_entry(printer, i == 0);
		html_add(printer, "<p class=\"m\" style=\"margin:0;" LOOK_SMALL ";" LOOK_MUTED "\">");
		html_who_what(printer, row);
		html_format(printer, " \u00b7 received %s%s \u00b7 ", date, how);
		html_id(printer, row->public_id, ID_SHOWN);
		html_add(printer, "</p>\n<p");
		html_language(printer, row);
		html_add(printer, " style=\"margin:2px 0 0\">");
		html_gist(printer, row, 2 * COLUMNS);
		html_add(printer, "</p>\n<p class=\"m\" style=\"margin:6px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">");
		if (!html_labels(printer, row))
			html_add(printer, "unfiled");
		html_add(printer, "</p>\n");
		html_end_entry(printer);
	}
	html_end_entries(printer);
	html_folded(printer, told - most, "");
	if (rows->len > DECISIONS_SHOWN) {
		g_autofree char *more = g_strdup_printf("and %u more", rows->len - DECISIONS_SHOWN);

		html_note(printer, more);
	}
}

static void
add_decision(struct printer *printer, const struct decision_row *row, guint alike)
{
	g_autofree char *many = alike >= ALIKE_FOLDED ? g_strdup_printf("%u messages", alike) : NULL;
	g_autofree char *time = print_time(printer, row->at);
	g_autofree char *done = decision_words(row, many != NULL ? many : row->public_id, 2 * COLUMNS);
	g_autofree char *undone = decision_undone(row, printer->digest->zone);

	html_format(printer, "<tr valign=\"top\">" BRIEF "%s</td>" LAST, time);
	html_add(printer, "<b class=\"t\" style=\"font-weight:600;" LOOK_TEXT "\"><bdi>");
	html_line(printer, row->who != NULL ? row->who : "someone", NAME_COLUMNS);
	html_add(printer, "</bdi></b> <bdi>");
	html_escaped(printer, done);
	html_add(printer, "</bdi>");
	if (undone != NULL) {
		html_add(printer, " (");
		html_escaped(printer, undone);
		html_add(printer, ")");
	}
	html_add(printer, "</td></tr>\n");
}

static void
add_decisions(struct printer *printer, const GPtrArray *decisions)
{
	guint most = MIN(DECISIONS_SHOWN, printer->most);
	guint i = 0;

	html_add(printer, most > 0 ? TABLE : "");
	for (guint lines = 0; i < decisions->len && lines < most; lines++) {
		guint alike = print_alike(decisions, i);

		add_decision(printer, g_ptr_array_index(decisions, i), alike);
		i += alike >= ALIKE_FOLDED ? alike : 1;
	}
	html_add(printer, most > 0 ? "</table>\n" : "");
	if (i < decisions->len) {
		g_autofree char *more = g_strdup_printf("and %u more: postbag history", decisions->len - i);

		html_note(printer, more);
	}
}

void
html_decisions(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	if (digest->decisions->len + digest->late->len + digest->changed->len == 0)
		return;
	html_begin(printer, NULL, "Arrived late or changed", -1);
	add_earlier(printer, digest->late, "; came in, or was read, late; shown above too");
	add_earlier(printer, digest->changed, "");
	if (digest->decisions->len > 0 && digest->changed->len + digest->late->len > 0)
		html_subheading(printer, "By hand", digest->decisions->len);
	if (digest->decisions->len > 0)
		add_decisions(printer, digest->decisions);
	html_end(printer);
}
