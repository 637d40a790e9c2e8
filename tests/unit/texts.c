#include "archive/texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "archive-fixture.h"

#include "base/error.h"

#define MESSAGES 60
#define ROUNDS 300

static struct db *
new_db(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct db *db = db_open(folder, DB_INDEX, DB_CREATE, 1000, &error);

	assert_ok(db != NULL, error);
	return db;
}

/* What message NUMBER says the TIME-th time: from a few bytes to more than a row has, and hardly one like another. */
static GBytes *
bytes_of(gint64 number, guint time, const char *half)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)number * 1000 + time);
	guint lines = number % 7 == 0 ? 4000 : (guint)g_rand_int_range(rand, 0, 60);
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "%s of %" G_GINT64_FORMAT ", %u\n", half, number, time);
	for (guint i = 0; i < lines; i++)
		g_string_append_printf(text, "line %u says %08x and %08x\n", i, g_rand_int(rand), g_rand_int(rand));
	return g_string_free_to_bytes(g_steal_pointer(&text));
}

static void
add(struct texts *texts, gint64 number, guint time)
{
	g_autoptr(GError) error = NULL;

	assert_ok(texts_add(texts, number, bytes_of(number, time, "passages"), bytes_of(number, time, "found"), &error), error);
}

static void
commit(struct db *db, struct texts *texts)
{
	g_autoptr(GError) error = NULL;

	assert_ok(texts_flush(texts, &error) && db_commit(db, &error), error);
}

/* TIME 0: there is none. */
static void
assert_text(struct texts *texts, gint64 number, guint time)
{
	g_autoptr(GBytes) passages = NULL, found = NULL, wanted_passages = bytes_of(number, time, "passages"), wanted_found = bytes_of(number, time, "found");
	g_autoptr(GError) error = NULL;

	assert_ok(texts_get(texts, number, &passages, &found, &error), error);
	if (time == 0) {
		assert_null(passages);
		assert_null(found);
		return;
	}
	assert_non_null(passages);
	assert_non_null(found);
	assert_true(g_bytes_equal(passages, wanted_passages));
	assert_true(g_bytes_equal(found, wanted_found));
}

static gint64
count(struct db *db, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Stmt) stmt = db_statement(db, sql, &error);

	assert_ok(stmt != NULL && stmt_step(stmt, &error) == STMT_ROW, error);
	return stmt_int(stmt, 0);
}

/* No row reaches across another, every text stands in one row, and a row holds no more than it should. */
static void
assert_rows(struct db *db, const guint *times)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Stmt) stmt = db_statement(db, TEXTS_ALL, &error);
	gint64 last = 0;
	guint seen = 0, wanted = 0;

	assert_ok(stmt != NULL, error);
	while (stmt_step(stmt, &error) == STMT_ROW) {
		g_autoptr(GPtrArray) list = texts_of_row(stmt);
		gsize passages = 0, found = 0;

		for (guint i = 0; i < list->len; i++) {
			const struct text *text = list->pdata[i];

			assert_true(text->message > last);
			assert_non_null(text->passages);
			assert_non_null(text->found);
			last = text->message;
			passages += g_bytes_get_size(text->passages);
			found += g_bytes_get_size(text->found);
			seen++;
		}
		assert_true(list->len == 1 || MAX(passages, found) <= 96 * 1024);
	}
	for (guint i = 0; i < MESSAGES; i++)
		wanted += times[i] != 0;
	assert_int_equal(seen, wanted);
}

/* Whatever comes, goes and comes again, in transactions of any length and in any order, each message's text is its own. */
static void
test_any_change(void **state)
{
	g_autoptr(Db) db = new_db(*state);
	g_autoptr(Texts) texts = texts_new(db);
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);
	g_autoptr(GError) error = NULL;
	guint times[MESSAGES] = {0};

	for (guint round = 1; round <= ROUNDS; round++) {
		assert_ok(db_begin(db, &error), error);
		for (gint i = g_rand_int_range(rand, 1, 12); i > 0; i--) {
			guint number = (guint)g_rand_int_range(rand, 0, MESSAGES);

			if (times[number] != 0)
				assert_ok(texts_remove(texts, number + 1, &error), error);
			times[number] = times[number] != 0 && g_rand_boolean(rand) ? 0 : round;
			if (times[number] != 0)
				add(texts, number + 1, round);
			assert_text(texts, number + 1, times[number]);
			assert_text(texts, (number + 7) % MESSAGES + 1, times[(number + 7) % MESSAGES]);
		}
		commit(db, texts);
		assert_rows(db, times);
	}
	for (guint i = 0; i < MESSAGES; i++)
		assert_text(texts, i + 1, times[i]);
	assert_true(count(db, "SELECT count(*) FROM passages WHERE members LIKE '% % % %'") > 3);
}

/* What a transaction did not commit is not there. */
static void
test_forget(void **state)
{
	g_autoptr(Db) db = new_db(*state);
	g_autoptr(Texts) texts = texts_new(db);
	g_autoptr(GError) error = NULL;

	assert_ok(db_begin(db, &error), error);
	for (guint i = 1; i < 5; i++)
		add(texts, i, 1);
	commit(db, texts);
	assert_ok(db_begin(db, &error) && texts_remove(texts, 2, &error), error);
	add(texts, 2, 2);
	add(texts, 9, 2);
	assert_text(texts, 2, 2);
	texts_forget(texts);
	db_rollback(db);
	for (guint i = 1; i < 5; i++)
		assert_text(texts, i, 1);
	assert_text(texts, 9, 0);
}

/* Letters that came one by one are joined, whatever long letters stand between them, and joining comes to an end. */
static void
test_gather(void **state)
{
	g_autoptr(Db) db = new_db(*state);
	g_autoptr(Texts) texts = texts_new(db);
	g_autoptr(GError) error = NULL;
	guint steps = 0;
	gboolean more = TRUE;

	for (guint i = 1; i <= 200; i++) {
		assert_ok(db_begin(db, &error), error);
		add(texts, i * 2, 1);
		commit(db, texts);
	}
	assert_int_equal(count(db, "SELECT count(*) FROM passages"), 200);
	while (more) {
		g_autoptr(GArray) loose = texts_loose(db, &error);

		assert_ok(loose != NULL, error);
		more = loose->len > 0;
		if (more)
			assert_ok(db_begin(db, &error) && texts_gather(texts, loose, &error), error);
		if (more)
			commit(db, texts);
		assert_true(++steps < 20);
	}
	assert_true(count(db, "SELECT count(*) FROM passages") < 100);
	assert_int_equal(count(db, "SELECT count(*) FROM passages WHERE members LIKE '14 %'"), 1);
	for (guint i = 1; i <= 200; i++) {
		assert_text(texts, i * 2, 1);
		assert_text(texts, i * 2 + 1, 0);
	}
}

/* A damaged row is told apart from one that is not there, and takes nothing with it but its own texts. */
static void
test_damaged(void **state)
{
	static const char *const damages[] = {
	    "UPDATE passages SET members = members || 'x' WHERE message = 1",
	    "UPDATE passages SET members = '' WHERE message = 1",
	    "UPDATE passages SET members = '1 99999999 5' WHERE message = 1",
	    "UPDATE passages SET members = '1 4000000 4000000' WHERE message = 1",
	    "UPDATE passages SET members = replace(members, ' 2 ', ' 1 ') WHERE message = 1",
	    "UPDATE passages SET members = '1 2' WHERE message = 1",
	    "UPDATE passages SET members = replace(members, '1 ', '0 ') WHERE message = 1",
	};
	g_autoptr(Db) db = new_db(*state);
	g_autoptr(Texts) texts = texts_new(db);
	g_autoptr(GError) error = NULL;

	assert_ok(db_begin(db, &error), error);
	add(texts, 1, 1);
	add(texts, 2, 1);
	commit(db, texts);
	assert_ok(db_begin(db, &error), error);
	add(texts, 3, 1);
	commit(db, texts);
	assert_int_equal(count(db, "SELECT count(*) FROM passages"), 2);
	for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_autoptr(GBytes) passages = NULL;
		g_autoptr(GError) reason = NULL;

		assert_ok(db_begin(db, &error) && db_execute(db, damages[i], &error), error);
		assert_false(texts_get(texts, 1, &passages, NULL, &reason));
		assert_true(g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
		assert_null(passages);
		g_clear_error(&reason);
		assert_false(texts_remove(texts, 1, &reason));
		assert_true(g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
		assert_text(texts, 3, 1);
		assert_ok(texts_lay_out(db, &error), error);
		assert_int_equal(count(db, "SELECT count(*) FROM temp.text WHERE message = 1 AND (passages IS NULL OR found IS NULL)"), 1);
		texts_forget(texts);
		db_rollback(db);
	}
	assert_text(texts, 1, 1);
	assert_text(texts, 2, 1);
}

/* A letter is taken out of a row of which a half is damaged, the others keep what can be read of them, and letters that come afterwards are not kept out. */
static void
test_damaged_neighbours(void **state)
{
	static const char *const damages[] = {
	    "UPDATE passages SET found = x'00ff' WHERE message = 1",
	    "UPDATE passages SET passages = x'00ff' WHERE message = 1",
	    "UPDATE passages SET passages = x'00ff', found = x'' WHERE message = 1",
	};
	g_autoptr(Db) db = new_db(*state);
	g_autoptr(Texts) texts = texts_new(db);
	g_autoptr(GError) error = NULL;

	assert_ok(db_begin(db, &error), error);
	for (gint64 number = 1; number <= 3; number++)
		add(texts, number, 1);
	commit(db, texts);
	for (gsize i = 0; i < G_N_ELEMENTS(damages); i++)
		for (gint64 number = 1; number <= 3; number++) {
			gint64 other = number % 3 + 1;
			g_autoptr(GBytes) passages = NULL, found = NULL;
			g_autoptr(GBytes) wanted = bytes_of(other, 1, "passages");
			g_autoptr(GError) reason = NULL;

			assert_ok(db_begin(db, &error) && db_execute(db, damages[i], &error), error);
			assert_ok(texts_remove(texts, number, &error), error);
			assert_text(texts, number, 0);
			add(texts, number, 2);
			assert_ok(texts_flush(texts, &error), error);
			assert_text(texts, number, 2);
			assert_true(texts_get(texts, other, &passages, NULL, &reason) == (i == 0));
			assert_true(i == 0 ? g_bytes_equal(passages, wanted) : g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
			g_clear_error(&reason);
			g_clear_pointer(&passages, g_bytes_unref);
			assert_false(texts_get(texts, other, &passages, &found, &reason));
			assert_true(g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
			assert_ok(
			    texts_remove(texts, other, &error) && texts_remove(texts, other % 3 + 1, &error) && texts_remove(texts, number, &error), error);
			assert_int_equal(count(db, "SELECT count(*) FROM passages"), 0);
			texts_forget(texts);
			db_rollback(db);
		}
	/* What a row holds is damaged that is the newest: those that come are beside it. */
	assert_ok(db_begin(db, &error) && db_execute(db, "UPDATE passages SET members = 'x' WHERE message = 1", &error), error);
	add(texts, 4, 1);
	add(texts, 5, 1);
	commit(db, texts);
	assert_text(texts, 4, 1);
	assert_text(texts, 5, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_any_change, setup_folder, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_forget, setup_folder, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_gather, setup_folder, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_damaged, setup_folder, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_damaged_neighbours, setup_folder, teardown_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
