/* How writers go to the write-ahead log (archive/db-vfs): whatever they do, what the files hold is what SQLite's own way to files would read. */
#include "archive-fixture.h"

#include "archive/db-private.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char content[] = "SELECT count(*) || ' ' || coalesce(sum(length(files)), 0) || ' ' || coalesce(group_concat(substr(hex(files), 1, 8)), '') "
                              "FROM (SELECT files FROM rules ORDER BY rules)";

static struct db *
open_mail(const char *folder)
{
	g_autoptr(GError) error = NULL;
	struct db *db = db_open(folder, DB_MAIL, DB_WRITE, 1000, &error);

	assert_ok(db != NULL, error);
	return db;
}

static char *
ask(sqlite3 *handle, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	char *out;

	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	out = g_strdup((const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return out;
}

static void
copy_file(const char *folder, const char *from, const char *to)
{
	g_autofree char *source = g_build_filename(folder, from, NULL);
	g_autofree char *target = g_build_filename(folder, to, NULL);
	g_autofree char *bytes = NULL;
	gsize length;

	assert_true(g_file_get_contents(source, &bytes, &length, NULL));
	assert_true(g_file_set_contents(target, bytes, (gssize)length, NULL));
}

/* As after a power cut: another process, SQLite's own way to files, and nothing but mail.db and its log. */
static void
assert_same_in_files(const char *folder, struct db *db)
{
	g_autofree char *path = g_build_filename(folder, "copy", NULL);
	g_autofree char *shm = g_build_filename(folder, "copy-shm", NULL);
	g_autofree char *expected = ask(db->handle, content);
	g_autofree char *found = NULL, *whole = NULL;
	sqlite3 *plain = NULL;

	copy_file(folder, "mail.db", "copy");
	copy_file(folder, "mail.db-wal", "copy-wal");
	unlink(shm);
	assert_int_equal(sqlite3_open_v2(path, &plain, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	found = ask(plain, content);
	whole = ask(plain, "PRAGMA integrity_check");
	assert_string_equal(found, expected);
	assert_string_equal(whole, "ok");
	sqlite3_close(plain);
}

static void
execute(struct db *db, const char *sql)
{
	g_autoptr(GError) error = NULL;

	assert_ok(db_execute(db, sql, &error), error);
}

/* One statement of a transaction; a cache of ten pages has SQLite write to the log what it writes again. The last one is not for that: after a rollback to a
 * savepoint in what was written so, SQLite 3.40 gives the log sums that no other process accepts, in its own way to files too. */
static void
do_something(struct db *db, GRand *random, gboolean spills)
{
	static const char *const statements[] = {
	    "INSERT INTO rules VALUES (hex(randomblob(8)), randomblob(abs(random()) % 9000))",
	    "INSERT INTO rules SELECT hex(randomblob(8)), randomblob(3000) FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12))",
	    "UPDATE rules SET files = randomblob(length(files)) WHERE abs(random()) % 3 = 0",
	    "DELETE FROM rules WHERE abs(random()) % 9 = 0",
	    "SAVEPOINT b; UPDATE rules SET files = randomblob(1500) WHERE abs(random()) % 2 = 0; RELEASE b",
	    "SAVEPOINT a; INSERT INTO rules SELECT hex(randomblob(8)), randomblob(5000) FROM rules LIMIT 20; UPDATE rules SET files = randomblob(2000); "
	    "ROLLBACK TO a; "
	    "RELEASE a",
	};

	execute(db, statements[g_rand_int_range(random, 0, (gint)G_N_ELEMENTS(statements) - (spills ? 1 : 0))]);
}

/* Transactions that are larger than the cache, that take parts of themselves back, or all; by connections that live for one, as deliveries do, or for more. */
static void
test_any_transactions(void **state)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(5);
	struct db *db = open_mail(*state);

	for (guint i = 0; i < 120; i++) {
		g_autofree char *before = ask(db->handle, content);

		gboolean spills = g_rand_boolean(random);

		execute(db, spills ? "PRAGMA cache_size = 10" : "PRAGMA cache_size = 1000");
		assert_true(db_begin(db, NULL));
		for (guint n = g_rand_int_range(random, 1, 9); n > 0; n--)
			do_something(db, random, spills);
		if (g_rand_int_range(random, 0, 4) == 0) {
			g_autofree char *after = NULL;

			db_rollback(db);
			after = ask(db->handle, content);
			assert_string_equal(after, before);
		} else {
			assert_true(db_commit(db, NULL));
		}
		assert_same_in_files(*state, db);
		if (g_rand_boolean(random)) {
			db_close(db);
			db = open_mail(*state);
		}
	}
	db_close(db);
}

static gint64
log_size(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "mail.db-wal", NULL);
	struct stat about;

	assert_int_equal(stat(path, &about), 0);
	return about.st_size;
}

/* A log that was checkpointed keeps its room and nothing that counts; where words have to go, it keeps nothing at all. */
static void
test_room(void **state)
{
	g_autoptr(Db) db = open_mail(*state);
	gboolean emptied;
	gint64 size;

	for (guint i = 0; i < 20; i++) {
		assert_true(db_begin(db, NULL));
		execute(db, "INSERT INTO rules VALUES (hex(randomblob(8)), randomblob(9000))");
		assert_true(db_commit(db, NULL));
	}
	size = log_size(*state);
	assert_true(size > 20 * 9000);
	assert_true(db_checkpoint(db, NULL));
	assert_int_equal(log_size(*state), size);
	assert_same_in_files(*state, db);
	assert_true(db_begin(db, NULL));
	execute(db, "INSERT INTO rules VALUES (hex(randomblob(8)), randomblob(9000))");
	assert_true(db_commit(db, NULL));
	assert_int_equal(log_size(*state), size);
	assert_same_in_files(*state, db);
	assert_true(db_purge(db, FALSE, &emptied, NULL));
	assert_true(emptied);
	assert_int_equal(log_size(*state), 0);
}

static guint folders_opened; /* to sync them */

static int
count_folder(const char *path, int *fd)
{
	folders_opened++;
	*fd = -1;
	return SQLITE_CANTOPEN; /* SQLite goes without */
}

static void
write_once(const char *folder)
{
	g_autoptr(Db) db = open_mail(folder);

	folders_opened = 0;
	assert_true(db_begin(db, NULL));
	execute(db, "INSERT INTO rules VALUES (hex(randomblob(8)), randomblob(90))");
	assert_true(db_commit(db, NULL));
}

/* A log with frames has a folder that was synced; one with no more than a head may be of a process that died before it did so. */
static void
test_folder_synced(void **state)
{
	g_autofree char *path = g_build_filename(*state, "mail.db-wal", NULL);
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	assert_int_equal(vfs->xSetSystemCall(vfs, "openDirectory", (sqlite3_syscall_ptr)count_folder), SQLITE_OK);
	write_once(*state);
	write_once(*state);
	assert_int_equal(folders_opened, 0);
	assert_int_equal(truncate(path, DB_LOG_HEAD_BYTES), 0);
	write_once(*state);
	assert_int_equal(folders_opened, 1);
	assert_int_equal(vfs->xSetSystemCall(vfs, "openDirectory", NULL), SQLITE_OK);
}

/* A file made anew whose log finds no room leaves that of the log to others: here no file may be as long as the log would be, the copy in between may. */
static void
test_failed_vacuum(void **state)
{
	g_autoptr(Db) db = open_mail(*state);
	g_autofree char *before = NULL, *after = NULL, *pages = NULL;
	struct rlimit limit, old;
	gboolean shrunk;

	assert_true(db_begin(db, NULL));
	execute(db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO rules SELECT i, randomblob(4000) FROM n");
	assert_true(db_commit(db, NULL));
	assert_true(db_shrink(db, NULL)); /* as small as it can be */
	before = ask(db->handle, content);
	pages = ask(db->handle, "PRAGMA page_count");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)(atoi(pages) + 2) * DB_PAGE_SIZE;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	shrunk = db_shrink(db, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_false(shrunk);
	assert_true(log_size(*state) <= 2 * 1024 * 1024);
	after = ask(db->handle, content);
	assert_string_equal(after, before);
	assert_same_in_files(*state, db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_any_transactions, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_room, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_folder_synced, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_failed_vacuum, setup_archive, teardown_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
