#include "archive/backup.h"

#include "archive/copy.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_LENGTH BACKUP_STAMP_LENGTH
#define MOST_DIGITS 9 /* of the number after it */

/* What a copy holds beside its spool; what tells that it is whole comes first. */
static const char *const files[] = {BACKUP_INFO, BACKUP_SUMS, "mail.db", "mail.db-journal", "mail.db-wal", "mail.db-shm", NULL};

static gboolean
is_copy_name(const char *name)
{
	static const char form[] = "ddddddddTddddddZ";
	gsize length;

	for (gsize i = 0; i < NAME_LENGTH; i++)
		if (form[i] == 'd' ? !g_ascii_isdigit(name[i]) : name[i] != form[i])
			return FALSE;
	if (name[NAME_LENGTH] == '\0')
		return TRUE;
	length = strlen(name + NAME_LENGTH) - 1;
	return name[NAME_LENGTH] == '-' && length >= 1 && length <= MOST_DIGITS && strspn(name + NAME_LENGTH + 1, "0123456789") == length;
}

static gboolean
is_ours(const char *name)
{
	return is_copy_name(name) || g_str_has_prefix(name, BACKUP_UNFINISHED);
}

guint64
backup_number(const char *name)
{
	return name[NAME_LENGTH] == '\0' ? 1 : g_ascii_strtoull(name + NAME_LENGTH + 1, NULL, 10);
}

/* By time, and within a second by number: -10 comes after -2. */
static int
compare_copies(gconstpointer a, gconstpointer b)
{
	const char *left = *(const char *const *)a, *right = *(const char *const *)b;
	int order = strncmp(left, right, NAME_LENGTH);

	return order != 0 ? order : (backup_number(left) > backup_number(right)) - (backup_number(left) < backup_number(right));
}

GPtrArray *
backup_list(const char *folder, GError **error)
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
	g_ptr_array_sort(copies, compare_copies);
	return g_steal_pointer(&copies);
}

char *
backup_find(const char *folder, GError **error)
{
	g_autofree char *own = g_build_filename(folder, BACKUP_INFO, NULL);
	g_autoptr(GPtrArray) copies = NULL;

	if (access(own, F_OK) == 0)
		return g_strdup(folder);
	copies = backup_list(folder, error);
	if (copies == NULL)
		return NULL;
	if (copies->len > 0)
		return g_build_filename(folder, copies->pdata[copies->len - 1], NULL);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s holds no backup; name the folder that was given to postbag backup", folder);
	return NULL;
}

/* A folder itself, never what a symbolic link of that name leads to. */
static int
open_folder(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The names in the folder FD, without "." and ".."; none when it cannot be read. */
static GPtrArray *
names_in(int fd)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	int again = open_folder(fd, ".");
	DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			g_ptr_array_add(names, g_strdup(entry->d_name));
	if (dir != NULL)
		closedir(dir);
	else if (again >= 0)
		close(again);
	return names;
}

/* Whether the folder FD holds what a copy holds, and nothing else: an archive that was moved or mounted here does not look like one. */
static gboolean
check_is_copy(int fd, const char *folder, const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = names_in(fd);

	for (guint i = 0; i < names->len; i++) {
		if (g_strv_contains(files, names->pdata[i]) || strcmp(names->pdata[i], BACKUP_SPOOL) == 0)
			continue;
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s/%s holds other things than a backup (%s); move it away", folder, name,
		    (const char *)names->pdata[i]);
		return FALSE;
	}
	return TRUE;
}

static void
remove_files(int at, const char *sub)
{
	int fd = open_folder(at, sub);
	g_autoptr(GPtrArray) names = NULL;

	if (fd < 0)
		return;
	names = names_in(fd);
	for (guint i = 0; i < names->len; i++)
		unlinkat(fd, names->pdata[i], 0);
	close(fd);
	unlinkat(at, sub, AT_REMOVEDIR);
}

static void
remove_contents(int fd)
{
	int spool = open_folder(fd, BACKUP_SPOOL);

	for (gsize i = 0; files[i] != NULL; i++)
		unlinkat(fd, files[i], 0);
	if (spool < 0)
		return;
	for (guint i = 0; backup_spool_folders[i] != NULL; i++)
		remove_files(spool, backup_spool_folders[i]);
	close(spool);
	unlinkat(fd, BACKUP_SPOOL, AT_REMOVEDIR);
}

gboolean
backup_remove(int place, const char *folder, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	int fd = open_folder(place, name);
	gboolean ours;

	if (fd < 0 && errno == ENOENT)
		return TRUE;
	if (fd < 0) {
		copy_set_error(error, "remove", path);
		return FALSE;
	}
	ours = check_is_copy(fd, folder, name, error);
	if (ours)
		remove_contents(fd);
	close(fd);
	if (!ours)
		return FALSE;
	if (unlinkat(place, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return TRUE;
	if (errno == ENOTEMPTY)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s holds other things than a backup; move it away", path);
	else
		copy_set_error(error, "remove", path);
	return FALSE;
}

static gboolean
check_name(int place, const char *folder, const char *name, GError **error)
{
	struct stat about;

	if (!is_ours(name))
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s holds other things than backups (%s); name a folder of their own", folder, name);
	else if (fstatat(place, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(about.st_mode))
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s/%s has the name of a backup and is no folder that one was made in; move it away",
		    folder, name);
	else
		return TRUE;
	return FALSE;
}

gboolean
backup_clear(int place, const char *folder, GError **error)
{
	g_auto(GStrv) names = copy_list(folder, error);

	if (names == NULL)
		return FALSE;
	for (guint i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], "lost+found") != 0 && !check_name(place, folder, names[i], error))
			return FALSE;
	for (guint i = 0; names[i] != NULL; i++)
		if (g_str_has_prefix(names[i], BACKUP_UNFINISHED) && !backup_remove(place, folder, names[i], error))
			return FALSE;
	return TRUE;
}
