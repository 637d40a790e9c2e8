#include "pages/markup.h"
#include "pages/pages.h"
#include "pages/route.h"

#include "find-fixture.h"

#include "base/limits.h"

static const struct page_site public_site = {.title = "Lanes", .prefix = "", .suffix = "", .view = PAGE_PUBLIC};
static const struct page_site staff_site = {.title = "Lanes", .prefix = "", .suffix = "", .view = PAGE_STAFF};

/* Addresses lead to the page they name, in one way of writing each; everything else is none. */
static void
test_routes(void **state)
{
	static const struct {
		const char *target;
		enum route_page page;
		const char *type, *id;
	} cases[] = {
	    {"/", ROUTE_OVERVIEW, NULL, NULL},
	    {"/index.json", ROUTE_OVERVIEW, NULL, NULL},
	    {"/message/abcdefghijklmnop", ROUTE_MESSAGE, NULL, "abcdefghijklmnop"},
	    {"/message/abcdefghijklmnop.json", ROUTE_MESSAGE, NULL, "abcdefghijklmnop"},
	    {"/message/ABCDEFGHIJKLMNOP", ROUTE_NONE, NULL, NULL},
	    {"/message/abc", ROUTE_NONE, NULL, NULL},
	    {"/message/abcdefghijklmnop/x", ROUTE_NONE, NULL, NULL},
	    {"/topic/paths.width", ROUTE_PLACE, "topic", "paths.width"},
	    {"/topic/a%20%C3%A9", ROUTE_PLACE, "topic", "a \u00e9"},
	    {"/topic/a%2fb", ROUTE_BAD, NULL, NULL},
	    {"/topic/%2e%2e", ROUTE_BAD, NULL, NULL},
	    {"/topic/%00", ROUTE_BAD, NULL, NULL},
	    {"/topic/%0a", ROUTE_BAD, NULL, NULL},
	    {"/topic/%ff", ROUTE_BAD, NULL, NULL},
	    {"/topic/%4", ROUTE_BAD, NULL, NULL},
	    {"//topic", ROUTE_BAD, NULL, NULL},
	    {"topic", ROUTE_BAD, NULL, NULL},
	    {"", ROUTE_BAD, NULL, NULL},
	    {"/workstream/paths/2019-02", ROUTE_PLACE, "workstream", "paths"},
	    {"/workstream/paths/2019-02/2", ROUTE_PLACE, "workstream", "paths"},
	    {"/workstream/paths/2019-02/1", ROUTE_NONE, NULL, NULL},
	    {"/workstream/paths/2019-02/02", ROUTE_NONE, NULL, NULL},
	    {"/workstream/paths/2019-2", ROUTE_NONE, NULL, NULL},
	    {"/workstream/paths/2019-02.atom", ROUTE_NONE, NULL, NULL},
	    {"/workstream/paths.atom", ROUTE_PLACE, "workstream", "paths"},
	    {"/attachment/abcdefghijklmnop/2.1", ROUTE_ATTACHMENT, NULL, "abcdefghijklmnop"},
	    {"/attachment/abcdefghijklmnop/a", ROUTE_NONE, NULL, NULL},
	    {"/search?q=a+b", ROUTE_SEARCH, NULL, NULL},
	    {"/search?page=0", ROUTE_BAD, NULL, NULL},
	    {"/all?q=%zz", ROUTE_PLACE, NULL, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Route) route = {0};

		route_parse(cases[i].target, &route);
		if (route.page != cases[i].page)
			fail_msg("%s is page %d, expected %d", cases[i].target, route.page, cases[i].page);
		if (route.page > ROUTE_BAD) {
			assert_string_equal(cases[i].type != NULL ? cases[i].type : "", route.type != NULL ? route.type : "");
			assert_string_equal(cases[i].id != NULL ? cases[i].id : "", route.id != NULL ? route.id : "");
		}
	}
}

/* A query is read as forms write it. */
static void
test_query(void **state)
{
	g_auto(Route) route = {0};

	route_parse("/search?x=1&q=%22key+roll%22+%E5%AF%86&q=second&page=3", &route);
	assert_string_equal(route.query, "\"key roll\" \u5bc6");
	assert_int_equal(route.number, 3);
}

/* The public sees no name before an '@', in whichever way it is written; staff see all, and nobody sees a control. */
static void
test_plain(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
	    {"ada@example.org", "a\u2026@example.org"},
	    {"Ada <ada.lovelace+x@example.org>, bo@example.net.", "Ada <a\u2026@example.org>, b\u2026@example.net."},
	    {"a@b", "\u2026@b"},
	    {"mailto:ada%40example.org", "mailto:a\u2026%40example.org"},
	    {"ada\uff20example.org", "a\u2026\uff20example.org"},
	    {"\"quin quiet\"@example.org", "\u2026@example.org"},
	    {"\u90ae\u4ef6ada@example.org", "\u2026@example.org"},
	    {"ada\u200b@example.org", "a\u2026@example.org"},
	    {"at @home or @ noon", "at @home or @ noon"},
	    {"a@b@c", "\u2026@\u2026@c"},
	    {"100% of it", "100% of it"},
	    {"<b>&\"'", "<b>&\"'"},
	    {"r\u202eight\u202c \u2066x\u2069 \ufeff\x07\x1b[31m", "right x [31m"},
	    {"\xff\xc0\x80 x", "\ufffd\ufffd\ufffd x"},
	    {"a\u0300\u0300\u0300\u0300\u0300\u0300", "a\u0300\u0300\u0300\u0300"},
	    {"\u0633\u064e\u0644\u0627\u0645\u200f!", "\u0633\u064e\u0644\u0627\u0645\u200f!"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *shown = markup_plain(&public_site, cases[i].text);

		assert_string_equal(shown, cases[i].shown);
	}
	g_autofree char *all = markup_plain(&staff_site, "ada@example.org");
	assert_string_equal(all, "ada@example.org");
}

/* An address stays hidden though a mark cuts through it, and what looks like markup is text. */
static void
test_pieces(void **state)
{
	static const char text[] = "<i> ada@example.org https://example.org/a?b=1&c='x', javascript:x";
	g_autoptr(MarkupShy) shy = markup_shy_new(&public_site, text);
	struct markup markup = {g_string_new(NULL), &public_site};

	markup_piece(&markup, shy, 0, 6);
	markup_add(&markup, "|");
	markup_piece(&markup, shy, 6, 8);
	markup_add(&markup, "|");
	markup_piece(&markup, shy, 8, strlen(text));
	assert_string_equal(markup.out->str,
	    "&lt;i&gt; a\u2026|@|example.org <a rel=\"nofollow noopener noreferrer ugc\" href=\"https://example.org/a?b=1&amp;c=\">"
	    "https://example.org/a?b=1&amp;c=</a>&#39;x&#39;, javascript:x");
	g_string_free(markup.out, TRUE);
}

struct asked {
	struct fixture *fixture;
	struct page_archive *archive;
	GTimeZone *zone;
	char *open, *held, *gone;
};

static void
ask(struct asked *asked, const struct page_site *site, const char *target, struct page_response *out)
{
	struct page_site whole = *site;
	const struct page_request request = {.method = "GET", .target = target, .now = NOW};

	whole.zone = asked->zone;
	page_respond(asked->archive, &whole, &request, out);
}

static char *
body_of(const struct page_response *page)
{
	gsize length;
	const char *body = g_bytes_get_data(page->body, &length);

	return g_strndup(body, length);
}

static int
begin(void **state)
{
	struct asked *asked = g_new0(struct asked, 1);
	struct record *open = fixture_record("Ada Example", "ada@cyclists.example", "Lanes", "The lanes are too narrow, says bo@example.net", NOW - 2 * DAY);
	struct record *held = fixture_record("Quin Quiet", "quin@example.org", "Zebrafinch", "A zebrafinch in the store", NOW - DAY);
	struct record *spam = fixture_record("Max", "max@example.org", "Cheap", "Cheap cheap", NOW - DAY);

	asked->fixture = fixture_open();
	asked->zone = g_time_zone_new_utc();
	fixture_file(open, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
	fixture_file(open, TARGET_TOPIC, "paths.width", TIER_FIRM, "narrow");
	asked->open = fixture_deliver(asked->fixture, "Subject: 1\n\nx\n", NOW - 2 * DAY, open, NULL);
	held->held = TRUE;
	held->held_reason = g_strdup("tells of a danger");
	asked->held = fixture_deliver(asked->fixture, "Subject: 2\n\ny\n", NOW - DAY, held, NULL);
	spam->kind = KIND_SPAM;
	asked->gone = fixture_deliver(asked->fixture, "Subject: 3\n\nz\n", NOW - DAY, spam, NULL);
	asked->archive = page_archive_new(asked->fixture->index, NULL, NULL);
	*state = asked;
	return 0;
}

static int
end(void **state)
{
	struct asked *asked = *state;

	page_archive_free(asked->archive);
	fixture_close(asked->fixture);
	g_time_zone_unref(asked->zone);
	g_free(asked->open);
	g_free(asked->held);
	g_free(asked->gone);
	g_free(asked);
	return 0;
}

/* A held letter's page is the same for the public as one that never was, byte for byte; staff have it. */
static void
test_held(void **state)
{
	struct asked *asked = *state;
	g_autofree char *path = g_strconcat("/message/", asked->held, NULL);
	g_auto(PageResponse) hidden = {0}, none = {0}, staff = {0};
	g_autofree char *text = NULL;

	ask(asked, &public_site, path, &hidden);
	ask(asked, &public_site, "/message/aaaaaaaaaaaaaaaa", &none);
	assert_int_equal(hidden.status, 404);
	assert_true(g_bytes_equal(hidden.body, none.body));
	ask(asked, &staff_site, path, &staff);
	assert_int_equal(staff.status, 200);
	text = body_of(&staff);
	assert_non_null(strstr(text, "tells of a danger"));
}

/* A person's release opens a letter, a hold closes it, and taking the release back closes it again. */
static void
test_decisions(void **state)
{
	struct asked *asked = *state;
	struct page_site released = public_site;
	g_autofree char *path = g_strconcat("/message/", asked->open, NULL);
	static const struct {
		const char *action;
		guint status, released;
	} steps[] = {{NULL, 200, 404}, {"release", 200, 200}, {"hold", 404, 404}, {"undo", 200, 200}, {"undo", 200, 404}};

	released.when = PAGE_RELEASED;
	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_auto(PageResponse) now = {0}, then = {0};

		if (g_strcmp0(steps[i].action, "undo") == 0)
			fixture_undo(asked->fixture, asked->open, NOW);
		else if (steps[i].action != NULL)
			fixture_decide(asked->fixture, asked->open, NOW, steps[i].action, NULL, "x");
		ask(asked, &public_site, path, &now);
		ask(asked, &released, path, &then);
		assert_int_equal(now.status, steps[i].status);
		assert_int_equal(then.status, steps[i].released);
	}
}

/* Pages for files have links to files, and none with a question mark; a letter's own paths can be made. */
static void
test_fixed(void **state)
{
	struct asked *asked = *state;
	struct page_site fixed = public_site;
	GError *error = NULL;
	gboolean named = FALSE;

	fixed.fixed = TRUE;
	fixed.suffix = ".html";
	fixed.prefix = "/letters";
	fixed.zone = asked->zone;
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(MessageRow) row = message_row_load(asked->fixture->index, 1, FALSE, &error);
	must(row != NULL, error);
	g_ptr_array_add(paths, g_strconcat("/message/", row->public_id, NULL));
	g_ptr_array_add(paths, g_strconcat("/thread/", row->public_id, NULL));
	g_autofree char *month = clock_format(row->date_effective, asked->zone, "%Y-%m");
	g_ptr_array_add(paths, g_strconcat("/all/", month, NULL));
	g_autoptr(GPtrArray) always = page_paths_always(asked->fixture->index, &fixed, NOW, &error);
	must(always != NULL, error);
	g_ptr_array_extend_and_steal(paths, g_steal_pointer(&always));
	assert_true(paths->len > 15);
	for (guint i = 0; i < paths->len; i++) {
		const char *path = g_ptr_array_index(paths, i);
		g_auto(PageResponse) page = {0};
		g_autofree char *text = NULL;

		ask(asked, &fixed, path, &page);
		text = body_of(&page);
		if (page.status != 200 && !g_str_has_prefix(path, "/unfiled/"))
			fail_msg("%s: %u", path, page.status);
		assert_null(strstr(text, "?q="));
		assert_null(strstr(text, "<form"));
		assert_null(strstr(text, "href=\"/message"));
		named |= strstr(text, "href=\"/letters/message/") != NULL && strstr(text, ".html\"") != NULL;
	}
	assert_true(named);
}

/* Letters of this archive by week: the held and the spam are not counted. */
static void
test_overview(void **state)
{
	struct asked *asked = *state;
	g_auto(PageResponse) page = {0}, again = {0};
	g_autofree char *text = NULL;

	ask(asked, &public_site, "/index.json", &page);
	text = body_of(&page);
	assert_int_equal(page.status, 200);
	assert_non_null(strstr(text, "\"letters\": 1,"));
	assert_null(strstr(text, "ebrafinch"));
	assert_null(strstr(text, "bo@"));
	ask(asked, &public_site, "/index.json", &again);
	assert_string_equal(page_header(&page, "ETag"), page_header(&again, "ETag"));
}

/* Letters are counted right by weeks and windows that begin at any second, for whoever sees all, all but the newest, and only what was released. */
static void
test_counts(void **state)
{
	struct asked *asked = *state;
	static const struct place paths = {"workstream", "paths"};
	static const gint64 dates[] = {0, 1, 1799, 1800, 3599, 3600, 7200, 9000, 86399, 90000};
	const struct audience all = {FALSE, G_MAXINT64}, most = {FALSE, NOW + 5}, few = {FALSE, G_MININT64};
	const gint64 begin = NOW / DAY * DAY - 10 * DAY, steps[] = {0, 1, 1800, 3600, 3601, 7200, 12600, 90001};
	const struct audience *const audiences[] = {&all, &most, &few};
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < G_N_ELEMENTS(dates); i++) {
		g_autofree char *text = g_strdup_printf("Subject: %u\n\ncounted\n", i);
		struct record *record = fixture_record("Ada", "ada@example.org", "Counted", text, begin + dates[i]);
		g_autofree char *id = NULL;

		fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
		id = fixture_deliver(asked->fixture, text, NOW + i, record, NULL); /* the first six are there for MOST, the even ones for FEW */
		if (i % 2 == 0)
			fixture_decide(asked->fixture, id, NOW + 100 + i, "release", NULL, NULL);
	}
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
		gint64 edge = begin + steps[i];

		g_array_append_val(edges, edge);
	}
	for (guint a = 0; a < G_N_ELEMENTS(audiences); a++) {
		gint64 everywhere[G_N_ELEMENTS(steps)], placed[G_N_ELEMENTS(steps)];
		GError *error = NULL;

		must(pages_weeks(asked->fixture->index, audiences[a], NULL, edges, everywhere, &error), error);
		must(pages_weeks(asked->fixture->index, audiences[a], &paths, edges, placed, &error), error);
		for (guint w = 0; w + 1 < G_N_ELEMENTS(steps); w++) {
			const struct time_window window = {begin + steps[w], begin + steps[w + 1]};
			gint64 expected = 0, count;

			for (guint i = 0; i < G_N_ELEMENTS(dates); i++)
				expected += dates[i] >= steps[w] && dates[i] < steps[w + 1] && (a == 0 || i % 2 == 0 || (a == 1 && i < 6));
			assert_int_equal(everywhere[w], expected);
			assert_int_equal(placed[w], expected);
			must(pages_count(asked->fixture->index, audiences[a], &paths, &window, 1000, &count, &error), error);
			assert_int_equal(count, expected);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_routes),
	    cmocka_unit_test(test_query),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test_setup_teardown(test_held, begin, end),
	    cmocka_unit_test_setup_teardown(test_decisions, begin, end),
	    cmocka_unit_test_setup_teardown(test_fixed, begin, end),
	    cmocka_unit_test_setup_teardown(test_overview, begin, end),
	    cmocka_unit_test_setup_teardown(test_counts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
