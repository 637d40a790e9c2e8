#include "intake/rulecache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/keep.h"
#include "rules/compiled.h"

#define NAME "rules.cache"

GBytes *
rulecache_open(const char *folder, char **hash)
{
	g_autofree char *path = g_build_filename(folder, NAME, NULL);
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
	g_autoptr(GBytes) bytes = NULL;

	if (file == NULL || g_mapped_file_get_length(file) == 0)
		return NULL;
	bytes = g_mapped_file_get_bytes(file);
	*hash = ruleset_bytes_hash(bytes);
	return *hash != NULL ? g_steal_pointer(&bytes) : NULL;
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
	gboolean ok = fd >= 0 && fchmod(fd, 0660) == 0 && write_all(fd, data, size) && fsync(fd) == 0;

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
