/* libFuzzer: any text is a query that runs or an error that points into it. An archive of a few letters is made once, in a scratch folder. */
#include "find/excerpt.h"
#include "find/query.h"

#include "../unit/find-fixture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fixture *fixture; /* made at the first input, gone at the end: libFuzzer has no other place for it */

static void
remove_archive(void)
{
	fixture_close(fixture);
	fixture = NULL;
}

static struct fixture *
make_archive(void)
{
	struct fixture *made = fixture_open();
	struct record *record = fixture_record("Ada Example", "ada@cyclists.example", "Lanes", "The lanes are too narrow: \u81ea\u884c\u8f66\u9053", NOW - DAY);

	fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
	fixture_file(record, TARGET_TOPIC, "paths.width", TIER_SUGGESTED, "narrow");
	g_free(fixture_deliver(made, "Subject: 1\n\nx\n", NOW - DAY, record, NULL));
	return made;
}

static void
run(struct index *index, const struct query *query)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) rows = query_run(index, query, QUERY_NEWEST, 5, TRUE, &error);
	gint64 count;

	if (rows == NULL)
		g_error("%s: %s", query_sql(query, QUERY_NEWEST), error->message);
	if (!query_count(index, query, &count, &error))
		g_error("%s", error->message);
	for (guint i = 0; i < rows->len; i++) {
		g_autoptr(GPtrArray) passages = index_passages(index, ((struct message_row *)g_ptr_array_index(rows, i))->message, &error);
		g_autoptr(Excerpt) excerpt = passages != NULL ? excerpt_new(passages, query_words(query), 60) : NULL;

		if (excerpt != NULL)
			g_assert(g_utf8_validate(excerpt->text, -1, NULL));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) query = NULL;

	if (fixture == NULL) {
		fixture = make_archive();
		atexit(remove_archive);
	}
	query = query_parse(fixture->index, text, NOW, zone, &error);
	if (query != NULL)
		run(fixture->index, query);
	else
		g_assert(g_str_has_prefix(error->message, "column ") && g_utf8_validate(error->message, -1, NULL));
	return 0;
}
