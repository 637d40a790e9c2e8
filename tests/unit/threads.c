#include "archive-fixture.h"

static void
deliver(struct index *index, gint64 number, const char *own, const char *const *references)
{
	g_autofree char *public_id = g_strdup_printf("id%03" G_GINT64_FORMAT, number);
	g_autoptr(Record) record = make_record(own, "a@example.org", "subject", "some text of a message");
	g_autoptr(GError) error = NULL;
	struct entry entry = {
	    .seq = number, .content = number, .type = "delivery", .received = 1000 + number, .public_id = public_id, .source = "deliver", .size = 10};

	for (; references != NULL && *references != NULL; references++)
		add_reference(record, *references);
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

/* Each thread as its messages, "1 2 3, 4". */
static void
assert_threads(struct index *index, const char *expected)
{
	assert_query(index_db(index),
	    "SELECT group_concat(members, ', ') FROM (SELECT group_concat(message, ' ') AS members, min(message) AS first FROM "
	    "(SELECT * FROM message ORDER BY message) GROUP BY thread ORDER BY first)",
	    expected);
	/* Every Message-ID belongs to the thread of the messages that name it, and every thread has the number of one of its messages. */
	assert_query(index_db(index),
	    "SELECT count(*) FROM reference AS r JOIN message USING (message) JOIN thread_of AS i ON i.id = r.id WHERE i.thread <> message.thread", "0");
	assert_query(index_db(index),
	    "SELECT count(*) FROM message AS m WHERE NOT EXISTS (SELECT 1 FROM message AS n WHERE n.message = m.thread AND n.thread = m.thread)", "0");
}

#define REFERENCES(...)                                                                                                                                        \
	(const char *const[])                                                                                                                                  \
	{                                                                                                                                                      \
		__VA_ARGS__, NULL                                                                                                                              \
	}

/* A reply joins its parent, whichever comes first, and through a parent that never comes. */
static void
test_joins(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, "a", NULL);
	deliver(index, 2, "b", REFERENCES("a"));
	deliver(index, 3, "d", REFERENCES("c"));
	deliver(index, 4, "f", REFERENCES("never"));
	deliver(index, 5, "g", REFERENCES("never"));
	assert_threads(index, "1 2, 3, 4 5");
	deliver(index, 6, "c", REFERENCES("b"));
	assert_threads(index, "1 2 3 6, 4 5");
	deliver(index, 7, "h", REFERENCES("g", "a"));
	assert_threads(index, "1 2 3 4 5 6 7");
}

/* A message without a Message-ID or references is a thread of its own, and an id named twice is one reference. */
static void
test_alone(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	deliver(index, 1, NULL, NULL);
	deliver(index, 2, NULL, NULL);
	deliver(index, 3, "", NULL);
	deliver(index, 4, NULL, REFERENCES("x", "x"));
	deliver(index, 5, "x", REFERENCES("x"));
	assert_threads(index, "1, 2, 3, 4 5");
	assert_query(index_db(index), "SELECT count(*) FROM reference", "2");
}

/* What one message alone held together falls apart when it is read anew without that reference. */
static void
test_parts_again(void **state)
{
	g_autoptr(Index) index = new_index(*state);
	g_autoptr(Record) record = make_record("c", "a@example.org", "s", "text");
	g_autoptr(GError) error = NULL;

	deliver(index, 1, "a", NULL);
	deliver(index, 2, "b", NULL);
	deliver(index, 3, "c", REFERENCES("a", "b"));
	deliver(index, 4, "d", REFERENCES("b"));
	assert_threads(index, "1 2 3 4");
	add_reference(record, "a");
	assert_ok(index_replace(index, 3, record, NULL, "r", &error), error);
	assert_threads(index, "1 3, 2 4");
	deliver(index, 5, "e", REFERENCES("d", "c"));
	assert_threads(index, "1 2 3 4 5");
}

/* A long thread costs each new member what it brings, not the thread's length: a thousand replies take no time. */
static void
test_long_thread(void **state)
{
	g_autoptr(Index) index = new_index(*state);

	for (guint i = 1; i <= 1000; i++) {
		g_autofree char *own = g_strdup_printf("m%u", i);
		g_autofree char *parent = g_strdup_printf("m%u", i + 1);

		/* Parents come late, all of them. */
		deliver(index, i, own, REFERENCES(parent));
	}
	assert_query(index_db(index), "SELECT count(DISTINCT thread) FROM message", "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_joins, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_alone, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_parts_again, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_long_thread, setup_archive, teardown_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
