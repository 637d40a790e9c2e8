/* pages FOLDER [NUMBER [KIND]]: processor time of pages, without HTTP, by kind (all, or that whose name begins with KIND): NUMBER of each (200), of letters,
 * threads, campaigns, months and places taken from all over the archive. Then the median of all pages, and the kind that has the worst. */
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
	const char *only; /* the beginning of the kinds' names that are measured */
	GPtrArray *ids;   /* of char *: letters that the public sees */
	GPtrArray *workstreams, *topics, *groups, *campaigns, *months;
	GArray *all; /* of double: milliseconds, of every page but the first of its kind */
	gint64 now;
	char *worst;
	double worst_median;
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

	if (!g_str_has_prefix(kind, run->only))
		return;
	if (names != NULL && names->len == 0) {
		printf("pages: %-26s none in this archive\n", kind);
		return;
	}
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
	if (g_array_index(times, double, times->len / 2) > run->worst_median) {
		run->worst_median = g_array_index(times, double, times->len / 2);
		g_free(run->worst);
		run->worst = g_strdup(kind);
	}
	printf("pages: %-26s median %6.2f ms, 95 of 100 below %6.2f, most %6.2f, first %6.2f; %5.0f kB%s\n", kind, g_array_index(times, double, times->len / 2),
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
		if (!visible)
			continue;
		g_ptr_array_add(run->ids, g_strdup(row->public_id));
		if (row->campaign != row->message)
			g_ptr_array_add(run->campaigns, g_strdup(row->campaign_id));
		g_ptr_array_add(run->months, clock_format(row->date_effective, run->site.zone, "%Y-%m"));
	}
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		if (target->current && g_str_equal(target->type, "workstream"))
			g_ptr_array_add(run->workstreams, g_strdup(target->id));
		if (target->current && g_str_equal(target->type, "topic"))
			g_ptr_array_add(run->topics, g_strdup(target->id));
		if (target->current && g_str_equal(target->type, "group"))
			g_ptr_array_add(run->groups, g_strdup(target->id));
	}
}

/* The words are those of bench/make-corpus: "the" stands in nearly every letter, a number in one. */
static void
measure_searches(struct run *run, guint number)
{
	static const struct {
		const char *kind, *query;
	} searches[] = {
	    {"search, rare word", "18.bin"},
	    {"search, a word", "compliance"},
	    {"search, common word", "data"},
	    {"search, very common word", "the"},
	    {"search, two words", "root+zone"},
	    {"search, a phrase", "%22name+collision%22"},
	    {"search, common phrase", "%22of+the%22"},
	    {"search, word's beginning", "compl*"},
	    {"search, one or other", "escrow+OR+phishing+OR+the"},
	    {"search, without a word", "data+-the"},
	    {"search, Chinese, 2 letters", "%E5%AE%89%E5%85%A8"},
	    {"search, by person", "from:writer12"},
	    {"search, a time", "date:2019-01-10..2019-01-12"},
	    {"search, nothing there", "zzzunheardof"},
	    {"search, page 40", "the&page=40"},
	    {"search, page 100", "data&page=100"},
	    {"search, oldest first", "data+sort:oldest"},
	    {"search, by size", "data+sort:largest"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(searches); i++) {
		g_autofree char *target = g_strconcat("/search?q=", searches[i].query, NULL);

		measure(run, searches[i].kind, target, NULL, "", number);
	}
	measure(run, "search in a workstream", "/search?q=escrow+ws:", run->workstreams, "", number);
	measure(run, "search, workstream, time", "/search?q=data+date:2019-01-05..2019-01-20+ws:", run->workstreams, "", number);
	measure(run, "search as JSON", "/search.json?q=root+zone", NULL, "", number);
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
		g_error("%s", error != NULL ? error->message : "pages FOLDER [NUMBER [KIND]]");
	run.only = argc > 3 ? argv[3] : "";
	run.now = clock_now();
	run.site.zone = g_time_zone_new_utc();
	run.archive = page_archive_new(index, NULL, NULL);
	run.ids = g_ptr_array_new_with_free_func(g_free);
	run.workstreams = g_ptr_array_new_with_free_func(g_free);
	run.topics = g_ptr_array_new_with_free_func(g_free);
	run.groups = g_ptr_array_new_with_free_func(g_free);
	run.campaigns = g_ptr_array_new_with_free_func(g_free);
	run.months = g_ptr_array_new_with_free_func(g_free);
	run.all = g_array_new(FALSE, FALSE, sizeof(double));
	choose(&run, index);
	measure(&run, "overview", "/", NULL, "", number);
	measure(&run, "overview as JSON", "/index.json", NULL, "", number);
	measure(&run, "letter", "/message/", run.ids, "", number);
	measure(&run, "letter as JSON", "/message/", run.ids, ".json", number);
	measure(&run, "thread", "/thread/", run.ids, "", number);
	measure(&run, "campaign", "/campaign/", run.campaigns, "", number);
	measure(&run, "workstream", "/workstream/", run.workstreams, "", number);
	measure(&run, "workstream's feed", "/workstream/", run.workstreams, ".atom", number);
	measure(&run, "topic", "/topic/", run.topics, "", number);
	measure(&run, "group", "/group/", run.groups, "", number);
	measure(&run, "all topics", "/topics", NULL, "", number);
	measure(&run, "milestones", "/milestones", NULL, "", number);
	measure(&run, "all letters", "/all", NULL, "", number);
	measure(&run, "unfiled", "/unfiled", NULL, "", number);
	measure(&run, "month", "/all/", run.months, "", number);
	measure(&run, "month, page 40", "/all/", run.months, "/40", number);
	measure(&run, "month of a workstream", "/workstream/ws1/", run.months, "", number);
	measure(&run, "feed", "/all.atom", NULL, "", number);
	measure_searches(&run, number);
	g_array_sort(run.all, by_value);
	if (run.all->len > 0)
		printf("pages: %-26s median %6.2f ms; the worst kind: %s, median %.2f ms\n", "all of these", g_array_index(run.all, double, run.all->len / 2),
		    run.worst, run.worst_median);
	g_free(run.worst);
	page_archive_free(run.archive);
	g_ptr_array_unref(run.ids);
	g_ptr_array_unref(run.workstreams);
	g_ptr_array_unref(run.topics);
	g_ptr_array_unref(run.groups);
	g_ptr_array_unref(run.campaigns);
	g_ptr_array_unref(run.months);
	g_array_unref(run.all);
	g_time_zone_unref(run.site.zone);
	return 0;
}
