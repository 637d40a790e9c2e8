/* pages FOLDER [NUMBER]: processor time of pages, without HTTP, by kind: NUMBER of each (200), of letters taken from all over the archive. */
#include "pages/pages.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "find/rows.h"
#include "find/targets.h"

struct run {
	struct page_archive *archive;
	struct page_site site;
	GPtrArray *ids; /* of char *: letters that the public sees */
	GPtrArray *workstreams, *topics;
	GArray *all; /* of double: milliseconds, of every page but the first of its kind */
	gint64 now;
};

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
by_value(gconstpointer a, gconstpointer b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static const char *
pick(const GPtrArray *from, guint i)
{
	return from->len > 0 ? g_ptr_array_index(from, (i * 7919) % from->len) : "aaaaaaaa";
}

/* FORMAT has one %s, for one of NAMES, or none. */
static void
measure(struct run *run, const char *kind, const char *before, const GPtrArray *names, const char *after, guint number)
{
	g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
	double first = 0, bytes = 0;
	guint bad = 0;

	for (guint i = 0; i <= number; i++) {
		g_autofree char *target = g_strconcat(before, names != NULL ? pick(names, i) : "", after, NULL);
		const struct page_request request = {.method = "GET", .target = target, .now = run->now};
		g_auto(PageResponse) page = {0};
		double start = cpu(), took;

		page_respond(run->archive, &run->site, &request, &page);
		took = cpu() - start;
		bad += page.status != 200;
		bytes += (double)g_bytes_get_size(page.body);
		if (i == 0)
			first = took;
		else
			g_array_append_val(times, took);
	}
	g_array_append_vals(run->all, times->data, times->len);
	g_array_sort(times, by_value);
	printf("pages: %-22s median %6.2f ms, 95 of 100 below %6.2f, most %6.2f, first %6.2f; %5.0f kB%s\n", kind, g_array_index(times, double, times->len / 2),
	    g_array_index(times, double, times->len * 95 / 100), g_array_index(times, double, times->len - 1), first, bytes / (number + 1) / 1e3,
	    bad > 0 ? "; NOT ALL ANSWERED WITH 200" : "");
}

static void
choose(struct run *run, struct index *index)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) numbers = index_messages(index, 0, 2000000000, &error);
	g_autoptr(GPtrArray) targets = targets_load(index, &error);
	const struct audience everybody = page_audience(&run->site, run->now);

	if (numbers == NULL || targets == NULL)
		g_error("%s", error->message);
	for (guint i = 0; i < numbers->len && run->ids->len < 1000; i += MAX(numbers->len / 1200, 1)) {
		g_autoptr(MessageRow) row = message_row_load(index, g_array_index(numbers, gint64, i), FALSE, &error);
		gboolean visible = FALSE;

		if (row == NULL || !pages_visible(index, &everybody, row->message, &visible, &error))
			g_error("%s", error->message);
		if (visible)
			g_ptr_array_add(run->ids, g_strdup(row->public_id));
	}
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		if (target->current && g_str_equal(target->type, "workstream"))
			g_ptr_array_add(run->workstreams, g_strdup(target->id));
		if (target->current && g_str_equal(target->type, "topic"))
			g_ptr_array_add(run->topics, g_strdup(target->id));
	}
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Index) index = NULL;
	guint number = argc > 2 ? (guint)atoi(argv[2]) : 200;
	struct run run = {.site = {.title = "Benchmark", .prefix = "", .suffix = "", .memory = 60, .deadline_ms = 0}};

	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc < 2 || (index = index_open(argv[1], DB_READ, 1000, &error)) == NULL)
		g_error("%s", error != NULL ? error->message : "pages FOLDER [NUMBER]");
	run.now = clock_now();
	run.site.zone = g_time_zone_new_utc();
	run.archive = page_archive_new(index, NULL, NULL);
	run.ids = g_ptr_array_new_with_free_func(g_free);
	run.workstreams = g_ptr_array_new_with_free_func(g_free);
	run.topics = g_ptr_array_new_with_free_func(g_free);
	run.all = g_array_new(FALSE, FALSE, sizeof(double));
	choose(&run, index);
	measure(&run, "overview", "/", NULL, "", number);
	measure(&run, "letter", "/message/", run.ids, "", number);
	measure(&run, "letter as JSON", "/message/", run.ids, ".json", number);
	measure(&run, "thread", "/thread/", run.ids, "", number);
	measure(&run, "workstream", "/workstream/", run.workstreams, "", number);
	measure(&run, "topic", "/topic/", run.topics, "", number);
	measure(&run, "all letters", "/all", NULL, "", number);
	measure(&run, "feed", "/all.atom", NULL, "", number);
	measure(&run, "search, two words", "/search?q=root+zone", NULL, "", number);
	measure(&run, "search, a phrase", "/search?q=%22name+collision%22", NULL, "", number);
	measure(&run, "search in a workstream", "/search?q=escrow+ws:", run.workstreams, "", number);
	g_array_sort(run.all, by_value);
	printf("pages: %-22s median %6.2f ms\n", "all of these", g_array_index(run.all, double, run.all->len / 2));
	page_archive_free(run.archive);
	g_ptr_array_unref(run.ids);
	g_ptr_array_unref(run.workstreams);
	g_ptr_array_unref(run.topics);
	g_array_unref(run.all);
	g_time_zone_unref(run.site.zone);
	return 0;
}
