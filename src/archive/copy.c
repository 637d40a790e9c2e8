#include "archive/copy.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0660
#define FOLDER_MODE 02770
#define CHUNK_BYTES (256 * 1024)

void
copy_set_error(GError **error, const char *what, const char *path)
{
	static const struct {
		int why;
		enum postbag_error code;
		const char *remedy;
	} reasons[] = {
	    {ENOENT, POSTBAG_ERROR_NO_INPUT, ""},
	    {ENOTDIR, POSTBAG_ERROR_NO_INPUT, ""},
	    {ENOSPC, POSTBAG_ERROR_TEMPORARY, "; make room and try again"},
	    {EDQUOT, POSTBAG_ERROR_TEMPORARY, "; make room and try again"},
	    {EMFILE, POSTBAG_ERROR_TEMPORARY, "; try again"},
	    {ENFILE, POSTBAG_ERROR_TEMPORARY, "; try again"},
	    {EACCES, POSTBAG_ERROR_PERMISSION, ""},
	    {EPERM, POSTBAG_ERROR_PERMISSION, ""},
	    {EROFS, POSTBAG_ERROR_PERMISSION, ""},
	    {EEXIST, POSTBAG_ERROR_CREATE, ""},
	    {ELOOP, POSTBAG_ERROR_IO, ""},
	};
	int why = errno;
	const char *reason = why == ELOOP ? "is a symbolic link" : g_strerror(why);

	for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
		if (reasons[i].why == why) {
			g_set_error(error, POSTBAG_ERROR, reasons[i].code, "cannot %s %s: %s%s", what, path, reason, reasons[i].remedy);
			return;
		}
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot %s %s: %s; look at the disk and its file system", what, path, g_strerror(why));
}

static gboolean
fail(GError **error, const char *what, const char *path)
{
	copy_set_error(error, what, path);
	return FALSE;
}

static int
open_source(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat about;

	if (fd < 0) {
		copy_set_error(error, "read", path);
		return -1;
	}
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
		return fd;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot read %s: not a regular file", path);
	close(fd);
	return -1;
}

static int
make_target(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		copy_set_error(error, "make", path);
	else if (fchmod(fd, FILE_MODE) != 0) {
		copy_set_error(error, "set the mode of", path);
		close(fd);
		unlink(path);
		fd = -1;
	}
	return fd;
}

static gboolean
write_all(int fd, const guint8 *data, gsize length)
{
	while (length > 0) {
		gssize n = write(fd, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FALSE;
		data += n;
		length -= n;
	}
	return TRUE;
}

/* From the descriptor FROM to its end into TO (-1: only hashed). */
static gboolean
pump(int from, const char *from_path, int to, const char *to_path, struct hasher *hasher, GError **error)
{
	g_autofree guint8 *chunk = g_malloc(CHUNK_BYTES);

	for (;;) {
		gssize n = read(from, chunk, CHUNK_BYTES);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(error, "read", from_path);
		if (n == 0)
			return TRUE;
		hasher_add(hasher, chunk, n);
		if (to >= 0 && !write_all(to, chunk, n))
			return fail(error, "write", to_path);
	}
}

/* Closes FD, on disk when TRUE; what is not OK goes. */
static gboolean
finish(int fd, const char *path, gboolean ok, GError **error)
{
	if (ok && fsync(fd) != 0)
		ok = fail(error, "sync", path);
	if (close(fd) != 0 && ok)
		ok = fail(error, "close", path);
	if (!ok)
		unlink(path);
	return ok;
}

gboolean
copy_file(const char *from, const char *to, struct hash *hash, GError **error)
{
	int source = open_source(from, error), target = source >= 0 ? make_target(to, error) : -1;
	g_autoptr(Hasher) hasher = hasher_new();
	struct hash sum;
	gboolean ok = target >= 0 && pump(source, from, target, to, hasher, error);

	if (source >= 0)
		close(source);
	if (target >= 0)
		ok = finish(target, to, ok, error);
	sum = hasher_finish(g_steal_pointer(&hasher));
	if (ok && hash != NULL)
		*hash = sum;
	return ok;
}

gboolean
copy_text(const char *text, const char *to, GError **error)
{
	int fd = make_target(to, error);
	gboolean ok;

	if (fd < 0)
		return FALSE;
	ok = write_all(fd, (const guint8 *)text, strlen(text)) || fail(error, "write", to);
	return finish(fd, to, ok, error);
}

gboolean
copy_make_file(const char *path, GError **error)
{
	int fd = make_target(path, error);

	return fd >= 0 && close(fd) == 0;
}

gboolean
copy_sync(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	gboolean ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		copy_set_error(error, "sync", path);
	if (fd >= 0)
		close(fd);
	return ok;
}

gboolean
copy_hash(const char *path, struct hash *hash, GError **error)
{
	int fd = open_source(path, error);
	g_autoptr(Hasher) hasher = hasher_new();
	gboolean ok;

	if (fd < 0)
		return FALSE;
	ok = pump(fd, path, -1, NULL, hasher, error);
	close(fd);
	*hash = hasher_finish(g_steal_pointer(&hasher));
	return ok;
}

gboolean
copy_make_folder(const char *path, GError **error)
{
	if (mkdir(path, 0700) == 0)
		return chmod(path, FOLDER_MODE) == 0 || fail(error, "set the mode of", path);
	return errno == EEXIST || fail(error, "make the folder", path);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
copy_list(const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GDir) dir = g_dir_open(path, 0, &reason);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	if (dir == NULL && !g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		g_set_error(error, POSTBAG_ERROR, g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? POSTBAG_ERROR_PERMISSION : POSTBAG_ERROR_IO,
		    "cannot look into %s: %s", path, reason->message);
		return NULL;
	}
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	g_ptr_array_set_free_func(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}
