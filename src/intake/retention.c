#include "intake/retention.h"

#include "archive/redaction.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/redact.h"

#define WHO "retention"

/* Those of one kind, oldest first. */
static GArray *
list_due(struct index *index, const struct conf_retention *retention, gint64 now, GTimeZone *zone, guint most, GError **error)
{
	struct time_window window;

	if (!clock_parse(retention->age, now, zone, &window, error))
		return NULL;
	return index_due(index, kind_name(retention->kind), window.from, most == 0 ? G_MAXUINT : most, error);
}

gboolean
retention_count(
    struct mailstore *store, struct index *index, const struct conf *conf, gint64 now, GTimeZone *zone, guint most, guint *count, GArray *list, GError **error)
{
	gboolean waits;

	*count = 0;
	if (conf->retention->len == 0)
		return TRUE;
	if (!mailstore_reclassified(store, now - LIMIT_RETENTION_WAIT, now, &waits, error))
		return FALSE;
	for (guint i = 0; !waits && i < conf->retention->len && (most == 0 || *count < most); i++) {
		g_autoptr(GArray) due =
		    list_due(index, &g_array_index(conf->retention, struct conf_retention, i), now, zone, most == 0 ? 0 : most - *count, error);

		if (due == NULL)
			return FALSE;
		*count += due->len;
		if (list != NULL)
			g_array_append_vals(list, due->data, due->len);
	}
	return TRUE;
}

static gboolean
apply_one_kind(struct mailstore *store, struct index *index, struct reader *reader, const struct conf_retention *retention, const GArray *due, gint64 now,
    guint *gone, GError **error)
{
	g_autofree char *note = g_strdup_printf("%s %s", kind_name(retention->kind), retention->age);
	g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func((GDestroyNotify)redact_plan_free);
	g_autoptr(Needles) key = needles_new();
	const struct redact_request request = {.who = WHO, .note = note, .now = now, .key = key};

	for (guint i = 0; i < due->len; i++) {
		gint64 content = g_array_index(due, gint64, i);
		g_autofree char *public_id = mailstore_public_id(store, content, error);
		struct redact_plan *plan = public_id != NULL ? redact_plan_new(store, index, reader, content, public_id, &request, error) : NULL;

		if (plan == NULL)
			return FALSE;
		g_ptr_array_add(plans, plan);
	}
	if (!redact_apply(store, plans, &request, NULL, error))
		return FALSE;
	*gone += plans->len;
	return TRUE;
}

gboolean
retention_apply(struct mailstore *store, struct index *index, struct reader *reader, const struct conf *conf, gint64 now, GTimeZone *zone, guint most,
    guint *gone, GError **error)
{
	gboolean waits;

	*gone = 0;
	if (conf->retention->len == 0)
		return TRUE;
	if (!mailstore_reclassified(store, now - LIMIT_RETENTION_WAIT, now, &waits, error))
		return FALSE;
	for (guint i = 0; !waits && i < conf->retention->len && *gone < most; i++) {
		const struct conf_retention *retention = &g_array_index(conf->retention, struct conf_retention, i);
		g_autoptr(GArray) due = list_due(index, retention, now, zone, most - *gone, error);

		if (due == NULL || (due->len > 0 && !apply_one_kind(store, index, reader, retention, due, now, gone, error)))
			return FALSE;
	}
	return TRUE;
}
