#include "publish/publish.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "find/changes.h"
#include "find/targets.h"
#include "publish/mailbox.h"
#include "publish/plan.h"
#include "publish/sitemap.h"
#include "publish/tree.h"

#include <string.h>

#define DAY 86400
#define BATCH 400                      /* files that get their places together */
#define BATCH_BYTES (32 * 1024 * 1024) /* or so much of them */
#define DEPTHS 5                       /* folders that a page can lie in, and one more */
#define SUM 26                         /* characters: 130 bits */

struct fresh { /* a file that is written and waits for its place */
	char *file, *sum;
	GArray *pieces; /* of a mailbox: of struct published_piece; else NULL */
};

struct run {
	const struct publish_setup *setup;
	struct index *index;
	struct tree *tree;
	struct published *published; /* NULL: a look at a folder where nothing is */
	struct page_archive *archive;
	struct plan *plan;
	struct page_site sites[DEPTHS]; /* by how deep the page lies: links lead up and down again, so that they hold in any folder */
	struct published_state before, after;
	GArray *fresh;
	gsize bytes;
	GPtrArray *gone;
	struct publish_result *result;
};

static const char *const up[DEPTHS] = {".", "..", "../..", "../../..", "../../../.."};

/* --- a page */

static gint
by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const struct page_site *
site_of(const struct run *run, const char *file)
{
	guint depth = 0;

	if (strcmp(file, "robots.txt") == 0 || (g_str_has_suffix(file, ".atom") && run->setup->site->address != NULL))
		return run->setup->site;
	for (const char *at = file; *at != '\0'; at++)
		depth += *at == '/';
	return &run->sites[MIN(depth, DEPTHS - 1)];
}

/* It is the last that leads anywhere: all that it names are known, or wait for their places. */
static gboolean
make_sitemap_index(struct run *run, GBytes **out, GError **error)
{
	g_autoptr(GPtrArray) files = run->published != NULL ? published_files(run->published, "sitemap/", error) : g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) standing = g_ptr_array_new();

	if (files == NULL)
		return FALSE;
	for (guint i = 0; i < run->fresh->len; i++) {
		const char *file = g_array_index(run->fresh, struct fresh, i).file;

		if (g_str_has_prefix(file, "sitemap/") && !g_ptr_array_find_with_equal_func(files, file, g_str_equal, NULL))
			g_ptr_array_add(files, g_strdup(file));
	}
	g_ptr_array_sort(files, by_name);
	for (guint i = 0; i < files->len; i++)
		if (!g_ptr_array_find_with_equal_func(run->gone, g_ptr_array_index(files, i), g_str_equal, NULL))
			g_ptr_array_add(standing, g_ptr_array_index(files, i));
	*out = sitemap_index(run->setup->site, standing);
	return TRUE;
}

/* *OUT NULL: there is no such page (any more). */
static gboolean
make_file(struct run *run, const char *file, GBytes **out, GError **error)
{
	g_autofree char *target = plan_target(file);
	const struct page_request request = {.method = "GET", .target = target, .now = run->setup->now};
	g_auto(PageResponse) response = {0};

	*out = NULL;
	if (strcmp(file, "sitemap.xml") == 0)
		return make_sitemap_index(run, out, error);
	if (g_str_has_prefix(file, "sitemap/"))
		return sitemap_make(run->index, run->archive, run->setup->site, file, run->setup->now, out, error);
	page_respond(run->archive, site_of(run, file), &request, &response);
	if (response.status == 200)
		*out = g_bytes_ref(response.body);
	if (response.status == 200 || response.status == 404)
		return TRUE;
	if (response.trouble != NULL)
		g_propagate_prefixed_error(error, g_steal_pointer(&response.trouble), "%s: ", file);
	else
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE, "%s: cannot be made (%u)", file, response.status);
	return FALSE;
}

/* --- writing */

static void
clear_fresh(gpointer data)
{
	g_free(((struct fresh *)data)->file);
	g_free(((struct fresh *)data)->sum);
	g_clear_pointer(&((struct fresh *)data)->pieces, g_array_unref);
}

/* In published.db what stands at these paths, or for a time that it is not certain. */
static gboolean
note_files(struct run *run, gboolean certain, GError **error)
{
	gboolean noted = TRUE;

	if (!published_begin(run->published, error))
		return FALSE;
	for (guint i = 0; i < run->fresh->len && noted; i++) {
		const struct fresh *fresh = &g_array_index(run->fresh, struct fresh, i);

		noted = published_set_file(run->published, fresh->file, certain ? fresh->sum : NULL, error) &&
		        (fresh->pieces == NULL || published_set_pieces(run->published, fresh->file, certain ? fresh->pieces : NULL, error));
	}
	if (noted)
		return published_commit(run->published, error);
	published_rollback(run->published);
	return FALSE;
}

/* The new files get their places. Whenever this is stopped, published.db knows every file that is there, and takes none for what it may not be. */
static gboolean
place_batch(struct run *run, GError **error)
{
	if (run->fresh->len == 0)
		return TRUE;
	if (!tree_settle(run->tree, run->fresh->len, error) || !note_files(run, FALSE, error))
		return FALSE;
	for (guint i = 0; i < run->fresh->len; i++)
		if (!tree_place(run->tree, i, g_array_index(run->fresh, struct fresh, i).file, error))
			return FALSE;
	if (!tree_sync(run->tree, error) || !note_files(run, TRUE, error))
		return FALSE;
	g_array_set_size(run->fresh, 0);
	run->bytes = 0;
	return TRUE;
}

static void
tell(const struct run *run, const char *what, const char *file)
{
	if (run->setup->tell != NULL)
		run->setup->tell(run->setup->data, what, file);
}

/* One more new file, of so many bytes. */
static gboolean
add_fresh(struct run *run, const struct fresh *fresh, gsize bytes, GError **error)
{
	g_array_append_vals(run->fresh, fresh, 1);
	run->bytes += bytes;
	return (run->fresh->len < BATCH && run->bytes < BATCH_BYTES) || place_batch(run, error);
}

static gboolean
stage(struct run *run, const char *file, GBytes *bytes, const char *sum, gboolean known, GError **error)
{
	const struct fresh fresh = {g_strdup(file), g_strdup(sum), NULL};

	if ((!known && !tree_is_free(run->tree, file, error)) || !tree_begin(run->tree, run->fresh->len, error) || !tree_add(run->tree, bytes, error) ||
	    !tree_end(run->tree, error)) {
		clear_fresh((gpointer)&fresh);
		return FALSE;
	}
	return add_fresh(run, &fresh, g_bytes_get_size(bytes), error);
}

static void
note_gone(struct run *run, const char *file, gboolean known)
{
	if (known)
		g_ptr_array_add(run->gone, g_strdup(file));
}

static void
note_written(struct run *run, const char *file, gboolean known)
{
	run->result->written++;
	run->result->files += !known;
	tell(run, "write", file);
}

static gboolean
bring_up_mailbox(struct run *run, const char *file, const char *old, gboolean known, GError **error)
{
	const struct mailbox_setup setup = {
	    run->index, run->archive, run->setup->site, run->plan, run->published, run->tree, run->setup->now, run->setup->dry_run};
	g_auto(Mailbox) mailbox = {0};
	gboolean written;

	if ((!known && !tree_is_free(run->tree, file, error)) ||
	    !mailbox_make(&setup, file, run->setup->force ? NULL : old, run->fresh->len, &mailbox, &written, error))
		return FALSE;
	if (mailbox.pieces == NULL) {
		note_gone(run, file, known);
		return TRUE;
	}
	run->result->made++;
	run->result->packed += mailbox.letters;
	if (!written)
		return TRUE;
	note_written(run, file, known);
	if (run->setup->dry_run)
		return TRUE;
	const struct fresh fresh = {g_strdup(file), g_steal_pointer(&mailbox.sum), g_steal_pointer(&mailbox.pieces)};
	return add_fresh(run, &fresh, (gsize)mailbox.size, error);
}

static gboolean
bring_up(struct run *run, const char *file, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *old = NULL, *sum = NULL;
	gboolean known = FALSE, stands;
	struct hash hash;

	if (!tree_is_page(file, error) || (run->published != NULL && !published_file(run->published, file, &known, &old, error)))
		return FALSE;
	if (g_str_has_prefix(file, "mbox/"))
		return bring_up_mailbox(run, file, old, known, error);
	if (!plan_stands(run->plan, file, &stands, error) || (stands && !make_file(run, file, &bytes, error)))
		return FALSE;
	run->result->made += bytes != NULL;
	if (bytes == NULL) {
		note_gone(run, file, known);
		return TRUE;
	}
	hash = hash_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	sum = hash_base32(&hash, SUM);
	if (g_strcmp0(old, sum) == 0 && !run->setup->force)
		return TRUE;
	note_written(run, file, known);
	return run->setup->dry_run || stage(run, file, bytes, sum, known, error);
}

/* Last, when no page leads there any more. */
static gboolean
remove_gone(struct run *run, GError **error)
{
	gboolean removed = TRUE;

	for (guint i = 0; i < run->gone->len; i++)
		tell(run, "remove", g_ptr_array_index(run->gone, i));
	run->result->removed = run->gone->len;
	run->result->files -= run->gone->len;
	if (run->setup->dry_run || run->gone->len == 0)
		return TRUE;
	for (guint i = 0; i < run->gone->len; i++)
		if (!tree_remove(run->tree, g_ptr_array_index(run->gone, i), error))
			return FALSE;
	if (!tree_sync(run->tree, error) || !published_begin(run->published, error))
		return FALSE;
	for (guint i = 0; i < run->gone->len && removed; i++)
		removed = published_forget_file(run->published, g_ptr_array_index(run->gone, i), error) &&
		          published_set_pieces(run->published, g_ptr_array_index(run->gone, i), NULL, error);
	if (removed)
		return published_commit(run->published, error);
	published_rollback(run->published);
	return FALSE;
}

/* --- what all pages are made from */

static void
add_text(struct hasher *hasher, const char *text)
{
	hasher_add(hasher, text != NULL ? text : "\1", (text != NULL ? strlen(text) : 1) + (text != NULL));
}

static void
add_number(struct hasher *hasher, gint64 number)
{
	hasher_add(hasher, &number, sizeof number);
}

/* The program, the configuration and the names in the rules: whatever of it changes, changes any page. */
static gboolean
make_key(const struct run *run, char *out, gsize size, GError **error)
{
	const struct page_site *site = run->setup->site;
	g_autoptr(GPtrArray) targets = targets_load(run->index, error);
	struct hasher *hasher;
	struct hash hash;
	g_autofree char *key = NULL;

	if (targets == NULL)
		return FALSE;
	hasher = hasher_new();
	const char *const texts[] = {run->setup->program, site->title, site->contact, site->prefix, site->address, g_time_zone_get_identifier(site->zone)};
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		add_text(hasher, texts[i]);
	add_number(hasher, site->when);
	add_number(hasher, site->attachments);
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		add_text(hasher, target->type);
		add_text(hasher, target->id);
		add_text(hasher, target->title);
		add_text(hasher, target->parent);
		add_number(hasher, target->current);
	}
	for (guint i = 0; site->milestones != NULL && i < site->milestones->len; i++) {
		const struct site_milestone *milestone = g_ptr_array_index(site->milestones, i);
		const gint64 times[] = {milestone->planned_from, milestone->planned_to, milestone->actual_from, milestone->actual_to};

		add_text(hasher, milestone->id);
		add_text(hasher, milestone->title);
		hasher_add(hasher, times, sizeof times);
	}
	hash = hasher_finish(hasher);
	key = hash_base32(&hash, SUM);
	g_strlcpy(out, key, size);
	return TRUE;
}

static gboolean
load_states(struct run *run, GError **error)
{
	struct index_position position;
	g_autofree char *born = changes_born(run->index, error);

	if (born == NULL || !index_position(run->index, &position, error) || !changes_last(run->index, &run->after.change, error) ||
	    !make_key(run, run->after.key, sizeof(run->after.key), error))
		return FALSE;
	g_strlcpy(run->after.born, born, sizeof(run->after.born));
	g_strlcpy(run->after.uuid, position.uuid, sizeof(run->after.uuid));
	run->after.at = run->setup->now;
	run->after.whole = TRUE;
	if (run->published == NULL)
		return TRUE;
	if (!published_state(run->published, &run->before, error) || !published_count(run->published, &run->result->files, error))
		return FALSE;
	if (run->before.uuid[0] == '\0' || strcmp(run->before.uuid, run->after.uuid) == 0)
		return TRUE;
	g_set_error(
	    error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "%s has the pages of another archive; name another folder, or remove that one", run->setup->folder);
	return FALSE;
}

/* --- one run */

static gboolean
plan_changes(struct run *run, struct plan *plan, GError **error)
{
	g_autoptr(GArray) changed = changes_since(run->index, run->before.change, error);
	g_autoptr(GArray) due = NULL;

	/* what is of age now is seen without having changed */
	if (changed != NULL && run->setup->site->when == PAGE_DAY_LATER)
		due = changes_received(run->index, run->before.at - DAY, run->setup->now - DAY, error);
	else if (changed != NULL)
		due = g_array_new(FALSE, FALSE, sizeof(gint64));
	if (due == NULL)
		return FALSE;
	g_array_append_vals(changed, due->data, due->len);
	for (guint i = 0; i < changed->len; i++)
		if (!plan_message(plan, g_array_index(changed, gint64, i), error))
			return FALSE;
	return plan_time(plan, run->before.at, error);
}

static gboolean
write_all(struct run *run, const GPtrArray *files, GError **error)
{
	for (guint i = 0; i < files->len; i++) {
		if (!bring_up(run, g_ptr_array_index(files, i), error))
			return FALSE;
		if (run->setup->progress != NULL && i % 50 == 0)
			run->setup->progress(run->setup->data, i, files->len);
	}
	return place_batch(run, error) && remove_gone(run, error);
}

static gboolean
save(struct run *run, struct plan *plan, GError **error)
{
	if (run->setup->dry_run)
		return TRUE;
	if (!published_begin(run->published, error))
		return FALSE;
	if (plan_save(plan, run->published, run->result->whole, error) && published_set_state(run->published, &run->after, error))
		return published_commit(run->published, error);
	published_rollback(run->published);
	return FALSE;
}

static gboolean
run_in_view(struct run *run, GError **error)
{
	g_autoptr(Plan) plan = NULL;
	const GPtrArray *files;

	if (!load_states(run, error))
		return FALSE;
	run->result->whole = run->setup->force || run->before.uuid[0] == '\0' || strcmp(run->before.born, run->after.born) != 0 ||
	                     strcmp(run->before.key, run->after.key) != 0 || run->before.change > run->after.change || run->before.at > run->after.at;
	plan = plan_new(run->index, run->archive, run->setup->site, run->published, run->setup->now, error);
	if (plan == NULL || !(run->result->whole ? plan_whole(plan, error) : plan_changes(run, plan, error)) || (files = plan_files(plan, error)) == NULL)
		return FALSE;
	run->plan = plan;
	run->result->letters = plan_letters(plan);
	return write_all(run, files, error) && save(run, plan, error);
}

static gboolean
open_published(struct run *run, GError **error)
{
	g_autoptr(GError) reason = NULL;

	run->published = published_open(tree_state(run->tree), !run->setup->dry_run, &reason);
	if (run->published != NULL || (run->setup->dry_run && g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

gboolean
publish_run(const struct publish_setup *setup, struct index *index, struct publish_result *out, GError **error)
{
	g_autoptr(Tree) tree = tree_open(setup->folder, setup->archive, setup->dry_run, error);
	struct run run = {.setup = setup, .index = index, .tree = tree, .result = out};
	gboolean done;

	*out = (struct publish_result){0};
	if (tree == NULL || !open_published(&run, error))
		return FALSE;
	run.archive = page_archive_new(index, setup->part, setup->part_data);
	run.fresh = g_array_new(FALSE, FALSE, sizeof(struct fresh));
	g_array_set_clear_func(run.fresh, clear_fresh);
	run.gone = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < DEPTHS; i++) {
		run.sites[i] = *setup->site;
		run.sites[i].prefix = up[i];
		run.sites[i].address = NULL;
	}
	/* all pages of one run tell of the same moment, whatever comes in meanwhile: that is the next run's */
	done = index_begin(index, error);
	if (done) {
		done = run_in_view(&run, error);
		index_rollback(index);
	}
	page_archive_free(run.archive);
	g_array_unref(run.fresh);
	g_ptr_array_unref(run.gone);
	g_clear_pointer(&run.published, published_close);
	return done;
}
