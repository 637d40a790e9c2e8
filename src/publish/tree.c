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
	g_autofree char *state = g_build_filename(folder, TREE_STATE, NULL);
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

	tree->fd = tree->lock = -1;
	tree->look = look;
	tree->folder = g_strdup(folder);
	tree->state = g_build_filename(folder, TREE_STATE, NULL);
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
tree_stage(struct tree *tree, guint n, GBytes *bytes, GError **error)
{
	g_autofree char *path = fresh_name(tree, n);
	gsize length, done = 0;
	const char *data = g_bytes_get_data(bytes, &length);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0)
		return fail(error, POSTBAG_ERROR_CREATE, "make", path);
	while (done < length) {
		ssize_t n_written = write(fd, data + done, length - done);

		if (n_written < 0 && errno == EINTR)
			continue;
		if (n_written < 0) {
			fail(error, POSTBAG_ERROR_IO, "write", path);
			close(fd);
			return FALSE;
		}
		done += (gsize)n_written;
	}
	return close(fd) == 0 || fail(error, POSTBAG_ERROR_IO, "write", path);
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

gboolean
tree_is_free(const struct tree *tree, const char *path, GError **error)
{
	struct stat about;

	if (tree->fd < 0 || fstatat(tree->fd, path, &about, AT_SYMLINK_NOFOLLOW) != 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "%s/%s stands there, and postbag publish did not make it; move it away", tree->folder, path);
	return FALSE;
}

static gboolean
make_folders(struct tree *tree, const char *path, GError **error)
{
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		g_autofree char *folder = g_strndup(path, slash - path);

		if (mkdirat(tree->fd, folder, 0777) != 0 && errno != EEXIST)
			return fail(error, POSTBAG_ERROR_CREATE, "make", folder);
	}
	return TRUE;
}

gboolean
tree_place(struct tree *tree, guint n, const char *path, GError **error)
{
	g_autofree char *from = fresh_name(tree, n);

	if (!make_folders(tree, path, error))
		return FALSE;
	return renameat(AT_FDCWD, from, tree->fd, path) == 0 || fail(error, POSTBAG_ERROR_IO, "write", path);
}

gboolean
tree_remove(struct tree *tree, const char *path, GError **error)
{
	g_autofree char *folder = g_strdup(path);
	char *slash;

	if (unlinkat(tree->fd, path, 0) != 0 && errno != ENOENT && errno != ENOTDIR)
		return fail(error, POSTBAG_ERROR_IO, "remove", path);
	while ((slash = strrchr(folder, '/')) != NULL) {
		*slash = '\0';
		if (unlinkat(tree->fd, folder, AT_REMOVEDIR) != 0)
			break; /* there is more in it */
	}
	return TRUE;
}
