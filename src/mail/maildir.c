#include "mail/maildir.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* The folders still to be read, deepest last, so that no depth of folders deepens the stack. */
struct listing {
	GPtrArray *files;
	GQueue *folders;
};

static gboolean
is_folder(const char *path)
{
	struct stat about;

	return lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static gboolean
is_maildir(const char *folder)
{
	g_autofree char *cur = g_build_filename(folder, "cur", NULL), *new = g_build_filename(folder, "new", NULL);

	return is_folder(cur) && is_folder(new);
}

/* Its DT_... (readdir(3)); asked of the file itself only where the file system does not say it with the name. */
static int
type_of(const char *path, const struct dirent *entry)
{
	struct stat about;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	return lstat(path, &about) == 0 ? IFTODT(about.st_mode) : DT_UNKNOWN;
}

/* Takes one name of FOLDER: files are listed, folders queued, by the rules of a Maildir where it is one. */
static void
take(struct listing *listing, const char *folder, const struct dirent *entry, gboolean maildir)
{
	const char *name = entry->d_name;
	g_autofree char *path = g_build_filename(folder, name, NULL);
	int type = type_of(path, entry);

	if (type == DT_REG || type == DT_LNK) {
		if (!maildir && name[0] != '.')
			g_ptr_array_add(listing->files, g_steal_pointer(&path));
		return;
	}
	if (type != DT_DIR || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	if (maildir ? strcmp(name, "tmp") != 0 && (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || is_maildir(path))
	            : name[0] != '.' || is_maildir(path))
		g_queue_push_tail(listing->folders, g_steal_pointer(&path));
}

static gboolean
read_folder(struct listing *listing, const char *folder, GError **error)
{
	DIR *dir = opendir(folder);
	gboolean maildir = is_maildir(folder);
	const struct dirent *entry;

	if (dir == NULL) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot open the folder %s: %s", folder, g_strerror(errno));
		return FALSE;
	}
	while ((entry = readdir(dir)) != NULL)
		take(listing, folder, entry, maildir);
	closedir(dir);
	return TRUE;
}

static int
compare(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
maildir_list(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	struct listing listing = {.files = files, .folders = g_queue_new()};
	gboolean whole = TRUE;
	char *next;

	g_queue_push_tail(listing.folders, g_strdup(folder));
	while (whole && (next = g_queue_pop_head(listing.folders)) != NULL) {
		whole = read_folder(&listing, next, error);
		g_free(next);
	}
	g_queue_free_full(listing.folders, g_free);
	if (!whole)
		return NULL;
	g_ptr_array_sort(files, compare);
	return g_steal_pointer(&files);
}
