#include "pages/private.h"

#include "base/clock.h"
#include "base/limits.h"

#include <string.h>

#define HOUR 3600
#define WEEK 7 /* days: the last piece of a month has up to three more */

/* What is being cut: the letters of a month, from STOOD[AT] on. */
struct cutting {
	const GArray *stood; /* of struct pages_stood */
	guint at;
	GArray *out;
};

/* How many of what is left were written before TO. */
static guint
until(const struct cutting *cutting, gint64 to)
{
	guint n = 0;

	while (cutting->at + n < cutting->stood->len && g_array_index(cutting->stood, struct pages_stood, cutting->at + n).date < to)
		n++;
	return n;
}

static void
cut(struct cutting *cutting, struct time_window window, guint skip, guint count, const char *name)
{
	struct page_leaf leaf = {.from = window.from, .to = window.to, .skip = skip, .count = count};

	if (count == 0)
		return;
	g_strlcpy(leaf.name, name, sizeof leaf.name);
	for (guint i = 0; i < count; i++) {
		const struct pages_stood *stood = &g_array_index(cutting->stood, struct pages_stood, cutting->at + i);

		leaf.last = stood->date;
		leaf.letters = leaf.letters * 0x100000001b3 + (guint64)stood->message; /* as FNV: another letter, or another order, is another sum */
	}
	cutting->at += count;
	g_array_append_val(cutting->out, leaf);
}

static void
cut_hour(struct cutting *cutting, struct time_window window, guint day, guint hour)
{
	guint count = until(cutting, window.to);

	for (guint n = 1, skip = 0; skip < count; n++, skip += LIMIT_PAGE_MONTH) {
		g_autofree char *name = n == 1 ? g_strdup_printf("%02u-%02uh", day, hour) : g_strdup_printf("%02u-%02uh-%u", day, hour, n);

		cut(cutting, window, skip, MIN(count - skip, LIMIT_PAGE_MONTH), name);
	}
}

/* Hours from the day's beginning, so that one that the clocks repeat is another one. */
static void
cut_day(struct cutting *cutting, struct time_window window, guint day)
{
	g_autofree char *name = g_strdup_printf("%02u-%02u", day, day);
	guint count = until(cutting, window.to), hour = 0;

	if (count <= LIMIT_PAGE_MONTH) {
		cut(cutting, window, 0, count, name);
		return;
	}
	for (gint64 from = window.from; from < window.to; from += HOUR)
		cut_hour(cutting, (struct time_window){from, MIN(from + HOUR, window.to)}, day, hour++);
}

static void
cut_month(struct cutting *cutting, struct time_window window, GTimeZone *zone)
{
	struct time_window days[32], week;
	guint n = 0;

	for (struct time_window day = clock_day(window.from, 0, zone); day.from < window.to && n < G_N_ELEMENTS(days); day = clock_day(day.to, 0, zone))
		days[n++] = day;
	for (guint first = 0; first < n;) {
		guint last = first >= 3 * WEEK ? n - 1 : MIN(first + WEEK - 1, n - 1), count;
		g_autofree char *name = g_strdup_printf("%02u-%02u", first + 1, last + 1);

		week = (struct time_window){days[first].from, days[last].to};
		count = until(cutting, week.to);
		if (count <= LIMIT_PAGE_MONTH)
			cut(cutting, week, 0, count, name);
		else
			for (guint i = first; i <= last; i++)
				cut_day(cutting, days[i], i + 1);
		first = last + 1;
	}
}

const GArray *
page_leaves(struct page_archive *archive, const struct page_site *site, const struct place *place, guint year, guint month, gint64 now, GError **error)
{
	g_autofree char *key = g_strdup_printf("%s/%s/%04u-%02u", place->type != NULL ? place->type : "", place->id != NULL ? place->id : "", year, month);
	GArray *leaves = g_hash_table_lookup(archive->leaves, key);
	struct audience audience = page_audience(site, now);
	g_autoptr(GDateTime) day = g_date_time_new(site->zone, (gint)year, (gint)month, 15, 12, 0, 0);
	struct time_window window = clock_month(day != NULL ? g_date_time_to_unix(day) : 0, 0, site->zone);
	g_autoptr(GArray) stood = NULL;

	if (leaves != NULL)
		return leaves;
	stood = pages_stand(archive->index, &audience, place, &window, error);
	if (stood == NULL)
		return NULL;
	leaves = g_array_new(FALSE, FALSE, sizeof(struct page_leaf));
	struct cutting cutting = {stood, 0, leaves};
	if (stood->len <= LIMIT_PAGE_MONTH)
		cut(&cutting, window, 0, stood->len, "");
	else
		cut_month(&cutting, window, site->zone);
	g_hash_table_insert(archive->leaves, g_steal_pointer(&key), leaves);
	return leaves;
}

gboolean
page_leaves_split(const GArray *leaves)
{
	return leaves->len > 0 && g_array_index(leaves, struct page_leaf, 0).name[0] != '\0';
}
