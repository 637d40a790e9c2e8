#include "report/weekly-model.h"

#include "report/csv.h"
#include "report/decided.h"
#include "report/print-json.h"

#define WEEKLY_VERSION 1 /* raised when a name changes its meaning or goes; new names may come */

static void
cell_number(GString *out, gint64 number)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);

	csv_cell(out, text);
}

static void
cell_time(GString *out, gint64 t)
{
	g_autofree char *text = clock_iso(t);

	csv_cell(out, text);
}

static char *
joined(const GPtrArray *strings)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < strings->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? "; " : "", (const char *)g_ptr_array_index(strings, i));
	return g_string_free(out, FALSE);
}

static void
cell_ids(GString *out, const struct message_row *row, const char *type)
{
	g_autoptr(GString) cell = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_str_equal(filing->type, type))
			g_string_append_printf(cell, "%s%s", cell->len > 0 ? " " : "", filing->id);
	}
	csv_cell(out, cell->str);
}

static void
letters_rows(GString *out, const struct weekly *weekly, const struct weekly_place *place)
{
	for (guint i = 0; i < place->letters->len; i++) {
		const struct weekly_letter *letter = g_ptr_array_index(place->letters, i);
		const struct message_row *row = letter->item->row;
		g_autofree char *why = joined(letter->reasons);

		csv_cell(out, place->id);
		cell_number(out, i + 1);
		cell_time(out, row->received);
		csv_cell(out, row->public_id);
		csv_cell(out, row->author_name);
		csv_cell(out, row->author_address);
		cell_ids(out, row, "group");
		cell_ids(out, row, "region");
		csv_cell(out, row->subject);
		csv_cell(out, row->gist);
		cell_number(out, letter->item->letters != NULL ? letter->item->letters->len : 1);
		csv_cell(out, why);
		csv_end(out);
	}
}

static void
numbers_row(GString *out, const struct weekly *weekly, const struct weekly_place *place)
{
	gint64 now = place->weeks[WEEKLY_WEEKS - 1], before = place->weeks[WEEKLY_WEEKS - 2];
	g_autofree char *mean = weekly_mean(weekly, place->before);

	csv_cell(out, place->id);
	csv_cell(out, place->title);
	cell_number(out, now);
	cell_number(out, place->items->unique);
	cell_number(out, before);
	csv_cell(out, mean);
	if (*place->id != '\0')
		cell_number(out, place->total);
	else
		csv_cell(out, NULL);
	cell_number(out, place->questions);
	cell_number(out, place->consultations);
	csv_end(out);
}

static void
awaiting_rows(GString *out, const struct weekly *weekly, const struct weekly_place *place)
{
	for (guint i = 0; i < place->awaiting->len; i++) {
		const struct weekly_question *question = g_ptr_array_index(place->awaiting, i);

		csv_cell(out, place->id);
		cell_number(out, question->days);
		csv_cell(out, question->consultation ? "consultation" : "question");
		cell_time(out, question->row->date_effective);
		csv_cell(out, question->row->public_id);
		csv_cell(out, question->row->author_name);
		csv_cell(out, question->row->author_address);
		csv_cell(out, question->row->subject);
		csv_end(out);
	}
}

static void
topics_rows(GString *out, const struct weekly *weekly, const struct weekly_place *place)
{
	for (guint i = 0; i < place->topics->len; i++) {
		const struct weekly_topic *topic = g_ptr_array_index(place->topics, i);
		g_autofree char *mean = weekly_mean(weekly, topic->before);

		csv_cell(out, place->id);
		csv_cell(out, topic->target->id);
		csv_cell(out, topic->target->title);
		cell_number(out, topic->now);
		csv_cell(out, mean);
		csv_cell(out, weekly_grew(weekly, topic) ? "yes" : "");
		csv_end(out);
	}
}

char *
weekly_print_csv(const struct weekly *weekly, const char *table)
{
	static const struct {
		const char *name, *heading;
		void (*print)(GString *out, const struct weekly *weekly, const struct weekly_place *place);
	} tables[] = {
	    {"letters", "workstream,place,received,id,author,address,groups,regions,subject,gist,letters,why" CSV_END, letters_rows},
	    {"numbers", "workstream,title,new,unique,week_before,mean,total,questions,consultations" CSV_END, numbers_row},
	    {"awaiting", "workstream,days,asks,date,id,author,address,subject" CSV_END, awaiting_rows},
	    {"topics", "workstream,topic,title,letters,mean,grew" CSV_END, topics_rows},
	};
	gsize chosen = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
		chosen = table != NULL && g_str_equal(tables[i].name, table) ? i : chosen;
	GString *out = g_string_new(tables[chosen].heading);
	for (guint i = 0; i < weekly->places->len; i++)
		tables[chosen].print(out, weekly, g_ptr_array_index(weekly->places, i));
	return g_string_free(out, FALSE);
}

static void
put_time(struct json *object, const char *key, gint64 t)
{
	g_autofree char *text = clock_iso(t);

	json_put_text(object, key, text);
}

static struct json *
letter_to_json(const struct weekly_letter *letter)
{
	struct json *out = json_new_object(), *reasons = json_new_array();

	json_put_number(out, "score", letter->score);
	for (guint i = 0; i < letter->reasons->len; i++)
		json_add_text(reasons, g_ptr_array_index(letter->reasons, i));
	json_put(out, "reasons", reasons);
	json_put_number(out, "letters", letter->item->letters != NULL ? letter->item->letters->len : 1);
	json_put(out, "message", message_to_json(letter->item->row));
	return out;
}

static void
put_letters(struct json *object, const struct weekly_place *place)
{
	struct json *letters = json_new_array(), *awaiting = json_new_array(), *suggested = json_new_array();

	for (guint i = 0; i < place->letters->len; i++)
		json_add(letters, letter_to_json(g_ptr_array_index(place->letters, i)));
	for (guint i = 0; i < place->awaiting->len; i++) {
		const struct weekly_question *question = g_ptr_array_index(place->awaiting, i);
		struct json *out = json_new_object();

		json_put_number(out, "days", question->days);
		json_put_text(out, "asks", question->consultation ? "consultation" : "question");
		json_put(out, "message", message_to_json(question->row));
		json_add(awaiting, out);
	}
	for (guint i = 0; i < place->suggested->len; i++)
		json_add_text(suggested, ((const struct message_row *)g_ptr_array_index(place->suggested, i))->public_id);
	json_put(object, "letters", letters);
	json_put(object, "awaiting", awaiting);
	json_put(object, "suggested", suggested);
}

static void
put_answered(struct json *object, const struct weekly_place *place)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < place->answered->len; i++) {
		const struct weekly_answer *item = g_ptr_array_index(place->answered, i);
		struct json *out = json_new_object();

		json_put_text(out, "id", item->row->public_id);
		json_put_text(out, "subject", item->row->subject);
		put_time(out, "at", item->answer->at);
		json_put_text(out, "who", item->answer->who);
		json_put_text(out, "answer", item->answer->id);
		json_put_text(out, "note", item->answer->note);
		json_add(list, out);
	}
	json_put(object, "answered", list);
}

static void
put_corrections(struct json *object, const struct weekly_place *place)
{
	struct json *corrections = json_new_array();

	for (guint i = 0; i < place->corrections->len; i++) {
		const struct digest_correction *item = g_ptr_array_index(place->corrections, i);
		struct json *out = json_new_object();

		json_put_text(out, "id", item->row->public_id);
		json_put_text(out, "may_supersede", item->correction->id);
		json_put_text(out, "reason", item->correction->reason);
		json_add(corrections, out);
	}
	json_put(object, "corrections", corrections);
	json_put(object, "superseded", decisions_to_json(place->superseded));
}

static void
put_topics(struct json *object, const struct weekly *weekly, const struct weekly_place *place)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < place->topics->len; i++) {
		const struct weekly_topic *topic = g_ptr_array_index(place->topics, i);
		struct json *out = json_new_object();

		json_put_text(out, "id", topic->target->id);
		json_put_text(out, "title", topic->target->title);
		json_put_boolean(out, "numbered", topic->numbered);
		json_put_number(out, "letters", topic->now);
		json_put_number(out, "eight_weeks", topic->before);
		json_put_boolean(out, "grew", weekly_grew(weekly, topic));
		json_add(list, out);
	}
	json_put(object, "topics", list);
}

static struct json *
place_to_json(const struct weekly *weekly, const struct weekly_place *place)
{
	struct json *out = json_new_object(), *weeks = json_new_array();

	json_put_text(out, "id", *place->id != '\0' ? place->id : NULL);
	json_put_text(out, "title", place->title);
	json_put_number(out, "new", place->weeks[WEEKLY_WEEKS - 1]);
	json_put_number(out, "unique", place->items->unique);
	for (int i = 0; i < WEEKLY_WEEKS; i++)
		json_add_number(weeks, place->weeks[i]);
	json_put(out, "weeks", weeks);
	json_put_number(out, "eight_weeks", place->before);
	if (*place->id != '\0')
		json_put_number(out, "total", place->total);
	else
		json_put_text(out, "total", NULL);
	json_put_number(out, "questions", place->questions);
	json_put_number(out, "consultations", place->consultations);
	put_letters(out, place);
	put_answered(out, place);
	put_corrections(out, place);
	put_topics(out, weekly, place);
	return out;
}

static void
put_milestones(struct json *object, const struct weekly *weekly)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < weekly->milestones->len; i++) {
		const struct milestone *milestone = g_ptr_array_index(weekly->milestones, i);
		struct json *out = json_new_object();

		json_put_text(out, "id", milestone->id);
		json_put_text(out, "title", milestone->title);
		put_time(out, "from", milestone->from);
		put_time(out, "to", milestone->to);
		json_put_number(out, "days_left", MAX(0, (milestone->day_from - milestone_day(weekly->window.to, weekly->zone)) / 86400));
		json_add(list, out);
	}
	json_put(object, "milestones", list);
}

char *
weekly_print_json(const struct weekly *weekly)
{
	g_autoptr(Json) object = json_new_object();
	struct json *window = json_new_object(), *places = json_new_array();

	json_put_number(object, "version", WEEKLY_VERSION);
	json_put_text(object, "report", "weekly");
	json_put_text(object, "title", weekly->title);
	json_put_text(object, "label", weekly->label);
	json_put_text(object, "timezone", g_time_zone_get_identifier(weekly->zone));
	put_time(window, "from", weekly->window.from);
	put_time(window, "to", weekly->window.to);
	json_put(object, "window", window);
	json_put_text(object, "workstream", weekly->workstream);
	json_put_text(object, "rules", *weekly->rules != '\0' ? weekly->rules : NULL);
	json_put_number(object, "letters", weekly->sum.letters);
	json_put_number(object, "unique", weekly->sum.unique);
	json_put_number(object, "authors", weekly->sum.authors);
	json_put_number(object, "weeks_before", weekly->n_before);
	json_put_number(object, "week_before", weekly->sum_before.letters);
	for (guint i = 0; i < weekly->places->len; i++)
		json_add(places, place_to_json(weekly, g_ptr_array_index(weekly->places, i)));
	json_put(object, "workstreams", places);
	put_milestones(object, weekly);
	return json_print(object, TRUE);
}
