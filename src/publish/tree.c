#include "publish/tree.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FEW 32 /* files that are synced one by one; more of them by the file system's own sync */

struct tree {
	char *folder, *state, *fresh; /* FRESH: new files, in STATE */
	int fd, lock;
	int out, in; /* of the file that is being written, and that pieces of it are copied from; -1: none */
	char *out_name, *in_name;
	GHashTable *changed; /* folders, from FOLDER, in which names changed: "" is FOLDER itself */
	gboolean look;
};

static gboolean
fail(GError **error, enum postbag_error code, const char *what, const char *path)
{
	int saved = errno;

	if (saved == EACCES || saved == EPERM)
		code = POSTBAG_ERROR_PERMISSION;
	else if (saved == ENOSPC || saved == EDQUOT)
		code = POSTBAG_ERROR_TEMPORARY;
	g_set_error(error, POSTBAG_ERROR, code, "cannot %s %s: %s", what, path, g_strerror(saved));
	return FALSE;
}

/* Does PATH lie in FOLDER, or is it that? */
static gboolean
lies_in(const char *path, const char *folder)
{
	gsize length = strlen(folder);

	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0' || strcmp(folder, "/") == 0);
}

/* As far as PATH is there its real name, then the rest. Caller frees. */
static char *
real_path(const char *path)
{
	g_autofree char *whole = g_canonicalize_filename(path, NULL);
	g_autofree char *parent = g_path_get_dirname(whole), *base = g_path_get_basename(whole);
	char *real = realpath(whole, NULL), *above;
	char *joined;

	if (real != NULL)
		return real;
	above = realpath(parent, NULL);
	joined = g_build_filename(above != NULL ? above : parent, base, NULL);
	free(above);
	return joined;
}

static gboolean
check_place(const char *folder, const char *archive, GError **error)
{
	g_autofree char *here = real_path(folder), *there = real_path(archive);

	if (lies_in(here, there))
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "%s lies in the archive; name a folder outside of it", folder);
	else if (lies_in(there, here))
		g_set_error(
		    error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "the archive lies in %s, where all the world could read it; name another folder", folder);
	else
		return TRUE;
	return FALSE;
}

/* Nothing in it, or ours. */
static gboolean
check_owner(const char *folder, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &reason);
	g_autofree char *state = g_build_filename(folder, PUBLISHED_STATE, NULL);
	const char *name;

	if (dir == NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (g_file_test(state, G_FILE_TEST_IS_DIR))
		return TRUE;
	name = g_dir_read_name(dir);
	if (name != NULL)
		g_set_error(
		    error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "%s is not empty, and postbag publish did not make what is in it; name a new folder", folder);
	return name == NULL;
}

static gboolean
lock(struct tree *tree, GError **error)
{
	g_autofree char *path = g_build_filename(tree->state, "lock", NULL);

	tree->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (tree->lock < 0)
		return fail(error, POSTBAG_ERROR_CREATE, "make", path);
	if (flock(tree->lock, LOCK_EX | LOCK_NB) == 0)
		return TRUE;
	if (errno != EWOULDBLOCK)
		return fail(error, POSTBAG_ERROR_IO, "lock", path);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "another postbag publish is at work in %s; try again when it is done", tree->folder);
	return FALSE;
}

/* What a run that was stopped had not put in its place. */
static void
clear_fresh(const struct tree *tree)
{
	g_autoptr(GDir) dir = g_dir_open(tree->fresh, 0, NULL);

	for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL; name = g_dir_read_name(dir)) {
		g_autofree char *path = g_build_filename(tree->fresh, name, NULL);

		unlink(path);
	}
}

static gboolean
make_state(struct tree *tree, GError **error)
{
	if (mkdir(tree->state, 0700) != 0 && errno != EEXIST)
		return fail(error, POSTBAG_ERROR_CREATE, "make", tree->state);
	if (!lock(tree, error))
		return FALSE;
	if (mkdir(tree->fresh, 0700) != 0 && errno != EEXIST)
		return fail(error, POSTBAG_ERROR_CREATE, "make", tree->fresh);
	clear_fresh(tree);
	return TRUE;
}

struct tree *
tree_open(const char *folder, const char *archive, gboolean look, GError **error)
{
	g_autoptr(Tree) tree = g_new0(struct tree, 1);

	tree->fd = tree->lock = tree->out = tree->in = -1;
	tree->changed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	tree->look = look;
	tree->folder = g_strdup(folder);
	tree->state = g_build_filename(folder, PUBLISHED_STATE, NULL);
	tree->fresh = g_build_filename(tree->state, "new", NULL);
	if (!check_place(folder, archive, error))
		return NULL;
	if (look && !g_file_test(folder, G_FILE_TEST_EXISTS))
		return g_steal_pointer(&tree);
	if (!look && mkdir(folder, 0777) != 0 && errno != EEXIST) {
		fail(error, POSTBAG_ERROR_CREATE, "make", folder);
		return NULL;
	}
	tree->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree->fd < 0) {
		fail(error, POSTBAG_ERROR_CREATE, "open", folder);
		return NULL;
	}
	return check_owner(folder, error) && (look || make_state(tree, error)) ? g_steal_pointer(&tree) : NULL;
}

void
tree_close(struct tree *tree)
{
	if (tree->fd >= 0)
		close(tree->fd);
	if (tree->lock >= 0)
		close(tree->lock);
	if (tree->out >= 0)
		close(tree->out);
	if (tree->in >= 0)
		close(tree->in);
	g_hash_table_unref(tree->changed);
	g_free(tree->out_name);
	g_free(tree->in_name);
	g_free(tree->folder);
	g_free(tree->state);
	g_free(tree->fresh);
	g_free(tree);
}

const char *
tree_state(const struct tree *tree)
{
	return tree->state;
}

static char *
fresh_name(const struct tree *tree, guint n)
{
	return g_strdup_printf("%s/%u", tree->fresh, n);
}

gboolean
tree_begin(struct tree *tree, guint n, GError **error)
{
	g_free(tree->out_name);
	tree->out_name = fresh_name(tree, n);
	tree->out = open(tree->out_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	return tree->out >= 0 || fail(error, POSTBAG_ERROR_CREATE, "make", tree->out_name);
}

static gboolean
add(struct tree *tree, const char *data, gsize length, GError **error)
{
	while (length > 0) {
		ssize_t n = write(tree->out, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(error, POSTBAG_ERROR_IO, "write", tree->out_name);
		data += n;
		length -= (gsize)n;
	}
	return TRUE;
}

gboolean
tree_add(struct tree *tree, GBytes *bytes, GError **error)
{
	gsize length;
	const char *data = g_bytes_get_data(bytes, &length);

	return add(tree, data, length, error);
}

/* For file systems and kernels that cannot copy by themselves. */
static gboolean
copy_by_hand(struct tree *tree, off_t from, gint64 length, GError **error)
{
	char window[65536];

	while (length > 0) {
		ssize_t n = pread(tree->in, window, (gsize)MIN(length, (gint64)sizeof window), from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* it was longer when it was looked at */
		if (n <= 0)
			return fail(error, POSTBAG_ERROR_IO, "read", tree->in_name);
		if (!add(tree, window, (gsize)n, error))
			return FALSE;
		from += n;
		length -= n;
	}
	return TRUE;
}

static gboolean
open_in(struct tree *tree, const char *path)
{
	if (g_strcmp0(path, tree->in_name) == 0)
		return tree->in >= 0;
	if (tree->in >= 0)
		close(tree->in);
	g_free(tree->in_name);
	tree->in_name = g_strdup(path);
	tree->in = openat(tree->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return tree->in >= 0;
}

GBytes *
tree_read(struct tree *tree, const char *path, gint64 offset, gint64 length)
{
	g_autofree char *data = NULL;
	gint64 done = 0;

	if (length <= 0 || offset < 0 || length > tree_size(tree, path) || !open_in(tree, path))
		return NULL;
	data = g_malloc((gsize)length);
	while (done < length) {
		ssize_t n = pread(tree->in, data + done, (gsize)(length - done), offset + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		done += n;
	}
	return g_bytes_new_take(g_steal_pointer(&data), (gsize)length);
}

gboolean
tree_copy(struct tree *tree, const char *path, gint64 offset, gint64 length, GError **error)
{
	off_t from = offset;

	if (!open_in(tree, path))
		return fail(error, POSTBAG_ERROR_IO, "read", path);
	while (length > 0) {
		ssize_t n = copy_file_range(tree->in, &from, tree->out, NULL, (gsize)length, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return copy_by_hand(tree, from, length, error);
		length -= n;
	}
	return TRUE;
}

gboolean
tree_end(struct tree *tree, GError **error)
{
	int fd = tree->out;

	tree->out = -1;
	if (tree->in >= 0)
		close(tree->in);
	tree->in = -1;
	g_clear_pointer(&tree->in_name, g_free);
	return close(fd) == 0 || fail(error, POSTBAG_ERROR_IO, "write", tree->out_name);
}

void
tree_drop(struct tree *tree, guint n)
{
	g_autofree char *path = fresh_name(tree, n);

	unlink(path); /* one that stays is removed by the next run */
}

gint64
tree_size(const struct tree *tree, const char *path)
{
	struct stat about;

	return tree->fd >= 0 && fstatat(tree->fd, path, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode) ? about.st_size : -1;
}

gboolean
tree_settle(struct tree *tree, guint n, GError **error)
{
	if (n > FEW)
		return syncfs(tree->fd) == 0 || fail(error, POSTBAG_ERROR_IO, "write", tree->folder);
	for (guint i = 0; i < n; i++) {
		g_autofree char *path = fresh_name(tree, i);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		gboolean synced = fd >= 0 && fdatasync(fd) == 0;

		if (!synced)
			fail(error, POSTBAG_ERROR_IO, "write", path);
		if (fd >= 0)
			close(fd);
		if (!synced)
			return FALSE;
	}
	return TRUE;
}

/* No page and no folder of pages is called ".x", and none is elsewhere: what says so was not written by us. */
gboolean
tree_is_page(const char *path, GError **error)
{
	if (*path != '\0' && *path != '/' && *path != '.' && strstr(path, "/.") == NULL)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
	    PUBLISHED_STATE "/published.db names \"%s\", which is no page; remove the folder and publish anew", path);
	return FALSE;
}

gboolean
tree_is_free(const struct tree *tree, const char *path, GError **error)
{
	struct stat about;

	if (tree->fd < 0 || fstatat(tree->fd, path, &about, AT_SYMLINK_NOFOLLOW) != 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "%s/%s stands there, and postbag publish did not make it; move it away", tree->folder, path);
	return FALSE;
}

/* A name in the folder of PATH changes. */
static void
note_change(struct tree *tree, const char *path)
{
	const char *slash = strrchr(path, '/');

	g_hash_table_add(tree->changed, g_strndup(path, slash != NULL ? slash - path : 0));
}

/* A link that another put there would lead the pages elsewhere. */
static gboolean
is_folder(const struct tree *tree, const char *folder, GError **error)
{
	struct stat about;

	if (fstatat(tree->fd, folder, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(about.st_mode))
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s/%s is no folder, and postbag publish did not make it; remove it", tree->folder, folder);
	return FALSE;
}

static gboolean
make_folders(struct tree *tree, const char *path, GError **error)
{
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		g_autofree char *folder = g_strndup(path, slash - path);

		if (mkdirat(tree->fd, folder, 0777) == 0)
			note_change(tree, folder);
		else if (errno != EEXIST)
			return fail(error, POSTBAG_ERROR_CREATE, "make", folder);
		else if (!is_folder(tree, folder, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
are_folders(const struct tree *tree, const char *path, GError **error)
{
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		g_autofree char *folder = g_strndup(path, slash - path);

		if (faccessat(tree->fd, folder, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && !is_folder(tree, folder, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
tree_place(struct tree *tree, guint n, const char *path, GError **error)
{
	g_autofree char *from = fresh_name(tree, n);

	if (!make_folders(tree, path, error))
		return FALSE;
	note_change(tree, path);
	return renameat(AT_FDCWD, from, tree->fd, path) == 0 || fail(error, POSTBAG_ERROR_IO, "write", path);
}

gboolean
tree_remove(struct tree *tree, const char *path, GError **error)
{
	g_autofree char *folder = g_strdup(path);
	char *slash;

	if (!are_folders(tree, path, error))
		return FALSE;
	if (unlinkat(tree->fd, path, 0) != 0 && errno != ENOENT && errno != ENOTDIR)
		return fail(error, POSTBAG_ERROR_IO, "remove", path);
	note_change(tree, path);
	while ((slash = strrchr(folder, '/')) != NULL) {
		*slash = '\0';
		if (unlinkat(tree->fd, folder, AT_REMOVEDIR) != 0)
			break; /* there is more in it */
		note_change(tree, folder);
	}
	return TRUE;
}

static gboolean
sync_folder(const struct tree *tree, const char *folder, GError **error)
{
	int fd = openat(tree->fd, *folder != '\0' ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean synced;

	if (fd < 0 && errno == ENOENT)
		return TRUE; /* it became empty and went; the one above is synced */
	synced = fd >= 0 && fsync(fd) == 0;
	if (!synced)
		fail(error, POSTBAG_ERROR_IO, "write", *folder != '\0' ? folder : tree->folder);
	if (fd >= 0)
		close(fd);
	return synced;
}

gboolean
tree_sync(struct tree *tree, GError **error)
{
	GHashTableIter iter;
	gpointer folder;

	if (g_hash_table_size(tree->changed) > FEW && syncfs(tree->fd) != 0)
		return fail(error, POSTBAG_ERROR_IO, "write", tree->folder);
	g_hash_table_iter_init(&iter, tree->changed);
	while (g_hash_table_size(tree->changed) <= FEW && g_hash_table_iter_next(&iter, &folder, NULL))
		if (!sync_folder(tree, folder, error))
			return FALSE;
	g_hash_table_remove_all(tree->changed);
	return TRUE;
}
