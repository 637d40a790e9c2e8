/* DB_GLANCE: a look at a file that nobody has open makes nothing beside it, sees what was committed, and is not disturbed by who writes meanwhile. */
#include "archive-fixture.h"

#include "archive/db-private.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILLED 150 /* rows of more than a page each: more than a view has in memory when it begins, and less than has the log emptied at once */

static struct db *
open_mail(const char *folder, enum db_mode mode)
{
	g_autoptr(GError) error = NULL;
	struct db *db = db_open(folder, DB_MAIL, mode, 5000, &error);

	assert_ok(db != NULL, error);
	return db;
}

static void
write_rows(const char *folder, const char *sql, gboolean checkpoint)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Db) db = open_mail(folder, DB_WRITE);

	assert_ok(db_begin(db, &error), error);
	assert_ok(db_execute(db, sql, &error), error);
	assert_ok(db_commit(db, &error), error);
	if (checkpoint)
		assert_ok(db_checkpoint(db, &error), error);
}

#define NUMBERED(FROM)                                                                                                                                         \
	"WITH RECURSIVE n (i) AS (SELECT " G_STRINGIFY(FROM) " UNION ALL SELECT i + 1 FROM n WHERE i < " G_STRINGIFY(FROM) " + " G_STRINGIFY(                  \
	    FILLED) " - 1)"                                                                                                                                    \
	            " INSERT INTO rules SELECT printf('%08d', i), zeroblob(4000) FROM n"

static gint64
size_of(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat st;

	return stat(path, &st) == 0 ? (gint64)st.st_size : -1;
}

/* A log that was checkpointed keeps its room and has zeros for a head. */
static gboolean
has_head(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *bytes = NULL;

	assert_true(g_file_get_contents(path, &bytes, NULL, NULL));
	return bytes[0] != 0;
}

static void
empty(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	assert_int_equal(truncate(path, 0), 0);
}

/* The number that SQL gives in a glance by another process: locks of one process do not keep it from itself. Between two looks of one view, MEANWHILE. */
static int
look(const char *folder, const char *sql, void (*meanwhile)(const char *folder))
{
	int ready[2], go[2], status;
	char byte = 0;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		struct db *db = db_open(folder, DB_MAIL, DB_GLANCE, 5000, NULL);
		int first, second, sound;

		close(ready[0]); /* a parent that fails closes its end, and the child ends */
		close(go[1]);
		if (db == NULL || !db_get_int(db->handle, "", "SELECT count(*) FROM archive", &first, NULL) || first != 1)
			_exit(255);
		if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(254);
		if (!db_get_int(db->handle, "", sql, &first, NULL) || !db_get_int(db->handle, "", sql, &second, NULL) || first != second ||
		    !db_get_int(db->handle, "", "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", &sound, NULL) || sound != 0)
			_exit(253);
		db_close(db);
		_exit(first);
	}
	close(ready[1]);
	close(go[0]);
	if (read(ready[0], &byte, 1) == 1) {
		if (meanwhile != NULL)
			meanwhile(folder);
		assert_int_equal(write(go[1], &byte, 1), 1);
	}
	close(ready[0]);
	close(go[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char count_old[] = "SELECT count(*) / 50 FROM rules WHERE length(files) = 4000";
static const char count_new[] = "SELECT count(*) / 50 FROM rules WHERE rules >= '00001000'";

static void
replace_all(const char *folder)
{
	write_rows(folder, "DELETE FROM rules", TRUE);
	write_rows(folder, NUMBERED(1000), TRUE);
	write_rows(folder, "UPDATE rules SET files = zeroblob(3900)", TRUE);
}

/* What is committed is seen, be it in the file or in the log, and no file beside it is made or changed. */
static void
test_leaves_nothing(void **state)
{
	const char *folder = *state;

	for (int in_file = 0; in_file <= 1; in_file++) {
		write_rows(folder, in_file ? "DELETE FROM rules" : "SELECT 1", TRUE);
		write_rows(folder, NUMBERED(1), in_file);
		assert_true(size_of(folder, "mail.db-wal") > FILLED * 4000);
		assert_int_equal(has_head(folder, "mail.db-wal"), !in_file);
		empty(folder, "mail.db-shm");
		assert_int_equal(look(folder, count_old, NULL), FILLED / 50);
		assert_int_equal(size_of(folder, "mail.db-shm"), 0);
	}
}

/* A view stays what it was while others write, empty the log and write the file anew, also when the writer is the first after it; the next look sees it all. */
static void
test_writers_meanwhile(void **state)
{
	const char *folder = *state;

	for (int in_file = 0; in_file <= 1; in_file++) {
		write_rows(folder, "DELETE FROM rules", TRUE);
		write_rows(folder, NUMBERED(1), in_file);
		assert_int_equal(look(folder, count_old, replace_all), FILLED / 50);
		assert_int_equal(look(folder, count_old, NULL), 0);
		assert_int_equal(look(folder, count_new, NULL), FILLED / 50);
	}
}

/* The same beside a writer that is there all the time, with and without something in the log. */
static void
test_beside_a_writer(void **state)
{
	const char *folder = *state;
	pid_t child;
	int ready[2], stay[2], status;
	char byte = 0;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(stay), 0);
	write_rows(folder, NUMBERED(1), TRUE);
	child = fork();
	if (child == 0) {
		struct db *db = db_open(folder, DB_MAIL, DB_WRITE, 5000, NULL);
		gboolean ok = db != NULL && db_begin(db, NULL) && db_commit(db, NULL);

		close(stay[1]);
		_exit(ok && write(ready[1], &byte, 1) == 1 && read(stay[0], &byte, 1) == 0 ? 0 : 1); /* until the parent has closed its end, or has ended */
	}
	close(stay[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(look(folder, count_old, replace_all), FILLED / 50);
	assert_int_equal(look(folder, count_new, NULL), FILLED / 50);
	write_rows(folder, "DELETE FROM rules", FALSE);
	assert_int_equal(look(folder, count_new, NULL), 0);
	close(stay[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
}

/* Without -shm, and without the log, it is opened as others open it; and it cannot write. */
static void
test_nothing_beside(void **state)
{
	const char *folder = *state;
	static const char *const files[] = {"mail.db-wal", "mail.db-shm"};
	g_autoptr(GError) error = NULL;

	write_rows(folder, NUMBERED(1), TRUE);
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(folder, files[i], NULL);

		assert_int_equal(g_unlink(path), 0);
		assert_int_equal(look(folder, count_old, replace_all), FILLED / 50);
		write_rows(folder, "DELETE FROM rules", TRUE);
		write_rows(folder, NUMBERED(1), TRUE);
	}
	g_autoptr(Db) db = open_mail(folder, DB_GLANCE);
	assert_false(db_execute(db, "UPDATE archive SET created = 0", &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_leaves_nothing, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_writers_meanwhile, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_beside_a_writer, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_nothing_beside, setup_archive, teardown_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
