#include "mail/maildir.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Of an archive of half a million messages too: each name once, behind the other, and each folder's path once. */
struct maildir {
	GArray *files;      /* of struct file */
	GByteArray *names;  /* each with its NUL */
	GPtrArray *folders; /* read and still to be read, so that no depth of folders deepens the stack */
	guint next;         /* of the folders: the first that is still to be read */
};

struct file {
	guint folder, name; /* where the name begins in names */
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

/* FALSE: there are more than can be numbered. */
static gboolean
add_file(struct maildir *list, guint folder, const char *name)
{
	struct file file = {folder, list->names->len};
	gsize length = strlen(name) + 1;

	if (length > G_MAXUINT / 2 - list->names->len)
		return FALSE;
	g_byte_array_append(list->names, (const guint8 *)name, (guint)length);
	g_array_append_val(list->files, file);
	return TRUE;
}

/* Takes one name of a folder: files are listed, folders queued, by the rules of a Maildir where it is one. */
static gboolean
take(struct maildir *list, guint folder, const struct dirent *entry, gboolean maildir)
{
	const char *name = entry->d_name;
	g_autofree char *path = g_build_filename(g_ptr_array_index(list->folders, folder), name, NULL);
	int type = type_of(path, entry);

	if (type == DT_REG || type == DT_LNK)
		return maildir || name[0] == '.' || add_file(list, folder, name);
	if (type != DT_DIR || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return TRUE;
	if (maildir ? strcmp(name, "tmp") != 0 && (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || is_maildir(path))
	            : name[0] != '.' || is_maildir(path))
		g_ptr_array_add(list->folders, g_steal_pointer(&path));
	return TRUE;
}

static gboolean
read_folder(struct maildir *list, guint number, GError **error)
{
	const char *folder = g_ptr_array_index(list->folders, number);
	DIR *dir = opendir(folder);
	gboolean maildir = is_maildir(folder), room = TRUE;
	const struct dirent *entry;

	if (dir == NULL) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot open the folder %s: %s", folder, g_strerror(errno));
		return FALSE;
	}
	while (room && (entry = readdir(dir)) != NULL)
		room = take(list, number, entry, maildir);
	closedir(dir);
	if (!room)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOMEM, "the folder %s has too many files; name its parts one by one", folder);
	return room;
}

static const char *
folder_of(const struct maildir *list, const struct file *file)
{
	return g_ptr_array_index(list->folders, file->folder);
}

static const char *
name_of(const struct maildir *list, const struct file *file)
{
	return (const char *)list->names->data + file->name;
}

/* As strcmp orders the paths. */
static int
compare(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct file *left = a, *right = b;

	if (left->folder == right->folder)
		return strcmp(name_of(data, left), name_of(data, right));
	g_autofree char *first = g_build_filename(folder_of(data, left), name_of(data, left), NULL);
	g_autofree char *second = g_build_filename(folder_of(data, right), name_of(data, right), NULL);

	return strcmp(first, second);
}

struct maildir *
maildir_list(const char *folder, GError **error)
{
	g_autoptr(Maildir) list = g_new0(struct maildir, 1);

	list->files = g_array_new(FALSE, FALSE, sizeof(struct file));
	list->names = g_byte_array_new();
	list->folders = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(list->folders, g_strdup(folder));
	while (list->next < list->folders->len)
		if (!read_folder(list, list->next++, error))
			return NULL;
	g_array_sort_with_data(list->files, compare, list);
	return g_steal_pointer(&list);
}

guint
maildir_count(const struct maildir *list)
{
	return list->files->len;
}

char *
maildir_path(const struct maildir *list, guint n)
{
	const struct file *file = &g_array_index(list->files, struct file, n);

	return g_build_filename(folder_of(list, file), name_of(list, file), NULL);
}

void
maildir_free(struct maildir *list)
{
	if (list == NULL)
		return;
	g_array_unref(list->files);
	g_byte_array_unref(list->names);
	g_ptr_array_unref(list->folders);
	g_free(list);
}
