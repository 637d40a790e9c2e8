#include "archive-fixture.h"

#include "archive/sketch.h"
#include "base/text.h"

static const char letter[] =
    "Dear team,\n\nI am writing about the way in which the old harbour is looked after. The plan for the next five years leaves out what matters most to "
    "those who live beside it.\n\n"
    "First, notices of a closed quay come three days before it closes, and a school or a shop cannot act in three days. We ask for thirty days.\n\n"
    "Second, the reports on the water are published as pictures of tables, which nobody can search. We ask for plain files, every month, at a place that does "
    "not move.\n\n"
    "Third, the office answers in one language only. People who write in another language wait for weeks, or for ever.\n\n"
    "Yours sincerely,\nAda Example\n";

static const char passage[] =
    "Second, the reports on the water are published as pictures of tables, which nobody can search. We ask for plain files, every month, at a place that does "
    "not move.";

static struct record *
letter_record(gint64 number, const char *text)
{
	g_autofree char *id = g_strdup_printf("m%" G_GINT64_FORMAT "@example.org", number);
	g_autofree char *author = g_strdup_printf("a%" G_GINT64_FORMAT "@example.org", number);
	struct record *record = make_record(id, author, "the same subject", text);

	record->words = text_count_words(text);
	return record;
}

static void
deliver_record(struct index *index, gint64 number, const struct record *record)
{
	g_autofree char *public_id = g_strdup_printf("id%03" G_GINT64_FORMAT, number);
	g_autoptr(GError) error = NULL;
	struct entry entry = {
	    .seq = number, .content = number, .type = "delivery", .received = 1000 + number, .public_id = public_id, .source = "deliver", .size = 10};

	assert_ok(index_apply_delivery(index, &entry, record, NULL, "r", &error), error);
}

static void
deliver(struct index *index, gint64 number, const char *text)
{
	g_autoptr(Record) record = letter_record(number, text);

	deliver_record(index, number, record);
}

static struct index *
new_index(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct index *index = index_open(folder, DB_WRITE, 1000, &error);

	assert_ok(index != NULL && index_reset(index, "uuid", &error) && index_begin(index, &error), error);
	return index;
}

/* TEXT with FROM replaced, which must be in it. Frees TEXT. */
static char *
change(char *text, const char *from, const char *to)
{
	g_autofree char *old = text;
	g_auto(GStrv) pieces = g_strsplit(old, from, 2);

	assert_int_equal(g_strv_length(pieces), 2);
	return g_strjoinv(to, pieces);
}

/* Campaigns by their members, "1 2 3, 4". */
static void
assert_campaigns(struct index *index, const char *expected)
{
	assert_query(index_db(index),
	    "SELECT group_concat(members, ', ') FROM (SELECT group_concat(message, ' ') AS members, min(message) AS first FROM "
	    "(SELECT * FROM letter ORDER BY message) GROUP BY campaign ORDER BY first)",
	    expected);
}

/* What signers of one letter do to it makes no other letter of it: another name, greeting or sentence, a word in each paragraph, case, quotes, spacing. */
static void
test_alike(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autofree char *words = g_strdup(letter), *sentence = g_strdup(letter), *spacing = g_ascii_strup(letter, -1), *greeting = g_strdup(letter);

	deliver(index, 1, letter);
	greeting = change(greeting, "Dear team", "Good morning to all of you");
	deliver(index, 2, greeting);
	greeting = change(greeting, "Ada Example", "Zo\xc3\xab van der Elsewhere, Rotterdam");
	deliver(index, 3, greeting);
	sentence = change(sentence, "or for ever.", "or for ever. I saw this myself last winter, when the ferry did not run and nobody had told us.");
	deliver(index, 4, sentence);
	words = change(words, "years leaves", "years omits");
	words = change(words, "a shop", "a clinic");
	words = change(words, "every month", "every week");
	words = change(words, "office answers", "desk answers");
	deliver(index, 5, words);
	spacing = change(spacing, "DAYS.\n\nSECOND,", "DAYS.   SECOND \xe2\x80\x94");
	deliver(index, 6, spacing);
	assert_campaigns(index, "1 2 3 4 5 6");
	assert_query(index_db(index), "SELECT DISTINCT campaign FROM letter", "1");
}

/* A shared passage, subject, greeting or closing makes no campaign, nor do quoted words and footers; and short letters are alike when they are equal. */
static void
test_unlike(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autofree char *other = g_strdup_printf(
	    "Dear team,\n\nWe object. The pilots of our port were never asked, and the plan names costs that no small company can carry without help from its "
	    "customers. %s Our members met in March and voted against this by a large majority; the minutes are on our site. Please withdraw the draft and "
	    "begin "
	    "again with those who have to pay for it. We would gladly send someone to speak about it.\n\nYours sincerely,\nBo Example\n",
	    passage);
	g_autoptr(Record) answer = letter_record(3, "I agree with every word of this, and I would add the noise of the cranes at night.");
	g_autoptr(Record) another = letter_record(4, "No: these people do not speak for those of us who work there, whatever they say of it.");

	deliver(index, 1, letter);
	deliver(index, 2, other);
	record_add_passage(answer, PASSAGE_QUOTED, 0, letter, -1);
	record_add_passage(another, PASSAGE_QUOTED, 0, letter, -1);
	record_add_passage(answer, PASSAGE_FOOTER, 0, letter, -1);
	record_add_passage(another, PASSAGE_FOOTER, 0, letter, -1);
	deliver_record(index, 3, answer);
	deliver_record(index, 4, another);
	deliver(index, 5, "Please keep the old quay open.");
	deliver(index, 6, "please keep the OLD quay open");
	deliver(index, 7, "Please keep the new quay open.");
	deliver(index, 8, "Thank you");
	deliver(index, 9, "Thank you");
	assert_campaigns(index, "1, 2, 3, 4, 5 6, 7");
}

/* Text without spaces is compared by its characters. */
static void
test_without_spaces(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, "我们认为港口计划没有考虑住在旁边的人。关闭码头的通知只提前三天发出，学校和商店来不及准备。我们要求提前三十天。李明");
	deliver(index, 2, "我们认为港口计划没有考虑住在旁边的人。关闭码头的通知只提前三天发出，学校和商店来不及准备。我们要求提前三十天。王小红");
	deliver(index, 3, "水质报告以图片形式发布，没有人能够搜索。请每月在固定的地方公布文件，这样大家都可以使用。办公室只用一种语言回答。");
	assert_campaigns(index, "1 2, 3");
}

/* "Comments attached" is everybody's note: letters are compared by what is attached, once that is read, or not at all. */
static void
test_covering_note(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	static const char note[] = "Dear team, please find our comments on the draft plan attached to this message. Kind regards, the secretariat";
	g_autofree char *signed_by = change(g_strdup(letter), "Ada Example", "Bo Example");
	const char *const documents[] = {
	    NULL, NULL, letter, "Our members see no need for a plan at all, for the harbour has looked after itself very well.", signed_by};

	for (guint i = 0; i < G_N_ELEMENTS(documents); i++) {
		g_autoptr(Record) record = letter_record(i + 1, note);
		struct record_part *part = record_add_part(record, "2", "application/pdf");

		part->attachment = TRUE;
		part->read = documents[i] != NULL;
		if (documents[i] != NULL)
			record_add_passage(record, PASSAGE_ATTACHMENT, 1, documents[i], -1);
		deliver_record(index, i + 1, record);
	}
	assert_campaigns(index, "3 5, 4");
}

/* A letter read anew leaves its campaign, and what it held together or was named by is as if it had never come. */
static void
test_read_again(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = letter_record(1, "Quite another letter, of which nobody has signed a second copy, about the noise of the gulls.");
	g_autoptr(GError) error = NULL;

	for (gint64 i = 1; i <= 5; i++) {
		g_autofree char *name = g_strdup_printf("Signer %" G_GINT64_FORMAT, i);
		g_autofree char *text = change(g_strdup(letter), "Ada Example", name);

		deliver(index, 6 - i, text);
	}
	assert_campaigns(index, "1 2 3 4 5");
	assert_query(index_db(index), "SELECT DISTINCT campaign FROM letter", "1");
	assert_ok(index_replace(index, 1, record, NULL, "r", &error), error);
	assert_campaigns(index, "1, 2 3 4 5");
	assert_query(index_db(index), "SELECT DISTINCT campaign FROM letter WHERE message > 1", "2");
	assert_query(index_db(index), "SELECT count(*) FROM letter_key WHERE message NOT IN (SELECT message FROM letter)", "0");
	assert_ok(index_replace(index, 3, NULL, "the reader died", "r", &error), error);
	assert_campaigns(index, "1, 2 4 5");
}

/* All letters and keys, after some came, one was read anew and one is no letter any more; EACH in a transaction of its own. */
static char *
rows_after(const char *folder, gboolean each)
{
	g_autoptr(Index) index = new_index(folder);
	g_autoptr(Record) other = letter_record(4, "Quite another letter, of which nobody has signed a second copy, about the noise of the gulls.");
	g_autoptr(GString) rows = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Stmt) stmt = NULL;

	for (gint64 i = 1; i <= 9; i++) {
		g_autofree char *name = g_strdup_printf("Signer %" G_GINT64_FORMAT, i);
		g_autofree char *text = change(g_strdup(letter), "Ada Example", name);

		deliver(index, (i * 4) % 9 + 1, text);
		if (i == 5 && !each)
			assert_ok(index_replace(index, 5, other, NULL, "r", &error), error);
		if (each)
			assert_ok(index_commit(index, &error) && index_begin(index, &error), error);
		if (i == 5 && each)
			assert_ok(index_replace(index, 5, other, NULL, "r", &error), error);
	}
	assert_ok(index_replace(index, 2, NULL, "the reader died", "r", &error) && index_commit(index, &error), error);
	stmt = db_statement(index_db(index),
	    "SELECT group_concat(row, ', ') FROM (SELECT key || ' ' || rank || ' ' || message AS row FROM letter_key UNION ALL "
	    "SELECT message || ' ' || leader || ' ' || campaign FROM letter ORDER BY row)",
	    NULL);
	assert_int_equal(stmt_step(stmt, NULL), STMT_ROW);
	g_string_append(rows, stmt_text(stmt, 0));
	return g_string_free(g_steal_pointer(&rows), FALSE);
}

/* Keys that wait for the commit are found and taken away as those in the table are: a transaction of many letters makes what one for each makes. */
static void
test_transactions(void **state)
{
	g_autofree char *one = rows_after(*state, FALSE), *each = rows_after(*state, TRUE);

	assert_true(strlen(one) > 9 * 8 * 10);
	assert_string_equal(one, each);
}

/* LETTER with the passage above masked. */
static struct record *
masked_record(gint64 number, const char *text)
{
	struct record *record = letter_record(number, text);
	const char *at = strstr(text, passage);

	for (guint i = 0; at != NULL && i < record->passages->len; i++)
		if (((const struct record_passage *)record->passages->pdata[i])->kind == PASSAGE_NEW) {
			struct record_evidence *mask =
			    record_add_evidence(record, TARGET_MASK, "", TIER_MASKED, "keyword", "second, the reports", "t.rules", 9);

			mask->passage = (gint)i;
			mask->offset = (guint)(at - text);
			mask->length = (guint)strlen(passage);
		}
	return record;
}

/* What a mask took is compared no more: short letters are alike when the rest is equal, and whole when there is no rest; other rules, other campaigns. */
static void
test_masked(void **state)
{
	static const char *const said[] = {"Please let the swans be.", "No swans, please.", "Please let the swans be!", "", "No", "Yes"};
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(GError) error = NULL;
	gboolean moved;

	for (guint i = 0; i < G_N_ELEMENTS(said); i++) {
		g_autofree char *text = g_strdup_printf("%s\n\n%s\n", said[i], passage);
		g_autoptr(Record) record = masked_record(i + 1, text);

		deliver_record(index, i + 1, record);
	}
	deliver(index, 7, passage);
	assert_campaigns(index, "1 3, 2, 4 7");
	for (guint i = 0; i < 2; i++) {
		g_autofree char *text = g_strdup_printf("%s\n\n%s\n", said[i], passage);
		g_autoptr(Record) plain = letter_record(i + 1, text), masked = masked_record(i + 1, text);

		assert_ok(index_refile(index, i + 1, plain, &moved, &error), error);
		assert_query(index_db(index), "SELECT count(*) FROM letter WHERE length(sketch) = 16", i == 0 ? "2" : "1");
		if (i == 1)
			assert_ok(index_refile(index, i + 1, masked, &moved, &error), error);
	}
	assert_campaigns(index, "1, 2, 3, 4 7");
	assert_query(index_db(index), "SELECT count(*) FROM letter_key WHERE message NOT IN (SELECT message FROM letter)", "0");
}

/* In a small letter a sentence of its own is a substantial part, wherever it stands; a name, a greeting and a line's end are not. A long letter is another one
 * when nearly a third of it is its own. */
static void
test_own_text(void **state)
{
	static const char footer[] =
	    "The office answers for nothing but the dredging of its own ditch, and its letters bind nobody before they are sealed. Whoever "
	    "receives one by mistake is asked to send it back unread, and to forget at once what he has read of it.";
	static const char *const formats[] = {
	    "%s\n\nYours,\nAna Sample\n",
	    "Dear all,\n\n%s\n\nYours,\nBo Example\n",
	    "No.\n\n%s\n\nYours,\nAna Sample\n",
	    "%s\n\nI am against it.\n\nYours,\nAna Sample\n",
	    "%s\n\nI am against it\n\nYours,\nAna Sample\n",
	};
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(GString) longer = g_string_new(letter);

	for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
		g_auto(GStrv) around = g_strsplit(formats[i], "%s", 2);
		g_autofree char *text = g_strjoinv(footer, around);

		deliver(index, i + 1, text);
	}
	assert_campaigns(index, "1 2, 3, 4 5");
	deliver(index, 11, letter);
	g_string_append(longer, "I saw this myself last winter, when the ferry did not run and nobody had told us.\n");
	deliver(index, 12, longer->str);
	for (guint i = 0; i < 90; i++)
		g_string_append_printf(longer, "own%u ", i);
	deliver(index, 13, longer->str);
	assert_campaigns(index, "1 2, 3, 4 5, 11 12, 13");
}

/* The estimate is what it says: the share of the runs of three words that two texts have in common. */
static void
test_resemblance(void **state)
{
	g_autoptr(GString) one = g_string_new(NULL), half = g_string_new(NULL);
	struct sketch a, b;
	gint64 keys[SKETCH_PAIRS];

	for (guint i = 0; i < 2000; i++) {
		g_string_append_printf(one, "w%u ", i);
		g_string_append_printf(half, "w%u ", i < 1333 ? i : i + 5000);
	}
	sketch_text(one->str, &a);
	sketch_text(half->str, &b);
	assert_int_equal(sketch_resemblance(&a, &a), 100);
	assert_in_range(sketch_resemblance(&a, &b), 35, 65);
	assert_int_equal(sketch_keys(&a, keys), SKETCH_PAIRS);
	sketch_text("two words", &b);
	assert_int_equal(sketch_keys(&b, keys), 0);
	assert_int_equal(sketch_resemblance(&b, &b), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_alike, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_unlike, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_without_spaces, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_covering_note, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_read_again, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_transactions, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_masked, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_own_text, setup_archive, teardown_archive),
	    cmocka_unit_test(test_resemblance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
