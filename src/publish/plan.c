#include "publish/plan-private.h"

#include "base/clock.h"
#include "base/limits.h"
#include "find/changes.h"
#include "find/targets.h"
#include "pages/route.h"
#include "publish/sitemap.h"

#include <string.h>

struct plan *
plan_new(struct index *index, struct page_archive *archive, const struct page_site *site, struct published *published, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) targets = targets_load(index, error);
	struct plan *plan;

	if (targets == NULL)
		return NULL;
	plan = g_new0(struct plan, 1);
	plan->index = index;
	plan->archive = archive;
	plan->site = site;
	plan->published = published;
	plan->now = now;
	plan->audience = page_audience(site, now);
	plan->targets = g_steal_pointer(&targets);
	plan->bases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	plan->dates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
	plan->touched = g_array_new(FALSE, FALSE, sizeof(gint64));
	plan->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	plan->planned = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(plan->names); i++)
		plan->names[i] = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	return plan;
}

void
plan_free(struct plan *plan)
{
	g_ptr_array_unref(plan->targets);
	g_hash_table_unref(plan->bases);
	g_hash_table_unref(plan->dates);
	g_array_unref(plan->touched);
	g_hash_table_unref(plan->files);
	g_clear_pointer(&plan->letters, g_hash_table_unref);
	g_hash_table_unref(plan->planned);
	for (gsize i = 0; i < G_N_ELEMENTS(plan->names); i++)
		g_hash_table_unref(plan->names[i]);
	g_clear_pointer(&plan->sorted, g_ptr_array_unref);
	g_free(plan);
}

guint
plan_letters(const struct plan *plan)
{
	return plan->changed;
}

/* --- names */

/* "/workstream/a%20b" -> "workstream/a b"; NULL when it leads elsewhere. Caller frees. */
static char *
base_of(const char *path)
{
	g_auto(GStrv) segments = g_strsplit(path + 1, "/", -1);

	for (guint i = 0; segments[i] != NULL; i++) {
		char *plain = g_uri_unescape_string(segments[i], "/");

		if (plain == NULL || *plain == '\0' || *plain == '.') {
			g_free(plain);
			return NULL;
		}
		g_free(segments[i]);
		segments[i] = plain;
	}
	return g_strjoinv("/", segments);
}

char *
plan_target(const char *file)
{
	g_auto(GStrv) segments = g_strsplit(file, "/", -1);
	g_autofree char *path = NULL;

	for (guint i = 0; segments[i] != NULL; i++) {
		char *escaped = route_escape(segments[i]);

		g_free(segments[i]);
		segments[i] = escaped;
	}
	/* the part's number alone: "1-2.pdf" is 1.2 */
	if (strcmp(segments[0], "attachment") == 0 && g_strv_length(segments) == 3) {
		segments[2][strcspn(segments[2], ".")] = '\0';
		g_strdelimit(segments[2], "-", '.');
	}
	path = g_strjoinv("/", segments);
	return g_strconcat("/", path, NULL);
}

static void
touch(struct plan *plan, char *base)
{
	if (base != NULL)
		g_hash_table_add(plan->bases, base);
}

/* What lists letters, where it lists one of DATE. */
static void
touch_at(struct plan *plan, const char *base, gint64 date)
{
	GArray *dates = g_hash_table_lookup(plan->dates, base);

	touch(plan, g_strdup(base));
	if (plan->whole)
		return;
	if (dates == NULL) {
		dates = g_array_new(FALSE, FALSE, sizeof date);
		g_hash_table_insert(plan->dates, g_strdup(base), dates);
	}
	g_array_append_val(dates, date);
}

/* The places of a letter of DATE. */
static void
touch_lines(struct plan *plan, const char *lines, gint64 date)
{
	g_auto(GStrv) each = lines != NULL ? g_strsplit(lines, "\n", -1) : NULL;

	for (char **line = each; line != NULL && *line != NULL; line++)
		if (**line != '\0')
			touch_at(plan, *line, date);
	if (lines != NULL)
		g_array_append_val(plan->touched, date);
}

/* --- what a change concerns */

/* A letter's own page, and with MAILBOX what the mailbox has of it. */
static gboolean
touch_letter(struct plan *plan, gint64 message, gboolean mailbox, GError **error)
{
	g_autoptr(MessageRow) row = message_row_load(plan->index, message, FALSE, error);
	g_autofree char *file = row != NULL ? places_mailbox(plan, row->date_effective) : NULL;

	if (row == NULL)
		return FALSE;
	touch(plan, g_strconcat("message/", row->public_id, NULL));
	if (mailbox && row->copy_of == NULL && g_strcmp0(row->redacted, "whole") != 0)
		touch_at(plan, file, row->date_effective);
	return TRUE;
}

/* The page of a thread or campaign is named by its first letter: those whose pages lead to one of another name. */
static gboolean
plan_renamed(struct plan *plan, gboolean campaign, gint64 number, GError **error)
{
	const char *name;
	g_autoptr(GArray) kin = NULL;

	if (plan->published == NULL || number == 0)
		return TRUE;
	if (!places_kin_page(plan, campaign, number, &name, error) || (kin = published_kin(plan->published, campaign, number, name, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < kin->len; i++) {
		gint64 message = g_array_index(kin, gint64, i);
		g_auto(PublishedLetter) before = {0};
		const struct published_letter *now;

		if (!published_letter(plan->published, message, &before, error) || (now = places_find(plan, message, error)) == NULL)
			return FALSE;
		const char *const pages[] = {before.thread, before.campaign, now->thread, now->campaign};
		for (gsize j = 0; j < G_N_ELEMENTS(pages); j++)
			touch(plan, g_strdup(pages[j]));
		if (now->places != NULL)
			touch(plan, g_strndup(now->places, strcspn(now->places, "\n")));
	}
	return TRUE;
}

/* Those that stand before and behind LETTER's place in its thread: their pages lead to it, or to each other when it is gone. */
static gboolean
plan_beside(struct plan *plan, gint64 message, const struct published_letter *letter, GError **error)
{
	const struct pages_stood place = {letter->date, message};
	struct pages_stood beside[2];

	for (gsize i = 0; i < G_N_ELEMENTS(beside); i++)
		if (!pages_beside(plan->index, &plan->audience, letter->thread_number, &place, i == 0, &beside[i], error) ||
		    (beside[i].message != 0 && !touch_letter(plan, beside[i].message, FALSE, error)))
			return FALSE;
	return TRUE;
}

/* Those that answer it: their pages and their References name it. */
static gboolean
plan_children(struct plan *plan, gint64 message, GError **error)
{
	g_autoptr(GArray) children = changes_children(plan->index, message, error);
	g_autoptr(GArray) visible = children != NULL ? pages_only_visible(plan->index, &plan->audience, children, 0, 0, error) : NULL;

	for (guint i = 0; visible != NULL && i < visible->len; i++)
		if (!touch_letter(plan, g_array_index(visible, gint64, i), TRUE, error))
			return FALSE;
	return visible != NULL;
}

/* One that the public does not see, or not all of: those that may quote it, and the letter whose place it takes. */
static gboolean
plan_secret(struct plan *plan, gint64 message, const struct published_letter *now, gboolean *secret, GError **error)
{
	g_autoptr(MessageRow) row = message_row_load(plan->index, message, FALSE, error);
	gint64 former = 0;

	if (row == NULL)
		return FALSE;
	*secret = now->places == NULL || row->redacted != NULL;
	if (!*secret)
		return TRUE;
	if (!plan_children(plan, message, error) || (row->supersedes != NULL && !pages_resolve(plan->index, &plan->audience, row->supersedes, &former, error)))
		return FALSE;
	now = former != 0 ? places_find(plan, former, error) : NULL;
	if (now != NULL)
		touch_lines(plan, now->places, now->date);
	return former == 0 || now != NULL;
}

/* A letter that changed; its copies, which are seen with it, go onto QUEUE. */
static gboolean
plan_one(struct plan *plan, gint64 message, GArray *queue, GError **error)
{
	const struct published_letter *now = places_find(plan, message, error);
	g_auto(PublishedLetter) before = {0};
	g_autoptr(GArray) copies = NULL;
	gboolean secret;

	if (now == NULL || !published_letter(plan->published, message, &before, error) || !plan_secret(plan, message, now, &secret, error))
		return FALSE;
	if (before.places == NULL && now->places == NULL)
		return TRUE; /* nobody saw it, and nobody sees it */
	plan->changed++;
	touch_lines(plan, before.places, before.date);
	touch_lines(plan, now->places, now->date);
	if (!plan_renamed(plan, FALSE, before.thread_number, error) || !plan_renamed(plan, FALSE, now->thread_number, error) ||
	    !plan_renamed(plan, TRUE, before.campaign_number, error) || !plan_renamed(plan, TRUE, now->campaign_number, error))
		return FALSE;
	if (before.places != NULL && now->places != NULL && before.face == now->face && before.date == now->date && before.thread_number == now->thread_number)
		return TRUE; /* what others show of it is as it was */
	copies = changes_copies(plan->index, message, error);
	if (copies == NULL || (before.places != NULL && !plan_beside(plan, message, &before, error)) ||
	    (now->places != NULL && !plan_beside(plan, message, now, error)) || !plan_children(plan, message, error))
		return FALSE;
	g_array_append_vals(queue, copies->data, copies->len);
	return TRUE;
}

gboolean
plan_message(struct plan *plan, gint64 message, GError **error)
{
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_array_append_val(queue, message);
	for (guint i = 0; i < queue->len; i++) {
		gint64 next = g_array_index(queue, gint64, i);

		if (g_hash_table_add(plan->planned, g_memdup2(&next, sizeof next)) && !plan_one(plan, next, queue, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
touch_always(struct plan *plan, GError **error)
{
	g_autoptr(GPtrArray) paths = page_paths_always(plan->index, plan->site, plan->now, error);

	for (guint i = 0; paths != NULL && i < paths->len; i++) {
		const char *path = g_ptr_array_index(paths, i);

		touch(plan, strcmp(path, "/") == 0 ? g_strdup("index") : base_of(path));
	}
	return paths != NULL;
}

gboolean
plan_time(struct plan *plan, gint64 before, GError **error)
{
	GTimeZone *zone = plan->site->zone;

	if (clock_week(before, 0, zone).from != clock_week(plan->now, 0, zone).from)
		return touch_always(plan, error);
	if (clock_day(before, 0, zone).from != clock_day(plan->now, 0, zone).from)
		touch(plan, g_strdup("milestones"));
	return TRUE;
}

/* A letter that is listed, once: no copy and nothing that was taken out as a whole. */
static gboolean
is_listed(const struct published_letter *letter)
{
	return letter->places != NULL && strstr(letter->places, "\nall\n") != NULL;
}

gboolean
plan_whole(struct plan *plan, GError **error)
{
	gint64 after = 0;

	plan->whole = TRUE;
	for (;;) {
		g_autoptr(GArray) numbers = index_messages(plan->index, after, 1000, error);

		if (numbers == NULL)
			return FALSE;
		if (numbers->len == 0)
			break;
		for (guint i = 0; i < numbers->len; i++) {
			const struct published_letter *letter = places_find(plan, g_array_index(numbers, gint64, i), error);

			if (letter == NULL)
				return FALSE;
			plan->changed += is_listed(letter);
			touch_lines(plan, letter->places, letter->date);
			if (letter->places == NULL)
				g_hash_table_remove(plan->letters, &g_array_index(numbers, gint64, i));
		}
		after = g_array_index(numbers, gint64, numbers->len - 1);
	}
	if (!touch_always(plan, error))
		return FALSE;
	g_autoptr(GPtrArray) old = plan->published != NULL ? published_files(plan->published, "", error) : g_ptr_array_new();
	for (guint i = 0; old != NULL && i < old->len; i++)
		g_hash_table_add(plan->files, g_strdup(g_ptr_array_index(old, i)));
	return old != NULL;
}

/* --- from paths to files */

static void
add_file(struct plan *plan, const char *base, const char *ending)
{
	g_hash_table_add(plan->files, g_strconcat(base, ending, NULL));
}

/* Behind an hour's numbered pieces all move when a letter comes or goes before them. */
static gboolean
is_concerned(const GArray *leaves, guint i, gint64 date)
{
	const struct page_leaf *leaf = &g_array_index(leaves, struct page_leaf, i);
	gboolean final = i + 1 == leaves->len || g_array_index(leaves, struct page_leaf, i + 1).from != leaf->from;

	return date >= leaf->from && date < leaf->to && (final || date <= leaf->last);
}

gboolean
plan_touches(const struct plan *plan, const char *base, const GArray *leaves, guint i)
{
	const GArray *dates = g_hash_table_lookup(plan->dates, base);

	for (guint j = 0; dates != NULL && j < dates->len; j++)
		if (is_concerned(leaves, i, g_array_index(dates, gint64, j)))
			return TRUE;
	return plan->whole;
}

/* "12-09h-2" after "12-09h", and "12-09h-10" after that. */
static gint
by_time(gconstpointer a, gconstpointer b)
{
	const char *left = *(char *const *)a, *right = *(char *const *)b;
	gsize first = strlen(left), second = strlen(right);
	gboolean same_hour = first >= 6 && second >= 6 && strncmp(left, right, 6) == 0;

	return same_hour && first != second ? (first < second ? -1 : 1) : strcmp(left, right);
}

/* The names of the pieces of the month BASE that stand there, in their order; all their files are to be looked at that have no place any more. */
static GPtrArray *
standing_leaves(struct plan *plan, const char *base, const GArray *leaves, GError **error)
{
	g_autofree char *prefix = g_strconcat(base, "/", NULL);
	g_autoptr(GPtrArray) files = plan->published != NULL ? published_files(plan->published, prefix, error) : g_ptr_array_new();
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) now = g_hash_table_new(g_str_hash, g_str_equal);

	if (files == NULL)
		return NULL;
	for (guint i = 0; i < leaves->len; i++)
		g_hash_table_add(now, g_array_index(leaves, struct page_leaf, i).name);
	for (guint i = 0; i < files->len; i++) {
		const char *file = (const char *)g_ptr_array_index(files, i) + strlen(prefix);
		g_autofree char *name = g_strndup(file, strcspn(file, "."));

		if (!g_hash_table_contains(now, name))
			g_hash_table_add(plan->files, g_strdup(g_ptr_array_index(files, i)));
		if (g_str_has_suffix(file, ".html"))
			g_ptr_array_add(names, g_steal_pointer(&name));
	}
	g_ptr_array_sort(names, by_time);
	return g_steal_pointer(&names);
}

/* The letters of the month in the pieces that it has, and what stands there of others. */
static gboolean
add_sitemaps(struct plan *plan, const char *base, const GArray *leaves, GError **error)
{
	const char *month = strchr(base, '/') + 1;
	g_autofree char *prefix = g_strconcat("sitemap/", month, NULL);
	g_autoptr(GPtrArray) files = plan->published != NULL ? published_files(plan->published, prefix, error) : g_ptr_array_new();
	g_autoptr(GHashTable) now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < leaves->len; i++) {
		char *file = sitemap_file(month, g_array_index(leaves, struct page_leaf, i).name);

		g_hash_table_add(now, file);
		if (plan_touches(plan, base, leaves, i) || files == NULL || !g_ptr_array_find_with_equal_func(files, file, g_str_equal, NULL))
			add_file(plan, file, "");
	}
	for (guint i = 0; files != NULL && i < files->len; i++)
		if (!g_hash_table_contains(now, g_ptr_array_index(files, i)))
			add_file(plan, g_ptr_array_index(files, i), "");
	return files != NULL;
}

/* A month's page, and of its pieces those in which a letter changed, and those that have others beside them than before. */
static gboolean
add_month(struct plan *plan, const char *base, const struct route *route, GError **error)
{
	g_autofree char *id = route->id != NULL ? page_id(plan->targets, route->type, route->id) : NULL;
	const struct place place = {route->type, id};
	const GArray *leaves = page_leaves(plan->archive, plan->site, &place, route->year, route->month, plan->now, error);
	g_autoptr(GPtrArray) before = leaves != NULL ? standing_leaves(plan, base, leaves, error) : NULL;
	g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);

	if (before == NULL)
		return FALSE;
	for (guint i = 0; i < before->len; i++)
		g_hash_table_insert(places, g_ptr_array_index(before, i), GUINT_TO_POINTER(i + 1));
	for (guint i = 0; i < leaves->len && page_leaves_split(leaves); i++) {
		const struct page_leaf *leaf = &g_array_index(leaves, struct page_leaf, i);
		guint at = GPOINTER_TO_UINT(g_hash_table_lookup(places, leaf->name)); /* from 1; 0: it is new */
		const char *prev = at > 1 ? g_ptr_array_index(before, at - 2) : NULL, *next = at > 0 && at < before->len ? g_ptr_array_index(before, at) : NULL;
		g_autofree char *page = g_strdup_printf("%s/%s", base, leaf->name);

		if (at > 0 && g_strcmp0(prev, i > 0 ? leaf[-1].name : NULL) == 0 && g_strcmp0(next, i + 1 < leaves->len ? leaf[1].name : NULL) == 0 &&
		    !plan_touches(plan, base, leaves, i))
			continue;
		add_file(plan, page, ".html");
		add_file(plan, page, ".json");
	}
	return plan->site->address == NULL || route->type != NULL || add_sitemaps(plan, base, leaves, error);
}

static gboolean
add_base(struct plan *plan, const char *base, GError **error)
{
	static const char *const as_they_are[] = {"style.css", "icon.svg", "robots.txt", "sitemap.xml", NULL};
	g_autofree char *target = plan_target(base);
	g_autofree char *feed = g_strconcat(target, ".atom", NULL), *page = g_strconcat(target, ".html", NULL);
	g_auto(Route) as_feed = {0}, as_page = {0};

	if (g_strv_contains(as_they_are, base) || g_str_has_prefix(base, "mbox/") || g_str_has_prefix(base, "sitemap/") ||
	    g_str_has_prefix(base, "attachment/")) {
		add_file(plan, base, "");
		return TRUE;
	}
	route_parse(feed, &as_feed);
	route_parse(page, &as_page);
	add_file(plan, base, ".html");
	add_file(plan, base, ".json");
	if (as_feed.page == ROUTE_PLACE)
		add_file(plan, base, ".atom");
	return as_page.page != ROUTE_PLACE || as_page.year == 0 || add_month(plan, base, &as_page, error);
}

/* First what others lead to. */
static guint
rank_of(const char *file)
{
	static const char *const ranks[] = {"style.css", "icon.svg", "attachment/", "message/", "thread/", "campaign/", "mbox/", "all/", "unfiled/", "topic/",
	    "group/", "intent/", "region/", "workstream/", "milestone/", "sitemap/"};

	for (guint i = 0; i < G_N_ELEMENTS(ranks); i++)
		if (g_str_has_prefix(file, ranks[i]))
			return i;
	return G_N_ELEMENTS(ranks) + (g_str_has_prefix(file, "index.") ? 1 : 0);
}

static gint
by_rank(gconstpointer a, gconstpointer b)
{
	const char *left = *(char *const *)a, *right = *(char *const *)b;
	guint first = rank_of(left), second = rank_of(right);

	return first != second ? (first < second ? -1 : 1) : strcmp(left, right);
}

/* A milestone's page has the letters of its days. */
static void
touch_milestones(struct plan *plan)
{
	for (guint i = 0; plan->site->milestones != NULL && i < plan->site->milestones->len; i++) {
		const struct site_milestone *milestone = g_ptr_array_index(plan->site->milestones, i);
		struct time_window window = page_milestone_window(milestone);

		for (guint j = 0; j < plan->touched->len; j++) {
			gint64 date = g_array_index(plan->touched, gint64, j);

			if (date < window.from || date >= window.to)
				continue;
			touch(plan, places_base("milestone", milestone->id));
			break;
		}
	}
}

const GPtrArray *
plan_files(struct plan *plan, GError **error)
{
	GHashTableIter iter;
	gpointer key;

	if (g_hash_table_size(plan->bases) > 0) {
		touch(plan, g_strdup("index"));
		if (plan->site->address != NULL) {
			touch(plan, g_strdup("sitemap/places.xml"));
			touch(plan, g_strdup("sitemap.xml"));
		}
	}
	touch_milestones(plan);
	g_hash_table_iter_init(&iter, plan->bases);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (!add_base(plan, key, error))
			return NULL;
	plan->sorted = g_ptr_array_new();
	g_hash_table_iter_init(&iter, plan->files);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		g_ptr_array_add(plan->sorted, key);
	g_ptr_array_sort(plan->sorted, by_rank);
	return plan->sorted;
}

gboolean
plan_stands(struct plan *plan, const char *file, gboolean *out, GError **error)
{
	gboolean thread = g_str_has_prefix(file, "thread/");
	g_auto(GStrv) pieces = g_strsplit_set(file, "/.", 3);
	g_autoptr(MessageRow) row = NULL;
	g_autoptr(GArray) kin = NULL;
	gint64 message = 0;

	*out = TRUE;
	if ((!thread && !g_str_has_prefix(file, "campaign/")) || g_strv_length(pieces) < 2)
		return TRUE;
	if (!pages_resolve(plan->index, &plan->audience, pieces[1], &message, error))
		return FALSE;
	*out = message != 0;
	if (message == 0)
		return TRUE;
	row = message_row_load(plan->index, message, FALSE, error);
	if (row == NULL)
		return FALSE;
	kin = thread ? pages_thread_begins(plan->index, &plan->audience, row->thread, error)
	             : pages_campaign(plan->index, &plan->audience, row->campaign, 2, error);
	if (kin == NULL)
		return FALSE;
	*out = kin->len == 2 && g_array_index(kin, gint64, 0) == message;
	return TRUE;
}

gboolean
plan_save(struct plan *plan, struct published *published, gboolean whole, GError **error)
{
	GHashTableIter iter;
	gpointer key, value;

	if (whole && !published_forget_letters(published, error))
		return FALSE;
	if (plan->letters == NULL)
		return TRUE;
	g_hash_table_iter_init(&iter, plan->letters);
	while (g_hash_table_iter_next(&iter, &key, &value))
		if (!published_set_letter(published, *(gint64 *)key, value, error))
			return FALSE;
	return TRUE;
}
