#include "intake/measure.h"

#include <string.h>

#include "archive/index-ask.h"
#include "base/error.h"
#include "intake/refile.h"

static void
measure_free(gpointer data)
{
	struct measure *measure = data;

	g_free(measure->id);
	g_free(measure);
}

static gint
compare(gconstpointer a, gconstpointer b)
{
	const struct measure *x = *(struct measure *const *)a, *y = *(struct measure *const *)b;

	return x->type != y->type ? (x->type < y->type ? -1 : 1) : strcmp(x->id, y->id);
}

static struct measure *
measure_of(GPtrArray *measures, enum record_target type, const char *id)
{
	struct measure *added;

	for (guint i = 0; i < measures->len; i++) {
		struct measure *measure = g_ptr_array_index(measures, i);

		if (measure->type == type && strcmp(measure->id, id) == 0)
			return measure;
	}
	added = g_new0(struct measure, 1);
	added->type = type;
	added->id = g_strdup(id);
	g_ptr_array_add(measures, added);
	return added;
}

static void
add_right(struct measure *measure, gboolean firm)
{
	measure->right++;
	measure->firm_right += firm;
}

static void
add_wrong(struct measure *measure, gboolean firm)
{
	measure->wrong++;
	measure->firm_wrong += firm;
}

static gboolean
is_measured(const struct record_filing *filing)
{
	return filing->type == TARGET_WORKSTREAM || filing->type == TARGET_TOPIC;
}

static void
measure(GPtrArray *measures, const struct record *label, const struct record *said)
{
	for (guint i = 0; i < said->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(said->filings, i);

		if (!is_measured(filing))
			continue;
		(record_find_filing(label, filing->type, filing->id) != NULL ? add_right : add_wrong)(
		    measure_of(measures, filing->type, filing->id), filing->tier == TIER_FIRM);
	}
	for (guint i = 0; i < label->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(label->filings, i);

		if (is_measured(filing) && record_find_filing(said, filing->type, filing->id) == NULL)
			measure_of(measures, filing->type, filing->id)->missed++;
	}
	if (said->kind == label->kind) {
		add_right(measure_of(measures, TARGET_KIND, kind_name(said->kind)), TRUE);
		return;
	}
	add_wrong(measure_of(measures, TARGET_KIND, kind_name(said->kind)), TRUE);
	measure_of(measures, TARGET_KIND, kind_name(label->kind))->missed++;
}

static struct measure *
find_measure(const GPtrArray *measures, const char *id, gboolean kind)
{
	for (guint i = 0; i < measures->len; i++) {
		struct measure *measure = g_ptr_array_index(measures, i);

		if ((measure->type == TARGET_KIND) == kind && strcmp(measure->id, id) == 0)
			return measure;
	}
	return NULL;
}

/* What people said of MESSAGE itself, once for each thing. Where both agree that it is not filed, nothing is measured. */
static gboolean
count_decided(struct index *index, gint64 message, const struct record *label, GPtrArray *measures, GError **error)
{
	gboolean kind;
	g_autoptr(GPtrArray) ids = index_decided(index, message, &kind, error);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; ids != NULL && i < ids->len; i++) {
		struct measure *measure = g_hash_table_add(seen, g_ptr_array_index(ids, i)) ? find_measure(measures, g_ptr_array_index(ids, i), FALSE) : NULL;

		if (measure != NULL)
			measure->decided++;
	}
	if (ids != NULL && kind)
		measure_of(measures, TARGET_KIND, kind_name(label->kind))->decided++;
	return ids != NULL;
}

static gboolean
measure_message(struct index *index, struct reader *reader, gint64 message, GPtrArray *measures, guint *messages, GError **error)
{
	g_autoptr(GError) reason = NULL;
	gint64 received;
	g_autoptr(GBytes) stored = index_stored(index, message, &received, &reason);
	g_autoptr(Record) label = NULL;
	g_auto(Reading) reading = {0};

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (stored == NULL)
		return TRUE;
	reader_submit_stored(reader, message, stored, received, FALSE);
	if (!reader_collect(reader, -1, &reading) || refile_had_no_reader(reading.unread)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "no reader process");
		return FALSE;
	}
	if (reading.record == NULL)
		return TRUE;
	if ((label = index_filed(index, message, TRUE, error)) == NULL)
		return FALSE;
	measure(measures, label, reading.record);
	++*messages;
	return count_decided(index, message, label, measures, error);
}

GPtrArray *
measure_rules(struct index *index, struct reader *reader, guint *messages, GError **error)
{
	g_autoptr(GPtrArray) measures = g_ptr_array_new_with_free_func(measure_free);
	g_autoptr(GArray) list = index_decided_messages(index, error);

	*messages = 0;
	if (list == NULL)
		return NULL;
	for (guint i = 0; i < list->len; i++)
		if (!measure_message(index, reader, g_array_index(list, gint64, i), measures, messages, error))
			return NULL;
	g_ptr_array_sort(measures, compare);
	return g_steal_pointer(&measures);
}
