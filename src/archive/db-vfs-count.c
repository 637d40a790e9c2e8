#include "archive/db-private.h"

#include <string.h>

/*
 * SQLite reads and parses all of a schema before its first statement: three fifths of the instructions of a process that only counts. That one is shown the
 * schema's beginning. The root of the schema's tree is page 1; when it has pages below it, those behind the one with row DB_INDEX_COUNTED are left out of
 * the copy that was read. The file has all of them, and only who never writes reads it so.
 */

#define HEADER_BYTES 100    /* before the tree, https://www.sqlite.org/fileformat2.html#the_database_header */
#define INTERIOR_TABLE 0x05 /* kind of page */
#define INTERIOR_HEAD 12    /* bytes of its head */
#define CELL_LEAST 5        /* bytes of a cell: the page below, the greatest row in it */
#define KEY_BYTES 9         /* of that at most */

struct reading {
	sqlite3_io_methods methods; /* first: what a file points to */
	const sqlite3_io_methods *under;
};

static guint
get(const guint8 *at, guint bytes)
{
	guint value = 0;

	for (guint i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

/* A number of SQLite's own form, as far as END. */
static guint64
get_key(const guint8 *at, const guint8 *end)
{
	guint64 value = 0;

	for (guint i = 0; i < KEY_BYTES && at < end; i++, at++) {
		value = value << 7 | (*at & 0x7f);
		if ((*at & 0x80) == 0)
			break;
	}
	return value;
}

static void
leave_out(guint8 page[DB_PAGE_SIZE])
{
	guint8 *tree = page + HEADER_BYTES;
	guint cells = get(tree + 3, 2);

	if (*tree != INTERIOR_TABLE)
		return;
	for (guint i = 0; i < cells && HEADER_BYTES + INTERIOR_HEAD + 2 * i + 2 <= DB_PAGE_SIZE; i++) {
		guint at = get(tree + INTERIOR_HEAD + 2 * i, 2);

		if (at > DB_PAGE_SIZE - CELL_LEAST)
			return;
		if (get_key(page + at + 4, page + DB_PAGE_SIZE) < DB_INDEX_COUNTED)
			continue;
		memcpy(tree + 8, page + at, 4); /* the last page below */
		tree[3] = (guint8)(i >> 8);
		tree[4] = (guint8)i;
		return;
	}
}

/* A page of the file or of its log. The log's sums are made of whole frames, which are longer; no other page begins as a file does. */
static int
read_page(sqlite3_file *file, void *data, int length, sqlite3_int64 at)
{
	const struct reading *reading = (const struct reading *)(gconstpointer)file->pMethods;
	int rc = reading->under->xRead(file, data, length, at);

	if (rc == SQLITE_OK && length == DB_PAGE_SIZE && memcmp(data, "SQLite format 3", 16) == 0)
		leave_out(data);
	return rc;
}

static int
close_file(sqlite3_file *file)
{
	struct reading *reading = (struct reading *)(gpointer)file->pMethods;
	int rc;

	file->pMethods = reading->under;
	rc = file->pMethods->xClose(file);
	g_free(reading);
	return rc;
}

static int
open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
	sqlite3_vfs *under = vfs->pAppData;
	int rc = under->xOpen(under, path, file, flags, out);
	struct reading *reading;

	if (rc != SQLITE_OK)
		return rc;
	reading = g_new(struct reading, 1);
	*reading = (struct reading){*file->pMethods, file->pMethods};
	reading->methods.xRead = read_page;
	reading->methods.xClose = close_file;
	file->pMethods = &reading->methods;
	return SQLITE_OK;
}

void
db_vfs_count_register(void)
{
	sqlite3_vfs *under = sqlite3_vfs_find(NULL), *vfs;

	if (under == NULL)
		return;
	vfs = g_memdup2(under, sizeof *under); /* SQLite's for as long as the process lives */
	vfs->zName = DB_VFS_COUNT;
	vfs->pAppData = under;
	vfs->pNext = NULL;
	vfs->xOpen = open_file;
	sqlite3_vfs_register(vfs, 0);
}

gboolean
db_has_counted(sqlite3 *handle)
{
	/* A file that was made anew by VACUUM has its tables in another order. */
	static const char *const names[] = {
	    "follow", "message", "delivery", "person", "addressed", "ruleset", "filing", "target", "letter", "decision", "search", "search_config"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (sqlite3_table_column_metadata(handle, "main", names[i], NULL, NULL, NULL, NULL, NULL, NULL) != SQLITE_OK)
			return FALSE;
	return TRUE;
}
