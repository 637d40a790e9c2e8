#include "report/digest.h"

#include "base/text.h"
#include "find-fixture.h"

#define MORNING (NOW - DAY) /* Tuesday 12 February 2019, 10:00 UTC */

struct day { /* one full day of mail, and what came before */
	struct fixture *fixture;
	char *width, *both, *held, *unfiled, *unread;
};

static struct record *
about_paths(const char *name, const char *address, const char *text, gint64 date)
{
	struct record *record = fixture_record(name, address, "Lanes", text, date);

	fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
	fixture_file(record, TARGET_TOPIC, "paths.width", TIER_FIRM, "too narrow");
	return record;
}

static void
add_before(struct fixture *fixture)
{
	struct record *record;

	for (int i = 0; i < 3; i++) {
		g_autofree char *text = g_strdup_printf("Subject: before %d\n\nx\n", i);
		g_autofree char *address = g_strdup_printf("writer%d@example.org", i);
		gint64 received = MORNING - (1 + i / 2 * 3) * DAY;

		record = about_paths("An earlier writer", address, text, received);
		if (i == 0)
			fixture_file(record, TARGET_INTENT, "question", TIER_FIRM, "Could you");
		g_free(fixture_deliver(fixture, text, received, record, NULL));
	}
	record = fixture_record("Old Mallory", "m@example.org", "canary-subject", "canary-text", MORNING - 40 * DAY);
	record->held = TRUE;
	record->held_reason = g_strdup("intent vulnerability");
	g_free(fixture_deliver(fixture, "Subject: old held\n\nx\n", MORNING - 40 * DAY, record, NULL));
}

static void
add_letters(struct day *day)
{
	struct fixture *fixture = day->fixture;
	struct record *record = about_paths("Ada Example", "ada@cyclists.example",
	    "We measured every lane of the inner town with our own tape: most of them are too narrow for two bicycles beside each other, and who will widen "
	    "them?",
	    MORNING);

	fixture_file(record, TARGET_INTENT, "question", TIER_FIRM, "who will");
	fixture_file(record, TARGET_GROUP, "CYCLISTS", TIER_FIRM, "cyclists");
	fixture_file(record, TARGET_TOPIC, "paths.light", TIER_SUGGESTED, "dark");
	day->width = fixture_deliver(fixture, "Subject: width\n\nx\n", MORNING, record, NULL);
	g_free(fixture_deliver(fixture, "Subject: width\n\nx\n", MORNING + 60, NULL, NULL));

	record = about_paths("Zo\u00eb \x1b[31m\u202eEvil", "zoe@example.org", "Lanes are too narrow,\x1b[2J and so is parking.", MORNING + 600);
	fixture_file(record, TARGET_WORKSTREAM, "parking", TIER_SUGGESTED, NULL);
	fixture_file(record, TARGET_TOPIC, "parking.rec1", TIER_SUGGESTED, "parking");
	record_add_part(record, "2", "application/pdf")->attachment = TRUE;
	((struct record_part *)g_ptr_array_index(record->parts, 1))->filename = g_strdup("scan\x1b.pdf");
	((struct record_part *)g_ptr_array_index(record->parts, 1))->remark = g_strdup("no text in it");
	day->both = fixture_deliver(fixture, "Subject: both\n\nx\n", MORNING + 600, record, NULL);

	for (int i = 0; i < 5; i++) {
		g_autofree char *raw = g_strdup_printf("Subject: campaign %d\n\nx\n", i);
		g_autofree char *name = g_strdup_printf("Signer %c", 'A' + i);
		g_autofree char *address = g_strdup_printf("signer%d@example.org", i);

		record = about_paths(name, address, "I sign the open letter: lanes are too narrow.", MORNING + 1000 + i);
		g_free(fixture_deliver(fixture, raw, MORNING + 1000 + i, record, NULL));
	}
	record = fixture_record("Rambler", "rambler@example.org", "Good morning", "The weather was fine on my walk.", MORNING + 2000);
	day->unfiled = fixture_deliver(fixture, "Subject: unfiled\n\nx\n", MORNING + 2000, record, NULL);
	record = fixture_record("Olga", "olga@example.org", "Observer", "May I look on at your meetings?", MORNING + 2100);
	fixture_file(record, TARGET_INTENT, "observer", TIER_FIRM, "look on");
	record->kind = KIND_ADMIN;
	g_free(fixture_deliver(fixture, "Subject: observer\n\nx\n", MORNING + 2100, record, NULL));
}

static void
add_others(struct day *day)
{
	struct fixture *fixture = day->fixture;
	struct record *record = fixture_record("Canary", "canary@example.org", "canary-subject", "canary-text", MORNING + 3000);

	record->held = TRUE;
	record->held_reason = g_strdup("intent vulnerability: \"canary-words\"");
	fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, "canary-words");
	fixture_file(record, TARGET_INTENT, "question", TIER_FIRM, "canary-words");
	day->held = fixture_deliver(fixture, "Subject: held\n\nx\n", MORNING + 3000, record, NULL);
	record = fixture_record("Canary", "canary@example.org", "canary-subject", "canary-text", MORNING + 3100);
	record->kind = KIND_SPAM;
	g_free(fixture_deliver(fixture, "Subject: spam\n\nx\n", MORNING + 3100, record, NULL));
	record = fixture_record("Robot", "robot@example.org", "Out of office", "I am away", MORNING + 3200);
	record->kind = KIND_AUTO;
	g_free(fixture_deliver(fixture, "Subject: auto\n\nx\n", MORNING + 3200, record, NULL));
	day->unread = fixture_deliver(fixture, "Subject: unread\n\nx\n", MORNING + 3300, NULL, "the reader ran out of time");
	fixture_decide(fixture, day->unfiled, MORNING + 4000, "file", "parking", "he means the station");
}

static int
set_up(void **state)
{
	struct day *day = g_new0(struct day, 1);

	day->fixture = fixture_open();
	add_before(day->fixture);
	add_letters(day);
	add_others(day);
	*state = day;
	return 0;
}

static int
tear_down(void **state)
{
	struct day *day = *state;
	char *const ids[] = {day->width, day->both, day->held, day->unfiled, day->unread};

	for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
		g_free(ids[i]);
	fixture_close(day->fixture);
	g_free(day);
	return 0;
}

static struct digest *
build(struct day *day, struct time_window window, const char *workstream, gint64 spooled)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("UTC");
	g_autofree char *wanted = workstream != NULL ? g_strdup_printf("\nworkstream %s\n", workstream) : NULL;
	struct digest_options options = {.span.window = window, .title = "Town input", .wanted = wanted, .zone = zone, .spooled = spooled};
	GError *error = NULL;
	struct digest *digest = digest_build(day->fixture->store, day->fixture->index, &options, &error);

	must(digest != NULL, error);
	return digest;
}

static struct time_window
tuesday(int offset)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("UTC");

	return clock_day(MORNING, offset, zone);
}

static char *
text_of(struct day *day, struct time_window window, const char *workstream)
{
	g_autoptr(Digest) digest = build(day, window, workstream, 0);

	return digest_print_text(digest);
}

static void
says(const char *text, const char *expected)
{
	if (strstr(text, expected) == NULL)
		fail_msg("'%s' is not in:\n%s", expected, text);
}

/* Every delivery is counted once, in its class, and both sides agree. */
static void
ledger(void **state)
{
	g_autoptr(Digest) digest = build(*state, tuesday(0), NULL, 0);
	const struct ledger *ledger = digest_ledger(digest);
	g_autofree char *line = ledger_line(ledger);

	assert_int_equal(ledger->difference, 0);
	assert_int_equal(ledger->behind, 0);
	assert_int_equal(ledger->truth, 14);
	assert_string_equal(line, "received 14 = input 8 + auto 1 + spam 1 + admin 1 + held 1 + duplicate 1 + unread 1");
}

/* A message that still lies in the spool was received and is unread: the ledger says so and reconciles. */
static void
ledger_spooled(void **state)
{
	struct day *day = *state;
	g_autoptr(Digest) digest = build(day, tuesday(0), NULL, 2);
	g_autofree char *text = digest_print_text(digest), *line = ledger_line(digest_ledger(digest));

	assert_int_equal(digest_ledger(digest)->difference, 0);
	assert_string_equal(line, "received 16 = input 8 + auto 1 + spam 1 + admin 1 + held 1 + duplicate 1 + unread 3");
	says(text, "2 of the unread wait in the spool");
}

/* The table counts input by workstream, beside the windows before. */
static void
table(void **state)
{
	g_autofree char *text = text_of(*state, tuesday(0), NULL);

	says(text, "Town input \u00b7 Tuesday 12 February 2019 (UTC)\n");
	says(text, "\npaths    Paths and lanes                     7 (3 unique)  \u2581\u2581\u2582\u2581\u2581\u2583\u2588    +5\n");
	says(text, "\nparking  Parking of bicycles at stations");
	if (strstr(text, "old1") != NULL)
		fail_msg("an empty workstream of older rules is listed:\n%s", text);
}

/* A message is shown in full once, with why it is there; elsewhere a line points to it. */
static void
messages(void **state)
{
	struct day *day = *state;
	g_autofree char *text = text_of(day, tuesday(0), NULL);
	g_autofree char *first = g_strdup_printf("Ada Example \u00b7 10:00 \u00b7 %s\n", day->width);
	g_autofree char *other = g_strdup_printf("also: %.8s Zo\u00eb", day->both);

	says(text, first);
	says(text, "  why: paths.width \"too narrow\"; paths.light* \"dark\"\n");
	says(text, "  question \u00b7 CYCLISTS\n");
	says(text, other);
	says(text, "(see paths)\n");
}

/* Letters of one text are one item, with both counts. */
static void
campaign(void **state)
{
	g_autofree char *text = text_of(*state, tuesday(0), NULL);

	says(text, "\n\u2022 5 letters alike, 5 different authors: Signer A, Signer B, Signer C and\n  2 more\n  10:16 \u00b7 ");
	assert_null(strstr(text, "Signer D"));
}

/* Of held mail nothing but id and reason is told, of spam nothing: in text, in JSON, on their day, later, and in a rapporteur's digest. */
static void
canaries(void **state)
{
	struct day *day = *state;
	const struct time_window windows[] = {tuesday(0), tuesday(1), {0, NOW + DAY}};

	for (gsize i = 0; i < 2 * G_N_ELEMENTS(windows); i++) {
		g_autoptr(Digest) digest = build(day, windows[i / 2], i % 2 == 0 ? NULL : "paths", 0);
		g_autofree char *text = digest_print_text(digest);
		g_autofree char *json = digest_print_json(digest);

		if (strstr(text, "anary") != NULL || strstr(json, "anary") != NULL)
			fail_msg("a held or spam message's words in:\n%s\n%s", text, json);
	}
	{
		g_autofree char *text = text_of(day, tuesday(0), NULL);

		says(text, day->held);
		says(text, "  intent vulnerability\n");
		says(text, "1 from before, not shown until released");
		says(text, "  spam\n");
		says(text, "  auto          Robot: Out of office\n");
	}
}

/* What a sender wrote cannot move a terminal, and no line is longer than a mail can quote. */
static void
escaped(void **state)
{
	g_autofree char *text = text_of(*state, tuesday(0), NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (const char *at = text; *at != '\0'; at++)
		assert_true((guchar)*at >= 0x20 || *at == '\n');
	assert_null(strstr(text, "\u202e"));
	says(text, "Zo\u00eb \\x1b[31m");
	for (char **line = lines; *line != NULL; line++) {
		if (text_columns(*line) > 72)
			fail_msg("too long: %s", *line);
		assert_false(g_str_has_suffix(*line, " "));
	}
}

/* What needs a person: questions without answer, suggestions, the unfiled, other desks' mail, what could not be read, and what was decided. */
static void
to_look_at(void **state)
{
	struct day *day = *state;
	g_autofree char *text = text_of(day, tuesday(0), NULL);
	g_autofree char *attachment = g_strdup_printf("%s  scan\\x1b.pdf: no text in it\n", day->both);
	g_autofree char *unread = g_strdup_printf("%s  the reader ran out of time\n", day->unread);
	g_autofree char *decided = g_strdup_printf("11:06  ada filed %s under parking: he means the station\n", day->unfiled);

	says(text, "Awaiting an answer (2), oldest first\n");
	says(text, "\n2019-02-11  ");
	says(text, "Filing to check: some of it is only suggested (1)\n");
	says(text, "observer: pass on to office@example.org\n");
	says(text, attachment);
	says(text, unread);
	says(text, decided);
	says(text, "(by hand)");
	says(text, "rules 0123456789ab \u00b7 one message: postbag show ID\n");
}

/* What a person lets go or files on a later day is told on that day, with its gist; a decision that is taken back is told, and told as such. */
static void
changed(void **state)
{
	struct fixture *fixture = fixture_open();
	struct record *record = fixture_record("Canary", "canary@example.org", "canary-subject", "canary-text", MORNING);
	g_autofree char *held = NULL, *other = NULL;
	struct day day = {.fixture = fixture};

	record->held = TRUE;
	fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, "canary-words");
	held = fixture_deliver(fixture, "Subject: held\n\nx\n", MORNING, record, NULL);
	other = fixture_deliver(
	    fixture, "Subject: other\n\nx\n", MORNING + 10, fixture_record("Bo", "bo@example.org", "other-subject", "other-text", MORNING), NULL);
	fixture_decide(fixture, held, MORNING + DAY, "release", NULL, "settled");
	fixture_decide(fixture, other, MORNING + DAY, "file", "parking", NULL);
	{
		g_autofree char *first = text_of(&day, tuesday(0), NULL);
		g_autofree char *second = text_of(&day, tuesday(1), NULL);
		g_autofree char *third = text_of(&day, tuesday(2), NULL);
		g_autofree char *parking = text_of(&day, tuesday(1), "parking");

		assert_null(strstr(first, "Arrived late or changed"));
		says(second, "Arrived late or changed\n");
		says(second, "Canary: canary-subject\n          canary-text\n          paths: received 2019-02-12\n");
		says(second, "Bo: other-subject\n");
		says(second, "\nBy hand\n");
		assert_null(strstr(third, "canary"));
		says(parking, "Bo: other-subject\n");
		assert_null(strstr(parking, "canary"));
	}
	fixture_undo(fixture, held, MORNING + DAY + 60);
	{
		g_autofree char *second = text_of(&day, tuesday(1), NULL);

		assert_null(strstr(second, "canary"));
		says(second, ": settled");
		says(second, "(undone");
		says(second, "bo took back on ");
	}
	fixture_close(fixture);
}

/* A quiet day says so in one line. */
static void
nothing(void **state)
{
	g_autofree char *text = text_of(*state, tuesday(20), NULL);

	says(text, "(UTC)\nnothing received\n");
}

/* A rapporteur's digest has one workstream and its messages. */
static void
one_workstream(void **state)
{
	struct day *day = *state;
	g_autofree char *text = text_of(day, tuesday(0), "parking");
	g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("UTC");
	struct digest_options options = {.span.window = tuesday(0), .title = "t", .wanted = "\nworkstream nosuch\n", .zone = zone};
	g_autoptr(GError) error = NULL;

	says(text, "Town input \u00b7 parking \u00b7 Tuesday 12 February 2019 (UTC)\n");
	says(text, "Rambler");
	says(text, "Zo\u00eb");
	assert_null(strstr(text, "Ada Example"));
	assert_null(strstr(text, "unfiled"));
	assert_null(digest_build(day->fixture->store, day->fixture->index, &options, &error));
	assert_non_null(error);
}

/* Windows are named as people name them. */
static void
labels(void **state)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("UTC");
	g_autofree char *week = text_of(*state, clock_week(MORNING, 0, zone), NULL);
	g_autofree char *month = text_of(*state, clock_month(MORNING, 0, zone), NULL);
	g_autofree char *hours = text_of(*state, (struct time_window){MORNING, MORNING + 3600}, NULL);
	g_autofree char *days = text_of(*state, (struct time_window){tuesday(-2).from, tuesday(0).to}, NULL);

	says(week, "\u00b7 week 7, 11 February to 17 February 2019 (UTC)\n");
	says(month, "\u00b7 February 2019 (UTC)\n");
	says(hours, "\u00b7 2019-02-12 10:00 to 2019-02-12 11:00 (UTC)\n");
	says(days, "\u00b7 2019-02-10 to 2019-02-12 (UTC)\n");
}

/* The JSON has a version, the same numbers, and messages under the names every command uses. */
static void
json(void **state)
{
	struct day *day = *state;
	g_autoptr(Digest) digest = build(day, tuesday(0), NULL, 0);
	g_autofree char *text = digest_print_json(digest);
	g_autofree char *id = g_strdup_printf("\"id\": \"%s\"", day->width);

	says(text, "{\n  \"version\": 1,\n");
	says(text, "\"received\": 14,");
	says(text, "\"from\": \"2019-02-12T00:00:00Z\"");
	says(text, id);
	says(text, "\"suggested\": [\n        \"paths.light\"\n      ]");
	says(text, "\"words\": \"too narrow\",\n          \"rule\": \"too narrow\",\n          \"file\": \"town.rules\",\n          \"line\": 7");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ledger),
	    cmocka_unit_test(ledger_spooled),
	    cmocka_unit_test(table),
	    cmocka_unit_test(messages),
	    cmocka_unit_test(campaign),
	    cmocka_unit_test(canaries),
	    cmocka_unit_test(escaped),
	    cmocka_unit_test(to_look_at),
	    cmocka_unit_test(changed),
	    cmocka_unit_test(nothing),
	    cmocka_unit_test(one_workstream),
	    cmocka_unit_test(labels),
	    cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
