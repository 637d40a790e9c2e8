#include "report/activity-model.h"

#include "base/json.h"
#include "base/text.h"
#include "report/csv.h"
#include "report/page.h"

#include <string.h>

#define ACTIVITY_VERSION 1 /* raised when a name changes its meaning or goes; new names may come */
#define YEAR (G_GINT64_CONSTANT(366) * 24 * 3600)

/* A day of a short window, a month of a long one. */
static char *
day_of(const struct activity *activity, gint64 t)
{
	if (t == 0)
		return g_strdup("");
	return clock_format(t, activity->zone, activity->window.to - activity->window.from <= YEAR ? "%-d %b" : "%Y-%m");
}

static void
cell_sum(struct page *page, const struct activity *activity, const struct activity_sum *sum)
{
	g_autofree char *first = day_of(activity, sum->first), *last = day_of(activity, sum->last);

	page_cell_number(page, sum->letters);
	page_cell_number(page, sum->unique);
	page_cell_number(page, sum->authors);
	page_cell(page, first, PAGE_WEAK);
	page_cell(page, last, PAGE_WEAK);
}

static void
say_table(struct page *page, const struct activity *activity, const struct activity_table *table)
{
	const struct page_column columns[] = {{"", FALSE, PAGE_CUT}, {"trend", TRUE, PAGE_FIT}, {"letters", TRUE, PAGE_FIT}, {"unique", TRUE, PAGE_FIT},
	    {"authors", TRUE, PAGE_FIT}, {"first", TRUE, PAGE_FIT}, {"last", TRUE, PAGE_FIT}};

	page_part(page, NULL, table->title, -1);
	page_table(page, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < table->rows->len; i++) {
		const struct activity_row *row = g_ptr_array_index(table->rows, i);
		g_autofree char *name = activity_name(activity, table, row);

		page_cell(page, name, *row->id != '\0' ? PAGE_STRONG : PAGE_WEAK);
		page_cell_bars(page, row->bars, activity->n_bars, table->most);
		cell_sum(page, activity, &row->sum);
	}
	page_table_end(page);
	if (table->doubles > 0) {
		g_autofree char *text = g_strdup_printf("A letter that is filed under several counts in each: together the lines have %" G_GINT64_FORMAT
		                                        " more than the %" G_GINT64_FORMAT " letters.",
		    table->doubles, activity->sum.letters);

		page_note(page, text);
	}
	if (g_str_equal(table->by, "group") || g_str_equal(table->by, "region"))
		page_note(page, "Found in what writers say of themselves and in their addresses, by the rules; a person may correct it.");
}

/* The day, week or month with most letters fills the bar. */
static void
say_parts(struct page *page, const struct activity *activity)
{
	const struct page_column columns[] = {{"", FALSE, PAGE_WRAP}, {"letters", TRUE, PAGE_FIT}, {"unique", TRUE, PAGE_FIT}, {"authors", TRUE, PAGE_FIT}};
	g_autofree gint64 *letters = g_new0(gint64, MAX(activity->parts->len, 1));
	g_autofree char *title = g_strdup_printf("%c%s by %s", g_ascii_toupper(*activity->period), activity->period + 1, activity->period);
	gint64 most = 0;
	guint empty = 0;

	page_part(page, NULL, title, -1);
	for (guint i = 0; i < activity->parts->len; i++) {
		letters[i] = g_array_index(activity->parts, struct activity_part, i).sum.letters;
		most = MAX(most, letters[i]);
	}
	if (activity->parts->len > 1)
		page_bars(page, letters, activity->parts->len, most);
	page_table(page, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < activity->parts->len; i++) {
		const struct activity_part *part = &g_array_index(activity->parts, struct activity_part, i);
		g_autofree char *name = activity_part_name(activity, part);

		if (part->sum.letters == 0) {
			empty++;
			continue;
		}
		page_cell(page, name, PAGE_PLAIN);
		page_cell_number(page, part->sum.letters);
		page_cell_number(page, part->sum.unique);
		page_cell_number(page, part->sum.authors);
	}
	page_table_end(page);
	if (empty > 0) {
		g_autofree char *text = g_strdup_printf("Left out: %u without letters.", empty);

		page_note(page, text);
	}
}

static void
say_ledger(struct page *page, const struct activity *activity)
{
	g_autofree char *line = ledger_line(&activity->ledger);
	g_autofree char *whole = g_strdup_printf("The ledger of this time: %s. Counted here is the input%s.", line,
	    activity->workstream != NULL ? ", as far as it is filed under this workstream" : "");
	g_autofree char *wrong = NULL;

	page_note(page, whole);
	if (activity_difference(activity) == 0)
		return;
	wrong = g_strdup_printf(
	    "*** does not reconcile: %" G_GINT64_FORMAT " *** postbag sweep, or postbag rebuild, makes the index whole", activity_difference(activity));
	page_note(page, wrong);
}

static char *
print(const struct activity *activity, enum page_form form)
{
	g_autofree char *title = g_strdup_printf("%s \u00b7 activity", activity->title);
	const struct page_head head = {title, activity->label, activity->workstream, activity->rules, activity->link, activity->window, activity->zone};
	g_autofree char *letters = text_count(activity->sum.letters, "letter", "letters"), *authors = text_count(activity->sum.authors, "author", "authors");
	g_autofree char *text = NULL;
	struct page *page = page_new(form, &head);

	text = g_strdup_printf(
	    "%s from %s, %" G_GINT64_FORMAT " of them unique: letters alike count once, superseded ones not at all.", letters, authors, activity->sum.unique);
	page_say(page, activity->sum.letters > 0 ? text : "No letters in this time.");
	say_ledger(page, activity);
	for (guint i = 0; activity->sum.letters > 0 && i < activity->tables->len; i++)
		say_table(page, activity, g_ptr_array_index(activity->tables, i));
	if (activity->sum.letters > 0 && activity->tell_parts)
		say_parts(page, activity);
	return page_finish(page);
}

char *
activity_print_text(const struct activity *activity)
{
	return print(activity, PAGE_TEXT);
}

char *
activity_print_html(const struct activity *activity)
{
	return print(activity, PAGE_HTML);
}

static void
csv_sum(GString *out, const struct activity_sum *sum)
{
	const gint64 numbers[] = {sum->letters, sum->unique, sum->authors}, times[] = {sum->first, sum->last};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, numbers[i]);

		csv_cell(out, text);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
		g_autofree char *text = times[i] != 0 ? clock_iso(times[i]) : NULL;

		csv_cell(out, text);
	}
	csv_end(out);
}

char *
activity_print_csv(const struct activity *activity)
{
	GString *out = g_string_new("by,id,title,letters,unique,authors,first,last" CSV_END);

	csv_cell(out, "all");
	csv_cell(out, NULL);
	csv_cell(out, NULL);
	csv_sum(out, &activity->sum);
	for (guint i = 0; i < activity->tables->len; i++) {
		const struct activity_table *table = g_ptr_array_index(activity->tables, i);

		for (guint j = 0; j < table->rows->len; j++) {
			const struct activity_row *row = g_ptr_array_index(table->rows, j);
			const struct target *target = targets_find(activity->targets, table->by, row->id);

			csv_cell(out, table->by);
			csv_cell(out, row->id);
			csv_cell(out, target != NULL ? target->title : NULL);
			csv_sum(out, &row->sum);
		}
	}
	for (guint i = 0; activity->tell_parts && i < activity->parts->len; i++) {
		const struct activity_part *part = &g_array_index(activity->parts, struct activity_part, i);
		g_autofree char *day = clock_format(part->window.from, activity->zone, "%Y-%m-%d"), *name = activity_part_name(activity, part);

		csv_cell(out, activity->period);
		csv_cell(out, day);
		csv_cell(out, name);
		csv_sum(out, &part->sum);
	}
	return g_string_free(out, FALSE);
}

static void
put_time(struct json *object, const char *key, gint64 t)
{
	g_autofree char *text = t != 0 ? clock_iso(t) : NULL;

	json_put_text(object, key, text);
}

static void
put_sum(struct json *object, const struct activity_sum *sum)
{
	json_put_number(object, "letters", sum->letters);
	json_put_number(object, "unique", sum->unique);
	json_put_number(object, "authors", sum->authors);
	put_time(object, "first", sum->first);
	put_time(object, "last", sum->last);
}

static struct json *
table_to_json(const struct activity *activity, const struct activity_table *table)
{
	struct json *out = json_new_object(), *rows = json_new_array();

	json_put_text(out, "by", table->by);
	json_put_number(out, "counted_again", table->doubles);
	for (guint i = 0; i < table->rows->len; i++) {
		const struct activity_row *row = g_ptr_array_index(table->rows, i);
		const struct target *target = targets_find(activity->targets, table->by, row->id);
		struct json *item = json_new_object(), *bars = json_new_array();

		json_put_text(item, "id", *row->id != '\0' ? row->id : NULL);
		json_put_text(item, "title", target != NULL ? target->title : NULL);
		put_sum(item, &row->sum);
		for (guint j = 0; j < activity->n_bars; j++)
			json_add_number(bars, row->bars[j]);
		json_put(item, "trend", bars);
		json_add(rows, item);
	}
	json_put(out, "rows", rows);
	return out;
}

static struct json *
part_to_json(const struct activity *activity, const struct activity_part *part)
{
	struct json *out = json_new_object();

	json_put_text(out, "period", activity->period);
	put_time(out, "from", part->window.from);
	put_time(out, "to", part->window.to);
	put_sum(out, &part->sum);
	return out;
}

char *
activity_print_json(const struct activity *activity)
{
	g_autoptr(Json) object = json_new_object();
	struct json *window = json_new_object(), *tables = json_new_array(), *parts = json_new_array();

	json_put_number(object, "version", ACTIVITY_VERSION);
	json_put_text(object, "report", "activity");
	json_put_text(object, "title", activity->title);
	json_put_text(object, "label", activity->label);
	json_put_text(object, "timezone", g_time_zone_get_identifier(activity->zone));
	put_time(window, "from", activity->window.from);
	put_time(window, "to", activity->window.to);
	json_put(object, "window", window);
	json_put_text(object, "workstream", activity->workstream);
	json_put_text(object, "rules", *activity->rules != '\0' ? activity->rules : NULL);
	put_sum(object, &activity->sum);
	json_put_number(object, "received", activity->ledger.truth + activity->ledger.spooled);
	json_put_number(object, "input", activity->ledger.kinds[KIND_INPUT]);
	json_put_number(object, "difference", activity_difference(activity));
	for (guint i = 0; i < activity->tables->len; i++)
		json_add(tables, table_to_json(activity, g_ptr_array_index(activity->tables, i)));
	json_put(object, "tables", tables);
	for (guint i = 0; activity->tell_parts && i < activity->parts->len; i++)
		json_add(parts, part_to_json(activity, &g_array_index(activity->parts, struct activity_part, i)));
	json_put(object, "parts", parts);
	return json_print(object, TRUE);
}
