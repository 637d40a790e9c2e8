/* Boilerplate is learned because it repeats, and a sincere sentence is not, however many letters share it. */
#include "archive-fixture.h"

#include "archive/boilerplate.h"
#include "archive/paragraphs.h"

#define DAY ((gint64)86400)
#define START ((gint64)1550000000)
#define NOTICE "This letter and its enclosures speak for the sender alone,\nand no harbour is bound by them unless its warden has signed."
#define PLEA "We therefore ask the harbour to publish the survey of its moorings before the autumn."

static const struct index_target targets[] = {
    {"workstream", "ws1", "One", NULL, "t", NULL, TRUE, FALSE, 1},
    {"topic", "ws1.a", "A", "ws1", "t", NULL, TRUE, FALSE, 2},
    {"intent", "danger", "Danger", NULL, "t", NULL, TRUE, TRUE, 3},
};

struct post {
	struct index *index;
	gint64 number;
};

static void
apply_rules(struct index *index)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	struct entry entry = {.seq = 1, .type = "rules", .rules = "first"};

	for (guint i = 0; i < G_N_ELEMENTS(targets); i++)
		g_ptr_array_add(list, (gpointer)&targets[i]);
	assert_ok(index_apply_rules(index, &entry, list, &error), error);
}

static struct index *
new_index(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct index *index = index_open(folder, DB_WRITE, 1000, &error);

	assert_ok(index != NULL && index_reset(index, "uuid", &error) && index_begin(index, &error), error);
	apply_rules(index);
	return index;
}

/* Words that no two letters have in common. */
static char *
own_words(guint n)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < 12; i++)
		g_string_append_printf(text, "%c%c%u%c ", 'a' + (int)(n * 7 + i) % 26, 'a' + (int)(n / 26 + i) % 26, n * 31 + i, 'e');
	return g_string_free(text, FALSE);
}

/* A letter of AUTHOR, DAYS after the first, that says TOP, a matter of its own, and FOOT; words that matter stand at WORDS. */
static struct record *
make_letter(guint n, const char *author, gint64 days, const char *top, const char *foot, const char *words)
{
	g_autofree char *id = g_strdup_printf("m%u@example.org", n);
	g_autofree char *own = own_words(n);
	g_autofree char *text = g_strdup_printf(
	    "%s%sWhat I have to say on matter number %u is this: %s.\n%s%s\n", top, *top != '\0' ? "\n\n" : "", n, own, *foot != '\0' ? "\n" : "", foot);
	struct record *record = make_record(id, author, "moorings", text);
	struct record_evidence *evidence;

	record->has_date = TRUE;
	record->date = START + days * DAY;
	if (words == NULL)
		return record;
	record_add_filing(record, TARGET_TOPIC, "ws1.a", "t", TIER_FIRM);
	record_add_filing(record, TARGET_WORKSTREAM, "ws1", "t", TIER_FIRM);
	evidence = record_add_evidence(record, TARGET_TOPIC, "ws1.a", TIER_FIRM, "keyword", "harbour", "t.rules", 10);
	evidence->passage = 1;
	evidence->offset = (guint)(strstr(text, words) - text);
	evidence->length = 5;
	record_add_evidence(record, TARGET_WORKSTREAM, "ws1", TIER_FIRM, "topic", "ws1.a", "t.rules", 10);
	return record;
}

/* Letters are settled where a transaction ends. */
static void
end_transaction(struct index *index)
{
	g_autoptr(GError) error = NULL;

	assert_ok(index_commit(index, &error) && index_begin(index, &error), error);
}

static void
deliver(struct post *post, struct record *record)
{
	g_autofree char *public_id = g_strdup_printf("id%03" G_GINT64_FORMAT, ++post->number);
	g_autoptr(GError) error = NULL;
	struct index_position position;
	struct entry entry;

	assert_true(index_position(post->index, &position, NULL));
	entry = (struct entry){.seq = position.seq + 1,
	    .content = post->number,
	    .type = "delivery",
	    .received = START + 1000 * DAY,
	    .public_id = public_id,
	    .source = "deliver",
	    .size = 100};
	assert_ok(index_apply_delivery(post->index, &entry, record, NULL, "r", &error), error);
	record_free(record);
	end_transaction(post->index);
}

static gint64
learned(struct index *index)
{
	g_autoptr(GError) error = NULL;
	gint64 count;

	end_transaction(index);
	assert_ok(boilerplate_count(index, &count, &error), error);
	return count;
}

#define FILED "SELECT count(*) FROM filing WHERE type = 'topic'"
#define FILED_UNDER "SELECT count(*) FROM filing WHERE type = 'workstream'"

/* Two people of one office, two letters each, 45 days: what both put below every letter. */
static void
send_office(struct post *post)
{
	for (guint i = 0; i < 4; i++)
		deliver(post, make_letter(i, i % 2 ? "Ada@Example.org" : "bo@example.org", i * 15, "", NOTICE, "harbour is bound"));
}

/* An office's notice is learned from its letters: filings that rest on it go with what follows from them, others stay. */
static void
test_office(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 3; i++)
		deliver(&post, make_letter(i, i % 2 ? "Ada@Example.org" : "bo@example.org", i * 15, "", NOTICE, "harbour is bound"));
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), FILED, "3");
	deliver(&post, make_letter(3, "ada@example.org", 45, "", NOTICE, "matter number"));
	assert_int_equal(learned(index), 1);
	assert_query(index_db(index), "SELECT kind || ' ' || name FROM boilerplate", "domain example.org");
	assert_query(index_db(index), FILED, "1");
	assert_query(index_db(index), FILED_UNDER, "1");
	assert_query(index_db(index), "SELECT message FROM filing WHERE type = 'topic'", "4");
	assert_query(index_db(index), "SELECT count(*) FROM set_aside", "6");
	/* the same words from elsewhere count */
	deliver(&post, make_letter(5, "cy@example.net", 45, "", NOTICE, "harbour is bound"));
	assert_query(index_db(index), "SELECT count(*) FROM filing WHERE message = 5", "2");
}

/* Once a letter is gone, too few are left: all comes back. */
static void
test_unlearned(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};
	g_autoptr(Record) other = make_letter(9, "bo@example.org", 0, "", "", NULL);
	g_autoptr(GError) error = NULL;

	send_office(&post);
	assert_query(index_db(index), FILED, "0");
	assert_ok(index_replace(index, 1, other, NULL, "r", &error), error);
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), FILED, "3");
	assert_query(index_db(index), FILED_UNDER, "3");
	assert_query(index_db(index), "SELECT count(*) FROM set_aside", "0");
	assert_query(index_db(index), "SELECT count(*) FROM paragraph WHERE scope <> 0", "0");
}

static void
decide(struct post *post, gint64 number, const char *action, const char *value)
{
	g_autoptr(GError) error = NULL;
	struct index_position position;
	struct entry entry;

	assert_true(index_position(post->index, &position, NULL));
	entry = (struct entry){
	    .seq = position.seq + 1, .content = number, .type = "decision", .action = action, .value = value, .source = "me", .at = position.seq};
	assert_ok(index_apply_decision(post->index, &entry, &error), error);
	end_transaction(post->index);
}

/* A person's decision wins, before and after; a hold goes with its ground and comes back with it. */
static void
test_decisions(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};
	struct record *held = make_letter(1, "bo@example.org", 0, "", NOTICE, "harbour is bound");
	struct record_evidence *evidence = record_add_evidence(held, TARGET_INTENT, "danger", TIER_FIRM, "keyword", "signed", "t.rules", 20);
	g_autoptr(Record) other = make_letter(9, "ada@example.org", 0, "", "", NULL);

	evidence->passage = 1;
	evidence->offset = ((struct record_evidence *)held->evidence->pdata[0])->offset;
	record_add_filing(held, TARGET_INTENT, "danger", "t", TIER_FIRM);
	held->held = TRUE;
	held->held_reason = g_strdup("intent danger");
	deliver(&post, held);
	for (guint i = 1; i < 3; i++)
		deliver(&post, make_letter(10 + i, i % 2 ? "ada@example.org" : "bo@example.org", i * 15, "", NOTICE, "harbour is bound"));
	assert_query(index_db(index), "SELECT held FROM message WHERE message = 1", "intent danger");
	decide(&post, 2, "file", "ws1.a");
	deliver(&post, make_letter(13, "ada@example.org", 45, "", NOTICE, "harbour is bound"));
	assert_int_equal(learned(index), 1);
	assert_query(index_db(index), "SELECT held FROM message WHERE message = 1", NULL);
	assert_query(index_db(index), "SELECT group_concat(message || ' ' || by) FROM filing WHERE type = 'topic'", "2 person");
	decide(&post, 3, "file", "ws1.a");
	decide(&post, 1, "hold", NULL);
	assert_query(index_db(index), "SELECT held FROM message WHERE message = 1", "held by a person");
	decide(&post, 2, "undo", "5");
	assert_query(index_db(index), "SELECT group_concat(message || ' ' || by) FROM filing WHERE type = 'topic'", "3 person");
	assert_true(index_replace(index, 4, other, NULL, "r", NULL));
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), "SELECT group_concat(message || ' ' || by) FROM (SELECT * FROM filing WHERE type = 'topic' ORDER BY message)",
	    "1 rules,2 rules,3 person");
	assert_query(index_db(index), "SELECT held FROM message WHERE message = 1", "held by a person");
}

/* Rules asked again say the same: nothing is told to have moved, and what rests on boilerplate stays aside. */
static void
test_refile(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};
	g_autoptr(Record) again = make_letter(0, "bo@example.org", 0, "", NOTICE, "harbour is bound");
	g_autoptr(GError) error = NULL;
	gboolean moved;

	send_office(&post);
	assert_ok(index_refile(index, 1, again, &moved, &error), error);
	assert_false(moved);
	assert_query(index_db(index), FILED, "0");
	assert_query(index_db(index), "SELECT count(*) FROM set_aside", "8");
}

/* A petition: many people from many domains, a line of their own each, and the same last paragraph. */
static void
test_campaign(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 60; i++) {
		g_autofree char *author = g_strdup_printf("p%u@example%u.org", i, i % 7);
		struct record *record = make_letter(i, author, i, "", PLEA, "ask the harbour");

		record->list_id = g_strdup("input.example.net");
		deliver(&post, record);
	}
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), FILED, "60");
}

/* The same through a list and with an opening that all share; some write twice within the campaign's weeks. */
static void
test_campaign_twice(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 60; i++) {
		g_autofree char *author = g_strdup_printf("p%u@example%u.org", i % 30, i % 7);
		struct record *record =
		    make_letter(i, author, i % 20, "I am writing to you because the harbour is dear to all who live beside it.", PLEA, "ask the harbour");

		record->list_id = g_strdup("input.example.net");
		deliver(&post, record);
	}
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), FILED, "60");
}

/* A campaign's opening is no banner, and its plea no office's notice, though some are forged that say it below and above different things for months. */
static void
test_forged(void **state)
{
	static const char top[] = "I am writing to you because the harbour is dear to all who live beside it.";
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 60; i++) {
		g_autofree char *author = g_strdup_printf("p%u@guild%u.example.org", i, i < 30 ? 0 : i);
		g_autofree char *text =
		    g_strdup_printf("%s\n\nDear warden, our moorings at the northern pier want ropes and chains this spring.\n\n" PLEA "\n", top);
		struct record *record = make_letter(i, author, i % 10, top, PLEA, "ask the harbour");
		struct record_passage *passage = record->passages->pdata[1];

		g_free(passage->text);
		passage->text = g_strdup(text);
		((struct record_evidence *)record->evidence->pdata[0])->offset = (guint)(strstr(text, "ask the harbour") - text);
		deliver(&post, record);
	}
	for (guint i = 60; i < 100; i++) {
		g_autofree char *author = g_strdup_printf("q%u@guild%u.example.org", i % 10, i % 2 ? 0 : 100 + i % 10);

		deliver(&post, make_letter(i, author, i, top, PLEA, "ask the harbour"));
	}
	assert_query(index_db(index), "SELECT max(writers) >= 5 AND max(letters) = 100 FROM standing_count", "1");
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), FILED, "100");
}

/* People of one office who remind of the same thing for months: their letters differ by a date and a name, and are no proof of anything. */
static void
test_reminders(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 12; i++) {
		g_autofree char *author = g_strdup_printf("p%u@example.org", i % 3);
		g_autofree char *text =
		    g_strdup_printf("Dear warden, on day %u we asked you again, as we had in spring and in the winter before it, when the moorings at "
		                    "the northern pier would be looked at by somebody who knows about ropes, chains and the sea.\n\n" PLEA "\n",
		        i * 10);
		struct record *record = make_letter(i, author, i * 10, "", PLEA, "ask the harbour");
		struct record_passage *passage = record->passages->pdata[1];

		g_free(passage->text);
		passage->text = g_strdup(text);
		((struct record_evidence *)record->evidence->pdata[0])->offset = (guint)(strstr(text, "ask the harbour") - text);
		deliver(&post, record);
	}
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), FILED, "12");
}

/* Members of one group who end with the same plea, each in a letter or two of his own, weeks apart. */
static void
test_group(void **state)
{
	static const char *const authors[] = {"ada@example.org", "bo@example.org", "cy@example.org"};
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 3; i++)
		deliver(&post, make_letter(i, authors[i], i * 20, "", PLEA, "ask the harbour"));
	assert_int_equal(learned(index), 0);
	/* the same three on other matters, without it */
	for (guint i = 3; i < 8; i++)
		deliver(&post, make_letter(i, authors[i % 3], i * 20, "", "Until then I remain as ever yours truly, from the pier.", NULL));
	for (guint i = 8; i < 10; i++)
		deliver(&post, make_letter(i, authors[i % 3], i * 20, "", PLEA, "ask the harbour"));
	assert_query(index_db(index), "SELECT count(*) FROM boilerplate JOIN standing_count USING (hash, scope) WHERE letters = 5", "0");
	assert_query(index_db(index), FILED, "5");
}

#define STANDING "SELECT count(*) || ' ' || count(DISTINCT hash) || ' ' || count(DISTINCT message) FROM standing"
#define COUNTED "SELECT count(*) || ' ' || sum(letters) || ' ' || sum(rests) FROM standing_count"

static void
drop(struct index *index, gint64 message)
{
	g_autoptr(GError) error = NULL;

	assert_ok(index_replace(index, message, NULL, "withdrawn", "r", &error), error);
	end_transaction(index);
}

/* What stands in one letter is not counted; the second brings the first with it, whoever wrote them, and takes it away again. */
static void
test_second(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};
	struct record *nobodys = make_letter(4, "eve@example.org", 4, "", PLEA, NULL);

	deliver(&post, make_letter(1, "ada@example.org", 1, "", NOTICE, NULL));
	assert_query(index_db(index), STANDING, "0 0 0");
	assert_query(index_db(index), "SELECT count(*) FROM scope WHERE letters = 1", "3");
	deliver(&post, make_letter(2, "bo@example.net", 2, "", NOTICE, NULL));
	assert_query(index_db(index), STANDING, "2 1 2"); /* for the domain of each; of an author only a signature counts */
	assert_query(index_db(index), COUNTED, "2 2 2");
	deliver(&post, make_letter(3, "bo@example.net", 3, "", NOTICE, NULL));
	assert_query(index_db(index), COUNTED, "2 3 3");
	drop(index, 1);
	assert_query(index_db(index), STANDING, "2 1 2");
	drop(index, 3);
	assert_query(index_db(index), STANDING, "0 0 0");
	assert_query(index_db(index), COUNTED, NULL);
	/* one that nobody wrote teaches nothing, but a letter with the same words is the second */
	g_clear_pointer(&nobodys->author_address, g_free);
	deliver(&post, make_letter(5, "ada@example.org", 5, "", PLEA, NULL));
	deliver(&post, nobodys);
	assert_query(index_db(index), STANDING, "1 1 1");
	drop(index, 5);
	assert_query(index_db(index), STANDING, "0 0 0");
}

/* One who ends each letter with the same demand is heard each time; his signature is not a demand. */
static void
test_one_author(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 8; i++)
		deliver(&post, make_letter(i, "cato@example.org", i * 20, "", PLEA, "ask the harbour"));
	assert_int_equal(learned(index), 0);
	assert_query(index_db(index), FILED, "8");
	for (guint i = 8; i < 13; i++)
		deliver(&post,
		    make_letter(i, "ada@example.net", i * 20, "", "Ada Lind, Keeper of Charts\nHarbour Survey, Pier Seven\n+31 20 555 0100", "Harbour Survey"));
	assert_int_equal(learned(index), 1);
	assert_query(index_db(index), "SELECT kind || ' ' || name FROM boilerplate", "author ada@example.net");
	assert_query(index_db(index), FILED, "8");
}

/* A gateway's banner stands at the head of what many send over months; the gist is the letter's. */
static void
test_gateway(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 24; i++) {
		g_autofree char *author = g_strdup_printf("p%u@example%u.org", i % 6, i % 6);

		deliver(&post, make_letter(i, author, i * 3, "The post room has looked at this letter and found no fault in its seals.", "", "post room"));
	}
	assert_int_equal(learned(index), 1);
	assert_query(index_db(index), "SELECT kind FROM boilerplate", "all");
	assert_query(index_db(index), FILED, "0");
	assert_query(index_db(index), "SELECT substr(gist, 1, 20) FROM message WHERE message = 3", "What I have to say o");
}

/* What a list adds below all letters, whoever writes. */
static void
test_list(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};
	g_autoptr(GPtrArray) list = NULL;
	g_autofree char *words = NULL;

	for (guint i = 0; i < 9; i++) {
		g_autofree char *author = g_strdup_printf("p%u@example%u.org", i % 4, i % 4);
		struct record *record =
		    make_letter(i, author, i * 10, "", "Harbour talk is kept by the friends of the pier, who meet on Mondays", "Harbour talk");

		record->list_id = g_strdup("Talk.example.net");
		deliver(&post, record);
	}
	assert_query(index_db(index), "SELECT kind || ' ' || name FROM boilerplate", "list talk.example.net");
	assert_query(index_db(index), FILED, "0");
	list = boilerplate_list(index, NULL);
	assert_int_equal(list->len, 1);
	words = boilerplate_words(list->pdata[0]);
	assert_string_equal(words, "stands in 9 letters of the list talk.example.net");
	assert_true(g_str_has_prefix(((struct boilerplate *)list->pdata[0])->text, "Harbour talk is kept"));
}

/* Evidence elsewhere keeps a filing, as weak as it is there. */
static void
test_weaker(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	struct post post = {index, 0};

	for (guint i = 0; i < 4; i++) {
		struct record *record = make_letter(i, i % 2 ? "ada@example.org" : "bo@example.org", i * 15, "", NOTICE, "harbour is bound");
		struct record_evidence *evidence = record_add_evidence(record, TARGET_TOPIC, "ws1.a", TIER_SUGGESTED, "likely", "matter", "t.rules", 11);

		evidence->passage = 1;
		evidence->offset = 10;
		evidence->length = 5;
		deliver(&post, record);
	}
	assert_query(index_db(index), "SELECT group_concat(DISTINCT tier) FROM filing", "suggested");
	assert_query(index_db(index), "SELECT count(*) FROM filing", "8");
}

/* Paragraphs at the head and the foot, by words and not by signatures' lines. */
static void
test_paragraphs(void **state)
{
	g_autoptr(Record) record = make_record(
	    "a@b", "a@b", "s", "Dear all,\n\none two three four five six seven eight\n\nHere are nine words of text that follow these\n \nYours,\nAda\n");
	g_autoptr(GArray) found = paragraphs_find(record->passages);
	const struct paragraph *head = &g_array_index(found, struct paragraph, 0), *foot = &g_array_index(found, struct paragraph, 1);

	assert_int_equal(found->len, 3);
	assert_int_equal(head->place, PLACE_HEAD);
	assert_int_equal(head->offset, 11);
	assert_int_equal(head->length, 39);
	assert_int_equal(foot->place, PLACE_FOOT);
	assert_int_equal(foot->offset, 52);
	assert_true(foot->rest != 0 && head->rest != 0 && foot->hash != head->hash);
	assert_false(foot->signature);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_office, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_unlearned, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_decisions, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_refile, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_campaign, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_campaign_twice, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_forged, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_reminders, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_group, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_second, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_one_author, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_gateway, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_list, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_weaker, setup_archive, teardown_archive),
	    cmocka_unit_test(test_paragraphs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
