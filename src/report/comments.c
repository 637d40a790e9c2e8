#include "report/comments-private.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "find/lists.h"

#define TRIES 3    /* a delivery kept this very moment reaches the index some milliseconds later */
#define WAIT 50000 /* microseconds between the tries */

void
comments_free(struct comments *comments)
{
	GPtrArray *const arrays[] = {comments->sections, comments->workstreams, comments->letters, comments->persons, comments->bodies, comments->entered,
	    comments->rows, comments->targets};

	g_clear_pointer(&comments->entered_of, g_hash_table_unref);
	for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
		if (arrays[i] != NULL)
			g_ptr_array_unref(arrays[i]);
	g_clear_pointer(&comments->mentions, mentions_free);
	g_clear_pointer(&comments->zone, g_time_zone_unref);
	g_free(comments->title);
	g_free(comments->label);
	g_free(comments->workstream);
	g_free(comments->link);
	g_free(comments->zone_name);
	g_free(comments->document_id);
	g_free(comments->document_title);
	g_free(comments);
}

/* The window by its first and last day; one that begins with everything by its end alone. */
static char *
window_label(struct time_window window, GTimeZone *zone)
{
	g_autofree char *first = clock_format(window.from, zone, "%-d %B %Y");
	g_autofree char *last = clock_format(window.to - 1, zone, "%-d %B %Y");

	if (window.from <= 0)
		return g_strdup_printf("up to %s", last);
	return strcmp(first, last) == 0 ? g_strdup(first) : g_strdup_printf("%s to %s", first, last);
}

static struct comments *
comments_new(const struct comments_options *options)
{
	struct comments *comments = g_new0(struct comments, 1);

	comments->window = options->window;
	comments->close = options->close;
	comments->title = g_strdup(options->title);
	comments->label = options->label != NULL ? g_strdup(options->label) : window_label(options->window, options->zone);
	comments->workstream = g_strdup(options->workstream);
	comments->link = g_strdup(options->link);
	comments->zone = g_time_zone_ref(options->zone);
	comments->zone_name = g_strdup(g_time_zone_get_identifier(options->zone));
	if (options->document != NULL) {
		comments->document_id = g_strdup(options->document->id);
		comments->document_title = g_strdup(options->document->title);
		comments->published = options->document->published;
		comments->mentions = mentions_new(options->document);
	}
	return comments;
}

static gboolean
check_workstream(const struct comments *comments, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();
	const char *nearest;

	if (comments->workstream == NULL || targets_find(comments->targets, "workstream", comments->workstream) != NULL)
		return TRUE;
	for (guint i = 0; i < comments->targets->len; i++) {
		const struct target *target = g_ptr_array_index(comments->targets, i);

		if (strcmp(target->type, "workstream") == 0)
			g_ptr_array_add(ids, target->id);
	}
	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(comments->workstream, (const char *const *)ids->pdata);
	g_autofree char *shown = text_escape(comments->workstream, FALSE);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "unknown workstream '%s'%s%s%s; the rule files name them", shown,
	    nearest != NULL ? ", did you mean '" : "", nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
	return FALSE;
}

/* What was entered on each of the window's letters. */
static gboolean
load_entered(struct comments *comments, struct index *index, GError **error)
{
	comments->entered = entered_load(index, error);
	if (comments->entered == NULL)
		return FALSE;
	comments->entered_of = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
	for (guint i = 0; i < comments->entered->len; i++) {
		struct entered *entered = g_ptr_array_index(comments->entered, i);
		GPtrArray *here = g_hash_table_lookup(comments->entered_of, &entered->message);

		if (here == NULL) {
			here = g_ptr_array_new();
			g_hash_table_insert(comments->entered_of, &entered->message, here);
		}
		g_ptr_array_add(here, entered);
	}
	return TRUE;
}

const struct entered *
comments_entered(const struct comments *comments, gint64 message, const char *action, const char *topic)
{
	const GPtrArray *here = g_hash_table_lookup(comments->entered_of, &message);
	const struct entered *last = NULL;

	for (guint i = 0; here != NULL && i < here->len; i++) {
		const struct entered *entered = g_ptr_array_index(here, i);
		gboolean meant = entered->topic == NULL || g_strcmp0(entered->topic, topic) == 0;

		if (strcmp(entered->action, action) == 0 && meant && (last == NULL || last->topic == NULL || entered->topic != NULL))
			last = entered;
	}
	return last;
}

/* The window's letters and its ledger, which agree once the index has followed what comes in just now. */
static gboolean
load_letters(struct comments *comments, struct mailstore *store, struct index *index, gint64 spooled, GError **error)
{
	const struct span span = {.window = comments->window};

	for (int i = 0; i < TRIES; i++) {
		g_autoptr(GArray) numbers = list_input(index, &span, error);

		g_clear_pointer(&comments->rows, g_ptr_array_unref);
		if (numbers == NULL || (comments->rows = message_rows_load(index, numbers, TRUE, error)) == NULL ||
		    !ledger_count(store, index, &span, spooled, &comments->ledger, error))
			return FALSE;
		if (comments->ledger.difference == 0 && comments->ledger.kinds[KIND_INPUT] == comments->rows->len)
			break;
		if (i + 1 < TRIES)
			g_usleep(WAIT);
	}
	return TRUE;
}

struct comments *
comments_build(struct mailstore *store, struct index *index, const struct comments_options *options, GError **error)
{
	g_autoptr(Comments) comments = comments_new(options);

	comments->targets = targets_load(index, error);
	if (comments->targets == NULL || !check_workstream(comments, error) || !load_entered(comments, index, error) ||
	    !load_letters(comments, store, index, options->spooled, error) || !comments_find_contributors(comments, index, error) ||
	    !comments_find_places(comments, index, error))
		return NULL;
	return g_steal_pointer(&comments);
}

gint64
comments_received(const struct comments *comments)
{
	return comments->ledger.truth + comments->ledger.spooled;
}

gint64
comments_difference(const struct comments *comments)
{
	struct comments_left left[COMMENTS_REASONS];
	gint64 sum = comments->total;
	guint n = comments_left_out(comments, left);

	for (guint i = 0; i < n; i++)
		sum += left[i].count;
	return comments_received(comments) - sum;
}
