#include "archive-fixture.h"

#include "base/limits.h"

#include <fcntl.h>
#include <unistd.h>

static const char first_text[] = "Received: one\nSubject: s\n\ntext\n";
static const char again_text[] = "Received: two\r\nSubject: s\r\n\r\ntext\r\n";

static struct mailstore *
open_store(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct mailstore *store = mailstore_open(folder, DB_WRITE, 1000, &error);

	assert_ok(store != NULL, error);
	return store;
}

static struct kept
keep(struct mailstore *store, const char *text, gint64 received, gboolean once)
{
	g_autoptr(RawMessage) raw = raw_from_text(text);
	g_autoptr(GError) error = NULL;
	struct delivery delivery = {.received = received, .source = "deliver", .sender = "a@example.org"};
	struct kept kept;

	assert_ok(mailstore_begin(store, &error) && mailstore_add(store, raw, &delivery, once, &kept, &error) && mailstore_commit(store, &error), error);
	return kept;
}

/* The same content again is one more delivery of the same message; an import adds nothing twice. */
static void
test_deliveries(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	struct kept first = keep(store, first_text, 100, FALSE), again = keep(store, again_text, 200, FALSE), once = keep(store, again_text, 300, TRUE);
	struct kept other = keep(store, "Subject: other\n\ntext\n", 400, TRUE);
	struct entry entry;
	gint64 deliveries, contents, last;

	assert_int_equal(first.seq, 1);
	assert_int_equal(strlen(first.public_id), 16);
	assert_false(first.again);
	assert_int_equal(again.seq, 2);
	assert_int_equal(again.content, first.content);
	assert_true(again.again);
	assert_int_equal(once.seq, 0);
	assert_true(once.again);
	assert_string_equal(once.public_id, first.public_id);
	assert_int_equal(other.seq, 3);
	assert_int_not_equal(other.content, first.content);
	assert_true(mailstore_next(store, 1, &entry, NULL));
	assert_int_equal(entry.seq, 2);
	assert_string_equal(entry.type, "delivery");
	assert_string_equal(entry.sender, "a@example.org");
	assert_null(entry.recipient);
	assert_true(entry.again);
	assert_int_equal(entry.received, 200);
	assert_int_equal(entry.at, 200);
	assert_int_equal(entry.size, strlen(first_text));
	assert_true(mailstore_next(store, 0, &entry, NULL));
	assert_false(entry.again);
	assert_false(mailstore_next(store, 3, &entry, NULL));
	assert_true(mailstore_count(store, 100, 400, &deliveries, &contents, NULL));
	assert_int_equal(deliveries, 2);
	assert_int_equal(contents, 1);
	assert_true(mailstore_last(store, &last, NULL));
	assert_int_equal(last, 3);
}

/* The bytes come back exactly, the first delivery's, whole or in part, to memory and to a file. */
static void
test_read(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autofree char *text = g_malloc(3 * LIMIT_RAW_CHUNK + 101);
	struct kept small = keep(store, first_text, 100, FALSE), large;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GBytes) part = NULL;
	g_autoptr(GBytes) whole = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename(*state, "out", NULL);
	g_autofree char *written = NULL;
	gsize length;
	int fd;

	for (gsize i = 0; i < 3 * LIMIT_RAW_CHUNK + 100; i++)
		text[i] = "abc\ndefgh "[i * i % 10];
	text[3 * LIMIT_RAW_CHUNK + 100] = '\0';
	large = keep(store, text, 200, FALSE);
	keep(store, again_text, 300, FALSE);
	bytes = mailstore_read(store, small.content, 0, &error);
	assert_ok(bytes != NULL, error);
	assert_int_equal(g_bytes_get_size(bytes), strlen(first_text));
	assert_memory_equal(g_bytes_get_data(bytes, NULL), first_text, strlen(first_text));
	part = mailstore_read(store, large.content, LIMIT_RAW_CHUNK + 5, &error);
	assert_ok(part != NULL, error);
	assert_int_equal(g_bytes_get_size(part), LIMIT_RAW_CHUNK + 5);
	assert_memory_equal(g_bytes_get_data(part, NULL), text, LIMIT_RAW_CHUNK + 5);
	whole = mailstore_read(store, large.content, 0, &error);
	assert_ok(whole != NULL, error);
	assert_int_equal(g_bytes_get_size(whole), strlen(text));
	assert_memory_equal(g_bytes_get_data(whole, NULL), text, strlen(text));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_ok(mailstore_write_raw(store, large.content, fd, &error), error);
	close(fd);
	assert_true(g_file_get_contents(path, &written, &length, NULL));
	assert_string_equal(written, text);
	assert_null(mailstore_read(store, 99, 0, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
}

/* A changed byte is found, and so is a redacted message. */
static void
test_damaged(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(Db) db = db_open(*state, DB_MAIL, DB_WRITE, 1000, NULL);
	g_autoptr(GError) error = NULL;
	struct kept kept = keep(store, first_text, 100, FALSE), other = keep(store, "Subject: t\n\n", 100, FALSE);

	assert_true(db_execute(db, "UPDATE content SET raw = (SELECT raw FROM content WHERE content = 2) WHERE content = 1", NULL));
	assert_null(mailstore_read(store, kept.content, 0, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
	assert_non_null(strstr(error->message, kept.public_id));
	g_clear_error(&error);
	assert_true(db_execute(db, "UPDATE content SET raw = x'00112233' WHERE content = 1", NULL));
	assert_null(mailstore_read(store, kept.content, 0, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
	g_clear_error(&error);
	assert_true(db_execute(db, "UPDATE content SET raw = NULL WHERE content = 2", NULL));
	assert_null(mailstore_read(store, other.content, 0, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
}

/* Any unique beginning of a public id names its message; an ambiguous one names the candidates. */
static void
test_resolve(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(Db) db = db_open(*state, DB_MAIL, DB_WRITE, 1000, NULL);
	struct kept kept = keep(store, first_text, 100, FALSE), other = keep(store, "Subject: t\n\n", 100, FALSE);
	g_autofree char *prefix = g_strndup(kept.public_id, 6);
	g_autofree char *upper = g_ascii_strup(prefix, -1);
	g_autofree char *found = NULL;
	g_autofree char *whole = NULL;
	g_autoptr(GError) error = NULL;
	gint64 content;

	assert_ok(mailstore_resolve(store, upper, &content, &found, &error), error);
	assert_int_equal(content, kept.content);
	assert_string_equal(found, kept.public_id);
	assert_false(mailstore_resolve(store, "abc", &content, NULL, &error));
	g_clear_error(&error);
	assert_false(mailstore_resolve(store, "abc%_1", &content, NULL, &error));
	g_clear_error(&error);
	assert_false(mailstore_resolve(store, "aaaaaaaaaaaa", &content, NULL, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
	g_clear_error(&error);
	g_free(query_text(db, "UPDATE content SET public_id = (SELECT public_id || 'a' FROM content WHERE content = 1) WHERE content = 2 RETURNING public_id"));
	assert_false(mailstore_resolve(store, prefix, &content, NULL, &error));
	assert_non_null(strstr(error->message, kept.public_id));
	assert_true(mailstore_resolve(store, kept.public_id, &content, &whole, NULL));
	assert_int_equal(content, kept.content);
	assert_int_equal(other.content, 2);
}

/* Two messages never have one public id. */
static void
test_public_id_taken(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(Db) db = db_open(*state, DB_MAIL, DB_WRITE, 1000, NULL);
	struct kept kept = keep(store, first_text, 100, FALSE), second;

	assert_true(db_execute(db, "UPDATE content SET content_id = randomblob(32)", NULL));
	second = keep(store, first_text, 100, FALSE);
	assert_int_not_equal(second.content, kept.content);
	assert_int_equal(strlen(second.public_id), 17);
	assert_memory_equal(second.public_id, kept.public_id, 16);
}

/* The rule files in force are the newest, old ones stay, and the same again adds nothing. */
static void
test_rules(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GVariant) one = g_variant_ref_sink(g_variant_new_parsed("[('a.rules', '[taxonomy a]')]"));
	g_autoptr(GVariant) two = g_variant_ref_sink(g_variant_new_parsed("[('a.rules', '[taxonomy a]'), ('b.rules', '[taxonomy b]')]"));
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = NULL;
	g_autoptr(GVariant) got = NULL;
	g_autoptr(GVariant) old = NULL;
	gint64 last;

	assert_null(mailstore_get_rules(store, NULL, NULL, &error));
	assert_null(error);
	assert_true(mailstore_begin(store, NULL));
	assert_ok(mailstore_add_rules(store, "hash1", one, 10, &error), error);
	assert_ok(mailstore_add_rules(store, "hash2", two, 20, &error), error);
	assert_ok(mailstore_add_rules(store, "hash2", two, 30, &error), error);
	assert_ok(mailstore_add_rules(store, "hash1", one, 40, &error), error);
	assert_true(mailstore_commit(store, NULL));
	assert_true(mailstore_last(store, &last, NULL));
	assert_int_equal(last, 3);
	got = mailstore_get_rules(store, NULL, &hash, &error);
	assert_ok(got != NULL, error);
	assert_string_equal(hash, "hash1");
	assert_true(g_variant_equal(got, one));
	old = mailstore_get_rules(store, "hash2", NULL, &error);
	assert_ok(old != NULL, error);
	assert_true(g_variant_equal(old, two));
	assert_null(mailstore_get_rules(store, "hash3", NULL, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
}

/* A decision that makes no sense is refused; one that does is in the sequence. */
static void
test_decisions(void **state)
{
	static const struct {
		gint64 content;
		const char *action, *value;
	} wrong[] = {
	    {1, "file", NULL},
	    {1, "kind", "nonsense"},
	    {0, "release", NULL},
	    {1, "frobnicate", NULL},
	    {99, "release", NULL},
	};
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GError) error = NULL;
	struct entry entry;
	gint64 seq;

	keep(store, first_text, 100, FALSE);
	assert_true(mailstore_begin(store, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		assert_false(mailstore_add_decision(store, wrong[i].content, 5, "me", wrong[i].action, wrong[i].value, NULL, &seq, &error));
		g_clear_error(&error);
	}
	assert_ok(mailstore_add_decision(store, 1, 500, "me", "kind", "team", "a member", &seq, &error), error);
	assert_true(mailstore_commit(store, NULL));
	assert_int_equal(seq, 2);
	assert_true(mailstore_next(store, 1, &entry, NULL));
	assert_string_equal(entry.type, "decision");
	assert_string_equal(entry.source, "me");
	assert_string_equal(entry.action, "kind");
	assert_string_equal(entry.value, "team");
	assert_string_equal(entry.note, "a member");
	assert_int_equal(entry.content, 1);
	assert_false(entry.again);
}

static void
decide_kind(struct mailstore *store, gint64 content, const char *kind)
{
	g_autoptr(GError) error = NULL;
	gint64 seq;

	assert_ok(mailstore_add_decision(store, content, 5, "me", "kind", kind, NULL, &seq, &error), error);
}

/* Undo takes back what stands last on that message, each once, and is never taken back itself. */
static void
test_undo(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GError) error = NULL;
	gint64 seq;

	keep(store, first_text, 100, FALSE);
	keep(store, "Subject: other\n\n", 100, FALSE);
	assert_true(mailstore_begin(store, NULL));
	decide_kind(store, 1, "team");
	decide_kind(store, 1, "spam");
	decide_kind(store, 2, "auto");
	for (guint i = 0; i < 2; i++) {
		g_auto(TakenBack) taken = {0};
		struct entry entry;

		assert_ok(mailstore_add_undo(store, 1, 6, "you", "a slip", &taken, &seq, &error), error);
		assert_int_equal(seq, 6 + i);
		assert_int_equal(taken.seq, 4 - i);
		assert_string_equal(taken.who, "me");
		assert_string_equal(taken.action, "kind");
		assert_string_equal(taken.value, i == 0 ? "spam" : "team");
		assert_true(mailstore_next(store, seq - 1, &entry, NULL));
		assert_string_equal(entry.action, "undo");
		assert_string_equal(entry.value, i == 0 ? "4" : "3");
		assert_string_equal(entry.source, "you");
		assert_int_equal(entry.content, 1);
	}
	for (gint64 content = 1; content <= 99; content += 98) {
		g_auto(TakenBack) taken = {0};

		assert_false(mailstore_add_undo(store, content, 6, "you", NULL, &taken, &seq, &error));
		assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
		g_clear_error(&error);
	}
	assert_true(mailstore_commit(store, NULL));
}

/* Each entry's link depends on all before it: another history has other links. */
static void
test_links(void **state)
{
	g_autofree char *folder = scratch_folder();
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(Mailstore) other = NULL;
	guint8 a[16], b[16];
	gboolean made;

	assert_true(mailstore_create(folder, &made, NULL));
	other = open_store(folder);
	assert_string_not_equal(mailstore_uuid(store), mailstore_uuid(other));
	keep(store, first_text, 100, FALSE);
	keep(other, first_text, 100, FALSE);
	assert_true(mailstore_link(store, 1, a, NULL));
	assert_true(mailstore_link(other, 1, b, NULL));
	assert_memory_equal(a, b, 16);
	keep(store, "Subject: x\n\n", 200, FALSE);
	keep(other, "Subject: y\n\n", 200, FALSE);
	keep(store, "Subject: z\n\n", 200, FALSE);
	keep(other, "Subject: z\n\n", 200, FALSE);
	assert_true(mailstore_link(store, 3, a, NULL));
	assert_true(mailstore_link(other, 3, b, NULL));
	assert_memory_not_equal(a, b, 16);
	assert_false(mailstore_link(store, 4, a, NULL));
	scratch_remove(folder);
}

/* What was rolled back leaves nothing, not even in the link of what comes after. */
static void
test_rollback(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(RawMessage) raw = raw_from_text("Subject: gone\n\n");
	struct delivery delivery = {.received = 1, .source = "deliver"};
	struct kept kept;
	gint64 last;

	assert_true(mailstore_begin(store, NULL));
	assert_true(mailstore_add(store, raw, &delivery, FALSE, &kept, NULL));
	mailstore_rollback(store);
	assert_true(mailstore_last(store, &last, NULL));
	assert_int_equal(last, 0);
	kept = keep(store, first_text, 100, FALSE);
	assert_int_equal(kept.seq, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_deliveries, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_read, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_damaged, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_resolve, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_public_id_taken, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_rules, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_decisions, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_undo, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_links, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_rollback, setup_archive, teardown_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
