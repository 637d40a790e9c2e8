#include "archive-fixture.h"

#include <sys/mman.h>
#include <unistd.h>

#include "intake/follow-private.h"
#include "intake/keep.h"
#include "intake/reader-private.h"
#include "mail/message.h"

#define WAIT_MS 60000

static const char rule_file[] = "[taxonomy bus]\ntitle = Buses\n\n[workstream w]\ntitle = Money\n\n[topic w.fares]\ntitle = Fares\nkeyword = fares\n";

/* What the tests tell the processes that read. */
static volatile int *gate;

static int
setup(void **state)
{
	gate = mmap(NULL, sizeof *gate, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(gate != MAP_FAILED);
	return setup_archive(state);
}

static int
teardown(void **state)
{
	munmap((void *)gate, sizeof *gate);
	return teardown_archive(state);
}

/* In place of reading: "slow" is answered when the gate is open, and rules are not for it. */
static void
read_slowly(int fd)
{
	struct frame frame;

	while (read(fd, &frame, sizeof frame) == (gssize)sizeof frame) {
		g_autofree char *data = g_malloc0((gsize)frame.length + 1);
		g_autoptr(Record) record = NULL;
		g_autoptr(GBytes) bytes = NULL;

		for (gsize done = 0; done < frame.length;)
			done += (gsize)read(fd, data + done, frame.length - done);
		if (frame.type == FRAME_RULES) {
			frame = (struct frame){.type = FRAME_REFUSED};
			if (write(fd, &frame, sizeof frame) < 0)
				break;
			continue;
		}
		while (strstr(data, "slow") != NULL && !*gate)
			;
		record = message_read((const guint8 *)data, frame.length);
		bytes = record_to_bytes(record);
		frame = (struct frame){.type = FRAME_RECORD, .length = (guint32)g_bytes_get_size(bytes)};
		if (write(fd, &frame, sizeof frame) < 0 || write(fd, g_bytes_get_data(bytes, NULL), frame.length) < 0)
			break;
	}
	_exit(0);
}

static gint64
keep_text(struct mailstore *store, const char *text)
{
	struct raw_message *raw = raw_from_text(text);
	struct delivery delivery = {.received = 1550048400, .source = "lmtp"};
	g_autoptr(GError) error = NULL;
	struct kept kept;

	assert_ok(mailstore_begin(store, &error), error);
	assert_ok(mailstore_add(store, raw, &delivery, FALSE, &kept, &error), error);
	assert_ok(mailstore_commit(store, &error), error);
	raw_message_free(raw);
	return kept.content;
}

static void
keep(struct mailstore *store, const char *subject)
{
	g_autofree char *text = g_strdup_printf("From: a@example.org\nSubject: %s\n\nThe fares are too high.\n", subject);

	(void)keep_text(store, text);
}

/* Follows for a while at a time until LEFT entries are left. */
static void
follow_until(struct follow *follow, guint ms, gint64 wanted)
{
	struct follow_limits limits = {.ms = ms};
	gint64 left = -1, end = g_get_monotonic_time() + WAIT_MS * 1000;
	g_autoptr(GError) error = NULL;

	do
		assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	while (left > wanted && g_get_monotonic_time() < end);
	assert_int_equal(left, wanted);
}

/* A message that is read slowly, and is still being read when its follow has ended: its record is no other message's. */
static void
test_late_answer(void **state)
{
	struct worker worker = {.planted = read_slowly};
	g_autoptr(Reader) reader = reader_new_planted(READER_EACH, &worker, 2 * WAIT_MS * (gint64)1000, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 1000, NULL);
	struct follow *first = follow_new(store, index, reader), *second;
	struct follow_limits once = {.ms = 100};
	gint64 left;

	keep(store, "first");
	keep(store, "slow");
	keep(store, "third");
	follow_until(first, 100, 2);
	follow_free(first);
	second = follow_new(store, index, reader);
	assert_true(follow_catch_up(second, &once, &left, NULL));
	assert_int_equal(left, 2);
	*gate = 1;
	follow_until(second, 1000, 0);
	follow_free(second);
	assert_query(index_db(index), "SELECT group_concat(subject) FROM (SELECT subject FROM message ORDER BY message)", "first,slow,third");
}

/* What an import handed to its reader and another process put into the index is never asked for: its record is not that of the letter whose document is read
 * next. */
static void
test_answers_not_asked_for(void **state)
{
	static const char document[] = "From: a@example.org\nSubject: document\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
	                               "--b\nContent-Type: text/plain\n\nSee there.\n--b\nContent-Type: application/rtf\n"
	                               "Content-Disposition: attachment; filename=fares.rtf\n\n{\\rtf1 The tariff of tomorrow}\n--b--\n";
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL), other = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Follow) import = follow_new(store, index, reader);
	g_autoptr(Follow) sweep = follow_new(store, index, other);
	struct follow_documents documents;

	(void)keep_text(store, document);
	follow_until(sweep, 1000, 0);
	for (guint i = 1; i < 4; i++) {
		g_autofree char *text = g_strdup_printf("From: a@example.org\nSubject: ahead %u\n\nThe fares are too high.\n", i);
		g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));

		assert_true(follow_submit(import, 0, keep_text(store, text), raw, 1550048400, NULL));
	}
	follow_until(sweep, 1000, 0);
	assert_true(follow_read_documents(import, NULL, &documents, NULL));
	assert_int_equal(documents.read, 1);
	assert_query(index_db(index), "SELECT group_concat(subject) FROM (SELECT subject FROM message ORDER BY message)", "document,ahead 1,ahead 2,ahead 3");
}

/* An import beside which another process is always faster holds nothing of what that has put into the index: neither records nor documents. */
static void
test_forgets_what_is_known(void **state)
{
	static const char document[] = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee there.\n"
	                               "--b\nContent-Type: application/rtf\nContent-Disposition: attachment; filename=fares.rtf\n\n{\\rtf1 Tariff}\n--b--\n";
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL), other = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Follow) import = follow_new(store, index, reader);
	g_autoptr(Follow) sweep = follow_new(store, index, other);
	gint64 contents[4], last;

	follow_convert_ahead(import);
	follow_until(sweep, 1000, 0);
	for (guint i = 0; i < G_N_ELEMENTS(contents); i++) {
		g_autofree char *text = g_strdup_printf("From: a@example.org\nSubject: ahead %u\n%s", i, document);
		g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));

		contents[i] = keep_text(store, text);
		assert_true(mailstore_last(store, &last, NULL));
		assert_true(follow_submit(import, last, contents[i], raw, 1550048400, NULL));
	}
	follow_take_all(import);
	assert_int_equal(g_hash_table_size(import->offers), G_N_ELEMENTS(contents));
	assert_true(desk_has(import->desk, contents[3]));
	follow_until(sweep, 1000, 0);
	follow_forget_known(import, last - 1);
	assert_int_equal(g_hash_table_size(import->offers), 1);
	follow_until(import, 1000, 0);
	assert_int_equal(g_hash_table_size(import->offers), 0);
	assert_int_equal(g_hash_table_size(import->contents), 0);
	for (guint i = 0; i < G_N_ELEMENTS(contents); i++)
		assert_false(desk_has(import->desk, contents[i]));
}

/* A reader that served another follow has its rules: an index that is made anew files by those that were in force when a message came. */
static void
test_rules_of_the_time(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_EACH, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, 1000, NULL);
	GVariantBuilder builder;
	g_autoptr(GVariant) files = NULL;
	g_autoptr(GError) error = NULL;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
	g_variant_builder_add(&builder, "(ss)", "bus.rules", rule_file);
	files = g_variant_ref_sink(g_variant_builder_end(&builder));
	keep(store, "before");
	keep(store, "before that too");
	keep(store, "and still before");
	assert_ok(keep_rules(store, "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef", files, 1550048400, &error), error);
	keep(store, "after");
	for (int i = 0; i < 2; i++) {
		g_autoptr(Follow) follow = follow_new(store, index, reader);

		assert_ok(follow_reset(follow, &error), error);
		follow_until(follow, 0, 0);
		assert_query(index_db(index), "SELECT group_concat(subject) FROM message JOIN filing USING (message) WHERE id = 'w.fares'", "after");
		assert_query(index_db(index), "SELECT count(*) FROM message WHERE unread IS NULL", "4");
	}
}

static gpointer
take_index(gpointer data)
{
	g_autoptr(Index) index = index_open(data, DB_WRITE, WAIT_MS, NULL);
	gboolean begun = index_begin(index, NULL);

	index_rollback(index);
	return GINT_TO_POINTER(begun);
}

/* A large transaction stays open from call to call while nobody waits for the index; whoever does has it at the end of the batch; and what was not ended is as
 * if it had not been followed. */
static void
test_large(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, WAIT_MS, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, WAIT_MS, NULL), other = index_open(*state, DB_READ, WAIT_MS, NULL);
	struct follow *follow = follow_new(store, index, reader);
	struct follow_limits limits = {.large = TRUE, .stay = TRUE};
	g_autoptr(GError) error = NULL;
	GThread *waiter;
	gint64 left;

	keep(store, "one");
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	keep(store, "two");
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	assert_int_equal(left, 0);
	assert_query(index_db(other), "SELECT count(*) FROM message", "0");
	waiter = g_thread_new("waiter", take_index, *state);
	for (guint i = 0; i < 1000 && !index_awaited(index); i++)
		g_usleep(10000);
	assert_true(index_awaited(index));
	keep(store, "three");
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	assert_query(index_db(other), "SELECT count(*) FROM message", "3");
	assert_true(GPOINTER_TO_INT(g_thread_join(waiter)));
	keep(store, "four");
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	assert_ok(follow_end(follow, &error), error);
	assert_query(index_db(other), "SELECT count(*) FROM message", "4");
	keep(store, "five");
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	follow_free(follow);
	assert_query(index_db(other), "SELECT count(*) FROM message", "4");
	follow = follow_new(store, index, reader);
	limits.stay = FALSE;
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	assert_query(index_db(other), "SELECT count(*) FROM message", "5");
	follow_free(follow);
}

/* Who has the index has the message read that is awaited. */
static gpointer
take_index_and_open(gpointer data)
{
	*gate = GPOINTER_TO_INT(take_index(data));
	return NULL;
}

/* While a message is read that a transaction does not need yet, nobody waits for that transaction. */
static void
test_large_before_slow(void **state)
{
	struct worker worker = {.planted = read_slowly};
	g_autoptr(Reader) reader = reader_new_planted(READER_MANY, &worker, WAIT_MS * (gint64)1000, NULL);
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, WAIT_MS, NULL);
	g_autoptr(Index) index = index_open(*state, DB_WRITE, WAIT_MS, NULL);
	g_autoptr(Follow) follow = follow_new(store, index, reader);
	struct follow_limits limits = {.large = TRUE, .stay = TRUE};
	g_autofree char *text = g_strdup("From: a@example.org\nSubject: slow\n\nThe fares are too high.\n");
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	g_autoptr(GError) error = NULL;
	GThread *waiter;
	gint64 left, last;

	keep(store, "one");
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	assert_ok(mailstore_last(store, &last, &error), error);
	assert_ok(follow_submit(follow, last + 1, keep_text(store, text), bytes, 1550048400, &error), error);
	waiter = g_thread_new("waiter", take_index_and_open, *state);
	follow_get_ready(follow, last + 1);
	assert_int_equal(*gate, 1);
	g_thread_join(waiter);
	assert_ok(follow_catch_up(follow, &limits, &left, &error), error);
	assert_ok(follow_end(follow, &error), error);
	assert_query(index_db(index), "SELECT count(*) FROM message WHERE unread IS NULL", "2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_late_answer, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_answers_not_asked_for, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_forgets_what_is_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_rules_of_the_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_large, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_large_before_slow, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
