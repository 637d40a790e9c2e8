#include "find/query.h"

#include "base/error.h"
#include "base/limits.h"
#include "find-fixture.h"
#include "find/pages.h"
#include "find/point.h"

struct letters { /* what the tests search, by the day of February 2019 it came */
	struct fixture *fixture;
	char *width, *light, *held, *spam, *french, *chinese, *unread, *parking;
};

static void
add_letters(struct letters *letters)
{
	struct fixture *fixture = letters->fixture;
	struct record *record =
	    fixture_record("Ada Example", "ada@cyclists.example", "Width of lanes", "The lanes are too narrow. See C++ and key-roll, twice.", NOW - 10 * DAY);

	fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
	fixture_file(record, TARGET_TOPIC, "paths.width", TIER_FIRM, "narrow");
	fixture_file(record, TARGET_GROUP, "CYCLISTS", TIER_FIRM, "cyclists");
	record_add_address(record, ROLE_TO, "Input", "input@town.example");
	letters->width = fixture_deliver(fixture, "Subject: 1\n\nwidth\n", NOW - 10 * DAY, record, NULL);

	record = fixture_record("Bob 100%_sure", "bob@example.net", "Light", "Is there light at night? The narrow lanes are dark.", NOW - 8 * DAY);
	fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_SUGGESTED, NULL);
	fixture_file(record, TARGET_TOPIC, "paths.light", TIER_SUGGESTED, "light");
	fixture_file(record, TARGET_INTENT, "question", TIER_FIRM, "?");
	record_add_address(record, ROLE_TO, "Ada Example", "ada@cyclists.example");
	letters->light = fixture_deliver(fixture, "Subject: 2\n\nlight\n", NOW - 8 * DAY, record, NULL);

	record = fixture_record("Mallory", "mallory@example.net", "A weakness", "The secret gate opens without a key.", NOW - 7 * DAY);
	record->held = TRUE;
	record->held_reason = g_strdup("intent vulnerability");
	letters->held = fixture_deliver(fixture, "Subject: 3\n\nheld\n", NOW - 7 * DAY, record, NULL);

	record = fixture_record("Spammer", "spam@example.com", "Buy lanes", "Cheap lanes", NOW - 6 * DAY);
	record->kind = KIND_SPAM;
	letters->spam = fixture_deliver(fixture, "Subject: 4\n\nspam\n", NOW - 6 * DAY, record, NULL);

	record = fixture_record("Jos\u00e9 Lumi\u00e8re", "jose@example.fr", "Stationnement", "La s\u00e9curit\u00e9 du stationnement", NOW - 5 * DAY);
	g_free(record->lang);
	record->lang = g_strdup("fr");
	fixture_file(record, TARGET_WORKSTREAM, "parking", TIER_FIRM, NULL);
	fixture_file(record, TARGET_TOPIC, "parking.rec12", TIER_FIRM, "12");
	record_add_part(record, "2", "application/pdf")->attachment = TRUE;
	((struct record_part *)g_ptr_array_index(record->parts, 1))->filename = g_strdup("Plan de la gare.pdf");
	record_add_passage(record, PASSAGE_FILENAME, 1, "Plan de la gare.pdf", -1);
	letters->french = fixture_deliver(fixture, "Subject: 5\n\nfrench\n", NOW - 5 * DAY, record, NULL);

	record = fixture_record(
	    "\u738b\u5c0f\u660e", "wang@example.cn", "\u81ea\u884c\u8f66", "\u81ea\u884c\u8f66\u9053\u7684\u5b89\u5168\u95ee\u9898", NOW - 4 * DAY);
	g_free(record->lang);
	record->lang = g_strdup("zh");
	letters->chinese = fixture_deliver(fixture, "Subject: 6\n\nchinese\n", NOW - 4 * DAY, record, NULL);

	letters->unread = fixture_deliver(fixture, "Subject: 7\n\nunread\n", NOW - 3 * DAY, NULL, "the reader ran out of time");

	record = fixture_record("Ada Example", "ada@cyclists.example", "Parking", "Recommendation 1 is not done. Lanes matter less.", NOW - 300 * DAY);
	fixture_file(record, TARGET_WORKSTREAM, "parking", TIER_FIRM, NULL);
	fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
	fixture_file(record, TARGET_TOPIC, "parking.rec1", TIER_FIRM, "Recommendation 1");
	letters->parking = fixture_deliver(fixture, "Subject: 8\n\nparking\n", NOW - 2 * DAY, record, NULL);
	g_free(fixture_deliver(fixture, "Subject: 8\n\nparking\n", NOW - DAY, NULL, NULL));
}

static int
set_up(void **state)
{
	struct letters *letters = g_new0(struct letters, 1);

	letters->fixture = fixture_open();
	add_letters(letters);
	*state = letters;
	return 0;
}

static int
tear_down(void **state)
{
	struct letters *letters = *state;
	char *const ids[] = {
	    letters->width, letters->light, letters->held, letters->spam, letters->french, letters->chinese, letters->unread, letters->parking};

	for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
		g_free(ids[i]);
	fixture_close(letters->fixture);
	g_free(letters);
	return 0;
}

static struct query *
parse(struct letters *letters, const char *text, GError **error)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();

	return query_parse(letters->fixture->index, text, NOW, zone, error);
}

/* TEXT finds exactly the letters named in EXPECTED ("width light"), in that order. */
static void
finds(struct letters *letters, const char *text, const char *expected)
{
	const struct {
		const char *name, *id;
	} names[] = {{"width", letters->width}, {"light", letters->light}, {"held", letters->held}, {"spam", letters->spam}, {"french", letters->french},
	    {"chinese", letters->chinese}, {"unread", letters->unread}, {"parking", letters->parking}};
	GError *error = NULL;
	g_autoptr(Query) query = parse(letters, text, &error);
	g_autoptr(GPtrArray) rows = NULL;
	g_autoptr(GString) got = g_string_new(NULL);
	gint64 count = -1;

	must(query != NULL, error);
	rows = query_run(letters->fixture->index, query, QUERY_NEWEST, 0, FALSE, &error);
	must(rows != NULL, error);
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);

		for (gsize j = 0; j < G_N_ELEMENTS(names); j++)
			if (g_str_equal(names[j].id, row->public_id))
				g_string_append_printf(got, "%s%s", got->len > 0 ? " " : "", names[j].name);
	}
	if (!g_str_equal(got->str, expected))
		fail_msg("%s: got '%s', expected '%s'", text, got->str, expected);
	must(query_count(letters->fixture->index, query, &count, &error), error);
	assert_int_equal(count, rows->len);
}

/* TEXT is refused; the error begins with "column N: " and says EXPECTED. */
static void
refuses(struct letters *letters, const char *text, guint column, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *start = g_strdup_printf("column %u: ", column);

	assert_null(parse(letters, text, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE));
	if (!g_str_has_prefix(error->message, start) || strstr(error->message, expected) == NULL)
		fail_msg("%s: got '%s', expected '%s... %s'", text, error->message, start, expected);
}

/* Words are searched folded in subject, text, people and files, and all of them must match. */
static void
words(void **state)
{
	finds(*state, "lanes", "spam light width parking");
	finds(*state, "LANES narrow", "light width");
	finds(*state, "securite", "french");
	finds(*state, "\"gare.pdf\"", "french");
	finds(*state, "cyclists.example", "light width parking");
	finds(*state, "nar*", "light width");
	finds(*state, "nar", "");
	finds(*state, "\"lanes are too\"", "width");
	finds(*state, "\"too lanes\"", "");
	finds(*state, "subject:lanes", "spam width");
	finds(*state, "subject:\"width of la\"*", "width");
	finds(*state, "file:plan", "french");
}

/* A Chinese word is a phrase of pairs; a single character finds what begins with it. */
static void
chinese_words(void **state)
{
	finds(*state, "\u5b89\u5168", "chinese");
	finds(*state, "\u81ea\u884c\u8f66\u9053", "chinese");
	finds(*state, "\u5b89", "chinese");
	finds(*state, "\u5168\u5b89", "");
	finds(*state, "from:\u5c0f\u660e", "chinese");
}

/* NOT, -, OR, AND and brackets, over words and other terms alike. */
static void
operators(void **state)
{
	finds(*state, "lanes -narrow", "spam parking");
	finds(*state, "lanes NOT narrow -cheap", "parking");
	finds(*state, "-lanes", "unread chinese french held");
	finds(*state, "lanes -kind:spam", "light width parking");
	finds(*state, "cheap OR narrow", "spam light width");
	finds(*state, "cheap OR ws:parking lang:fr", "french spam");
	finds(*state, "(cheap OR ws:parking) lang:fr", "french");
	finds(*state, "narrow AND (night OR (twice -light))", "light width");
	finds(*state, "--narrow", "light width");
	finds(*state, "-(narrow OR cheap) lanes", "parking");
	finds(*state, "-lang:fr is:unread", "unread");
	finds(*state, "", "unread chinese french spam held light width parking");
	finds(*state, "and or not", "");
}

/* What FTS5 takes for syntax is text: every token is quoted and bound. */
static void
hostile_words(void **state)
{
	static const char *const texts[] = {
	    "C++", "a-b", "u@x", "NEAR", "\"NEAR(a b)\"", "body:lanes", "{subject}", "x'; DROP", "^lanes", "lanes;", "%", "_", "a\\b", "\"a\"b\"c\""};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Query) query = parse(*state, texts[i], &error);
		g_autoptr(GPtrArray) rows = NULL;

		if (query == NULL) {
			assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE));
			continue;
		}
		rows = query_run(((struct letters *)*state)->fixture->index, query, QUERY_OLDEST, 10, FALSE, &error);
		assert_null(error);
		assert_non_null(rows);
	}
	finds(*state, "C++", "width");
	finds(*state, "key-roll", "width");
}

/* Filings by id, in any letter case for groups, by the beginning of ids, and by the name of a series. */
static void
filings(void **state)
{
	finds(*state, "ws:paths", "light width parking");
	finds(*state, "ws:paths ws:parking", "parking");
	finds(*state, "-ws:paths", "unread chinese french spam held");
	finds(*state, "topic:parking.rec12", "french");
	finds(*state, "topic:parking.rec1", "parking");
	finds(*state, "topic:parking.rec*", "french parking");
	finds(*state, "topic:parking.rec", "french parking");
	finds(*state, "topic:paths.*", "light width");
	finds(*state, "ws:*", "french light width parking");
	finds(*state, "group:cyclists", "width");
	finds(*state, "intent:question", "light");
	finds(*state, "ws:paths narrow", "light width");
	finds(*state, "ws:old1", "");
}

/* The author and the recipients are told apart, and addresses are found by their parts. */
static void
people(void **state)
{
	finds(*state, "from:ada", "width parking");
	finds(*state, "to:ada", "light");
	finds(*state, "from:ada@cyclists.example", "width parking");
	finds(*state, "from:@example.net", "held light");
	finds(*state, "from:\"ada example\"", "width parking");
	finds(*state, "from:jose", "french");
	finds(*state, "from:JOS\u00c9", "french");
	finds(*state, "from:100%", "light");
	finds(*state, "to:town.example", "width");
	finds(*state, "from:town.example", "");
}

/* What the public asks. Public letters answer to names and domains; nothing, no mistake either, tells of what is hidden, nor of the name in an address. */
static void
public_view(void **state)
{
	static const struct {
		const char *text;
		gint64 count; /* of what is found before hidden messages are left out; -1: refused */
	} rows[] = {
	    {"narrow", 2},
	    {"from:example", 7},
	    {"from:cyclists.example", 2},
	    {"from:@cyclists.example", 2},
	    {"from:ada@cyclists.example", 0},
	    {"from:jose", 1}, /* his name */
	    {"from:bob", 1},
	    {"ada@cyclists.example", 0},
	    {"\"ada@cyclists.example\"", 0},
	    {"-ada@cyclists.example", 8},
	    {"wang", 0},
	    {"wan*", 0},
	    {"from:wang", 0},
	    {"from:w*", 1}, /* the first letter is shown */
	    {"from:wa*", 0},
	    {"-from:wang", 8},
	    {"to:input", 1},
	    {"to:input@town.example", 0},
	    {"to:town.example", 1},
	    {"is:duplicate", -1},
	    {"is:correction", -1},
	    {"saved:any", -1},
	    {"ws:none", -1},
	};
	static const char *const neighbours[] = {"thread", "near", "campaign"};
	struct letters *letters = *state;
	const struct audience audience = {FALSE, G_MAXINT64};
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Query) query = query_parse_for(letters->fixture->index, rows[i].text, NOW, zone, &audience, &error);
		gint64 count = -1;

		if (query != NULL)
			must(query_count(letters->fixture->index, query, &count, &error), error);
		if (count != rows[i].count)
			fail_msg("%s: got %" G_GINT64_FORMAT, rows[i].text, count);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(neighbours); i++) {
		g_autofree char *known = g_strdup_printf("%s:%s", neighbours[i], letters->width);
		g_autofree char *begun = g_strdup_printf("%s:%.4s", neighbours[i], letters->width);
		g_autofree char *hidden = g_strdup_printf("%s:%s", neighbours[i], letters->held);
		g_autofree char *none = g_strdup_printf("%s:aaaaaaaaaaaaaaaa", neighbours[i]);
		g_autoptr(GError) first = NULL, second = NULL, third = NULL;
		g_autoptr(Query) query = query_parse_for(letters->fixture->index, known, NOW, zone, &audience, NULL);

		assert_non_null(query);
		assert_null(query_parse_for(letters->fixture->index, begun, NOW, zone, &audience, &first));
		assert_null(query_parse_for(letters->fixture->index, hidden, NOW, zone, &audience, &second));
		assert_null(query_parse_for(letters->fixture->index, none, NOW, zone, &audience, &third));
		assert_string_equal(first->message, third->message);
		assert_string_equal(second->message, third->message);
	}
	/* staff find by all of it */
	finds(letters, "wang", "chinese");
	finds(letters, "wan*", "chinese");
	finds(letters, "\"Ada Example\" from:ada@cyclists.example", "width parking");
}

/* Dates are the message's, received is the arrival; both ends of a range belong to it. */
static void
dates(void **state)
{
	finds(*state, "date:2018", "parking");
	finds(*state, "date:2019-02-03..2019-02-05", "light width");
	finds(*state, "date:..2019-02-03", "width parking");
	finds(*state, "date:2019-02-09..", "unread chinese");
	finds(*state, "received:2d", "parking");
	finds(*state, "received:4d..3d", "chinese");
	finds(*state, "received:..9d", "width");
	finds(*state, "received:2019-02-11 ws:paths", "parking");
	finds(*state, "after:2019-02-09", "unread chinese");
	finds(*state, "before:2019-02-03", "parking");
	finds(*state, "before:2019-02-04 after:2019-02-03", "width");
}

/* States beside the kind. What is held or could not be read is not "unfiled". */
static void
states(void **state)
{
	struct letters *letters = *state;
	g_autofree char *thread = g_strconcat("thread:", letters->light, NULL);
	g_autofree char *near = g_strconcat("near:", letters->light, NULL);
	g_autofree char *id = g_strndup(letters->light, 10);
	g_autofree char *prefix = g_strconcat("id:", id, NULL);

	finds(letters, "is:held", "held");
	finds(letters, "is:unread", "unread");
	finds(letters, "is:unfiled", "chinese");
	finds(letters, "is:suggested", "light");
	finds(letters, "is:unanswered", "light");
	finds(letters, "is:answered", "");
	finds(letters, "is:duplicate", "parking");
	finds(letters, "is:variant", "");
	finds(letters, "has:attachment", "french");
	finds(letters, "kind:spam", "spam");
	finds(letters, "lang:FR", "french");
	finds(letters, thread, "light");
	finds(letters, near, "light");
	finds(letters, prefix, "light");
}

/* An error points at the character and names the nearest thing there is. */
static void
errors(void **state)
{
	refuses(*state, "form:alice", 1, "did you mean 'from:'");
	refuses(*state, "caf\u00e9 \u81ea ws:path", 11, "did you mean 'paths'");
	refuses(*state, "ws:zzzzzzzz", 4, "known are paths, parking, old1");
	refuses(*state, "is:unreed", 4, "did you mean 'unread'");
	refuses(*state, "kind:spm", 6, "did you mean 'spam'");
	refuses(*state, "a \"b c", 3, "never closed");
	refuses(*state, "a (b", 3, "never closed");
	refuses(*state, "a b)", 4, "no '('");
	refuses(*state, ")", 1, "no '('");
	refuses(*state, "a ()", 4, "nothing between");
	refuses(*state, "from:", 6, "value is missing");
	refuses(*state, "from: alice", 6, "value is missing");
	refuses(*state, "from:\"\"", 6, "value is missing");
	refuses(*state, "\"\"", 1, "no letter or digit");
	refuses(*state, "a OR", 5, "ends where a word was expected");
	refuses(*state, "OR a", 1, "operator");
	refuses(*state, "a - b", 3, "directly behind");
	refuses(*state, "a*b", 2, "end of a word");
	refuses(*state, "date:soon", 6, "is no date");
	refuses(*state, "date:2019..never", 12, "is no date");
	refuses(*state, "date:..", 6, "date is missing");
	refuses(*state, "date:2019..2018", 6, "ends before it begins");
	refuses(*state, "date:2019*", 6, "takes no '*'");
	refuses(*state, "lang:french", 6, "two letters");
	refuses(*state, "thread:zzzzzzzz", 8, "no message");
	refuses(*state, "near:zz", 6, "zz");
	refuses(*state, "http://example.org/", 1, "put them in quotes");
	refuses(*state, "a \xff", 3, "UTF-8");
}

/* Length, words and brackets are bounded, so that no query is slow to understand or deep to walk. */
static void
limits(void **state)
{
	g_autofree char *open = g_strnfill(LIMIT_QUERY_DEPTH + 1, '(');
	g_autofree char *few = g_strdup(open + 1);
	g_autofree char *good = g_strconcat(few, "lanes", NULL);
	g_autofree char *long_text = g_strnfill(LIMIT_QUERY_BYTES + 1, 'a');
	g_autoptr(GString) many = g_string_new("\"");
	g_autoptr(GString) closed = g_string_new(good);
	g_autoptr(GString) negative = g_string_new(NULL);

	refuses(*state, open, LIMIT_QUERY_DEPTH + 1, "nested too deeply");
	refuses(*state, long_text, LIMIT_QUERY_BYTES + 1, "too long");
	for (int i = 0; i < LIMIT_QUERY_TERMS + 1; i++)
		g_string_append(many, "a ");
	g_string_append_c(many, '"');
	refuses(*state, many->str, 1, "too many words");
	for (int i = 0; i < LIMIT_QUERY_DEPTH; i++)
		g_string_append_c(closed, ')');
	finds(*state, closed->str, "spam light width parking");
	for (int i = 0; i < 2000; i++)
		g_string_append(negative, "--");
	g_string_append(negative, "cheap");
	finds(*state, negative->str, "spam");
}

/* The plan of TEXT, one step a line. Caller frees. */
static char *
plan(struct letters *letters, const char *text)
{
	GError *error = NULL;
	g_autoptr(Query) query = parse(letters, text, &error);
	g_autofree char *sql = NULL;
	g_autoptr(Stmt) stmt = NULL;
	GString *out = g_string_new(NULL);

	must(query != NULL, error);
	sql = g_strconcat("EXPLAIN QUERY PLAN ", query_sql(query, QUERY_NEWEST), NULL);
	stmt = db_prepare(index_db(letters->fixture->index), sql, &error);
	must(stmt != NULL, error);
	while (stmt_step(stmt, &error) == STMT_ROW)
		g_string_append_printf(out, "%s\n", stmt_text(stmt, 3));
	assert_null(error);
	return g_string_free(out, FALSE);
}

/* What rapporteurs ask each day is read from an index in its own order: nothing is sorted, no table is read whole. */
static void
plans(void **state)
{
	static const char *const texts[] = {"ws:paths", "ws:paths date:2019-02..2019-03", "ws:paths kind:input", "date:2019-02..2019-03", "received:7d",
	    "ws:paths received:7d", "topic:paths.width is:suggested", "date:2019 -kind:spam", "received:2019-02 is:unfiled"};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *steps = plan(*state, texts[i]);

		if (strstr(steps, "TEMP B-TREE") != NULL || strstr(steps, "SCAN") != NULL)
			fail_msg("%s:\n%s", texts[i], steps);
	}
	{
		g_autofree char *steps = plan(*state, "ws:paths");

		assert_non_null(strstr(steps, "PRIMARY KEY (type=? AND id=?)"));
		assert_null(strstr(steps, "message")); /* the table of filings alone */
	}
	{
		g_autofree char *steps = plan(*state, "lanes");

		assert_non_null(strstr(steps, "SEARCH m USING INTEGER PRIMARY KEY"));
	}
}

/* Oldest first, and no more than asked for. */
static void
order_and_limit(void **state)
{
	struct letters *letters = *state;
	GError *error = NULL;
	g_autoptr(Query) query = parse(letters, "ws:paths", &error);
	g_autoptr(GPtrArray) rows = query_run(letters->fixture->index, query, QUERY_OLDEST, 2, TRUE, &error);
	const struct message_row *row;

	must(rows != NULL, error);
	assert_int_equal(rows->len, 2);
	row = g_ptr_array_index(rows, 0);
	assert_string_equal(row->public_id, letters->parking);
	assert_string_equal(((struct row_filing *)g_ptr_array_index(row->filings, 0))->id, "paths"); /* in the order of the rule files */
	assert_string_equal(((struct row_filing *)g_ptr_array_index(row->filings, 1))->id, "parking");
	row = g_ptr_array_index(rows, 1);
	assert_string_equal(row->author_name, "Ada Example");
	assert_int_equal(row->evidence->len, 2);
	assert_string_equal(((struct row_evidence *)g_ptr_array_index(row->evidence, 0))->words, "narrow");
}

/* The words for excerpts are what was asked for, not what was left out or looked for elsewhere. */
static void
words_for_excerpts(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) query = parse(*state, "lanes \"too narrow\" -cheap (nig* OR ws:paths) subject:width", &error);
	g_autofree char *words = NULL;

	assert_non_null(query);
	words = g_strjoinv("|", (char **)query_words(query));
	assert_string_equal(words, "lanes|too narrow|nig*");
}

/* One message by a prefix that is its alone; a prefix of several is refused with their names. */
static void
one_message(void **state)
{
	struct letters *letters = *state;
	struct index *index = letters->fixture->index;
	g_autofree char *prefix = g_ascii_strup(letters->french, 8);
	g_autoptr(GError) error = NULL;
	g_autoptr(MessageRow) row = message_find(index, prefix, FALSE, &error);

	assert_non_null(row);
	assert_string_equal(row->public_id, letters->french);
	assert_null(message_find(index, "zzzz", FALSE, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
	g_clear_error(&error);
	assert_null(message_find(index, "", FALSE, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
	g_clear_error(&error);
	assert_null(message_find(index, "nobody@nowhere", FALSE, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
}

/* sort: and limit: are about the whole query, wherever they stand; what a caller asks for itself decides. */
static void
settings(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) plain = parse(*state, "lanes", &error);
	g_autoptr(Query) both = parse(*state, "limit:2 lanes sort:Largest", &error);
	g_autoptr(Query) all = parse(*state, "sort:oldest limit:0", &error);

	assert_int_equal(query_order(plain, QUERY_AUTHOR), QUERY_AUTHOR);
	assert_int_equal(query_limit(plain, 7), 7);
	assert_int_equal(query_order(both, QUERY_NEWEST), QUERY_LARGEST);
	assert_int_equal(query_limit(both, 7), 2);
	assert_int_equal(query_order(all, QUERY_NEWEST), QUERY_OLDEST);
	assert_int_equal(query_limit(all, 7), 0);
	finds(*state, "sort:oldest limit:0 lanes OR narrow", "spam light width parking");
	refuses(*state, "(sort:oldest)", 2, "outside of brackets");
	refuses(*state, "a -sort:oldest", 4, "without a minus");
	refuses(*state, "sort:oldest a sort:oldest", 15, "twice");
	refuses(*state, "limit:1 limit:1", 9, "twice");
	refuses(*state, "limit:-1", 7, "0 for all");
	refuses(*state, "limit:99999999999999999999", 7, "0 for all");
	refuses(*state, "sort:old", 6, "newest, oldest");
	refuses(*state, "sort:", 6, "value is missing");
	refuses(*state, "srot:oldest", 1, "did you mean 'sort:'");
}

/* A week and a month are the civil ones around now. */
static void
named_windows(void **state)
{
	finds(*state, "received:thisweek", "parking");
	finds(*state, "received:lastweek", "unread chinese french spam held light");
	finds(*state, "date:thismonth -date:thisweek", "unread chinese french spam held light width");
	finds(*state, "date:..lastmonth", "parking");
	refuses(*state, "date:lastwek", 6, "did you mean 'lastweek'");
}

/* However the first few are found, by looking dates up or along the index of dates, they are the same. */
static void
same_either_way(void **state)
{
	struct fixture *fixture = fixture_open();
	GError *error = NULL;
	static const char *const texts[] = {"lanes", "lanes -odd", "lanes kind:input date:2019-01..2019-02-10", "lanes OR odd", "lanes from:ada"};

	for (int i = 0; i < 620; i++) { /* more than make it walk */
		g_autofree char *raw = g_strdup_printf("Subject: %d\n\nx\n", i);
		gint64 date = NOW - DAY - (gint64)(i * 7919 % 2000) * 1800;

		g_free(fixture_deliver(fixture, raw, NOW - DAY, fixture_record("Ada", "ada@example.org", "-", i % 3 == 0 ? "odd lanes" : "lanes", date), NULL));
	}
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
		g_autoptr(Query) query = query_parse(fixture->index, texts[i], NOW, zone, &error);

		must(query != NULL, error);
		for (int order = QUERY_NEWEST; order <= QUERY_OLDEST; order++) {
			g_autoptr(GArray) few = query_run_numbers(fixture->index, query, order, 50, &error);
			g_autoptr(GArray) all = query_run_numbers(fixture->index, query, order, 0, &error);

			assert_non_null(few);
			assert_non_null(all);
			assert_int_equal(few->len, 50);
			assert_memory_equal(few->data, all->data, 50 * sizeof(gint64));
		}
	}
	fixture_close(fixture);
}

/* The mark stands under the character that the error names, on a terminal's grid, however wide what stands before it is. */
static void
pointing(void **state)
{
	static const struct {
		const char *text;
		guint column, width;
		const char *expected;
	} rows[] = {
	    {"ws:quai", 4, 70, "  ws:quai\n     ^\n"},
	    {"\u6e2f\u53e3 x:y", 4, 70, "  \u6e2f\u53e3 x:y\n       ^\n"},
	    {"a", 2, 70, "  a\n   ^\n"},
	    {"", 1, 70, "  \n  ^\n"},
	    {"\033[2J x:", 6, 70, "  \\x1b[2J x:\n          ^\n"},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaabcccccccccccccccccccc", 31, 20, "  \u2026aaaaaaaaaabccccc\u2026\n             ^\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = query_point(rows[i].text, rows[i].column, rows[i].width);

		assert_string_equal(got, rows[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words),
	    cmocka_unit_test(chinese_words),
	    cmocka_unit_test(operators),
	    cmocka_unit_test(hostile_words),
	    cmocka_unit_test(filings),
	    cmocka_unit_test(people),
	    cmocka_unit_test(public_view),
	    cmocka_unit_test(dates),
	    cmocka_unit_test(states),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(plans),
	    cmocka_unit_test(order_and_limit),
	    cmocka_unit_test(words_for_excerpts),
	    cmocka_unit_test(one_message),
	    cmocka_unit_test(settings),
	    cmocka_unit_test(named_windows),
	    cmocka_unit_test(same_either_way),
	    cmocka_unit_test(pointing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
