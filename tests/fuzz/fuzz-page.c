/* libFuzzer: any request is answered with a page: a known status, valid UTF-8, never a word of a held letter. An archive of a few letters is made once. */
#include "pages/pages.h"

#include "../unit/find-fixture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fixture *fixture; /* made at the first input, gone at the end: libFuzzer has no other place for it */
static struct page_archive *archive;

static void
remove_archive(void)
{
	page_archive_free(archive);
	fixture_close(fixture);
	archive = NULL;
	fixture = NULL;
}

static void
make_archive(void)
{
	struct record *open = fixture_record("Ada Example", "ada@cyclists.example", "Lanes", "The lanes are too narrow: \u81ea\u884c\u8f66\u9053", NOW - DAY);
	struct record *held = fixture_record("Quin Quiet", "quin@example.org", "Zebrafinch", "A zebrafinch in the store", NOW - DAY);

	fixture = fixture_open();
	fixture_file(open, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
	fixture_file(open, TARGET_TOPIC, "paths.width", TIER_SUGGESTED, "narrow");
	g_free(fixture_deliver(fixture, "Subject: 1\n\nx\n", NOW - DAY, open, NULL));
	held->held = TRUE;
	held->held_reason = g_strdup("tells of a danger");
	g_free(fixture_deliver(fixture, "Subject: 2\n\ny\n", NOW - DAY, held, NULL));
	archive = page_archive_new(fixture->index, NULL, NULL);
	atexit(remove_archive);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *target = g_strndup((const char *)data, size);
	g_autofree char *pathed = g_strconcat(*target == '/' ? "" : "/", target, NULL);
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	const struct page_site site = {.title = "Lanes", .prefix = "", .suffix = "", .zone = zone, .memory = 60};
	const struct page_request request = {.method = "GET", .target = size > 0 && data[0] == '!' ? target : pathed, .now = NOW};
	g_auto(PageResponse) page = {0};
	gsize length;
	const char *body;

	if (fixture == NULL)
		make_archive();
	page_respond(archive, &site, &request, &page);
	body = g_bytes_get_data(page.body, &length);
	g_assert(page.status == 200 || page.status == 301 || page.status == 400 || page.status == 404);
	g_assert(page.trouble == NULL);
	g_assert(g_utf8_validate(body, (gssize)length, NULL));
	g_assert(g_strstr_len(body, (gssize)length, "<script") == NULL);
	/* what was asked for is shown again, and may be that word */
	g_assert(strpbrk(target, "zZ%") != NULL || g_strstr_len(body, (gssize)length, "ebrafinch") == NULL);
	for (guint i = 0; i < page.headers->len; i++)
		g_assert(strpbrk(g_array_index(page.headers, struct page_header, i).value, "\r\n") == NULL);
	return 0;
}
