/* libFuzzer: any text is a query that runs or an error that points into it. An archive of a few letters is made once, in a scratch folder. */
#include "base/conf-query.h"
#include "find/excerpt.h"
#include "find/point.h"
#include "find/query.h"

#include "../unit/find-fixture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CANARY "zqxj" /* in a saved query: a word that no SQL has */

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

/* Nothing of a query is in the SQL: what is not one of the program's own pieces is a number behind ":v". */
static void
check_sql(const struct query *query)
{
	for (int order = 0; order < N_QUERY_ORDERS; order++) {
		const char *sql = query_sql(query, order);

		for (const char *at = sql; *at != '\0'; at++)
			g_assert((guchar)*at < 0x80 && *at != '"' && *at != ';');
		g_assert(strstr(sql, CANARY) == NULL);
	}
}

static void
run(struct index *index, const struct query *query)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) rows = query_run(index, query, query_order(query, QUERY_NEWEST), query_limit(query, 5), TRUE, &error);
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
	struct section_break start = {0, 1, 1};
	struct saved_query saved = {.name = (char *)"s", .text = text, .file = (char *)"f", .breaks = &start, .n_breaks = 1};
	struct saved_query canary = {.name = (char *)"c", .text = (char *)"lanes OR \"" CANARY "\"*", .file = (char *)"f", .breaks = &start, .n_breaks = 1};
	g_autoptr(GPtrArray) queries = g_ptr_array_new();
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) query = NULL;

	if (fixture == NULL) {
		fixture = make_archive();
		atexit(remove_archive);
	}
	if (g_utf8_validate(text, -1, NULL))
		g_ptr_array_add(queries, &saved); /* the text may ask for itself */
	g_ptr_array_add(queries, &canary);
	query = query_parse_saved(fixture->index, text, NOW, zone, queries, &error);
	if (query != NULL) {
		g_autoptr(GArray) marks = excerpt_marks("The lanes: \u81ea\u884c\u8f66\u9053", query_words(query));

		for (guint i = 1; i < marks->len; i++) {
			const struct excerpt_span *before = &g_array_index(marks, struct excerpt_span, i - 1);

			g_assert(before->offset + before->length <= g_array_index(marks, struct excerpt_span, i).offset);
		}
		check_sql(query);
		run(fixture->index, query);
	} else {
		g_autofree char *place = query_point(text, query_error_column(error), 40);

		g_assert(g_str_has_prefix(error->message, "column ") && g_utf8_validate(error->message, -1, NULL));
		g_assert(query_error_column(error) > 0 && g_utf8_validate(place, -1, NULL));
	}
	return 0;
}
