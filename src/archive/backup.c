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

#define UNFINISHED ".unfinished-"
#define NAME_LENGTH 16 /* 20190213T090000Z */

const char *const backup_spool_folders[] = {"new", "cur", "envelope", NULL};

static gboolean
is_copy_name(const char *name)
{
	static const char form[] = "ddddddddTddddddZ";

	for (gsize i = 0; i < NAME_LENGTH; i++)
		if (form[i] == 'd' ? !g_ascii_isdigit(name[i]) : name[i] != form[i])
			return FALSE;
	return name[NAME_LENGTH] == '\0' || (name[NAME_LENGTH] == '-' && strspn(name + NAME_LENGTH + 1, "0123456789") == strlen(name + NAME_LENGTH + 1));
}

static gboolean
is_ours(const char *name)
{
	return is_copy_name(name) || g_str_has_prefix(name, UNFINISHED) || strcmp(name, "lost+found") == 0;
}

/* The whole copies in FOLDER, oldest first: names. */
static GPtrArray *
list_copies(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) names = copy_list(folder, error);

	if (names == NULL)
		return NULL;
	for (guint i = 0; names[i] != NULL; i++) {
		g_autofree char *path = g_build_filename(folder, names[i], BACKUP_INFO, NULL);

		if (is_copy_name(names[i]) && access(path, F_OK) == 0)
			g_ptr_array_add(copies, g_strdup(names[i]));
	}
	return g_steal_pointer(&copies);
}

char *
backup_find(const char *folder, GError **error)
{
	g_autofree char *own = g_build_filename(folder, BACKUP_INFO, NULL);
	g_autoptr(GPtrArray) copies = NULL;

	if (access(own, F_OK) == 0)
		return g_strdup(folder);
	copies = list_copies(folder, error);
	if (copies == NULL)
		return NULL;
	if (copies->len > 0)
		return g_build_filename(folder, copies->pdata[copies->len - 1], NULL);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s holds no backup; name the folder that was given to postbag backup", folder);
	return NULL;
}

/* Removes a copy, whole or not. What tells that it is whole goes first. */
static gboolean
remove_copy(const char *path, GError **error)
{
	static const char *const files[] = {BACKUP_INFO, BACKUP_SUMS, "mail.db", "mail.db-journal", "mail.db-wal", "mail.db-shm"};
	g_autofree char *spool = g_build_filename(path, BACKUP_SPOOL, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *file = g_build_filename(path, files[i], NULL);

		unlink(file);
	}
	for (guint i = 0; backup_spool_folders[i] != NULL; i++) {
		g_autofree char *sub = g_build_filename(spool, backup_spool_folders[i], NULL);
		g_auto(GStrv) names = copy_list(sub, NULL);

		for (guint n = 0; names != NULL && names[n] != NULL; n++) {
			g_autofree char *file = g_build_filename(sub, names[n], NULL);

			unlink(file);
		}
		rmdir(sub);
	}
	rmdir(spool);
	if (rmdir(path) == 0 || errno == ENOENT)
		return TRUE;
	copy_set_error(error, "remove", path);
	return FALSE;
}

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

/* Only whole copies, what a killed backup left, and nothing else: a backup must not be mixed with a stranger's files, nor remove them. */
static gboolean
check_place(const struct backup *backup, GError **error)
{
	g_auto(GStrv) names = copy_list(backup->to, error);

	if (names == NULL)
		return FALSE;
	for (guint i = 0; names[i] != NULL; i++) {
		g_autofree char *path = g_build_filename(backup->to, names[i], NULL);

		if (!is_ours(names[i])) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s holds other things than backups (%s); name a folder of their own",
			    backup->to, names[i]);
			return FALSE;
		}
		if (g_str_has_prefix(names[i], UNFINISHED) && !remove_copy(path, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_archive(const struct backup *backup, const struct db_facts *facts, GError **error)
{
	g_autoptr(GPtrArray) copies = list_copies(backup->to, error);

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
	const char *path; /* of the unfinished copy */
	GString *sums;
	struct backup_info *info;
};

/* A message that sweep takes in between the look into the folder and the copy is in mail.db, which is copied later. */
static gboolean
copy_spooled(struct making *making, const char *sub, const char *name, GError **error)
{
	g_autofree char *relative = g_build_filename(BACKUP_SPOOL, sub, name, NULL);
	g_autofree char *from = g_build_filename(making->backup->spool, sub, name, NULL);
	g_autofree char *to = g_build_filename(making->path, relative, NULL);
	g_autoptr(GError) reason = NULL;
	struct hash hash;

	if (copy_file(from, to, &hash, &reason)) {
		backup_add_sum(making->sums, relative, &hash);
		making->info->spooled += strcmp(sub, "envelope") != 0;
		return TRUE;
	}
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT) && access(from, F_OK) != 0)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

static gboolean
copy_spool_folder(struct making *making, const char *sub, GError **error)
{
	g_autofree char *from = g_build_filename(making->backup->spool, sub, NULL);
	g_autofree char *to = g_build_filename(making->path, BACKUP_SPOOL, sub, NULL);
	g_auto(GStrv) names = copy_list(from, error);

	if (names == NULL || !copy_make_folder(to, error))
		return FALSE;
	for (guint i = 0; names[i] != NULL; i++)
		if (names[i][0] != '.' && !copy_spooled(making, sub, names[i], error))
			return FALSE;
	return copy_sync(to, error);
}

/* The spool before mail.db: what a sweep moves from one to the other meanwhile is then in both, and a later sweep knows it again; never in neither. */
static gboolean
copy_spool(struct making *making, GError **error)
{
	g_autofree char *to = g_build_filename(making->path, BACKUP_SPOOL, NULL);

	if (!copy_make_folder(to, error))
		return FALSE;
	for (guint i = 0; backup_spool_folders[i] != NULL; i++)
		if (!copy_spool_folder(making, backup_spool_folders[i], error))
			return FALSE;
	return copy_sync(to, error);
}

static gboolean
copy_mail(struct making *making, GError **error)
{
	const struct backup *backup = making->backup;
	g_autofree char *to = g_build_filename(making->path, "mail.db", NULL);
	struct hash hash;

	if (!copy_make_file(to, error) || !db_copy(backup->folder, to, backup->wait_ms, backup->progress, backup->data, &making->info->facts, error) ||
	    !check_archive(backup, &making->info->facts, error) || !copy_sync(to, error) || !copy_hash(to, &hash, error))
		return FALSE;
	backup_add_sum(making->sums, "mail.db", &hash);
	return TRUE;
}

/* *MADE: where the finished copy stands. */
static gboolean
put_in_place(const struct backup *backup, const char *unfinished, char **made, GError **error)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *stamp = clock_format(backup->now, utc, "%Y%m%dT%H%M%SZ");
	g_autofree char *path = g_build_filename(backup->to, stamp, NULL);

	for (guint n = 2; access(path, F_OK) == 0; n++) {
		g_free(path);
		path = g_strdup_printf("%s/%s-%u", backup->to, stamp, n);
	}
	if (rename(unfinished, path) != 0) {
		copy_set_error(error, "rename", unfinished);
		return FALSE;
	}
	*made = g_steal_pointer(&path);
	return copy_sync(backup->to, error);
}

static gboolean
prune(const struct backup *backup, GError **error)
{
	g_autoptr(GPtrArray) copies = list_copies(backup->to, error);

	for (guint i = 0; copies != NULL && i + MAX(1, backup->keep) < copies->len; i++) {
		g_autofree char *path = g_build_filename(backup->to, copies->pdata[i], NULL);

		if (!remove_copy(path, error))
			return FALSE;
	}
	return copies != NULL;
}

static gboolean
fill(struct making *making, GError **error)
{
	if (chmod(making->path, 02770) != 0) {
		copy_set_error(error, "set the mode of", making->path);
		return FALSE;
	}
	making->info->made = making->backup->now;
	return copy_spool(making, error) && copy_mail(making, error) && backup_write_info(making->path, making->info, making->sums, error) &&
	       copy_sync(making->path, error);
}

static gboolean
make(const struct backup *backup, char **made, struct backup_info *info, GError **error)
{
	g_autofree char *unfinished = g_build_filename(backup->to, UNFINISHED "XXXXXX", NULL);
	g_autoptr(GString) sums = g_string_new(NULL);
	struct making making = {backup, unfinished, sums, info};

	if (!check_place(backup, error))
		return FALSE;
	if (g_mkdtemp(unfinished) == NULL) {
		copy_set_error(error, "make a folder in", backup->to);
		return FALSE;
	}
	if (fill(&making, error) && put_in_place(backup, unfinished, made, error))
		return prune(backup, error);
	(void)remove_copy(unfinished, NULL);
	return FALSE;
}

gboolean
backup_make(const struct backup *backup, char **made, struct backup_info *info, GError **error)
{
	gboolean fresh, ok;
	int claimed = claim(backup, &fresh, error);

	if (claimed < 0)
		return FALSE;
	*info = (struct backup_info){0};
	*made = NULL;
	ok = make(backup, made, info, error);
	close(claimed);
	if (!ok && fresh)
		rmdir(backup->to);
	if (!ok)
		g_clear_pointer(made, g_free);
	return ok;
}
