#include "report/milestones-model.h"

#include "base/json.h"
#include "base/text.h"
#include "report/csv.h"
#include "report/page.h"
#include "report/print-json.h"

#define MILESTONES_VERSION 1 /* raised when a name changes its meaning or goes; new names may come */

static gboolean
is_ahead(const struct milestone_around *around)
{
	return around->milestone->state == MILESTONE_UPCOMING;
}

/* "planned 30 Mar 2017, 42 days later", or NULL. */
static char *
plan_words(const struct milestone *milestone)
{
	g_autofree char *planned = milestone->planned_from != 0 ? milestone_days(milestone->planned_from, milestone->planned_to) : NULL;
	gint64 begin, end;

	if (milestone->state == MILESTONE_OVERDUE)
		return g_strdup("planned; no actual date is given");
	if (!milestone_slip(milestone, &begin, &end))
		return NULL;
	if (begin == 0 && end == 0)
		return g_strdup("as planned");
	g_autofree char *days = text_count(ABS(begin != 0 ? begin : end), "day", "days");
	return g_strdup_printf(
	    "planned %s%s: %s %s%s", planned, "", days, (begin != 0 ? begin : end) > 0 ? "later" : "earlier", begin != 0 ? "" : " at its end");
}

static void
say_ahead(struct page *page, const struct milestones *milestones)
{
	static const struct page_column columns[] = {{"when", FALSE, PAGE_FIT}, {"milestone", FALSE, PAGE_WRAP}, {"days left", TRUE, PAGE_FIT}};
	gboolean any = FALSE;

	for (guint i = 0; i < milestones->around->len; i++) {
		const struct milestone_around *around = g_ptr_array_index(milestones->around, i);
		g_autofree char *when = milestone_days(around->milestone->day_from, around->milestone->day_to);
		gint64 days = milestones_left(milestones, around->milestone);

		if (!is_ahead(around) && around->milestone->state != MILESTONE_NOW)
			continue;
		if (!any) {
			page_part(page, NULL, "Coming up", -1);
			page_table(page, columns, G_N_ELEMENTS(columns));
		}
		any = TRUE;
		page_cell(page, when, PAGE_STRONG);
		page_cell(page, around->milestone->title, PAGE_PLAIN);
		if (days > 0)
			page_cell_number(page, days);
		else
			page_cell(page, "now", PAGE_STRONG);
	}
	if (any)
		page_table_end(page);
}

/* What came in before and after each: the last first, since that is what one asks for. */
static void
say_past(struct page *page, const struct milestones *milestones)
{
	static const struct page_column columns[] = {
	    {"when", FALSE, PAGE_FIT}, {"milestone", FALSE, PAGE_WRAP}, {"before", TRUE, PAGE_FIT}, {"after", TRUE, PAGE_FIT}, {"open", TRUE, PAGE_FIT}};
	gboolean any = FALSE;

	for (guint i = milestones->around->len; i-- > 0;) {
		const struct milestone_around *around = g_ptr_array_index(milestones->around, i);
		g_autofree char *when = milestone_days(around->milestone->day_from, around->milestone->day_to), *plan = plan_words(around->milestone);
		g_autofree char *name = g_strdup_printf("%s%s%s%s%s%s", around->milestone->title, plan != NULL ? " \u00b7 " : "", plan != NULL ? plan : "",
		    *around->workstreams != '\0' ? " (" : "", around->workstreams, *around->workstreams != '\0' ? ")" : "");

		if (is_ahead(around))
			continue;
		if (!any) {
			page_part(page, NULL, "So far, the latest first", -1);
			page_table(page, columns, G_N_ELEMENTS(columns));
		}
		any = TRUE;
		page_cell(page, when, PAGE_PLAIN);
		page_cell(page, name, around->sum_before.letters + around->sum_after.letters > 0 ? PAGE_STRONG : PAGE_WEAK);
		page_cell_number(page, around->sum_before.letters);
		page_cell_number(page, around->sum_after.letters);
		page_cell_number(page, around->questions + around->open);
	}
	if (any)
		page_table_end(page);
}

/* "opening, hearing, now": where the consultation MESSAGE was open. */
static char *
open_at(const struct milestones *milestones, gint64 message, gboolean now)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < milestones->around->len; i++) {
		const struct milestone_around *around = g_ptr_array_index(milestones->around, i);

		for (guint j = 0; !is_ahead(around) && j < around->numbers->len; j++)
			if (g_array_index(around->numbers, gint64, j) == message)
				g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", around->milestone->id);
	}
	if (now)
		g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", "now");
	return g_string_free(out, FALSE);
}

/* Each once, however long it waited. */
static void
say_consultations(struct page *page, const struct milestones *milestones)
{
	static const struct page_column columns[] = {{"asked", FALSE, PAGE_FIT}, {"who, and about what", FALSE, PAGE_WRAP}, {"open at", FALSE, PAGE_FIT}};
	g_autoptr(GHashTable) told = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < milestones->around->len; i++) {
		const struct milestone_around *around = g_ptr_array_index(milestones->around, i);

		for (guint j = 0; j < around->consultations->len; j++) {
			const struct message_row *row = g_ptr_array_index(around->consultations, j);
			g_autofree char *asked = clock_format(row->date_effective, milestones->zone, "%-d %b %Y");
			g_autofree char *where = open_at(milestones, row->message, row->answered == 0);

			if (!g_hash_table_add(told, (gpointer)&row->message))
				continue;
			if (g_hash_table_size(told) == 1) {
				page_part(page, NULL, "Consultations asked for, and where they were open", -1);
				page_table(page, columns, G_N_ELEMENTS(columns));
			}
			page_cell(page, asked, PAGE_PLAIN);
			page_cell_message(page, row);
			page_cell(page, where, PAGE_WEAK);
		}
	}
	if (g_hash_table_size(told) > 0)
		page_table_end(page);
}

static void
say_sum(struct page *page, const struct milestones *milestones)
{
	static const char *const words[] = {"held", "going on", "to come", "planned without an actual date"};
	g_autofree char *all = text_count(milestones->around->len, "milestone", "milestones");
	g_autoptr(GString) text = g_string_new(all);
	guint counts[G_N_ELEMENTS(words)] = {0}, told = 0;

	for (guint i = 0; i < milestones->around->len; i++)
		counts[((const struct milestone_around *)g_ptr_array_index(milestones->around, i))->milestone->state]++;
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (counts[i] > 0)
			g_string_append_printf(text, "%s%u %s", told++ > 0 ? ", " : ": ", counts[i], words[i]);
	g_string_append(text, ". Counted are letters as they arrived here: new input, each once.");
	page_say(page, milestones->around->len > 0 ? text->str : "The rules in force name no milestones with a date: [milestone] in a rule file does.");
}

static char *
print(const struct milestones *milestones, enum page_form form)
{
	g_autofree char *title = g_strdup_printf("%s \u00b7 milestones", milestones->title);
	g_autofree char *label = clock_format(milestones->now, milestones->zone, "%A %-d %B %Y");
	const struct time_window window = {milestones->now - 7 * 86400, milestones->now};
	const struct page_head head = {title, label, milestones->workstream, milestones->rules, milestones->link, window, milestones->zone};
	struct page *page = page_new(form, &head);
	g_autofree char *note = g_strdup_printf("In the table: letters in the %u days before each and from its first day to that of the next (in brackets "
	                                        "the workstreams with most of them), and the questions and consultations that were open when it began.",
	    milestones->days);

	say_sum(page, milestones);
	say_ahead(page, milestones);
	say_past(page, milestones);
	if (milestones->around->len > 0)
		page_note(page, note);
	say_consultations(page, milestones);
	return page_finish(page);
}

char *
milestones_print_text(const struct milestones *milestones)
{
	return print(milestones, PAGE_TEXT);
}

char *
milestones_print_html(const struct milestones *milestones)
{
	return print(milestones, PAGE_HTML);
}

/* A day of the rule files, or NULL. */
static char *
day_of(gint64 t)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();

	return t != 0 ? clock_format(t, utc, "%Y-%m-%d") : NULL;
}

static void
cell_number(GString *out, gint64 number)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);

	csv_cell(out, text);
}

static void
cell_days(GString *out, gint64 from, gint64 to)
{
	g_autofree char *first = day_of(from), *last = day_of(to != 0 ? to - 86400 : 0);

	csv_cell(out, first);
	csv_cell(out, last);
}

char *
milestones_print_csv(const struct milestones *milestones)
{
	GString *out = g_string_new("id,title,state,planned_from,planned_to,actual_from,actual_to,days_late,days_left,letters_before,unique_before,"
	                            "authors_before,letters_after,unique_after,authors_after,open_questions,open_consultations" CSV_END);

	for (guint i = 0; i < milestones->around->len; i++) {
		const struct milestone_around *around = g_ptr_array_index(milestones->around, i);
		const struct milestone *milestone = around->milestone;
		const struct activity_sum *before = &around->sum_before, *after = &around->sum_after;
		const gint64 numbers[] = {
		    before->letters, before->unique, before->authors, after->letters, after->unique, after->authors, around->questions, around->open};
		gint64 begin, end;

		csv_cell(out, milestone->id);
		csv_cell(out, milestone->title);
		csv_cell(out, milestone_state_name(milestone->state));
		cell_days(out, milestone->planned_from, milestone->planned_to);
		cell_days(out, milestone->actual_from, milestone->actual_to);
		if (milestone_slip(milestone, &begin, &end))
			cell_number(out, begin != 0 ? begin : end);
		else
			csv_cell(out, NULL);
		if (is_ahead(around))
			cell_number(out, milestones_left(milestones, milestone));
		else
			csv_cell(out, NULL);
		for (gsize j = 0; j < G_N_ELEMENTS(numbers); j++)
			cell_number(out, numbers[j]);
		csv_end(out);
	}
	return g_string_free(out, FALSE);
}

static void
put_days(struct json *object, const char *key, gint64 from, gint64 to)
{
	g_autofree char *first = day_of(from), *last = day_of(to != 0 ? to - 86400 : 0);
	struct json *days = NULL;

	if (first == NULL) {
		json_put_text(object, key, NULL);
		return;
	}
	days = json_new_object();
	json_put_text(days, "first", first);
	json_put_text(days, "last", last);
	json_put(object, key, days);
}

static void
put_sum(struct json *object, const char *key, struct time_window window, const struct activity_sum *sum)
{
	struct json *out = json_new_object();
	g_autofree char *from = clock_iso(window.from), *to = clock_iso(window.to);

	json_put_text(out, "from", from);
	json_put_text(out, "to", to);
	json_put_number(out, "letters", sum->letters);
	json_put_number(out, "unique", sum->unique);
	json_put_number(out, "authors", sum->authors);
	json_put(object, key, out);
}

static struct json *
around_to_json(const struct milestones *milestones, const struct milestone_around *around)
{
	const struct milestone *milestone = around->milestone;
	struct json *out = json_new_object(), *consultations = json_new_array();
	gint64 begin, end;

	json_put_text(out, "id", milestone->id);
	json_put_text(out, "title", milestone->title);
	json_put_text(out, "state", milestone_state_name(milestone->state));
	put_days(out, "planned", milestone->planned_from, milestone->planned_to);
	put_days(out, "actual", milestone->actual_from, milestone->actual_to);
	if (milestone_slip(milestone, &begin, &end))
		json_put_number(out, "days_late", begin != 0 ? begin : end);
	else
		json_put_text(out, "days_late", NULL);
	if (is_ahead(around))
		json_put_number(out, "days_left", milestones_left(milestones, milestone));
	else
		json_put_text(out, "days_left", NULL);
	put_sum(out, "before", around->before, &around->sum_before);
	put_sum(out, "after", around->after, &around->sum_after);
	json_put_text(out, "workstreams", around->workstreams);
	json_put_number(out, "open_questions", around->questions);
	json_put_number(out, "open_consultations", around->open);
	for (guint i = 0; i < around->consultations->len; i++)
		json_add(consultations, message_to_json(g_ptr_array_index(around->consultations, i)));
	json_put(out, "consultations", consultations);
	return out;
}

char *
milestones_print_json(const struct milestones *milestones)
{
	g_autoptr(Json) object = json_new_object();
	g_autofree char *now = clock_iso(milestones->now);
	struct json *list = json_new_array();

	json_put_number(object, "version", MILESTONES_VERSION);
	json_put_text(object, "report", "milestones");
	json_put_text(object, "title", milestones->title);
	json_put_text(object, "now", now);
	json_put_text(object, "timezone", g_time_zone_get_identifier(milestones->zone));
	json_put_text(object, "workstream", milestones->workstream);
	json_put_text(object, "rules", *milestones->rules != '\0' ? milestones->rules : NULL);
	json_put_number(object, "days", milestones->days);
	for (guint i = 0; i < milestones->around->len; i++)
		json_add(list, around_to_json(milestones, g_ptr_array_index(milestones->around, i)));
	json_put(object, "milestones", list);
	return json_print(object, TRUE);
}
