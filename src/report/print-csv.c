#include "report/model.h"

#include "report/csv.h"

#define HEADING "received,id,kind,state,author,address,subject,workstreams,topics,suggested,groups,gist,reason" CSV_END

struct csv_line {
	gint64 received;
	guint place; /* of those received in the same second */
	char *text;
};

static void
line_free(gpointer data)
{
	struct csv_line *line = data;

	g_free(line->text);
	g_free(line);
}

static int
line_compare(gconstpointer a, gconstpointer b)
{
	const struct csv_line *x = *(const struct csv_line *const *)a, *y = *(const struct csv_line *const *)b;

	return x->received != y->received ? (x->received < y->received ? -1 : 1) : x->place < y->place ? -1 : x->place > y->place;
}

static void
add_line(GPtrArray *lines, gint64 received, GString *text)
{
	struct csv_line *line = g_new0(struct csv_line, 1);

	csv_end(text);
	line->received = received;
	line->place = lines->len;
	line->text = g_string_free(text, FALSE);
	g_ptr_array_add(lines, line);
}

static void
add_time(GString *out, gint64 t)
{
	g_autofree char *iso = clock_iso(t);

	csv_cell(out, iso);
}

/* ROW's ids of that TYPE (NULL: of workstreams and topics), of those only suggested when ONLY_SUGGESTED. */
static void
add_ids(GString *out, const struct message_row *row, const char *type, gboolean only_suggested)
{
	g_autoptr(GString) cell = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		gboolean wanted =
		    type != NULL ? g_str_equal(filing->type, type) : g_str_equal(filing->type, "workstream") || g_str_equal(filing->type, "topic");

		if (wanted && (!only_suggested || g_str_equal(filing->tier, "suggested")))
			g_string_append_printf(cell, "%s%s", cell->len > 0 ? " " : "", filing->id);
	}
	csv_cell(out, cell->str);
}

static const char *
state_of(const struct message_row *row, gboolean is_new)
{
	if (g_strcmp0(row->redacted, "whole") == 0)
		return "redacted";
	if (row->copy_kind != NULL)
		return row->copy_kind;
	if (row->superseded_by != NULL)
		return "superseded";
	return is_new || !g_str_equal(row->kind, "input") ? "" : "duplicate"; /* input again that was new at another time */
}

/* Of spam, and of what was taken out, nothing is told but that it came. */
static void
add_row(GPtrArray *lines, const struct message_row *row, gboolean is_new)
{
	gboolean told = !g_str_equal(row->kind, "spam") && g_strcmp0(row->redacted, "whole") != 0;
	static const char *const lists[] = {"workstream", "topic", NULL, "group"};
	GString *out = g_string_new(NULL);

	add_time(out, row->received);
	csv_cell(out, row->public_id);
	csv_cell(out, row->kind);
	csv_cell(out, state_of(row, is_new));
	csv_cell(out, told ? row->author_name : NULL);
	csv_cell(out, told ? row->author_address : NULL);
	csv_cell(out, told ? row->subject : NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
		if (told)
			add_ids(out, row, lists[i], lists[i] == NULL);
		else
			csv_cell(out, NULL);
	}
	csv_cell(out, told ? row->gist : NULL);
	csv_cell(out, NULL);
	add_line(lines, row->received, out);
}

static void
add_rows(GPtrArray *lines, const GPtrArray *rows, gboolean are_new, GHashTable *told)
{
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);

		if (g_hash_table_add(told, row->public_id))
			add_row(lines, row, are_new);
	}
}

/* What is held or unread: id and reason, nothing else. */
static void
add_items(GPtrArray *lines, const GPtrArray *items, const char *state, GHashTable *told)
{
	for (guint i = 0; i < items->len; i++) {
		const struct list_item *item = g_ptr_array_index(items, i);
		GString *out;

		if (!g_hash_table_add(told, item->public_id))
			continue;
		out = g_string_new(NULL);
		add_time(out, item->received);
		csv_cell(out, item->public_id);
		csv_cell(out, NULL);
		csv_cell(out, state);
		for (int empty = 0; empty < 8; empty++)
			csv_cell(out, NULL);
		csv_cell(out, item->reason);
		add_line(lines, item->received, out);
	}
}

char *
digest_print_csv(const struct digest *digest)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(line_free);
	g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
	GString *out = g_string_new(HEADING);

	add_rows(lines, digest->rows, TRUE, told);
	add_items(lines, digest->unread, "unread", told);
	add_items(lines, digest->held, "held", told);
	add_rows(lines, digest->others, FALSE, told);
	g_ptr_array_sort(lines, line_compare);
	for (guint i = 0; i < lines->len; i++)
		g_string_append(out, ((const struct csv_line *)g_ptr_array_index(lines, i))->text);
	return g_string_free(out, FALSE);
}
