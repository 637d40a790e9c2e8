#include "report/comments-private.h"

#include <string.h>

#include "find/lists.h"

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

static gboolean
fill(struct comments *comments, struct index *index, GError **error)
{
	const struct span span = {.window = comments->window};
	g_autoptr(GArray) numbers = list_input(index, &span, error);

	if (numbers == NULL || (comments->rows = message_rows_load(index, numbers, TRUE, error)) == NULL ||
	    (comments->targets = targets_load(index, error)) == NULL)
		return FALSE;
	return targets_check(comments->targets, "workstream", comments->workstream, error) && load_entered(comments, index, error) &&
	       comments_find_contributors(comments, index, error) && comments_find_places(comments, index, error);
}

struct comments *
comments_build(struct mailstore *store, struct index *index, const struct comments_options *options, GError **error)
{
	g_autoptr(Comments) comments = comments_new(options);
	const struct span span = {.window = options->window};
	gboolean filled;

	if (!ledger_begin(store, index, &span, options->spooled, &comments->ledger, error))
		return NULL;
	filled = fill(comments, index, error);
	index_rollback(index);
	return filled ? g_steal_pointer(&comments) : NULL;
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
