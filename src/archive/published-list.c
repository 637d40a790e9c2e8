#include "archive/published.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST "published"

GPtrArray *
published_folders(const char *archive)
{
	g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = g_build_filename(archive, LIST, NULL), *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (g_file_get_contents(path, &text, NULL, NULL))
		lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; line != NULL && *line != NULL; line++) {
		g_autofree char *state = g_build_filename(*line, PUBLISHED_STATE, NULL);

		if (**line == '/' && g_file_test(state, G_FILE_TEST_IS_DIR))
			g_ptr_array_add(folders, g_strdup(*line));
	}
	return g_steal_pointer(&folders);
}

gboolean
published_note(const char *archive, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) known = published_folders(archive);
	g_autofree char *path = g_build_filename(archive, LIST, NULL), *line = g_strconcat(folder, "\n", NULL);
	gboolean noted;
	int fd;

	if (strchr(folder, '\n') != NULL || g_ptr_array_find_with_equal_func(known, folder, g_str_equal, NULL))
		return TRUE;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
	noted = fd >= 0 && (known->len > 0 || fchmod(fd, 0660) == 0 || errno == EPERM) && write(fd, line, strlen(line)) == (ssize_t)strlen(line) &&
	        fdatasync(fd) == 0;
	if (!noted)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot write to %s: %s", path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return noted;
}
