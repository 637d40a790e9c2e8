/* What the tests of src/archive share: a scratch archive that goes away, and short ways to make messages. */
#ifndef TESTS_ARCHIVE_FIXTURE_H
#define TESTS_ARCHIVE_FIXTURE_H

#include "archive/index.h"
#include "base/error.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define assert_ok(condition, error)                                                                                                                            \
	do {                                                                                                                                                   \
		if (!(condition))                                                                                                                              \
			fail_msg("%s: %s", #condition, (error) == NULL ? "no error set" : (error)->message);                                                   \
	} while (0)

static inline char *
scratch_folder(void)
{
	g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "archive-XXXXXX", NULL);

	assert_non_null(g_mkdtemp(folder));
	return g_steal_pointer(&folder);
}

static inline void
scratch_remove(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_unlink(path);
	}
	g_dir_close(dir);
	g_rmdir(folder);
}

static inline int
setup_archive(void **state)
{
	g_autofree char *folder = scratch_folder();
	g_autoptr(GError) error = NULL;
	gboolean made = FALSE;

	assert_ok(mailstore_create(folder, &made, &error), error);
	assert_true(made);
	*state = g_steal_pointer(&folder);
	return 0;
}

static inline int
teardown_archive(void **state)
{
	scratch_remove(*state);
	g_free(*state);
	return 0;
}

static inline int
setup_folder(void **state)
{
	*state = scratch_folder();
	return 0;
}

static inline struct raw_message *
raw_from_text(const char *text)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	return raw_message_from_bytes(bytes);
}

/* Runs a command of the shell on a file of the archive. */
static inline void
overwrite(const char *folder, const char *name, const char *bytes, gssize length)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	assert_true(g_file_set_contents(path, bytes, length, NULL));
}

static inline struct record *
make_record(const char *message_id, const char *author, const char *subject, const char *text)
{
	struct record *record = record_new();

	record->message_id = g_strdup(message_id);
	record->author_address = g_strdup(author);
	record->author_name = g_strdup("Some One");
	record->subject = g_strdup(subject);
	record->subject_base = g_strdup(subject);
	record->words = 10;
	record_add_address(record, ROLE_FROM, "Some One", author == NULL ? "nobody@example.org" : author);
	record_add_part(record, "1", "text/plain");
	record_add_passage(record, PASSAGE_SUBJECT, 0, subject, -1);
	if (text != NULL)
		record_add_passage(record, PASSAGE_NEW, 0, text, -1);
	return record;
}

static inline void
add_reference(struct record *record, const char *message_id)
{
	g_ptr_array_add(record->references, g_strdup(message_id));
}

/* The first column of the first row as text; caller frees. */
static inline char *
query_text(struct db *db, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Stmt) stmt = db_prepare(db, sql, &error);

	assert_ok(stmt != NULL, error);
	return stmt_step(stmt, NULL) == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

#define assert_query(db, sql, expected)                                                                                                                        \
	do {                                                                                                                                                   \
		g_autofree char *got_ = query_text(db, sql);                                                                                                   \
		const char *expected_ = expected;                                                                                                              \
		if (g_strcmp0(got_, expected_) != 0)                                                                                                           \
			fail_msg("%s: got %s, expected %s", sql, got_ == NULL ? "nothing" : got_, expected_ == NULL ? "nothing" : expected_);                  \
	} while (0)

#endif
