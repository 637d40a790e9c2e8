#include "archive/backup.h"

#include "archive/copy.h"
#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const backup_spool_folders[] = {"new", "cur", "envelope", NULL};

/* A folder of its own, held against a second backup: a descriptor, or -1. */
static int
claim(const struct backup *backup, gboolean *made, GError **error)
{
	struct stat about;
	int fd;

	*made = stat(backup->to, &about) != 0;
	if (!copy_make_folder(backup->to, error))
		return -1;
	fd = open(backup->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		copy_set_error(error, "open", backup->to);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "another backup is writing to %s; try again", backup->to);
	close(fd);
	return -1;
}

static gboolean
check_archive(const struct backup *backup, const struct db_facts *facts, GError **error)
{
	g_autoptr(GPtrArray) copies = backup_list(backup->to, error);

	for (guint i = 0; copies != NULL && i < copies->len; i++) {
		g_autofree char *path = g_build_filename(backup->to, copies->pdata[i], NULL);
		struct backup_info info;

		/* one that cannot be read is no reason to make no other */
		if (!backup_read_info(path, &info, NULL) || strcmp(info.facts.uuid, facts->uuid) == 0)
			continue;
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s is a backup of another archive (%s, this is %s); name another folder", path,
		    info.facts.uuid, facts->uuid);
		return FALSE;
	}
	return copies != NULL;
}

struct making {
	const struct backup *backup;
	GHashTable *taken; /* names that the spools before this one had */
	const char *path;  /* of the unfinished copy */
	GString *sums;
	struct backup_made *made;
};

/* What is no file is no message. It may be gone again, and be one, by the time it is copied. */
static gboolean
is_strange(const struct making *making, const char *path)
{
	struct stat about;

	if (lstat(path, &about) != 0 || S_ISREG(about.st_mode))
		return FALSE;
	g_ptr_array_add(making->made->remarks, g_strdup_printf("%s is not a regular file, and not in the backup; move it away", path));
	return TRUE;
}

/* A message that sweep takes in between the look into the folder and the copy is in mail.db, which is copied later. */
static gboolean
copy_spooled(const struct making *making, const char *from, const char *sub, const char *name, GError **error)
{
	g_autofree char *relative = g_build_filename(BACKUP_SPOOL, sub, name, NULL);
	g_autofree char *to = g_build_filename(making->path, relative, NULL);
	g_autoptr(GError) reason = NULL;
	struct hash hash;

	if (is_strange(making, from))
		return TRUE;
	if (copy_file(from, to, &hash, &reason)) {
		backup_add_sum(making->sums, relative, &hash);
		making->made->info.spooled += strcmp(sub, "envelope") != 0;
		return TRUE;
	}
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT) && access(from, F_OK) != 0)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

/* Of the spool number N (from 1) the folder SUB; the names go onto SEEN. One that an earlier spool had gets another, as its envelope does. */
static gboolean
copy_spool_folder(const struct making *making, const char *spool, guint n, const char *sub, GPtrArray *seen, GError **error)
{
	g_autofree char *folder = g_build_filename(spool, sub, NULL);
	g_auto(GStrv) names = copy_list(folder, error);

	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autofree char *from = g_build_filename(folder, names[i], NULL);
		g_autofree char *name = g_hash_table_contains(making->taken, names[i]) ? g_strdup_printf("%s.%u", names[i], n) : g_strdup(names[i]);

		if (name[0] == '.')
			continue;
		if (!copy_spooled(making, from, sub, name, error))
			return FALSE;
		g_ptr_array_add(seen, g_steal_pointer(&name));
	}
	return names != NULL;
}

/* The same folder under two names is one spool. */
static gboolean
is_copied(const struct backup *backup, guint n)
{
	struct stat about, earlier;

	if (stat(backup->spools[n], &about) != 0)
		return FALSE;
	for (guint i = 0; i < n; i++)
		if (stat(backup->spools[i], &earlier) == 0 && earlier.st_dev == about.st_dev && earlier.st_ino == about.st_ino)
			return TRUE;
	return FALSE;
}

static gboolean
copy_one_spool(const struct making *making, guint n, GError **error)
{
	g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; backup_spool_folders[i] != NULL; i++)
		if (!copy_spool_folder(making, making->backup->spools[n], n + 1, backup_spool_folders[i], seen, error))
			return FALSE;
	for (guint i = 0; i < seen->len; i++)
		g_hash_table_add(making->taken, g_strdup(seen->pdata[i]));
	return TRUE;
}

static gboolean
make_spool(const char *spool, GError **error)
{
	if (!copy_make_folder(spool, error))
		return FALSE;
	for (guint i = 0; backup_spool_folders[i] != NULL; i++) {
		g_autofree char *sub = g_build_filename(spool, backup_spool_folders[i], NULL);

		if (!copy_make_folder(sub, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
sync_spool(const char *spool, GError **error)
{
	for (guint i = 0; backup_spool_folders[i] != NULL; i++) {
		g_autofree char *sub = g_build_filename(spool, backup_spool_folders[i], NULL);

		if (!copy_sync(sub, error))
			return FALSE;
	}
	return copy_sync(spool, error);
}

/* The spools before mail.db: what a sweep moves from one to the other meanwhile is then in both, and a later sweep knows it again; never in neither. */
static gboolean
copy_spools(const struct making *making, GError **error)
{
	g_autofree char *to = g_build_filename(making->path, BACKUP_SPOOL, NULL);

	if (!make_spool(to, error))
		return FALSE;
	for (guint n = 0; making->backup->spools[n] != NULL; n++)
		if (!is_copied(making->backup, n) && !copy_one_spool(making, n, error))
			return FALSE;
	return sync_spool(to, error);
}

static gboolean
copy_mail(struct making *making, GError **error)
{
	const struct backup *backup = making->backup;
	g_autofree char *to = g_build_filename(making->path, "mail.db", NULL);
	struct hash hash;

	if (!copy_make_file(to, error) || !db_copy(backup->folder, to, backup->wait_ms, backup->progress, backup->data, &making->made->info.facts, error) ||
	    !check_archive(backup, &making->made->info.facts, error) || !copy_sync(to, error) || !copy_hash(to, &hash, error))
		return FALSE;
	backup_add_sum(making->sums, "mail.db", &hash);
	return TRUE;
}

/* A STAMP and a NUMBER after those of all copies that are there: restoring and pruning go by this order, and a clock may be wrong. */
static gboolean
choose_name(const struct making *making, char **stamp, guint64 *number, GError **error)
{
	const struct backup *backup = making->backup;
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *now = clock_format(backup->now, utc, "%Y%m%dT%H%M%SZ");
	g_autoptr(GPtrArray) copies = backup_list(backup->to, error);
	const char *newest = copies != NULL && copies->len > 0 ? copies->pdata[copies->len - 1] : NULL;
	int order = newest != NULL ? strncmp(newest, now, BACKUP_STAMP_LENGTH) : -1;

	if (copies == NULL)
		return FALSE;
	if (order > 0)
		g_ptr_array_add(making->made->remarks,
		    g_strdup_printf(
		        "%s/%s has the name of a later time than now, and the new backup is named after it; look at the clock", backup->to, newest));
	*number = order < 0 ? 1 : backup_number(newest) + 1;
	*stamp = order < 0 ? g_steal_pointer(&now) : g_strndup(newest, BACKUP_STAMP_LENGTH);
	return TRUE;
}

static gboolean
put_in_place(const struct making *making, GError **error)
{
	const struct backup *backup = making->backup;
	g_autofree char *stamp = NULL;
	g_autofree char *path = NULL;
	guint64 number;

	if (!choose_name(making, &stamp, &number, error))
		return FALSE;
	do {
		g_free(path);
		path = number == 1 ? g_build_filename(backup->to, stamp, NULL) : g_strdup_printf("%s/%s-%" G_GUINT64_FORMAT, backup->to, stamp, number);
		number++;
	} while (access(path, F_OK) == 0); /* what is there and was not counted is no whole copy */
	if (rename(making->path, path) != 0) {
		copy_set_error(error, "rename", making->path);
		return FALSE;
	}
	making->made->path = g_steal_pointer(&path);
	return copy_sync(backup->to, error);
}

static gboolean
prune(const struct backup *backup, int place, GError **error)
{
	g_autoptr(GPtrArray) copies = backup_list(backup->to, error);

	for (guint i = 0; copies != NULL && i + MAX(1, backup->keep) < copies->len; i++)
		if (!backup_remove(place, backup->to, copies->pdata[i], error))
			return FALSE;
	return copies != NULL;
}

static gboolean
fill(struct making *making, GError **error)
{
	if (chmod(making->path, 02770) != 0) {
		copy_set_error(error, "set the mode of", making->path);
		return FALSE;
	}
	making->made->info.made = making->backup->now;
	return copy_spools(making, error) && copy_mail(making, error) && backup_write_info(making->path, &making->made->info, making->sums, error) &&
	       copy_sync(making->path, error);
}

static gboolean
make(const struct backup *backup, int place, struct backup_made *made, GError **error)
{
	g_autofree char *unfinished = g_build_filename(backup->to, BACKUP_UNFINISHED "XXXXXX", NULL);
	g_autofree char *name = NULL;
	g_autoptr(GString) sums = g_string_new(NULL);
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct making making = {backup, taken, unfinished, sums, made};

	if (!backup_clear(place, backup->to, error))
		return FALSE;
	if (g_mkdtemp(unfinished) == NULL) {
		copy_set_error(error, "make a folder in", backup->to);
		return FALSE;
	}
	if (fill(&making, error) && put_in_place(&making, error))
		return prune(backup, place, error);
	name = g_path_get_basename(unfinished);
	(void)backup_remove(place, backup->to, name, NULL);
	return FALSE;
}

void
backup_made_clear(struct backup_made *made)
{
	g_clear_pointer(&made->path, g_free);
	g_clear_pointer(&made->remarks, g_ptr_array_unref);
}

gboolean
backup_make(const struct backup *backup, struct backup_made *out, GError **error)
{
	g_auto(BackupMade) made = {.remarks = g_ptr_array_new_with_free_func(g_free)};
	gboolean fresh, ok;
	int claimed = claim(backup, &fresh, error);

	if (claimed < 0)
		return FALSE;
	ok = make(backup, claimed, &made, error);
	close(claimed);
	if (!ok && fresh)
		rmdir(backup->to);
	if (!ok)
		return FALSE;
	*out = made;
	memset(&made, 0, sizeof made);
	return TRUE;
}
