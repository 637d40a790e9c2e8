#include "report/weekly-model.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

static void
question_free(gpointer data)
{
	struct weekly_question *question = data;

	message_row_free(question->row);
	g_free(question);
}

static void
answer_free(gpointer data)
{
	struct weekly_answer *answer = data;

	message_row_free(answer->row);
	g_free(answer);
}

static void
correction_free_item(gpointer data)
{
	struct digest_correction *item = data;

	correction_free(item->correction);
	g_free(item);
}

static void
place_free(gpointer data)
{
	struct weekly_place *place = data;
	GPtrArray *const arrays[] = {place->letters, place->awaiting, place->answered, place->corrections, place->superseded, place->suggested, place->topics};

	for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
		g_ptr_array_unref(arrays[i]);
	g_array_unref(place->open);
	g_ptr_array_unref(place->items->items);
	g_free(place->items);
	g_free(place);
}

static struct weekly_place *
place_new(const char *id, const char *title)
{
	struct weekly_place *place = g_new0(struct weekly_place, 1);

	place->id = id;
	place->title = title;
	place->items = g_new0(struct digest_place, 1);
	place->items->id = id;
	place->items->items = g_ptr_array_new_with_free_func((GDestroyNotify)digest_item_free);
	place->letters = g_ptr_array_new_with_free_func(weekly_letter_free);
	place->open = g_array_new(FALSE, TRUE, sizeof(struct question));
	place->awaiting = g_ptr_array_new_with_free_func(question_free);
	place->answered = g_ptr_array_new_with_free_func(answer_free);
	place->corrections = g_ptr_array_new_with_free_func(correction_free_item);
	place->superseded = g_ptr_array_new();
	place->suggested = g_ptr_array_new();
	place->topics = g_ptr_array_new_with_free_func(g_free);
	return place;
}

void
weekly_free(struct weekly *weekly)
{
	GPtrArray *const arrays[] = {weekly->places, weekly->answers, weekly->decisions, weekly->milestones, weekly->rows, weekly->targets};

	for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
		if (arrays[i] != NULL)
			g_ptr_array_unref(arrays[i]);
	g_clear_pointer(&weekly->campaigns, g_hash_table_unref);
	g_clear_pointer(&weekly->zone, g_time_zone_unref);
	g_free(weekly->title);
	g_free(weekly->label);
	g_free(weekly->workstream);
	g_free(weekly->link);
	g_free(weekly);
}

static struct weekly_place *
find_place(const struct weekly *weekly, const char *id)
{
	for (guint i = 0; i < weekly->places->len; i++) {
		struct weekly_place *place = g_ptr_array_index(weekly->places, i);

		if (g_str_equal(place->id, id))
			return place;
	}
	return NULL;
}

static gint64
number_of(GHashTable *counts, const char *id)
{
	const gint64 *count = g_hash_table_lookup(counts, id);

	return count != NULL ? *count : 0;
}

/* The workstreams in force, older ones that got something this week or wait for an answer, and what is filed under none; or the one that is asked for. */
static void
make_places(struct weekly *weekly, GHashTable *this_week)
{
	for (guint i = 0; i < weekly->targets->len; i++) {
		const struct target *target = g_ptr_array_index(weekly->targets, i);

		if (!g_str_equal(target->type, "workstream"))
			continue;
		if (weekly->workstream != NULL ? g_str_equal(weekly->workstream, target->id) : target->current || number_of(this_week, target->id) > 0)
			g_ptr_array_add(weekly->places, place_new(target->id, target->title));
	}
	if (weekly->workstream == NULL)
		g_ptr_array_add(weekly->places, place_new("", "Filed under no workstream"));
}

static gboolean
count_weeks_before(struct weekly *weekly, struct index *index, GError **error)
{
	gint64 first;

	if (!activity_begin(index, &first, error))
		return FALSE;
	while (weekly->n_before < WEEKLY_WEEKS - 1 && clock_before(weekly->window, weekly->n_before + 1, weekly->zone).to > first)
		weekly->n_before++;
	return TRUE;
}

static gboolean
fill_numbers(struct weekly *weekly, struct index *index, GError **error)
{
	g_autoptr(GHashTable) totals = activity_running(index, weekly->window.to, "workstream", error);

	if (totals == NULL)
		return FALSE;
	for (int week = WEEKLY_WEEKS - 1; week >= 0; week--) {
		struct time_window window = week == WEEKLY_WEEKS - 1 ? weekly->window : clock_before(weekly->window, WEEKLY_WEEKS - 1 - week, weekly->zone);
		g_autoptr(GHashTable) counts = activity_count(index, window, "workstream", error);

		if (counts == NULL)
			return FALSE;
		if (week == WEEKLY_WEEKS - 1)
			make_places(weekly, counts);
		for (guint i = 0; i < weekly->places->len; i++) {
			struct weekly_place *place = g_ptr_array_index(weekly->places, i);

			place->weeks[week] = number_of(counts, place->id);
			place->before += week < WEEKLY_WEEKS - 1 ? place->weeks[week] : 0;
			place->total = number_of(totals, place->id);
		}
	}
	return TRUE;
}

static gboolean
fill_corrections(struct weekly_place *place, struct index *index, const struct message_row *row, GError **error)
{
	g_autoptr(Correction) correction = NULL;
	struct digest_correction *item;

	if (!correction_find(index, row->message, &correction, error))
		return FALSE;
	if (correction == NULL)
		return TRUE;
	item = g_new0(struct digest_correction, 1);
	item->row = row;
	item->correction = g_steal_pointer(&correction);
	g_ptr_array_add(place->corrections, item);
	return TRUE;
}

static gboolean
fill_letters(struct weekly *weekly, struct index *index, struct weekly_place *place, GError **error)
{
	g_autoptr(GHashTable) shown = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) rows = g_ptr_array_new();

	for (guint i = 0; i < weekly->rows->len; i++) {
		struct message_row *row = g_ptr_array_index(weekly->rows, i);
		const struct row_filing *filing = message_row_filing(row, "workstream", place->id);

		if (*place->id != '\0' ? filing == NULL : message_row_has(row, "workstream"))
			continue;
		g_ptr_array_add(rows, row);
		if (filing != NULL && g_str_equal(filing->tier, "suggested"))
			g_ptr_array_add(place->suggested, row);
		if (!fill_corrections(place, index, row, error))
			return FALSE;
	}
	campaigns_fold(rows, weekly->campaigns, shown, place->items);
	return weekly_rank(weekly, index, place, error);
}

struct counting {
	struct weekly *weekly;
	gint64 at;
};

static void
count_question(gpointer data, const struct question *question)
{
	struct counting *counting = data;
	g_auto(GStrv) ids = g_strsplit(question->workstreams != NULL ? question->workstreams : "", "\n", -1);
	static const char *const none[] = {"", NULL};

	if (!question_is_open(question, counting->at))
		return;
	for (const char *const *id = ids[0] != NULL ? (const char *const *)ids : none; *id != NULL; id++) {
		struct weekly_place *place = find_place(counting->weekly, *id);
		struct question kept = *question;

		if (place == NULL)
			continue;
		place->questions += !question->consultation;
		place->consultations += question->consultation;
		kept.workstreams = NULL;
		if (place->open->len < WEEKLY_AWAITING)
			g_array_append_val(place->open, kept);
	}
}

static gboolean
fill_open(struct weekly *weekly, struct index *index, GError **error)
{
	struct counting counting = {weekly, weekly->window.to};
	g_autofree char *wanted = weekly->workstream != NULL ? g_strdup_printf("\nworkstream %s\n", weekly->workstream) : NULL;

	if (!questions_walk(index, weekly->window.to, weekly->window.to, wanted, count_question, &counting, error))
		return FALSE;
	for (guint i = 0; i < weekly->places->len; i++) {
		struct weekly_place *place = g_ptr_array_index(weekly->places, i);

		for (guint j = 0; j < place->open->len; j++) {
			const struct question *open = &g_array_index(place->open, struct question, j);
			struct message_row *row = message_row_load(index, open->message, FALSE, error);
			struct weekly_question *question;

			if (row == NULL)
				return FALSE;
			question = g_new0(struct weekly_question, 1);
			*question = (struct weekly_question){
			    row, open->consultation, MAX(0, (weekly->window.to - MIN(row->date_effective, weekly->window.to)) / 86400)};
			g_ptr_array_add(place->awaiting, question);
		}
	}
	return TRUE;
}

static gboolean
is_under(const struct message_row *row, const char *id)
{
	return *id != '\0' ? message_row_filing(row, "workstream", id) != NULL : !message_row_has(row, "workstream");
}

static gboolean
fill_answers(struct weekly *weekly, struct index *index, const char *wanted, GError **error)
{
	weekly->answers = answers_in(index, weekly->window, wanted, error);
	for (guint i = 0; weekly->answers != NULL && i < weekly->answers->len; i++) {
		const struct answer *answer = g_ptr_array_index(weekly->answers, i);

		for (guint j = 0; j < weekly->places->len; j++) {
			struct weekly_place *place = g_ptr_array_index(weekly->places, j);
			g_autoptr(MessageRow) row = message_row_load(index, answer->question, FALSE, error);
			struct weekly_answer *item;

			if (row == NULL)
				return FALSE;
			if (!is_under(row, place->id))
				continue;
			item = g_new0(struct weekly_answer, 1);
			*item = (struct weekly_answer){g_steal_pointer(&row), answer};
			g_ptr_array_add(place->answered, item);
		}
	}
	return weekly->answers != NULL;
}

static gboolean
fill_decisions(struct weekly *weekly, struct index *index, const char *wanted, GError **error)
{
	const struct span span = {.window = weekly->window};

	weekly->decisions = decisions_in(index, &span, wanted, error);
	for (guint i = 0; weekly->decisions != NULL && i < weekly->decisions->len; i++) {
		const struct decision_row *decision = g_ptr_array_index(weekly->decisions, i);
		g_autoptr(MessageRow) row = NULL;

		if (!g_str_equal(decision->action, "supersedes") || decision->undone != 0 || decision->public_id == NULL ||
		    g_strcmp0(decision->value, SUPERSEDES_NONE) == 0)
			continue;
		if ((row = message_find(index, decision->public_id, FALSE, error)) == NULL)
			return FALSE;
		for (guint j = 0; j < weekly->places->len; j++) {
			struct weekly_place *place = g_ptr_array_index(weekly->places, j);

			if (is_under(row, place->id))
				g_ptr_array_add(place->superseded, (gpointer)decision);
		}
	}
	return weekly->decisions != NULL;
}

/* Is TARGET's id one of a series: a number at its end, and another of the same name with another number? */
static gboolean
is_numbered(const struct weekly *weekly, const struct target *target)
{
	gsize length = strlen(target->id), stem = length;

	while (stem > 0 && g_ascii_isdigit(target->id[stem - 1]))
		stem--;
	for (guint i = 0; stem < length && i < weekly->targets->len; i++) {
		const struct target *other = g_ptr_array_index(weekly->targets, i);

		if (other != target && g_str_equal(other->type, "topic") && strncmp(other->id, target->id, stem) == 0 && other->id[stem] != '\0' &&
		    strspn(other->id + stem, "0123456789") == strlen(other->id + stem))
			return TRUE;
	}
	return FALSE;
}

static gint
by_letters(gconstpointer a, gconstpointer b)
{
	const struct weekly_topic *x = *(const struct weekly_topic *const *)a, *y = *(const struct weekly_topic *const *)b;

	if (x->now != y->now)
		return x->now > y->now ? -1 : 1;
	if (x->before != y->before)
		return x->before > y->before ? -1 : 1;
	return x->target->position != y->target->position ? (x->target->position < y->target->position ? -1 : 1) : strcmp(x->target->id, y->target->id);
}

static gboolean
fill_topics(struct weekly *weekly, struct index *index, GError **error)
{
	struct time_window eight = {clock_before(weekly->window, WEEKLY_WEEKS - 1, weekly->zone).from, weekly->window.from};
	g_autoptr(GHashTable) now = activity_count(index, weekly->window, "topic", error);
	g_autoptr(GHashTable) before = now != NULL ? activity_count(index, eight, "topic", error) : NULL;

	if (before == NULL)
		return FALSE;
	for (guint i = 0; i < weekly->targets->len; i++) {
		const struct target *target = g_ptr_array_index(weekly->targets, i);
		struct weekly_place *place = target->parent != NULL && g_str_equal(target->type, "topic") ? find_place(weekly, target->parent) : NULL;
		struct weekly_topic *topic;

		if (place == NULL || number_of(now, target->id) + number_of(before, target->id) == 0)
			continue;
		topic = g_new0(struct weekly_topic, 1);
		*topic = (struct weekly_topic){target, is_numbered(weekly, target), number_of(now, target->id), number_of(before, target->id)};
		g_ptr_array_add(place->topics, topic);
	}
	for (guint i = 0; i < weekly->places->len; i++)
		g_ptr_array_sort(((struct weekly_place *)g_ptr_array_index(weekly->places, i))->topics, by_letters);
	return TRUE;
}

static gboolean
fill_input(struct weekly *weekly, struct index *index, GError **error)
{
	const struct span span = {.window = weekly->window};
	g_autoptr(GArray) numbers = list_input(index, &span, error);

	if (numbers == NULL || (weekly->rows = message_rows_load(index, numbers, FALSE, error)) == NULL ||
	    (weekly->campaigns = campaigns_find(index, weekly->rows, &span, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < weekly->places->len; i++)
		if (!fill_letters(weekly, index, g_ptr_array_index(weekly->places, i), error))
			return FALSE;
	return TRUE;
}

static gboolean
fill(struct weekly *weekly, struct index *index, GError **error)
{
	g_autofree char *wanted = weekly->workstream != NULL ? g_strdup_printf("\nworkstream %s\n", weekly->workstream) : NULL;
	struct index_position position;

	if (!index_position(index, &position, error) || (weekly->targets = targets_load(index, error)) == NULL ||
	    !targets_check(weekly->targets, "workstream", weekly->workstream, error))
		return FALSE;
	g_strlcpy(weekly->rules, position.rules, sizeof weekly->rules);
	if (!activity_sum(index, weekly->window, wanted, &weekly->sum, error) ||
	    !activity_sum(index, clock_before(weekly->window, 1, weekly->zone), wanted, &weekly->sum_before, error))
		return FALSE;
	if (!count_weeks_before(weekly, index, error))
		return FALSE;
	return fill_numbers(weekly, index, error) && fill_input(weekly, index, error) && fill_open(weekly, index, error) &&
	       fill_answers(weekly, index, wanted, error) && fill_decisions(weekly, index, wanted, error) && fill_topics(weekly, index, error);
}

/* Only those of the weeks to come: what is over by then is told by the report of milestones. */
static void
keep_near(struct weekly *weekly)
{
	for (guint i = 0; i < weekly->milestones->len;) {
		const struct milestone *milestone = g_ptr_array_index(weekly->milestones, i);

		if (milestone->to > weekly->window.to && milestone->from < weekly->window.to + (gint64)WEEKLY_AHEAD * 86400)
			i++;
		else
			g_ptr_array_remove_index(weekly->milestones, i);
	}
}

struct weekly *
weekly_build(struct mailstore *store, struct index *index, const struct weekly_options *options, GError **error)
{
	g_autoptr(Weekly) weekly = g_new0(struct weekly, 1);
	gboolean filled;

	weekly->window = options->window;
	weekly->title = g_strdup(options->title);
	weekly->label = label_window(options->window, options->zone);
	weekly->workstream = g_strdup(options->workstream);
	weekly->link = g_strdup(options->link);
	weekly->zone = g_time_zone_ref(options->zone);
	weekly->places = g_ptr_array_new_with_free_func(place_free);
	if ((weekly->milestones = milestones_load(store, options->window.to, options->zone, error)) == NULL)
		return NULL;
	keep_near(weekly);
	if (!index_begin(index, error))
		return NULL;
	filled = fill(weekly, index, error);
	index_rollback(index);
	return filled ? g_steal_pointer(&weekly) : NULL;
}
