#include "archive/db-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mail_sql[] =
#include "archive/mail-sql.inc"
    ;
static const char index_sql[] =
#include "archive/index-sql.inc"
    ;
/*
 * PLACES: the pages that a letter stands on, a path a line; FACE: a sum of what other letters' pages show of it. SUM NULL: it is not certain what stands there.
 * PIECE: what a mailbox is put together from.
 */
#define PUBLISHED_LETTERS                                                                                                                                      \
	"CREATE TABLE letter (message INTEGER PRIMARY KEY, places TEXT NOT NULL, thread TEXT, campaign TEXT, thread_number INTEGER NOT NULL,"                  \
	" campaign_number INTEGER NOT NULL, date INTEGER NOT NULL, face INTEGER NOT NULL) STRICT;"                                                             \
	"CREATE INDEX letter_thread ON letter (thread_number, thread);"                                                                                        \
	"CREATE INDEX letter_campaign ON letter (campaign_number, campaign);"                                                                                  \
	"CREATE TABLE piece (path TEXT NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, letters INTEGER NOT NULL, sum TEXT NOT NULL,"  \
	" PRIMARY KEY (path, n)) STRICT, WITHOUT ROWID;"
static const char published_sql[] =
    "CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), uuid TEXT NOT NULL, born TEXT NOT NULL, key TEXT NOT NULL, change INTEGER NOT NULL,"
    " at INTEGER NOT NULL, whole INTEGER NOT NULL) STRICT;"
    "CREATE TABLE file (path TEXT PRIMARY KEY, sum TEXT) STRICT, WITHOUT ROWID;" PUBLISHED_LETTERS;
/* Of the older form only the list of files is of use: the next run, being of another program, looks at everything. */
static const struct upgrade_step published_upgrades[] = {
    {2, "DROP TABLE letter; " PUBLISHED_LETTERS},
    {0, NULL},
};

static const struct db_kind kinds[] = {
    [DB_MAIL] =
        {
            .name = "mail.db",
            .lock = "lock.mail",
            .schema = mail_sql,
            .application_id = 0x506f7374, /* "Post" */
            .version = DB_MAIL_VERSION,
            .synchronous = "PRAGMA synchronous = FULL",
            .secure_delete = "PRAGMA secure_delete = ON",
            .upgrades = mail_upgrades,
            .older = "run postbag upgrade",
            .lost = "postbag restore --force BACKUP puts one back",
        },
    [DB_INDEX] =
        {
            .name = "index.db",
            .lock = "lock.index",
            .schema = index_sql,
            .application_id = 0x506f7349, /* "PosI" */
            .version = DB_INDEX_VERSION,
            .synchronous = "PRAGMA synchronous = NORMAL",
            .secure_delete = "PRAGMA secure_delete = FAST",
            .older = "run postbag upgrade",
            .lost = "run postbag rebuild",
        },
    [DB_PUBLISHED] =
        {
            .name = "published.db",
            .lock = "lock.published",
            .schema = published_sql,
            .application_id = 0x506f7350, /* "PosP" */
            .version = DB_PUBLISHED_VERSION,
            .synchronous = "PRAGMA synchronous = FULL",
            .secure_delete = "PRAGMA secure_delete = ON",
            .upgrades = published_upgrades,
            .older = "run postbag publish without --dry-run, which brings it up",
            .lost = "empty the folder and publish anew",
        },
};

const struct db_kind *
db_kind(enum db_file file)
{
	return &kinds[file];
}

/* The page cache fills as pages are used: a delivery touches a few, an import is glad of all. */
#define CACHE "PRAGMA cache_size = -65536"
/* One that looks once comes to few pages twice. */
#define CACHE_SMALL "PRAGMA cache_size = -8192"

/* A statement that changes several rows keeps pages as they were until it has ended: in memory, since a file, once begun, is written to by every such statement
 * of a transaction. Only what changes a whole table's worth of pages needs one. */
#define STATEMENT_JOURNAL_BYTES (8 * 1024 * 1024)

/* Counting every allocation under a mutex is of no use here, and memory laid out in advance costs a delivery more than it uses of it. */
static void
configure_once(void)
{
	static gsize configured;

	if (g_once_init_enter(&configured)) {
		sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
		sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
		sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
		sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, STATEMENT_JOURNAL_BYTES);
		db_memory_register();
		db_vfs_register();
		db_vfs_count_register();
		g_once_init_leave(&configured, 1);
	}
}

static void
harden(sqlite3 *handle)
{
	static const struct {
		int option, value;
	} options[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_DQS_DML, 0},
	    {SQLITE_DBCONFIG_DQS_DDL, 0},
	    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
		sqlite3_db_config(handle, options[i].option, options[i].value, NULL);
}

sqlite3 *
db_open_handle(const char *path, enum db_mode mode, gboolean immutable, guint wait_ms, GError **error)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (db_mode_writes(mode) ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	const char *how = immutable ? "?immutable=1" : db_mode_glances(mode) ? "?readonly_shm=1" : NULL;
	g_autofree char *escaped = how != NULL ? g_uri_escape_string(path, "/", TRUE) : NULL;
	g_autofree char *uri = how != NULL ? g_strconcat("file:", escaped, how, NULL) : NULL;
	sqlite3 *handle = NULL;
	int rc, keep = 1;

	configure_once();
	/* A name like "file:..." must stay a name: only ours are URIs. */
	rc = sqlite3_open_v2(uri != NULL ? uri : path, &handle, flags | (uri != NULL ? SQLITE_OPEN_URI : 0),
	    db_mode_writes(mode) ? DB_VFS
	    : mode == DB_COUNT   ? DB_VFS_COUNT
	                         : NULL);
	if (rc != SQLITE_OK) {
		db_set_error(error, handle, rc, path, "cannot open");
		sqlite3_close(handle);
		return NULL;
	}
	if (db_mode_writes(mode) && sqlite3_db_readonly(handle, "main") == 1) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION, "cannot write to %s: run this as the archive's owner, or join its group", path);
		sqlite3_close(handle);
		return NULL;
	}
	harden(handle);
	sqlite3_busy_timeout(handle, wait_ms);
	sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	return handle;
}

/* SQLite takes an emptied file for a new database and would throw its log away. */
gboolean
db_check_file(const char *path, const char *remedy, GError **error)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		db_set_error(error, NULL, SQLITE_CANTOPEN, path, "cannot open");
		return FALSE;
	}
	if (!S_ISREG(st.st_mode) || st.st_size == 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is %s; %s", path, S_ISREG(st.st_mode) ? "empty" : "not a file", remedy);
		return FALSE;
	}
	return TRUE;
}

gboolean
db_check_application(sqlite3 *handle, const struct db_kind *kind, const char *path, GError **error)
{
	int id;

	if (!db_get_int(handle, path, "PRAGMA application_id", &id, error))
		return FALSE;
	if (id == kind->application_id)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is not Postbag's %s (application id 0x%08x instead of 0x%08x); name another archive", path,
	    kind->name, (guint)id, (guint)kind->application_id);
	return FALSE;
}

void
db_set_newer(GError **error, const char *path, int version, int known)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is of version %d, newer than this program's %d; install the newer program%s", path,
	    version, known, g_str_has_suffix(path, kinds[DB_INDEX].name) ? ", or run postbag rebuild" : "");
}

gboolean
db_check_version(const struct db_kind *kind, const char *path, int version, GError **error)
{
	if (version < kind->version)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is of version %d, older than this program's %d; %s", path, version, kind->version,
		    kind->older);
	else if (version > kind->version)
		db_set_newer(error, path, version, kind->version);
	return version == kind->version;
}

static gboolean
check_version(sqlite3 *handle, const struct db_kind *kind, const char *path, GError **error)
{
	int version;

	return db_check_application(handle, kind, path, error) && db_get_int(handle, path, "PRAGMA user_version", &version, error) &&
	       db_check_version(kind, path, version, error);
}

/* A copy made by other tools may have left the write-ahead log's mode. */
static gboolean
ensure_wal(sqlite3 *handle, const char *path, GError **error)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(handle, "PRAGMA journal_mode", -1, &stmt, NULL);
	gboolean wal = FALSE;

	if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		wal = strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_OK)
		db_set_error(error, handle, rc, path, "cannot read");
	sqlite3_finalize(stmt);
	if (rc != SQLITE_OK || wal)
		return rc == SQLITE_OK;
	return db_run(handle, path, "PRAGMA journal_mode = WAL", error);
}

static gboolean
prepare_handle(sqlite3 *handle, const struct db_kind *kind, enum db_mode mode, const char *path, GError **error)
{
	if (!check_version(handle, kind, path, error))
		return FALSE;
	if (db_mode_writes(mode) &&
	    (!db_run(handle, path, kind->synchronous, error) || !db_run(handle, path, kind->secure_delete, error) || !ensure_wal(handle, path, error)))
		return FALSE;
	/* Of mail.db who looks once sees a handful of pages. */
	return (db_mode_glances(mode) && kind == &kinds[DB_MAIL]) || db_run(handle, path, db_mode_glances(mode) ? CACHE_SMALL : CACHE, error);
}

/* Nothing in it, or zeros where its head would be: db-vfs.c. */
static gboolean
is_empty_log(const char *path)
{
	static const char zeros[DB_LOG_HEAD_BYTES];
	char head[DB_LOG_HEAD_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t length;

	if (fd < 0)
		return errno == ENOENT;
	length = read(fd, head, sizeof head);
	close(fd);
	return length == 0 || (length == (ssize_t)sizeof head && memcmp(head, zeros, sizeof head) == 0);
}

gboolean
db_may_be_immutable(const char *folder, const char *path)
{
	g_autofree char *wal = g_strconcat(path, "-wal", NULL);

	return is_empty_log(wal) && eaccess(folder, W_OK) != 0;
}

/* The view begins with the first read behind BEGIN, which prepare_handle's looks are. */
static gboolean
prepare_view(sqlite3 *handle, const struct db_kind *kind, enum db_mode mode, gboolean view, const char *path, GError **error)
{
	return (!view || db_run(handle, path, "BEGIN", error)) && prepare_handle(handle, kind, mode, path, error);
}

/*
 * The first to come makes -shm anew, as a file, and while nobody stays every reader is the first: a tenth of what a question costs. One that only looks lets
 * SQLite build it in memory instead, as it does where it cannot write: under the lock of a reader, which keeps a checkpoint from changing the file under it.
 * For one view only, because for a later one it might need what a writer has to set up. NULL: not so, whatever the reason.
 */
static sqlite3 *
open_glance(const struct db_kind *kind, const char *path, enum db_mode mode, guint wait_ms)
{
	sqlite3 *handle = db_open_handle(path, mode, FALSE, 0, NULL);

	if (handle != NULL && prepare_view(handle, kind, mode, TRUE, path, NULL) && (mode == DB_GLANCE || db_has_counted(handle))) {
		sqlite3_busy_timeout(handle, wait_ms);
		return handle;
	}
	sqlite3_close(handle);
	return NULL;
}

static sqlite3 *
open_checked(const char *folder, const struct db_kind *kind, const char *path, enum db_mode mode, guint wait_ms, GError **error)
{
	g_autoptr(GError) failure = NULL;
	gboolean view = db_mode_glances(mode);
	sqlite3 *handle;

	if (!db_check_file(path, kind->lost, error))
		return NULL;
	if (view) {
		if ((mode == DB_COUNT && kind == &kinds[DB_INDEX] && (handle = open_glance(kind, path, DB_COUNT, wait_ms)) != NULL) ||
		    (handle = open_glance(kind, path, DB_GLANCE, wait_ms)) != NULL)
			return handle;
		mode = DB_READ;
	}
	handle = db_open_handle(path, mode, mode == DB_SEALED, wait_ms, error);
	if (handle == NULL)
		return NULL;
	if (prepare_view(handle, kind, mode, view, path, &failure))
		return handle;
	sqlite3_close(handle);
	if (mode == DB_READ && !g_error_matches(failure, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED) && db_may_be_immutable(folder, path)) {
		handle = db_open_handle(path, mode, TRUE, wait_ms, error);
		if (handle != NULL && prepare_view(handle, kind, mode, view, path, error))
			return handle;
		sqlite3_close(handle);
		return NULL;
	}
	g_propagate_error(error, g_steal_pointer(&failure));
	return NULL;
}

static gboolean
fill_new_file(const char *temporary, const struct db_kind *kind, GError **error)
{
	g_autofree char *versions = g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", kind->application_id, kind->version);
	sqlite3 *handle = db_open_handle(temporary, DB_WRITE, FALSE, 0, error);
	int keep = 0;
	gboolean filled;

	if (handle == NULL)
		return FALSE;
	/* This file is thrown away unless it is whole, so it needs no journal; and it must leave none of its own name. */
	sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	filled = db_run(handle, temporary, "PRAGMA page_size = " G_STRINGIFY(DB_PAGE_SIZE) "; PRAGMA journal_mode = MEMORY; BEGIN", error) &&
	         db_run(handle, temporary, kind->schema, error) && db_run(handle, temporary, versions, error) &&
	         db_run(handle, temporary, "PRAGMA journal_mode = WAL", error);
	sqlite3_close(handle);
	return filled;
}

static gboolean
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return synced;
}

char *
db_beside_mail(const char *folder)
{
	/* The log first: only that may hold mail; mail.db itself is made before the others are. */
	static const char *const names[] = {"mail.db-wal", "index.db", "rules.cache", "spool/new", "spool/cur"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);
		struct stat st;

		if (lstat(path, &st) == 0 && (i > 0 || st.st_size > 0))
			return g_strndup(names[i], strcspn(names[i], "/"));
	}
	return NULL;
}

/* An empty mail.db over what is left of an archive would hide that its mail is gone, and a log left by another file would be played into it. */
static gboolean
clear_leftovers(const char *folder, const struct db_kind *kind, const char *path, GError **error)
{
	g_autofree char *wal = g_strconcat(path, "-wal", NULL);
	g_autofree char *shm = g_strconcat(path, "-shm", NULL);
	g_autofree char *other = kind == &kinds[DB_MAIL] ? db_beside_mail(folder) : NULL;

	if (other != NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
		    "%s is gone, but %s is there%s; postbag restore --force BACKUP puts one back (a new archive wants another folder)", path, other,
		    g_str_has_suffix(other, "-wal") ? " and may hold mail" : "");
		return FALSE;
	}
	unlink(wal);
	unlink(shm);
	return TRUE;
}

/* ".index.db-a1B2c3", or what SQLite keeps beside it. */
static gboolean
is_unfinished(const char *name, const char *prefix)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", NULL};
	gsize length = strlen(prefix) + 6;

	return g_str_has_prefix(name, prefix) && strlen(name) >= length && g_strv_contains(suffixes, name + length);
}

/* What somebody began to make and did not live to finish; the caller holds the lock, so nobody is at it now. */
static void
remove_unfinished(const char *folder, const struct db_kind *kind)
{
	g_autofree char *prefix = g_strdup_printf(".%s-", kind->name);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (is_unfinished(name, prefix))
			unlink(path);
	}
}

/* Made under another name and linked into place whole: a power cut leaves all of it or nothing. */
static gboolean
create_file(const char *folder, const struct db_kind *kind, const char *path, GError **error)
{
	g_autofree char *temporary = g_strdup_printf("%s/.%s-XXXXXX", folder, kind->name);
	int fd;
	gboolean made = FALSE;

	remove_unfinished(folder, kind);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0 || fchmod(fd, DB_FILE_MODE) != 0) {
		g_set_error(error, POSTBAG_ERROR, errno == EACCES || errno == EPERM || errno == EROFS ? POSTBAG_ERROR_PERMISSION : POSTBAG_ERROR_CREATE,
		    "cannot make %s: %s", path, g_strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(temporary);
		}
		return FALSE;
	}
	close(fd);
	if (fill_new_file(temporary, kind, error) && clear_leftovers(folder, kind, path, error)) {
		made = (link(temporary, path) == 0 || errno == EEXIST) && sync_folder(folder);
		if (!made)
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "cannot make %s: %s", path, g_strerror(errno));
	}
	unlink(temporary);
	return made;
}

static gboolean
ensure_file(const char *folder, const struct db_kind *kind, const char *path, guint wait_ms, GError **error)
{
	int lock = -1;
	gboolean there;

	if (access(path, F_OK) == 0 || errno != ENOENT)
		return TRUE;
	if (!db_lock(&lock, folder, kind->lock, wait_ms, error))
		return FALSE;
	there = access(path, F_OK) == 0 || create_file(folder, kind, path, error);
	close(lock);
	return there;
}

struct db *
db_open(const char *folder, enum db_file file, enum db_mode mode, guint wait_ms, GError **error)
{
	const struct db_kind *kind = &kinds[file];
	g_autofree char *path = g_build_filename(folder, kind->name, NULL);
	sqlite3 *handle;
	struct db *db;

	if (mode == DB_CREATE && !ensure_file(folder, kind, path, wait_ms, error))
		return NULL;
	handle = open_checked(folder, kind, path, mode, wait_ms, error);
	if (handle == NULL)
		return NULL;
	db = g_new0(struct db, 1);
	db->handle = handle;
	db->file = file;
	db->mode = mode;
	db->folder = g_strdup(folder);
	db->path = g_steal_pointer(&path);
	db->wait_ms = wait_ms;
	db->lock_fd = -1;
	db->statements = g_hash_table_new_full(NULL, NULL, NULL, db_statement_free);
	db_checkpoint_watch(db);
	return db;
}

gboolean
db_save_memory(struct db *db, GError **error)
{
	return db_run(db->handle, db->path, CACHE_SMALL, error);
}

int
db_version(enum db_file file)
{
	return kinds[file].version;
}

char **
db_names(enum db_file file)
{
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	static const char *const suffixes[] = {"", "-wal", "-shm"};

	for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		g_autofree char *name = g_strconcat(kinds[file].name, suffixes[i], NULL);

		g_strv_builder_add(names, name);
	}
	return g_strv_builder_end(names);
}

gboolean
db_keep_out(const char *folder, enum db_file file, guint wait_ms, int *fd, GError **error)
{
	*fd = -1;
	return db_lock(fd, folder, kinds[file].lock, wait_ms, error);
}

gboolean
db_discard_index(const char *folder, guint wait_ms, GError **error)
{
	g_auto(GStrv) names = db_names(DB_INDEX);
	int lock = -1, failure = 0;

	if (!db_lock(&lock, folder, kinds[DB_INDEX].lock, wait_ms, error))
		return FALSE;
	for (guint i = 0; names[i] != NULL; i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);

		if (unlink(path) != 0 && errno != ENOENT)
			failure = errno;
	}
	close(lock);
	if (failure == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, failure == EACCES || failure == EPERM ? POSTBAG_ERROR_PERMISSION : POSTBAG_ERROR_IO, "cannot remove %s/%s: %s",
	    folder, names[0], g_strerror(failure));
	return FALSE;
}
