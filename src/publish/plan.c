#include "publish/plan.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "find/changes.h"
#include "pages/route.h"

#include <string.h>

struct places {                  /* where a letter stands */
	char *lines;             /* paths without ending, a line each; NULL: nowhere */
	char *thread, *campaign; /* two of them, or NULL */
	gint64 date;
};

struct plan {
	struct index *index;
	const struct page_site *site;
	struct published *published; /* or NULL */
	gint64 now;
	struct audience audience;
	GHashTable *bases;  /* paths without ending */
	GHashTable *since;  /* of months among them: the date (gint64) of the first letter in them that changed; absent: all of it did */
	GHashTable *files;  /* paths of files */
	GHashTable *places; /* message -> struct places, of those that were looked at */
	GPtrArray *sorted;
	guint letters;
};

static void
places_free(gpointer data)
{
	struct places *places = data;

	g_free(places->lines);
	g_free(places->thread);
	g_free(places->campaign);
	g_free(places);
}

struct plan *
plan_new(struct index *index, const struct page_site *site, struct published *published, gint64 now)
{
	struct plan *plan = g_new0(struct plan, 1);

	plan->index = index;
	plan->site = site;
	plan->published = published;
	plan->now = now;
	plan->audience = page_audience(site, now);
	plan->bases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	plan->since = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	plan->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	plan->places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, places_free);
	return plan;
}

void
plan_free(struct plan *plan)
{
	g_hash_table_unref(plan->bases);
	g_hash_table_unref(plan->since);
	g_hash_table_unref(plan->files);
	g_hash_table_unref(plan->places);
	g_clear_pointer(&plan->sorted, g_ptr_array_unref);
	g_free(plan);
}

guint
plan_letters(const struct plan *plan)
{
	return plan->letters;
}

/* --- names */

/* An id of the rule file's as the name of a file or a folder: none that leads elsewhere, that is hidden, or that a file system would not take. */
static gboolean
is_safe(const char *id)
{
	gsize length = strlen(id);

	if (length == 0 || length > 200 || *id == '.' || !g_utf8_validate(id, length, NULL))
		return FALSE;
	for (const char *at = id; *at != '\0'; at++)
		if (*at == '/' || g_ascii_iscntrl(*at))
			return FALSE;
	return TRUE;
}

/* "workstream/quay", "all", "unfiled"; NULL: no file can have that name. Caller frees. */
static char *
place_base(const char *type, const char *id)
{
	if (type == NULL)
		return g_strdup("all");
	if (id == NULL)
		return g_strdup(type);
	return is_safe(id) ? g_strconcat(type, "/", id, NULL) : NULL;
}

/* "/workstream/a%20b" -> "workstream/a b"; NULL when it is not safe. Caller frees. */
static char *
base_of(const char *path)
{
	g_auto(GStrv) segments = g_strsplit(path + 1, "/", -1);

	for (guint i = 0; segments[i] != NULL; i++) {
		char *plain = g_uri_unescape_string(segments[i], "/");

		if (plain == NULL || !is_safe(plain)) {
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

/* The places of a letter of DATE. */
static void
touch_lines(struct plan *plan, const char *lines, gint64 date)
{
	g_auto(GStrv) each = lines != NULL ? g_strsplit(lines, "\n", -1) : NULL;

	for (char **line = each; line != NULL && *line != NULL; line++) {
		const gint64 *known = g_hash_table_lookup(plan->since, *line);

		if (**line == '\0')
			continue;
		touch(plan, g_strdup(*line));
		if (known == NULL || *known > date)
			g_hash_table_replace(plan->since, g_strdup(*line), g_memdup2(&date, sizeof date));
	}
}

/* --- where a letter stands */

static void
add_line(GString *lines, const char *base)
{
	g_string_append(lines, base);
	g_string_append_c(lines, '\n');
}

static void
add_place(GString *lines, const char *type, const char *id, const char *month)
{
	g_autofree char *base = place_base(type, id);

	if (base == NULL)
		return;
	add_line(lines, base);
	g_string_append_printf(lines, "%s/%s\n", base, month);
}

static void
add_places(const struct plan *plan, GString *lines, const struct message_row *row)
{
	static const char *const types[] = {"workstream", "topic", "group", "intent", "region", NULL};
	g_autofree char *month = clock_format(row->date_effective, plan->site->zone, "%Y-%m");

	add_place(lines, NULL, NULL, month);
	g_string_append_printf(lines, "mbox/%s.mbox.gz\n", month);
	if (strcmp(row->kind, "input") == 0 && !message_row_has(row, "workstream"))
		add_place(lines, "unfiled", NULL, month);
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_strv_contains(types, filing->type))
			add_place(lines, filing->type, filing->id, month);
	}
}

static void
add_letter(GString *lines, const char *id)
{
	if (id != NULL && is_safe(id) && strcmp(id, SUPERSEDES_NONE) != 0)
		g_string_append_printf(lines, "message/%s\n", id);
}

/* The page of KIN, named by the first; NULL for one letter alone. */
static gboolean
kin_page(struct plan *plan, const char *what, const GArray *kin, char **out, GError **error)
{
	g_autoptr(MessageRow) first = NULL;

	if (kin == NULL)
		return FALSE;
	if (kin->len < 2)
		return TRUE;
	first = message_row_load(plan->index, g_array_index(kin, gint64, 0), FALSE, error);
	if (first != NULL)
		*out = g_strconcat(what, first->public_id, NULL);
	return first != NULL;
}

static gboolean
add_kin(struct plan *plan, const struct message_row *row, struct places *out, GString *lines, GError **error)
{
	g_autoptr(GArray) thread = pages_thread(plan->index, &plan->audience, row->thread, 2, error);
	g_autoptr(GArray) campaign = thread != NULL ? pages_campaign(plan->index, &plan->audience, row->campaign, 2, error) : NULL;

	if (!kin_page(plan, "thread/", thread, &out->thread, error) || !kin_page(plan, "campaign/", campaign, &out->campaign, error))
		return FALSE;
	if (out->thread != NULL)
		add_line(lines, out->thread);
	if (out->campaign != NULL)
		add_line(lines, out->campaign);
	return TRUE;
}

static gboolean
add_attachments(struct plan *plan, const struct message_row *row, GString *lines, GError **error)
{
	g_auto(Details) details = {0};

	if (row->attachments == 0 || !plan->site->attachments)
		return TRUE;
	if (!details_load(plan->index, row->message, &details, error))
		return FALSE;
	for (guint i = 0; i < details.parts->len; i++) {
		g_autofree char *file = page_attachment_file(plan->site, row, g_ptr_array_index(details.parts, i));

		if (file != NULL)
			g_string_append_printf(lines, "attachment/%s/%s\n", row->public_id, file);
	}
	return TRUE;
}

/* Where MESSAGE stands now. NULL only with ERROR. */
static struct places *
find_places(struct plan *plan, gint64 message, GError **error)
{
	struct places *places = g_hash_table_lookup(plan->places, &message);
	g_autoptr(MessageRow) row = NULL;
	g_autoptr(GString) lines = g_string_new(NULL);
	gboolean visible;

	if (places != NULL)
		return places;
	if (!pages_visible(plan->index, &plan->audience, message, &visible, error))
		return NULL;
	places = g_new0(struct places, 1);
	g_hash_table_insert(plan->places, g_memdup2(&message, sizeof message), places);
	if (!visible)
		return places;
	row = message_row_load(plan->index, message, FALSE, error);
	if (row == NULL)
		return NULL;
	add_letter(lines, row->public_id);
	if (!add_kin(plan, row, places, lines, error) || !add_attachments(plan, row, lines, error))
		return NULL;
	if (row->copy_of == NULL && g_strcmp0(row->redacted, "whole") != 0)
		add_places(plan, lines, row);
	add_letter(lines, row->supersedes);
	add_letter(lines, row->superseded_by);
	places->lines = g_strndup(lines->str, lines->len);
	places->date = row->date_effective;
	return places;
}

/* --- what a change concerns */

/* One that stands beside a changed letter: its own page tells of that one; where it stands itself may have changed with it. ALWAYS: its page in any case. */
static gboolean
plan_kin(struct plan *plan, gint64 message, gboolean always, GError **error)
{
	g_autofree char *before = plan->published != NULL ? published_places(plan->published, message, NULL) : NULL;
	gboolean looked = g_hash_table_contains(plan->places, &message);
	const struct places *now = find_places(plan, message, error);

	if (now == NULL)
		return FALSE;
	if (!always && g_strcmp0(before, now->lines) == 0) {
		if (!looked)
			g_hash_table_remove(plan->places, &message); /* nothing to be noted */
		return TRUE;
	}
	if (g_strcmp0(before, now->lines) != 0) {
		g_autoptr(MessageRow) row = message_row_load(plan->index, message, FALSE, error);

		if (row == NULL)
			return FALSE;
		touch_lines(plan, before, row->date_effective);
		touch_lines(plan, now->lines, row->date_effective);
	} else if (now->lines != NULL) {
		const char *mailbox = strstr(now->lines, "\nmbox/");

		touch(plan, g_strndup(now->lines, strcspn(now->lines, "\n")));
		if (mailbox != NULL) /* its References name those that can be seen */
			touch(plan, g_strndup(mailbox + 1, strcspn(mailbox + 1, "\n")));
	}
	return TRUE;
}

static gboolean
plan_each(struct plan *plan, const GArray *numbers, gboolean always, GError **error)
{
	for (guint i = 0; numbers != NULL && i < numbers->len; i++)
		if (!plan_kin(plan, g_array_index(numbers, gint64, i), always, error))
			return FALSE;
	return numbers != NULL;
}

/* The threads' and campaigns' pages that LINES have: those who stood there too. */
static gboolean
plan_former_kin(struct plan *plan, const char *lines, GError **error)
{
	g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

	for (char **line = each; *line != NULL; line++) {
		gboolean thread = g_str_has_prefix(*line, "thread/");
		g_autoptr(GArray) kin = thread || g_str_has_prefix(*line, "campaign/") ? published_kin(plan->published, *line, error) : NULL;

		if ((thread || g_str_has_prefix(*line, "campaign/")) && !plan_each(plan, kin, thread, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
plan_message(struct plan *plan, gint64 message, GError **error)
{
	g_autofree char *before = plan->published != NULL ? published_places(plan->published, message, NULL) : NULL;
	const struct places *now = find_places(plan, message, error);
	g_autoptr(MessageRow) row = NULL;
	g_autoptr(GArray) thread = NULL, campaign = NULL;

	if (now == NULL)
		return FALSE;
	if (before == NULL && now->lines == NULL)
		return TRUE; /* nobody saw it, and nobody sees it */
	plan->letters++;
	row = message_row_load(plan->index, message, FALSE, error);
	if (row == NULL)
		return FALSE;
	touch_lines(plan, before, row->date_effective);
	touch_lines(plan, now->lines, row->date_effective);
	if ((before != NULL && !plan_former_kin(plan, before, error)))
		return FALSE;
	thread = changes_thread(plan->index, row->thread, error);
	campaign = thread != NULL ? pages_campaign(plan->index, &plan->audience, row->campaign, LIMIT_PAGE_CAMPAIGN, error) : NULL;
	return campaign != NULL && plan_each(plan, thread, TRUE, error) && plan_each(plan, campaign, FALSE, error);
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

gboolean
plan_whole(struct plan *plan, GError **error)
{
	gint64 after = 0;

	for (;;) {
		g_autoptr(GArray) numbers = index_messages(plan->index, after, 1000, error);

		if (numbers == NULL)
			return FALSE;
		if (numbers->len == 0)
			break;
		for (guint i = 0; i < numbers->len; i++) {
			const struct places *places = find_places(plan, g_array_index(numbers, gint64, i), error);

			if (places == NULL)
				return FALSE;
			plan->letters += places->lines != NULL;
			touch_lines(plan, places->lines, places->date);
			if (places->lines == NULL)
				g_hash_table_remove(plan->places, &g_array_index(numbers, gint64, i));
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

/* The files of the month BASE's pages from the one with the number FIRST on that stand there. */
static gboolean
add_standing(struct plan *plan, const char *base, gint64 first, GError **error)
{
	g_autofree char *prefix = g_strconcat(base, "/", NULL);
	g_autoptr(GPtrArray) files = NULL;

	if (plan->published == NULL)
		return TRUE;
	files = published_files(plan->published, prefix, error);
	for (guint i = 0; files != NULL && i < files->len; i++)
		if (g_ascii_strtoll((const char *)g_ptr_array_index(files, i) + strlen(prefix), NULL, 10) >= first)
			g_hash_table_add(plan->files, g_strdup(g_ptr_array_index(files, i)));
	return files != NULL;
}

/* A month's pages: the first, which has the number of its letters, and from the one before the first letter that changed on, which all letters behind it move
 * on or back. */
static gboolean
add_month(struct plan *plan, const char *base, const struct route *route, GError **error)
{
	g_autoptr(GDateTime) day = g_date_time_new(plan->site->zone, (gint)route->year, (gint)route->month, 15, 12, 0, 0);
	struct time_window window = clock_month(day != NULL ? g_date_time_to_unix(day) : 0, 0, plan->site->zone), earlier = window;
	const struct place place = {route->type, route->id};
	const gint64 *since = g_hash_table_lookup(plan->since, base);
	gint64 count = 0, before = 0, first;

	earlier.to = since != NULL ? MIN(*since, window.to) : window.from;
	if (!pages_count(plan->index, &plan->audience, &place, &window, LIMIT_PAGE_COUNTED, &count, error) ||
	    !pages_count(plan->index, &plan->audience, &place, &earlier, LIMIT_PAGE_COUNTED, &before, error))
		return FALSE;
	first = MAX(before / LIMIT_PAGE_MONTH, 2);
	for (gint64 i = first; (i - 1) * LIMIT_PAGE_MONTH < count; i++) {
		g_autofree char *page = g_strdup_printf("%s/%" G_GINT64_FORMAT, base, i);

		add_file(plan, page, ".html");
		add_file(plan, page, ".json");
	}
	return add_standing(plan, base, first, error);
}

static gboolean
add_base(struct plan *plan, const char *base, GError **error)
{
	static const char *const as_they_are[] = {"style.css", "icon.svg", "robots.txt", "sitemap.xml", NULL};
	g_autofree char *target = plan_target(base);
	g_autofree char *feed = g_strconcat(target, ".atom", NULL), *page = g_strconcat(target, ".html", NULL);
	g_auto(Route) as_feed = {0}, as_page = {0};

	if (g_strv_contains(as_they_are, base) || g_str_has_prefix(base, "mbox/") || g_str_has_prefix(base, "attachment/")) {
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
	    "group/", "intent/", "region/", "workstream/", "milestone/"};

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

const GPtrArray *
plan_files(struct plan *plan, GError **error)
{
	GHashTableIter iter;
	gpointer key;

	if (g_hash_table_size(plan->bases) > 0) {
		touch(plan, g_strdup("index"));
		for (guint i = 0; plan->site->milestones != NULL && i < plan->site->milestones->len; i++) {
			const struct site_milestone *milestone = g_ptr_array_index(plan->site->milestones, i);

			touch(plan, place_base("milestone", milestone->id));
		}
	}
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
	kin =
	    thread ? pages_thread(plan->index, &plan->audience, row->thread, 2, error) : pages_campaign(plan->index, &plan->audience, row->campaign, 2, error);
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

	if (whole && !published_forget_places(published, error))
		return FALSE;
	g_hash_table_iter_init(&iter, plan->places);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		const struct places *places = value;

		if (!published_set_places(published, *(gint64 *)key, places->lines, places->thread, places->campaign, error))
			return FALSE;
	}
	return TRUE;
}
