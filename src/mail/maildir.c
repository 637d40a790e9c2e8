#include "mail/maildir.h"

#include "base/error.h"

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

/* Takes one name of FOLDER: files are listed, folders queued, by the rules of a Maildir where it is one. */
static void
take(struct listing *listing, const char *folder, const char *name, gboolean maildir)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat about;

	if (lstat(path, &about) != 0)
		return;
	if (S_ISREG(about.st_mode) || S_ISLNK(about.st_mode)) {
		if (!maildir && name[0] != '.')
			g_ptr_array_add(listing->files, g_steal_pointer(&path));
		return;
	}
	if (!S_ISDIR(about.st_mode))
		return;
	if (maildir ? strcmp(name, "tmp") != 0 && (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || is_maildir(path))
	            : name[0] != '.' || is_maildir(path))
		g_queue_push_tail(listing->folders, g_steal_pointer(&path));
}

static gboolean
read_folder(struct listing *listing, const char *folder, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
	gboolean maildir = is_maildir(folder);
	const char *name;

	if (dir == NULL)
		return FALSE;
	while ((name = g_dir_read_name(dir)) != NULL)
		take(listing, folder, name, maildir);
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
