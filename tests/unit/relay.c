#include "archive-fixture.h"

#include "base/limits.h"
#include "intake/follow-private.h"
#include "intake/relay.h"

#define LETTERS 40

struct keeping {
	struct relay *relay;
	struct mailstore *store;
	gsize padding;  /* bytes of each letter's text */
	guint refused;  /* calls of relay_pass that were answered FALSE */
	gboolean whole; /* told at the end */
};

/* A letter a transaction, each second one rolled back. */
static gpointer
keep(gpointer data)
{
	struct keeping *keeping = data;
	g_autofree char *padding = g_strnfill(keeping->padding, 'x');

	for (guint i = 0; i < 2 * LETTERS && keeping->refused == 0; i++) {
		g_autofree char *text = g_strdup_printf("From: a@example.org\nSubject: letter %u\n\n%s\n", i, padding);
		g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
		g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
		struct delivery delivery = {.received = 1550048400, .source = "import"};
		struct kept kept;

		if (!mailstore_begin(keeping->store, NULL) || !mailstore_add(keeping->store, raw, &delivery, TRUE, &kept, NULL))
			break;
		relay_add(keeping->relay, kept.seq, kept.content, bytes, delivery.received);
		if (i % 2 == 1) {
			mailstore_rollback(keeping->store);
			relay_drop(keeping->relay);
		} else if (mailstore_commit(keeping->store, NULL))
			keeping->refused += !relay_pass(keeping->relay, i % 16 == 0);
	}
	relay_end(keeping->relay, keeping->whole);
	return NULL;
}

/* All that was committed stands in the index under its own number when the end was told, and nothing of what was rolled back. */
static void
test_follows(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 10000, NULL), own = mailstore_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Follow) follow = follow_new(store, index, reader);
	g_autoptr(Relay) relay = relay_new();
	struct keeping keeping = {relay, own, 10, 0, TRUE};
	struct follow_limits limits = {0};
	g_autoptr(GError) error = NULL;
	GThread *thread;
	gint64 left;

	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	thread = g_thread_new("keep", keep, &keeping);
	assert_ok(relay_follow(relay, follow, index, &error), error);
	g_thread_join(thread);
	assert_int_equal(keeping.refused, 0);
	assert_query(index_db(index), "SELECT count(*) FROM message WHERE unread IS NULL", G_STRINGIFY(LETTERS));
	assert_query(index_db(index), "SELECT count(*) FROM message WHERE subject <> 'letter ' || (2 * message - 2)", "0");
}

#define MANY 3500 /* more than three transactions of the index */

static gpointer
keep_many(gpointer data)
{
	struct keeping *keeping = data;
	gboolean ok = TRUE;

	for (guint i = 0; ok && i < MANY; i++) {
		g_autofree char *text = g_strdup_printf("From: a@example.org\nSubject: letter %u\n\nx\n", i);
		g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
		g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
		struct delivery delivery = {.received = 1550048400, .source = "import"};
		struct kept kept;

		ok = (i % 500 > 0 || mailstore_begin(keeping->store, NULL)) && mailstore_add(keeping->store, raw, &delivery, TRUE, &kept, NULL);
		relay_add(keeping->relay, kept.seq, kept.content, bytes, delivery.received);
		if (ok && (i % 500 == 499 || i == MANY - 1))
			ok = mailstore_commit(keeping->store, NULL) && relay_pass(keeping->relay, FALSE);
	}
	relay_end(keeping->relay, ok);
	return NULL;
}

/* What is handed to the reader while the index is written stands in the index too, each letter under its own number, and nothing is held any more. */
static void
test_many(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 10000, NULL), own = mailstore_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Follow) follow = follow_new(store, index, reader);
	g_autoptr(Relay) relay = relay_new();
	struct keeping keeping = {.relay = relay, .store = own};
	struct follow_limits limits = {0};
	g_autoptr(GError) error = NULL;
	GThread *thread;
	gint64 left;

	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	thread = g_thread_new("keep", keep_many, &keeping);
	assert_ok(relay_follow(relay, follow, index, &error), error);
	g_thread_join(thread);
	assert_query(index_db(index), "SELECT count(*) FROM message WHERE unread IS NULL", G_STRINGIFY(MANY));
	assert_query(index_db(index), "SELECT count(*) FROM message WHERE subject <> 'letter ' || (message - 1)", "0");
	assert_int_equal(follow->submissions, MANY);
	assert_int_equal(g_hash_table_size(follow->offers), 0);
}

/* Where the index cannot follow, whoever keeps is told and does not wait for room that nobody makes. */
static void
test_stopped(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 10000, NULL), own = mailstore_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Follow) follow = follow_new(store, index, reader);
	g_autoptr(Relay) relay = relay_new();
	struct keeping keeping = {relay, own, LIMIT_RELAY_BYTES / LETTERS * 2, 0, TRUE};
	g_autoptr(GError) error = NULL;
	GThread *thread;

	assert_true(db_execute(index_db(index), "DROP TABLE follow", NULL));
	thread = g_thread_new("keep", keep, &keeping);
	assert_false(relay_follow(relay, follow, index, &error));
	assert_non_null(error);
	g_thread_join(thread);
	assert_int_equal(keeping.refused, 1);
}

#define KNOWN 5000

static gpointer
pass_known(gpointer data)
{
	static const char text[] = "From: a@example.org\nSubject: known\n\nx\n";
	g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof text - 1);
	struct keeping *keeping = data;

	for (gint64 i = 1; i <= KNOWN; i++) {
		relay_add(keeping->relay, i, i, bytes, 1550048400);
		if (i % 100 == 0)
			keeping->refused += !relay_pass(keeping->relay, FALSE);
	}
	relay_end(keeping->relay, FALSE);
	return NULL;
}

/* What another process has put into the index already does not pile up before the reader: it is handed no more of it, and what it has is waited for. */
static void
test_another_was_faster(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 10000, NULL);
	g_autoptr(Follow) follow = follow_new(store, index, reader);
	g_autoptr(Relay) relay = relay_new();
	struct keeping keeping = {.relay = relay};
	struct follow_limits limits = {0};
	g_autoptr(GError) error = NULL;
	GThread *thread;
	gint64 left;

	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	assert_true(db_execute(index_db(index), "UPDATE follow SET seq = " G_STRINGIFY(KNOWN), NULL));
	thread = g_thread_new("keep", pass_known, &keeping);
	assert_ok(relay_follow(relay, follow, index, &error), error);
	g_thread_join(thread);
	assert_int_equal(keeping.refused, 0);
	assert_in_range(follow->submissions, 1, KNOWN / 2);
	assert_int_equal(g_hash_table_size(follow->contents), 0);
	assert_int_equal(g_hash_table_size(follow->offers), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_follows, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_many, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_stopped, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_another_was_faster, setup_archive, teardown_archive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
