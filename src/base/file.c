#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static gboolean
fail_errno(const char *path, int code, GError **error)
{
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), "cannot read %s: %s", path, g_strerror(code));
	return FALSE;
}

static gboolean
fail_too_long(const char *path, gsize limit, GError **error)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "cannot read %s: is longer than %" G_GSIZE_FORMAT " bytes", path, limit);
	return FALSE;
}

static gboolean
is_null_device(const struct stat *info)
{
	struct stat null;

	return S_ISCHR(info->st_mode) && stat("/dev/null", &null) == 0 && S_ISCHR(null.st_mode) && info->st_rdev == null.st_rdev;
}

static gboolean
check_kind(int fd, const char *path, gsize limit, GError **error)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return fail_errno(path, errno, error);
	if (!S_ISREG(info.st_mode) && !is_null_device(&info)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot read %s: is not a regular file", path);
		return FALSE;
	}
	return info.st_size <= 0 || (guint64)info.st_size <= limit || fail_too_long(path, limit, error);
}

/* Up to the end, whatever size the file was said to have: it may grow, and those of /proc say 0. */
static gboolean
read_to_end(int fd, const char *path, gsize limit, GByteArray *bytes, GError **error)
{
	guint8 chunk[16384];

	for (;;) {
		gssize n = read(fd, chunk, sizeof chunk);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(path, errno, error);
		if (n == 0)
			return TRUE;
		if ((gsize)n > limit - bytes->len)
			return fail_too_long(path, limit, error);
		g_byte_array_append(bytes, chunk, n);
	}
}

gboolean
file_read(const char *path, gsize limit, char **text, gsize *length, GError **error)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	gboolean ok;

	if (fd < 0)
		return fail_errno(path, errno, error);
	ok = check_kind(fd, path, limit, error) && read_to_end(fd, path, limit, bytes, error);
	close(fd);
	if (!ok)
		return FALSE;
	*length = bytes->len;
	g_byte_array_append(bytes, (const guint8 *)"", 1);
	*text = (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
	return TRUE;
}
