#include "intake/rulecache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/keep.h"
#include "rules/compiled.h"

#define NAME "rules.cache"

/* The sum of 3 MB costs a delivery a twentieth of its time. So the file is written with a time of modification whose nanoseconds come from that sum: any change
 * by a process leaves another time, and then the sum is made. */
static long
stamp_of(guint64 sum)
{
	return (long)(sum % 1000000000);
}

static gboolean
set_stamp(int fd, GBytes *bytes)
{
	guint64 sum = 0;
	g_autofree char *hash = ruleset_bytes_label(bytes, &sum);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};

	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_nsec = stamp_of(sum);
	return hash != NULL && futimens(fd, times) == 0;
}

GBytes *
rulecache_open(const char *folder, gboolean whole, char **hash)
{
	g_autofree char *path = g_build_filename(folder, NAME, NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	g_autoptr(GMappedFile) file = NULL;
	g_autoptr(GBytes) bytes = NULL;
	struct stat about;
	guint64 sum = 0;

	*hash = NULL;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
		file = g_mapped_file_new_from_fd(fd, FALSE, NULL);
	if (file != NULL) {
		bytes = g_mapped_file_get_bytes(file);
		*hash = ruleset_bytes_label(bytes, &sum);
	}
	if (*hash != NULL && (whole || about.st_mtim.tv_nsec != stamp_of(sum))) {
		g_free(*hash);
		*hash = ruleset_bytes_hash(bytes);
		if (*hash != NULL && about.st_mtim.tv_nsec != stamp_of(sum))
			set_stamp(fd, bytes); /* a copy of it, from a backup: else each delivery would make the sum */
	}
	close(fd);
	return *hash != NULL ? g_steal_pointer(&bytes) : NULL;
}

gboolean
rulecache_check(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, NAME, NULL);
	g_autofree char *hash = NULL;
	g_autoptr(GBytes) bytes = rulecache_open(folder, TRUE, &hash);
	struct stat about;

	if (bytes != NULL || lstat(path, &about) != 0 || !S_ISREG(about.st_mode) || unlink(path) != 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s was damaged, or another version's, and is removed; the next delivery makes it anew", path);
	return FALSE;
}

static gboolean
write_all(int fd, const guint8 *data, gsize size)
{
	while (size > 0) {
		gssize n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		data += n;
		size -= n;
	}
	return TRUE;
}

/* Written beside its place, to the disk, and renamed: a reader sees the old one or the new one, after a power cut too. */
static gboolean
write_bytes(const char *path, GBytes *bytes, GError **error)
{
	g_autofree char *temporary = g_strdup_printf("%s.%d", path, (int)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	gsize size;
	gconstpointer data = g_bytes_get_data(bytes, &size);
	gboolean ok = fd >= 0 && fchmod(fd, 0660) == 0 && write_all(fd, data, size) && set_stamp(fd, bytes) && fsync(fd) == 0;

	if (fd >= 0 && close(fd) != 0)
		ok = FALSE;
	ok = ok && rename(temporary, path) == 0;
	if (!ok) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "cannot write %s: %s", path, g_strerror(errno));
		unlink(temporary);
	}
	return ok;
}

gboolean
rulecache_write(const char *folder, GVariant *files, GError **error)
{
	g_autofree char *path = g_build_filename(folder, NAME, NULL);
	g_autoptr(GPtrArray) sources = keep_unpack_rules(files);
	g_autoptr(Ruleset) ruleset = ruleset_new(sources, error);
	g_autoptr(GBytes) bytes = ruleset != NULL ? ruleset_to_bytes(ruleset) : NULL;

	return bytes != NULL && write_bytes(path, bytes, error);
}
