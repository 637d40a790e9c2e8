#include "archive-fixture.h"
#include "archive/variants.h"

static void
deliver(struct index *index, gint64 number, gint64 received, const char *author, const char *text, guint attachments)
{
	g_autofree char *public_id = g_strdup_printf("id%03" G_GINT64_FORMAT, number);
	g_autoptr(Record) record = make_record("one@example.org", author, "subject", text);
	g_autoptr(GError) error = NULL;
	struct entry entry = {
	    .seq = number, .content = number, .type = "delivery", .received = received, .public_id = public_id, .source = "deliver", .size = 10};

	for (guint i = 0; i < attachments; i++)
		record_add_part(record, "2", "application/pdf")->attachment = TRUE;
	assert_ok(index_apply_delivery(index, &entry, record, NULL, "r", &error), error);
}

static struct index *
new_index(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct index *index = index_open(folder, DB_WRITE, 1000, &error);

	assert_ok(index != NULL && index_reset(index, "uuid", &error) && index_begin(index, &error), error);
	return index;
}

#define COPIES "SELECT group_concat(message || coalesce(' ' || copy_kind || ' ' || copy_of, ''), ', ') FROM (SELECT * FROM message ORDER BY message)"

/* The copy received first is the original, though it may be learned of last; case, accents and white space make no difference. */
static void
test_original(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, 500, "a@example.org", "One text, caf\xc3\xa9", 0);
	deliver(index, 2, 600, "A@Example.org", "one  text,\ncafe", 0);
	assert_query(index_db(index), COPIES, "1, 2 variant 1");
	deliver(index, 3, 400, "a@example.org", "ONE TEXT, CAFE", 0);
	assert_query(index_db(index), COPIES, "1 variant 3, 2 variant 3, 3");
}

/* Another author or another text under the same Message-ID is another message: nobody is silenced by a borrowed id. */
static void
test_borrowed_id(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, 500, "a@example.org", "One text", 0);
	deliver(index, 2, 600, "b@example.org", "One text", 0);
	deliver(index, 3, 700, "a@example.org", "Another text", 0);
	deliver(index, 4, 800, NULL, "One text", 0);
	assert_query(index_db(index), COPIES, "1, 2, 3, 4");
}

/* A cut copy gives way to the longest whole, whichever came first, even when it was cut within a character. */
static void
test_truncated(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, 500, "a@example.org", "The beginning and caf\xef\xbf\xbd", 0);
	deliver(index, 2, 600, "a@example.org", "The beginning", 0);
	assert_query(index_db(index), COPIES, "1, 2 truncated 1");
	deliver(index, 3, 700, "a@example.org", "The beginning and caf\xc3\xa9s and the end", 0);
	deliver(index, 4, 800, "a@example.org", "The beginning and cafes and the end", 0);
	/* "cafe" is a letter with an accent, or not: both are folded. */
	assert_query(index_db(index), COPIES, "1 truncated 3, 2 truncated 3, 3, 4 variant 3");
	deliver(index, 5, 900, "a@example.org", "", 0);
	assert_query(index_db(index), COPIES, "1 truncated 3, 2 truncated 3, 3, 4 variant 3, 5 truncated 3");
}

/* A list's text-only copy says what it took away, which makes its text the longer one: the copy with the attachments is not the cut one. */
static void
test_scrubbed(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, 500, "a@example.org", "My comment", 1);
	deliver(index, 2, 600, "a@example.org", "My comment, an attachment was scrubbed", 0);
	assert_query(index_db(index), COPIES, "1, 2");
}

/* A copy from which an archive took the attachment is the variant, though it came first. */
static void
test_attachment_taken(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, 500, "a@example.org", "My comment", 0);
	deliver(index, 2, 600, "a@example.org", "My comment", 1);
	deliver(index, 3, 700, "a@example.org", "My comment", 1);
	assert_query(index_db(index), COPIES, "1 variant 2, 2, 3 variant 2");
}

/* Without new text the subject decides. */
static void
test_no_text(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, 500, "a@example.org", NULL, 1);
	deliver(index, 2, 600, "a@example.org", "  \n", 1);
	assert_query(index_db(index), COPIES, "1, 2 variant 1");
}

/* Read again with another text, a message is no copy any more, nor the original of one. */
static void
test_read_again(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = make_record("one@example.org", "a@example.org", "subject", "Quite another text");
	g_autoptr(GError) error = NULL;

	deliver(index, 1, 500, "a@example.org", "One text", 0);
	deliver(index, 2, 600, "a@example.org", "One text", 0);
	deliver(index, 3, 700, "a@example.org", "One text", 0);
	assert_query(index_db(index), COPIES, "1, 2 variant 1, 3 variant 1");
	assert_ok(index_replace(index, 1, record, NULL, "r", &error), error);
	assert_query(index_db(index), COPIES, "1, 2, 3 variant 2");
}

/* Many texts under one id are work for nobody. */
static void
test_flood(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	for (guint i = 1; i <= 300; i++) {
		g_autofree char *text = g_strnfill(i, 'x');

		deliver(index, i, i, "a@example.org", text, 0);
	}
	assert_query(index_db(index), "SELECT count(*) FROM message WHERE copy_of IS NOT NULL", "0");
}

/* What is found as letters come one by one is what is found among all of them, and beyond the limit of texts too. */
static void
test_one_by_one(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(GRand) random = g_rand_new_with_seed(11);
	g_autoptr(GError) error = NULL;

	for (guint i = 1; i <= 400; i++) {
		g_autofree char *text = g_strnfill(1 + g_rand_int_range(random, 0, MIN(i / 2, 90) + 1), i % 3 == 0 ? 'y' : 'x'), *found = NULL;

		deliver(index, i, i % 4 == 0 ? g_rand_int_range(random, 0, 500) : (gint)i, i % 7 == 0 ? "b@example.org" : "a@example.org", text,
		    g_rand_int_range(random, 0, 20) == 0);
		if (i % 5 != 0)
			continue;
		found = query_text(index_db(index), COPIES);
		assert_ok(variants_refresh(index, "one@example.org", "a@example.org", &error), error);
		assert_ok(variants_refresh(index, "one@example.org", "B@example.org", &error), error);
		assert_query(index_db(index), COPIES, found);
	}
	assert_query(index_db(index), "SELECT count(*) > 100 FROM message WHERE copy_of IS NOT NULL", "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_original, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_borrowed_id, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_truncated, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_scrubbed, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_attachment_taken, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_no_text, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_read_again, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_flood, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_one_by_one, setup_archive, teardown_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
