#include "archive-fixture.h"

#include "archive/db-private.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct db *
open_mail(const char *folder, enum db_mode mode)
{
	g_autoptr(GError) error = NULL;
	struct db *db = db_open(folder, DB_MAIL, mode, 1000, &error);

	assert_ok(db != NULL, error);
	return db;
}

static void
assert_fails(const char *folder, enum db_file file, enum db_mode mode, enum postbag_error code, const char *said)
{
	g_autoptr(GError) error = NULL;
	struct db *db = db_open(folder, file, mode, 50, &error);

	assert_null(db);
	assert_non_null(error);
	if (!g_error_matches(error, POSTBAG_ERROR, code) || strstr(error->message, said) == NULL)
		fail_msg("error %d: %s; expected %d with '%s'", error->code, error->message, code, said);
}

static guint
mode_of(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

#define MANY 48 /* of which each takes some 150 kB: more than is cut from slabs (archive/db-memory.c) */

static gpointer
close_all(gpointer data)
{
	struct db **many = data;

	for (guint i = 0; i < MANY; i++)
		db_close(many[i]);
	return NULL;
}

/* Memory that one thread took is given back by another, and there is some for whoever comes after the last slab. */
static void
test_memory(void **state)
{
	struct db *many[MANY];

	for (guint round = 0; round < 3; round++) {
		g_autoptr(GError) error = NULL;

		for (guint i = 0; i < MANY; i++) {
			many[i] = db_open(*state, DB_INDEX, i == 0 && round == 0 ? DB_CREATE : DB_READ, 1000, &error);
			assert_ok(many[i] != NULL, error);
			assert_query(many[i], "SELECT count(*) FROM filing", "0");
		}
		g_thread_join(g_thread_new("closer", close_all, many));
	}
}

/* Every guarantee of the design holds on an open file: log, durability, hardening. */
static void
test_settings(void **state)
{
	g_autoptr(Db) mail = open_mail(*state, DB_WRITE);
	g_autoptr(Db) index = db_open(*state, DB_INDEX, DB_WRITE, 1000, NULL);
	g_autoptr(GError) error = NULL;

	assert_query(mail, "PRAGMA journal_mode", "wal");
	assert_query(mail, "PRAGMA synchronous", "2");
	assert_query(index, "PRAGMA synchronous", "1");
	assert_query(mail, "PRAGMA application_id", "1349481332");
	assert_query(index, "PRAGMA application_id", "1349481289");
	assert_query(mail, "PRAGMA user_version", G_STRINGIFY(DB_MAIL_VERSION));
	assert_query(mail, "PRAGMA secure_delete", "1");
	assert_query(mail, "PRAGMA foreign_keys", "1");
	assert_query(mail, "PRAGMA trusted_schema", "0");
	assert_query(mail, "PRAGMA wal_autocheckpoint", "0");
	assert_false(db_execute(mail, "SELECT \"no such column\" FROM archive", &error));
	g_clear_error(&error);
	assert_false(db_execute(mail, "SELECT load_extension('x')", &error));
	g_clear_error(&error);
	assert_true(db_execute(mail, "PRAGMA writable_schema = ON", &error));
	assert_false(db_execute(mail, "UPDATE sqlite_schema SET sql = ''", &error));
}

/* Does somebody who opens index.db in FOLDER only to count know the table NAME? */
static gboolean
count_knows(const char *folder, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Db) db = db_open(folder, DB_INDEX, DB_COUNT, 1000, &error);
	g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", name);

	assert_ok(db != NULL, error);
	return db_execute(db, sql, &error);
}

/* Who only counts reads the beginning of the schema, which has every table that a count asks; in the file or in its log; and all of one that is in another
 * order. */
static void
test_count(void **state)
{
	static const char *const counted[] = {
	    "follow", "message", "delivery", "address", "person", "ruleset", "filing", "target", "letter", "decision", "search_config"};
	g_autoptr(GError) error = NULL;
	g_autoptr(Db) writer = db_open(*state, DB_INDEX, DB_WRITE, 1000, &error);

	assert_ok(writer != NULL, error);
	for (guint round = 0; round < 3; round++) {
		for (gsize i = 0; i < G_N_ELEMENTS(counted); i++)
			assert_true(count_knows(*state, counted[i]));
		assert_int_equal(count_knows(*state, "issue_step"), round == 2);
		assert_int_equal(count_knows(*state, "staff_message"), round == 2);
		if (round == 0) /* changes the first page, which is in the log then */
			assert_ok(db_execute(writer, "CREATE TABLE more (one); INSERT INTO delivery VALUES (1, 1, 1, '', 0)", &error), error);
		else if (round == 1)
			assert_ok(db_execute(writer, "VACUUM", &error), error);
	}
	g_autoptr(Db) db = db_open(*state, DB_INDEX, DB_COUNT, 1000, &error);
	assert_ok(db != NULL, error);
	assert_query(db, "SELECT count(*) FROM delivery", "1");
}

/* The umask plays no part, and the log's files take the file's mode. */
static void
test_modes(void **state)
{
	mode_t mask = umask(0077);
	gboolean made;
	g_autofree char *folder = g_build_filename(*state, "new", "archive", NULL);
	g_autofree char *parent = g_path_get_dirname(folder);
	g_autoptr(GError) error = NULL;

	assert_ok(mailstore_create(folder, &made, &error), error);
	assert_true(made);
	assert_int_equal(mode_of(folder, "."), 02770);
	{
		g_autoptr(Db) mail = open_mail(folder, DB_WRITE);
		g_autoptr(Db) index = db_open(folder, DB_INDEX, DB_WRITE, 1000, NULL);

		assert_true(db_begin(mail, NULL));
		assert_true(db_begin(index, NULL));
		assert_int_equal(mode_of(folder, "mail.db"), 0660);
		assert_int_equal(mode_of(folder, "mail.db-wal"), 0660);
		assert_int_equal(mode_of(folder, "mail.db-shm"), 0660);
		assert_int_equal(mode_of(folder, "index.db"), 0660);
		assert_int_equal(mode_of(folder, "index.db-wal"), 0660);
		assert_int_equal(mode_of(folder, "lock.mail"), 0660);
		assert_int_equal(mode_of(folder, "lock.index"), 0660);
	}
	umask(mask);
	assert_true(mailstore_create(folder, &made, NULL));
	assert_false(made);
	scratch_remove(folder);
	g_rmdir(parent);
}

/* An emptied, foreign, older, newer, damaged or absent file is told apart from an archive, and never made anew. */
static void
test_wrong_files(void **state)
{
	const char *folder = *state;
	g_autofree char *path = g_build_filename(folder, "mail.db", NULL);
	g_autofree char *whole = NULL;
	g_autofree char *changed = NULL;
	gsize length;
	static const guchar ids[] = {0, 0, 0, DB_MAIL_VERSION + 1};

	g_autofree char *wal = g_strconcat(path, "-wal", NULL);

	/* The versions stand in the file itself once the log is empty. */
	db_close(open_mail(folder, DB_WRITE));
	{
		g_autoptr(Db) db = open_mail(folder, DB_WRITE);

		assert_true(db_checkpoint(db, NULL));
	}
	assert_true(g_file_get_contents(path, &whole, &length, NULL));
	changed = g_memdup2(whole, length);
	memcpy(changed + 60, ids, 4);
	overwrite(folder, "mail.db", changed, length);
	assert_fails(folder, DB_MAIL, DB_WRITE, POSTBAG_ERROR_DAMAGED, "newer than this program's " G_STRINGIFY(DB_MAIL_VERSION));
	changed[63] = 0;
	overwrite(folder, "mail.db", changed, length);
	assert_fails(folder, DB_MAIL, DB_READ, POSTBAG_ERROR_DAMAGED, "postbag upgrade");
	memcpy(changed, whole, length);
	changed[68] ^= 1;
	overwrite(folder, "mail.db", changed, length);
	assert_fails(folder, DB_MAIL, DB_WRITE, POSTBAG_ERROR_DAMAGED, "is not Postbag's mail.db");
	overwrite(folder, "mail.db", "this is no database at all, but a text of more than a few bytes", -1);
	assert_fails(folder, DB_MAIL, DB_WRITE, POSTBAG_ERROR_DAMAGED, "restore --force BACKUP");
	overwrite(folder, "mail.db", "", 0);
	assert_fails(folder, DB_MAIL, DB_WRITE, POSTBAG_ERROR_DAMAGED, "is empty");
	assert_fails(folder, DB_MAIL, DB_CREATE, POSTBAG_ERROR_DAMAGED, "is empty");
	g_unlink(path);
	assert_fails(folder, DB_MAIL, DB_WRITE, POSTBAG_ERROR_NO_INPUT, "restore --force BACKUP");
	assert_fails(folder, DB_MAIL, DB_READ, POSTBAG_ERROR_NO_INPUT, "restore --force BACKUP");
	/* A log without its file may hold mail. */
	overwrite(folder, "mail.db-wal", "something", -1);
	assert_fails(folder, DB_MAIL, DB_CREATE, POSTBAG_ERROR_DAMAGED, "may hold mail");
	assert_fails(folder, DB_MAIL, DB_WRITE, POSTBAG_ERROR_NO_INPUT, "mail.db-wal is there; postbag restore");
	g_unlink(wal);
	/* Nor may a new file hide that the mail of what else is there is gone. */
	overwrite(folder, "index.db", "something", -1);
	assert_fails(folder, DB_MAIL, DB_CREATE, POSTBAG_ERROR_DAMAGED, "index.db is there; postbag restore --force BACKUP");
	assert_fails(folder, DB_MAIL, DB_WRITE, POSTBAG_ERROR_NO_INPUT, "index.db is there; postbag restore --force BACKUP");
	assert_int_equal(g_access(path, F_OK), -1);
}

/* index.db can be thrown away and made again, a stale log beside it or not. */
static void
test_discard_index(void **state)
{
	const char *folder = *state;
	g_autoptr(GError) error = NULL;

	overwrite(folder, "index.db", "damaged", -1);
	assert_fails(folder, DB_INDEX, DB_WRITE, POSTBAG_ERROR_DAMAGED, "postbag rebuild");
	assert_ok(db_discard_index(folder, 100, &error), error);
	assert_fails(folder, DB_INDEX, DB_WRITE, POSTBAG_ERROR_NO_INPUT, "index.db");
	overwrite(folder, "index.db-wal", "stale", -1);
	{
		g_autoptr(Db) db = db_open(folder, DB_INDEX, DB_CREATE, 100, &error);

		assert_ok(db != NULL, error);
		assert_query(db, "SELECT count(*) FROM message", "0");
	}
}

/* A statement is prepared once, can be used within itself, and binds by name. */
static void
test_statements(void **state)
{
	static const char sql[] = "SELECT :a + 1, :b, :c";
	g_autoptr(Db) db = open_mail(*state, DB_READ);
	struct stmt *first = db_statement(db, sql, NULL);
	struct stmt *inner = db_statement(db, sql, NULL);
	gsize length;

	assert_ptr_not_equal(first, inner);
	stmt_bind_int(first, ":a", 41);
	stmt_bind_text(first, ":b", NULL);
	stmt_bind_blob(first, ":c", "x\0y", 3);
	assert_int_equal(stmt_step(first, NULL), STMT_ROW);
	assert_int_equal(stmt_int(first, 0), 42);
	assert_true(stmt_is_null(first, 1));
	assert_memory_equal(stmt_blob(first, 2, &length), "x\0y", 3);
	assert_int_equal(length, 3);
	assert_int_equal(stmt_step(first, NULL), STMT_END);
	stmt_done(inner);
	stmt_done(first);
	assert_ptr_equal(db_statement(db, sql, NULL), first);
	stmt_done(first);
}

static void
make_readable(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	assert_int_equal(chmod(path, 0644), 0);
}

/* A reader cannot write, and one that may not write the folder reads all the same. */
static void
test_read_only(void **state)
{
	const char *folder = *state;
	static const char *const files[] = {"mail.db-shm", "mail.db-wal"};
	g_autoptr(GError) error = NULL;
	pid_t child;
	int status;

	{
		g_autoptr(Db) db = open_mail(folder, DB_WRITE);

		assert_true(db_execute(db, "UPDATE archive SET created = created + 1", NULL));
		assert_true(db_checkpoint(db, NULL));
	}
	{
		g_autoptr(Db) db = open_mail(folder, DB_READ);

		assert_false(db_execute(db, "UPDATE archive SET created = 0", &error));
		assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION));
		g_clear_error(&error);
	}
	if (geteuid() != 0)
		skip();
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(folder, files[i], NULL);
		g_autofree char *mail = g_build_filename(folder, "mail.db", NULL);

		g_unlink(path); /* first with a log that was emptied and keeps its room, then with none */
		assert_int_equal(chmod(folder, 0755), 0);
		assert_int_equal(chmod(mail, 0644), 0);
		if (i == 0)
			make_readable(folder, files[1]);
		child = fork();
		if (child == 0) {
			struct db *db;

			if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
				_exit(2);
			if (db_open(folder, DB_MAIL, DB_WRITE, 10, &error) != NULL || error->code != POSTBAG_ERROR_PERMISSION)
				_exit(3);
			db = db_open(folder, DB_MAIL, DB_READ, 10, NULL);
			_exit(db == NULL ? 4 : 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

/* A writer waits its turn, at most as long as it was told, and then says that trying again may help. */
static void
test_queue(void **state)
{
	g_autoptr(Db) first = open_mail(*state, DB_WRITE);
	g_autoptr(Db) second = db_open(*state, DB_MAIL, DB_WRITE, 100, NULL);
	g_autoptr(GError) error = NULL;
	gint64 start;

	assert_true(db_begin(first, NULL));
	start = g_get_monotonic_time();
	assert_false(db_begin(second, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY));
	assert_in_range(g_get_monotonic_time() - start, 90000, 2000000);
	db_rollback(first);
	g_clear_error(&error);
	assert_ok(db_begin(second, &error), error);
	db_rollback(second);
	/* The waiter that was given up on must not keep the lock it gets at last. */
	g_usleep(20000);
	assert_ok(db_begin(first, &error), error);
	db_rollback(first);
}

static gpointer
wait_for_turn(gpointer data)
{
	g_autoptr(Db) db = db_open(data, DB_MAIL, DB_WRITE, 20000, NULL);
	gboolean begun = db_begin(db, NULL);

	db_rollback(db);
	return GINT_TO_POINTER(begun);
}

/* Who holds the file is told that another waits, and not any more when that one has had its turn or has given up: it may go on as long as nobody waits. */
static void
test_awaited(void **state)
{
	g_autoptr(Db) first = open_mail(*state, DB_WRITE);
	g_autoptr(Db) second = db_open(*state, DB_MAIL, DB_WRITE, 50, NULL);
	g_autoptr(GError) error = NULL;
	GThread *waiter;

	assert_ok(db_begin(first, &error), error);
	assert_false(db_awaited(first));
	assert_false(db_begin(second, NULL));
	assert_false(db_awaited(first));
	waiter = g_thread_new("waiter", wait_for_turn, *state);
	for (guint i = 0; i < 1000 && !db_awaited(first); i++)
		g_usleep(10000);
	assert_true(db_awaited(first));
	db_rollback(first);
	assert_false(db_awaited(first)); /* it holds nothing */
	assert_true(GPOINTER_TO_INT(g_thread_join(waiter)));
	assert_ok(db_begin(first, &error), error);
	assert_false(db_awaited(first));
	db_rollback(first);
}

struct racer {
	const char *folder;
	guint done;
};

static gpointer
race(gpointer data)
{
	struct racer *racer = data;
	g_autoptr(Db) db = db_open(racer->folder, DB_MAIL, DB_WRITE, 20000, NULL);

	for (guint i = 0; i < 20; i++)
		if (db_begin(db, NULL) && db_execute(db, "UPDATE archive SET created = created + 1", NULL) && db_commit(db, NULL))
			racer->done++;
	return NULL;
}

/* Many writers at once all get their turn, and no change is lost. */
static void
test_many_writers(void **state)
{
	struct racer racers[8];
	GThread *threads[8];
	g_autoptr(Db) db = open_mail(*state, DB_WRITE);

	assert_true(db_execute(db, "UPDATE archive SET created = 0", NULL));
	for (guint i = 0; i < 8; i++) {
		racers[i] = (struct racer){*state, 0};
		threads[i] = g_thread_new("racer", race, &racers[i]);
	}
	for (guint i = 0; i < 8; i++) {
		g_thread_join(threads[i]);
		assert_int_equal(racers[i].done, 20);
	}
	assert_query(db, "SELECT created FROM archive", "160");
}

/* The log stays near 1 MB, though every process lives for one message only. */
static void
test_checkpoints(void **state)
{
	g_autofree char *wal = g_build_filename(*state, "mail.db-wal", NULL);
	goffset most = 0;

	for (guint i = 0; i < 300; i++) {
		g_autoptr(Db) db = open_mail(*state, DB_WRITE);
		struct stat st;

		assert_true(db_begin(db, NULL));
		assert_true(db_execute(db, "INSERT INTO rules VALUES (hex(randomblob(16)), randomblob(9000))", NULL));
		assert_true(db_commit(db, NULL));
		assert_int_equal(stat(wal, &st), 0);
		most = MAX(most, st.st_size);
	}
	assert_in_range(most, 500000, 1300000);
}

/* A statement that runs too long is stopped. */
static void
test_deadline(void **state)
{
	g_autoptr(Db) db = open_mail(*state, DB_READ);
	g_autoptr(GError) error = NULL;

	db_set_deadline(db, 50);
	assert_false(db_execute(db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY));
	db_set_deadline(db, 0);
	assert_query(db, "SELECT 1", "1");
}

/* Steps run in order, one transaction each; a failed one leaves the version before it. */
static void
test_upgrades(void **state)
{
	static const struct upgrade_step broken[] = {
	    {2, "CREATE TABLE two (a INTEGER); INSERT INTO no_such_table VALUES (1)"},
	    {0, NULL},
	};
	static const struct upgrade_step only_three[] = {
	    {2, "CREATE TABLE two (a INTEGER); INSERT INTO two VALUES (1)"},
	    {3, "INSERT INTO two VALUES (2)"},
	    {0, NULL},
	};
	static const struct upgrade_step steps[] = {
	    {2, "CREATE TABLE two (a INTEGER); INSERT INTO two VALUES (1)"},
	    {3, "INSERT INTO two VALUES (2)"},
	    {4, "INSERT INTO two VALUES (3); INSERT INTO no_such_table VALUES (1)"},
	    {0, NULL},
	};
	g_autoptr(Db) db = open_mail(*state, DB_WRITE);
	g_autoptr(GError) error = NULL;
	int from = 0, to = 0;

	assert_ok(db_upgrade(*state, DB_MAIL, 1000, &from, &to, &error), error);
	assert_int_equal(from, DB_MAIL_VERSION);
	assert_int_equal(to, DB_MAIL_VERSION);
	assert_ok(db_execute(db, "PRAGMA user_version = 1", &error), error); /* the steps here begin at the first */
	assert_false(db_run_upgrades(db->handle, db->path, broken, 2, &from, &error));
	g_clear_error(&error);
	assert_query(db, "PRAGMA user_version", "1");
	assert_ok(db_run_upgrades(db->handle, db->path, only_three, 3, &from, &error), error);
	assert_query(db, "SELECT group_concat(a) FROM two", "1,2");
	assert_query(db, "PRAGMA user_version", "3");
	assert_false(db_run_upgrades(db->handle, db->path, steps, 4, &from, &error));
	assert_int_equal(from, 3);
	assert_non_null(strstr(error->message, "upgrade to version 4"));
	g_clear_error(&error);
	assert_query(db, "SELECT group_concat(a) FROM two", "1,2");
	assert_query(db, "PRAGMA user_version", "3");
	assert_false(db_run_upgrades(db->handle, db->path, steps, 1, &from, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
}

/* Ends the process when its argument is the number it was told. */
static void
die(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	if (sqlite3_value_int(argv[0]) == *(const int *)sqlite3_user_data(context))
		raise(SIGKILL);
}

#define PRESENT "PRAGMA user_version = " G_STRINGIFY(DB_MAIL_VERSION)

static gboolean
upgrade_and_die(const char *folder, int at)
{
	static const struct upgrade_step steps[] = {
	    {2, "SELECT die(1); CREATE TABLE two (a INTEGER); SELECT die(2); INSERT INTO two VALUES (1); SELECT die(3)"},
	    {3, "SELECT die(4); ALTER TABLE two ADD COLUMN b INTEGER; SELECT die(5); UPDATE two SET b = a + 1; SELECT die(6)"},
	    {0, NULL},
	};
	g_autoptr(Db) db = open_mail(folder, DB_WRITE);
	int from;

	return sqlite3_exec(db->handle, "PRAGMA user_version = 1", NULL, NULL, NULL) == SQLITE_OK &&
	       sqlite3_create_function(db->handle, "die", 1, SQLITE_UTF8, &at, die, NULL, NULL) == SQLITE_OK &&
	       db_run_upgrades(db->handle, db->path, steps, 3, &from, NULL);
}

/* Killed within any step an upgrade leaves the version before it whole, and can be run again. */
static void
test_killed_upgrades(void **state)
{
	g_autofree char *path = g_build_filename(*state, "mail.db", NULL);
	sqlite3 *handle;
	int status, version, tables;

	for (int at = 1; at <= 6; at++) {
		pid_t child = fork();

		if (child == 0) {
			/* one that is of another version cannot be opened in the usual way */
			sqlite3 *again;

			if (sqlite3_open(path, &again) == SQLITE_OK)
				sqlite3_exec(again, at > 4 ? "DROP TABLE two; " PRESENT : PRESENT, NULL, NULL, NULL);
			sqlite3_close(again);
			upgrade_and_die(*state, at);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
		assert_true(db_get_int(handle, path, "PRAGMA user_version", &version, NULL));
		assert_int_equal(version, at <= 3 ? 1 : 2);
		assert_true(db_get_int(handle, path, "SELECT count(*) FROM pragma_table_info('two')", &tables, NULL));
		assert_int_equal(tables, at <= 3 ? 0 : 1);
		assert_true(db_get_int(handle, path, "PRAGMA integrity_check", &status, NULL));
		sqlite3_close(handle);
	}
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, "DROP TABLE two; " PRESENT, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
	assert_true(upgrade_and_die(*state, 0));
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_true(db_get_int(handle, path, "SELECT a * 10 + b FROM two", &version, NULL));
	assert_int_equal(version, 12);
	sqlite3_close(handle);
}

/* What is written to a file that another has replaced would be lost with it. */
static void
test_replaced(void **state)
{
	g_autofree char *path = g_build_filename(*state, "mail.db", NULL);
	g_autofree char *former = g_build_filename(*state, "former", NULL);
	g_autoptr(Db) db = open_mail(*state, DB_WRITE);
	g_autoptr(GError) error = NULL;

	assert_ok(db_begin(db, &error), error);
	db_rollback(db);
	assert_int_equal(rename(path, former), 0);
	overwrite(*state, "mail.db", "another", -1);
	assert_false(db_begin(db, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY));
	assert_false(db_in_transaction(db));
}

/* A program that is still running writes nothing into a file that another has upgraded in place. */
static void
test_upgraded_meanwhile(void **state)
{
	g_autoptr(Mailstore) store = mailstore_open(*state, DB_WRITE, 1000, NULL);
	g_autoptr(Db) db = open_mail(*state, DB_WRITE), other = open_mail(*state, DB_WRITE);
	g_autoptr(GError) error = NULL;

	assert_ok(db_begin(db, &error), error);
	assert_ok(db_commit(db, &error), error);
	assert_ok(mailstore_begin(store, &error), error);
	mailstore_rollback(store);
	assert_ok(db_execute(other, "UPDATE archive SET canonical = canonical + 1", &error), error);
	assert_false(mailstore_begin(store, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
	assert_non_null(strstr(error->message, "content ids"));
	g_clear_error(&error);
	assert_ok(db_execute(other, "PRAGMA user_version = 99", &error), error);
	assert_false(db_begin(db, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
	assert_non_null(strstr(error->message, "newer"));
	assert_false(db_in_transaction(db));
	g_clear_error(&error);
	assert_ok(db_execute(other, "UPDATE archive SET canonical = canonical - 1; PRAGMA user_version = " G_STRINGIFY(DB_MAIL_VERSION), &error), error);
	assert_ok(db_begin(db, &error), error);
	db_rollback(db);
	assert_ok(mailstore_begin(store, &error), error);
	mailstore_rollback(store);
}

static guint
count_in(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	guint count = 0;

	while (g_dir_read_name(dir) != NULL)
		count++;
	g_dir_close(dir);
	return count;
}

/* Who gives up waiting leaves nothing behind: a server tries again for as long as the lock is held. */
static void
test_given_up(void **state)
{
	g_autofree char *path = g_build_filename(*state, "lock.mail", NULL);
	g_autoptr(GError) error = NULL;
	int held = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	guint threads = count_in("/proc/self/task"), files = count_in("/proc/self/fd");
	struct db *db;

	assert_int_equal(flock(held, LOCK_EX), 0);
	for (int i = 0; i < 10; i++) {
		db = db_open(*state, DB_MAIL, DB_WRITE, 20, &error);
		assert_ok(db != NULL, error);
		for (int j = 0; j < 2; j++) {
			assert_false(db_begin(db, &error));
			assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY));
			g_clear_error(&error);
		}
		db_close(db);
	}
	/* A thread that was joined is listed for a moment still. */
	for (int i = 0; i < 1000 && count_in("/proc/self/task") > threads; i++)
		g_usleep(10000);
	assert_int_equal(count_in("/proc/self/task"), threads);
	assert_int_equal(count_in("/proc/self/fd"), files);
	flock(held, LOCK_UN);
	close(held);
	db = open_mail(*state, DB_WRITE);
	assert_ok(db_begin(db, &error), error);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_memory, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_settings, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_count, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_modes, setup_folder, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_wrong_files, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_discard_index, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_statements, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_read_only, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_queue, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_awaited, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_many_writers, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_checkpoints, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_deadline, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_upgrades, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_killed_upgrades, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_replaced, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_upgraded_meanwhile, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_given_up, setup_archive, teardown_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
