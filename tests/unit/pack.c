#include "archive-fixture.h"

#include "archive/block.h"
#include "archive/check.h"
#include "archive/mailstore-private.h"
#include "archive/pack.h"
#include "archive/redaction.h"
#include "base/limits.h"

#include <string.h>

#define AFTER 10000 /* later than all that is delivered here */

static struct mailstore *
open_store(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct mailstore *store = mailstore_open(folder, DB_WRITE, 1000, &error);

	assert_ok(store != NULL, error);
	return store;
}

/* A message of SIZE bytes: of any bytes there are, and of those that stand in mail again and again. */
static GBytes *
make_bytes(guint number, gsize size)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GRand) random = g_rand_new_with_seed(number + 1);

	g_string_printf(text, "From: a@example.org\nMessage-ID: <%u@example.org>\n\n", number);
	while (text->len < size) {
		g_string_append(text, "The same line in each of them.\r\n");
		for (guint i = 0; i < 32; i++)
			g_string_append_c(text, (char)g_rand_int_range(random, 0, 256));
	}
	return g_bytes_new(text->str, size);
}

static gint64
keep(struct mailstore *store, GBytes *bytes, gint64 received)
{
	g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
	g_autoptr(GError) error = NULL;
	struct delivery delivery = {.received = received, .source = "deliver"};
	struct kept kept;

	assert_ok(mailstore_begin(store, &error) && mailstore_add(store, raw, &delivery, FALSE, &kept, &error) && mailstore_commit(store, &error), error);
	return kept.content;
}

static void
assert_kept(struct mailstore *store, gint64 content, GBytes *bytes)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) there = mailstore_read(store, content, 0, &error);

	assert_ok(there != NULL, error);
	assert_true(g_bytes_equal(there, bytes));
}

static gint64
number(struct mailstore *store, const char *sql)
{
	g_autoptr(Stmt) stmt = db_prepare(store->db, sql, NULL);

	assert_int_equal(stmt_step(stmt, NULL), STMT_ROW);
	return stmt_int(stmt, 0);
}

static void
execute(struct mailstore *store, const char *sql)
{
	g_autoptr(GError) error = NULL;

	assert_ok(db_execute(store->db, sql, &error), error);
}

static void
pack_everything(struct mailstore *store, struct packing *packing, gint64 before)
{
	gboolean more = TRUE;

	packing_init(packing, before, FALSE);
	while (more) {
		g_autoptr(GError) error = NULL;

		assert_ok(pack_next(store, packing, &more, &error), error);
	}
}

/* Sizes at every edge: nothing, one byte, a whole first piece, one more than that. */
static const gsize sizes[] = {100, LIMIT_RAW_CHUNK, LIMIT_RAW_CHUNK + 1, 1, 700 * 1024, 5000, LIMIT_RAW_CHUNK - 1, 64, 900 * 1024, 3 * LIMIT_RAW_CHUNK, 200};

static void
fill(struct mailstore *store, GPtrArray *bytes)
{
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		GBytes *message = make_bytes(i, sizes[i]);

		assert_int_equal(keep(store, message, 100 + i), i + 1);
		g_ptr_array_add(bytes, message);
	}
}

static void
assert_all(struct mailstore *store, const GPtrArray *bytes)
{
	for (guint i = 0; i < bytes->len; i++)
		assert_kept(store, i + 1, bytes->pdata[i]);
}

/* Every byte of every message is the same before, in a block and taken out of it again, and the history is too. */
static void
test_round_trip(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(Findings) findings = findings_new();
	g_auto(Packing) packing;
	g_autoptr(GError) error = NULL;
	guint8 before[16], after[16];

	fill(store, bytes);
	assert_true(mailstore_link(store, G_N_ELEMENTS(sizes), before, NULL));
	pack_everything(store, &packing, AFTER);
	assert_true(packing.blocks >= 2);
	assert_int_equal(packing.messages, number(store, "SELECT count(*) FROM content WHERE block IS NOT NULL AND raw IS NULL"));
	assert_int_equal(number(store, "SELECT count(*) FROM content WHERE chunks > 1 AND block IS NULL AND raw IS NOT NULL"), 2);
	assert_true(number(store, "SELECT max(size) FROM block") <= LIMIT_BLOCK_BYTES);
	assert_int_equal(number(store, "SELECT count(*) FROM content"), G_N_ELEMENTS(sizes));
	assert_int_equal(number(store, "PRAGMA foreign_keys"), 1);
	assert_all(store, bytes);
	assert_ok(check_mail(store, findings, CHECK_WHOLE, &error), error);
	assert_int_equal(findings_faults(findings), 0);
	for (guint i = 0; i < bytes->len; i++)
		assert_ok(mailstore_loosen_now(store, i + 1, &error), error);
	assert_int_equal(number(store, "SELECT count(*) FROM block"), 0);
	assert_int_equal(number(store, "SELECT count(*) FROM content WHERE raw IS NULL OR block IS NOT NULL"), 0);
	assert_all(store, bytes);
	assert_true(mailstore_link(store, G_N_ELEMENTS(sizes), after, NULL));
	assert_memory_equal(before, after, sizeof before);
	packing_clear(&packing);
	pack_everything(store, &packing, AFTER);
	assert_true(number(store, "SELECT min(block) FROM block") > 2); /* no number comes again: a reader may know it by that */
	assert_all(store, bytes);
}

/* Only what is old enough, by its last delivery; and only as much as fills a block. */
static void
test_which(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_auto(Packing) none, one;
	g_autoptr(GBytes) first = make_bytes(1, 600 * 1024), second = make_bytes(2, 600 * 1024), third = make_bytes(3, 600 * 1024);

	keep(store, first, 100);
	keep(store, second, 200);
	keep(store, third, 300);
	pack_everything(store, &none, 200);
	assert_int_equal(none.messages, 0);
	keep(store, first, 400); /* the same once more, later */
	pack_everything(store, &one, 400);
	assert_int_equal(one.messages, 2);
	assert_int_equal(number(store, "SELECT group_concat(content, '') FROM (SELECT content FROM content WHERE block IS NOT NULL ORDER BY content)"), 23);
	assert_kept(store, 1, first);
	assert_kept(store, 3, third);
}

/* A message that is changed between being read and being packed stays as it was changed; nothing of the block is kept. */
static void
test_changed_meanwhile(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(Mailstore) other = open_store(*state);
	g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(GBytes) plain = g_bytes_new_static("Subject: less\n\n", 15);
	struct redaction redaction = {.content = 4, .raw = plain, .at = 500, .who = "ada", .value = "text"};
	g_auto(Packing) packing;
	g_autoptr(GError) error = NULL;
	gint64 seq;

	fill(store, bytes);
	execute(store, "CREATE TEMP TRIGGER meanwhile BEFORE INSERT ON block WHEN new.size = 1770477 BEGIN UPDATE content SET raw_hash = zeroblob(32) WHERE "
	               "content = 4; END");
	pack_everything(store, &packing, AFTER);
	assert_true(number(store, "SELECT count(*) FROM content WHERE content <= 5 AND block IS NOT NULL") == 0);
	execute(store, "DROP TRIGGER meanwhile");
	assert_all(store, bytes);
	packing_clear(&packing);
	pack_everything(store, &packing, AFTER);
	assert_int_equal(number(store, "SELECT count(*) FROM content WHERE content = 4 AND block IS NOT NULL"), 1);
	/* and a redaction takes the whole block apart */
	assert_ok(mailstore_begin(other, &error) && mailstore_redact(other, &redaction, &seq, &error) && mailstore_commit(other, &error), error);
	assert_kept(store, 4, plain);
	g_bytes_unref(bytes->pdata[3]);
	bytes->pdata[3] = g_bytes_ref(plain);
	assert_all(store, bytes);
	assert_int_equal(number(store, "SELECT count(*) FROM content WHERE content = 4 AND block IS NULL AND raw IS NOT NULL"), 1);
}

/* A block that cannot be unpacked is told with all that is in it; what is delivered again takes its place, message by message, until the block is gone. */
static void
test_damage(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(Findings) findings = findings_new();
	g_auto(Packing) packing;
	g_autoptr(GError) error = NULL;
	const struct finding *finding;
	guint mended = 0;

	fill(store, bytes);
	pack_everything(store, &packing, AFTER);
	execute(store, "UPDATE block SET raw = CAST(zeroblob(4) || substr(raw, 5) AS BLOB) WHERE block = 1");
	mailstore_close(g_steal_pointer(&store));
	store = open_store(*state);
	assert_ok(check_mail(store, findings, CHECK_WHOLE, &error), error);
	assert_int_equal(findings_faults(findings), 1);
	finding = findings_list(findings)->pdata[0];
	for (guint i = 0; i < bytes->len; i++) {
		g_autofree char *id = mailstore_public_id(store, i + 1, NULL);
		g_autoptr(GBytes) there = mailstore_read(store, i + 1, 0, &error);

		assert_int_equal(there == NULL, strstr(finding->what, id) != NULL);
		if (there == NULL) {
			g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes->pdata[i]);
			enum mailstore_bytes state_of;

			assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
			g_clear_error(&error);
			assert_ok(mailstore_begin(store, &error) && mailstore_mend(store, raw, &state_of, &error) && mailstore_commit(store, &error), error);
			assert_int_equal(state_of, MAILSTORE_MENDED);
			mended++;
		}
	}
	assert_true(mended >= 2);
	assert_all(store, bytes);
	assert_int_equal(number(store, "SELECT count(*) FROM block WHERE block = 1"), 0);
}

/* Nothing that stands in the file is believed: sizes, places, frames that unpack to anything. */
static void
test_block(void **state)
{
	g_autoptr(GByteArray) plain = g_byte_array_new();
	g_autoptr(GBytes) packed = NULL, bytes = NULL, slice = NULL;
	g_autoptr(GError) error = NULL;
	gconstpointer data;
	gsize length;

	(void)state;
	g_byte_array_append(plain, (const guint8 *)"ab\0cd", 5);
	packed = block_pack(plain);
	data = g_bytes_get_data(packed, &length);
	bytes = block_unpack(data, length, 5, &error);
	assert_ok(bytes != NULL, error);
	slice = block_slice(bytes, 1, 3, &error);
	assert_memory_equal(g_bytes_get_data(slice, NULL), "b\0c", 3);
	for (gsize i = 0; i < length; i++)
		assert_null(block_unpack(data, i, 5, NULL));
	assert_null(block_unpack(data, length, 4, NULL));
	assert_null(block_unpack(data, length, 6, NULL));
	assert_null(block_unpack(data, length, -1, NULL));
	assert_null(block_unpack(NULL, 0, 0, NULL));
	assert_null(block_slice(bytes, 3, 3, NULL));
	assert_null(block_slice(bytes, -1, 3, NULL));
	assert_null(block_slice(bytes, 1, -1, NULL));
	assert_null(block_slice(bytes, 6, 0, NULL));
	assert_null(block_slice(bytes, G_MAXINT64, 1, NULL));
	assert_null(block_slice(bytes, 1, G_MAXINT64, NULL));
	g_byte_array_set_size(plain, LIMIT_BLOCK_BYTES + 1);
	memset(plain->data, 0, plain->len);
	g_bytes_unref(packed);
	packed = block_pack(plain);
	data = g_bytes_get_data(packed, &length);
	assert_null(block_unpack(data, length, LIMIT_BLOCK_BYTES + 1, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
}

/* What an import adds within a transaction that is open. */
static gint64
add(struct mailstore *store, GBytes *bytes, gboolean again)
{
	g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
	g_autoptr(GError) error = NULL;
	struct delivery delivery = {.received = 100, .source = "import"};
	struct kept kept;

	assert_ok(mailstore_add(store, raw, &delivery, TRUE, &kept, &error), error);
	assert_int_equal(kept.again, again);
	assert_kept(store, kept.content, bytes);
	return kept.content;
}

static void
begin(struct mailstore *store)
{
	g_autoptr(GError) error = NULL;

	assert_ok(mailstore_begin(store, &error), error);
}

static void
commit(struct mailstore *store)
{
	g_autoptr(GError) error = NULL;

	assert_ok(mailstore_commit(store, &error), error);
}

/* Messages of an import lie in blocks from the first, can be read at any moment, and are what they were; long ones lie alone. */
static void
test_gathered(void **state)
{
	static const gsize edges[] = {
	    100, 1, LIMIT_GATHERED_MESSAGE, 30000, LIMIT_GATHERED_MESSAGE + 1, LIMIT_GATHERED_MESSAGE - 1, 64000, LIMIT_RAW_CHUNK + 1, 200};
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(Mailstore) other = NULL;
	g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(Findings) findings = findings_new();
	g_autoptr(GError) error = NULL;

	mailstore_gather(store);
	for (guint i = 0; i < 40; i++) {
		GBytes *message = make_bytes(i, edges[i % G_N_ELEMENTS(edges)] + (i >= G_N_ELEMENTS(edges) ? i : 0));

		if (i % 15 == 0)
			begin(store);
		g_ptr_array_add(bytes, message);
		assert_int_equal(add(store, message, FALSE), i + 1);
		assert_int_equal(add(store, bytes->pdata[i / 2], TRUE), i / 2 + 1);
		if (i % 15 == 14 || i == 39)
			commit(store);
	}
	other = open_store(*state);
	assert_all(store, bytes);
	assert_all(other, bytes);
	assert_ok(check_mail(other, findings, CHECK_WHOLE, &error), error);
	assert_int_equal(findings_faults(findings), 0);
	assert_int_equal(number(other, "SELECT count(*) FROM content WHERE (block IS NULL) <> (size > 65536)"), 0);
	assert_true(number(other, "SELECT max(size) FROM block") <= LIMIT_GATHERED_BYTES);
	assert_true(number(other, "SELECT count(*) FROM block") == 3);
	assert_true(number(other, "SELECT max(block) FROM content WHERE content <= 15") < number(other, "SELECT min(block) FROM content WHERE content > 15"));
}

/* Numbers of blocks that were never committed are given to others, and who read them then does not take one for the other. */
static void
test_gathered_in_vain(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GError) error = NULL;

	mailstore_gather(store);
	for (guint round = 0; round < 4; round++) {
		g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

		if (round == 1)
			execute(store, "CREATE TEMP TRIGGER full BEFORE UPDATE ON block WHEN old.block = 2 BEGIN SELECT raise(ABORT, 'full'); END");
		else if (round == 2) /* and a block that cannot be written without any error */
			execute(store, "CREATE TEMP TRIGGER full BEFORE UPDATE ON block WHEN old.block = 2 BEGIN SELECT raise(IGNORE); END");
		begin(store);
		for (guint i = 0; i < 7; i++) {
			g_ptr_array_add(bytes, make_bytes(10 * round + i, 60000));
			assert_int_equal(add(store, bytes->pdata[i], FALSE), i + 1);
		}
		assert_all(store, bytes);
		if (round == 0) {
			mailstore_rollback(store);
		} else if (round <= 2) {
			assert_false(mailstore_commit(store, &error));
			g_clear_error(&error);
			execute(store, "DROP TRIGGER full");
		} else {
			commit(store);
			assert_all(store, bytes);
		}
		assert_int_equal(number(store, "SELECT count(*) FROM content"), round == 3 ? 7 : 0);
		assert_int_equal(number(store, "SELECT count(*) FROM block"), round == 3 ? 2 : 0);
	}
}

/* Small blocks are packed together, each whole; one with a message that is too young, or damaged, stays as it is. */
static void
test_small_blocks(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(Findings) findings = findings_new();
	g_auto(Packing) packing, dry;
	g_autoptr(GError) error = NULL;
	gint64 blocks, young, damaged;
	gboolean more = TRUE;

	mailstore_gather(store);
	begin(store);
	for (guint i = 0; i < 60; i++) {
		g_ptr_array_add(bytes, make_bytes(i, i % 9 == 4 ? 70000 : 50000 + i));
		add(store, bytes->pdata[i], FALSE);
	}
	commit(store);
	blocks = number(store, "SELECT count(*) FROM block");
	young = number(store, "SELECT block FROM content WHERE content = 21");
	damaged = number(store, "SELECT block FROM content WHERE content = 31");
	keep(store, bytes->pdata[20], AFTER + 1);
	execute(store, "UPDATE content SET raw_hash = zeroblob(32) WHERE content = 31");
	packing_init(&dry, AFTER, TRUE);
	while (more)
		assert_ok(pack_next(store, &dry, &more, &error), error);
	pack_everything(store, &packing, AFTER);
	assert_int_equal(packing.damaged->len, 1);
	assert_true(packing.blocks >= 1 && packing.packed < packing.loose);
	assert_int_equal(packing.messages, number(store, "SELECT count(*) FROM content WHERE block IN (SELECT block FROM block WHERE size >= 1048576)"));
	/* a dry run reads nothing, so it counts the damaged one's block */
	assert_int_equal(dry.blocks, packing.blocks);
	assert_true(dry.messages >= packing.messages && dry.messages <= packing.messages + 6);
	assert_int_equal(number(store, "SELECT block FROM content WHERE content = 21"), young);
	assert_int_equal(number(store, "SELECT block FROM content WHERE content = 31"), damaged);
	assert_true(number(store, "SELECT count(*) FROM block") < blocks);
	execute(store, "UPDATE content SET raw_hash = (SELECT raw_hash FROM content WHERE content = 32) WHERE content = 31");
	assert_ok(check_mail(store, findings, CHECK_WHOLE, &error), error);
	assert_int_equal(findings_faults(findings), 1); /* and of the damaged one, every block is just its messages */
	for (guint i = 0; i < bytes->len; i++)
		if (i != 30)
			assert_kept(store, i + 1, bytes->pdata[i]);
}

/* Where one message's place in a block is damaged, another copy of it mends it, and nothing of any message stays behind in a block. Where two are, the block
 * stays whole until both are mended. */
static void
test_damaged_places(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(Findings) findings = findings_new();
	g_autoptr(GError) error = NULL;

	mailstore_gather(store);
	begin(store);
	for (guint i = 0; i < 6; i++) {
		g_ptr_array_add(bytes, make_bytes(i, 5000 + i));
		add(store, bytes->pdata[i], FALSE);
	}
	commit(store);
	execute(store, "UPDATE content SET \"offset\" = 999999 WHERE content IN (3, 5)");
	for (guint i = 5; i >= 3; i -= 2) {
		g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes->pdata[i - 1]);
		enum mailstore_bytes mended;

		begin(store);
		assert_ok(mailstore_mend(store, raw, &mended, &error), error);
		assert_int_equal(mended, MAILSTORE_MENDED);
		commit(store);
		assert_kept(store, i, bytes->pdata[i - 1]);
		assert_int_equal(number(store, "SELECT count(*) FROM content WHERE block IS NOT NULL"), i == 5 ? 5 : 0);
	}
	assert_int_equal(number(store, "SELECT count(*) FROM block"), 0);
	assert_all(store, bytes);
	assert_ok(check_mail(store, findings, CHECK_WHOLE, &error), error);
	assert_int_equal(findings_faults(findings), 0);
}

/* What stays because it is damaged makes no block small that others are packed into: such a one would be packed again each time. */
static void
test_packed_once(void **state)
{
	g_autoptr(Mailstore) store = open_store(*state);
	g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_auto(Packing) first, second;

	mailstore_gather(store);
	begin(store);
	for (guint i = 0; i < 40; i++) {
		g_ptr_array_add(bytes, make_bytes(i, 64000));
		add(store, bytes->pdata[i], FALSE);
	}
	commit(store);
	assert_int_equal(number(store, "SELECT count(*) FROM block"), 10);
	execute(store, "UPDATE content SET raw_hash = zeroblob(32) WHERE content % 4 = 1 AND content <= 20");
	pack_everything(store, &first, AFTER);
	assert_int_equal(first.messages, 20);
	assert_int_equal(first.damaged->len, 5);
	assert_int_equal(number(store, "SELECT count(*) FROM block WHERE size >= 1048576"), 1);
	pack_everything(store, &second, AFTER);
	assert_int_equal(second.messages, 0);
	for (guint i = 0; i < bytes->len; i++)
		if (i % 4 != 0 || i >= 20)
			assert_kept(store, i + 1, bytes->pdata[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round_trip, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_which, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_changed_meanwhile, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_damage, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_gathered, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_gathered_in_vain, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_small_blocks, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_damaged_places, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_packed_once, setup_archive, teardown_archive),
	    cmocka_unit_test(test_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
