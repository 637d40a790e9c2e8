#include "archive/residue-private.h"

#include "archive/copy.h"
#include "archive/published.h"
#include "archive/redaction.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW (1024 * 1024)
#define OVERLAP (16 * 1024) /* more than the longest needle in its widest encoding */

struct walk {
	const struct residue_search *search;
	struct residue *out;
	GPtrArray *aside; /* of char *: folders with databases of their own */
	GQueue *folders;  /* of char * */
	gboolean excused; /* rows that may have the words do: so do the archive's own databases' bytes */
};

static gboolean
is_own(const struct walk *walk, const char *path)
{
	static const char *const names[] = {"mail.db", "mail.db-wal", "mail.db-shm", "index.db", "index.db-wal", "index.db-shm", "rules.cache"};
	g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);

	if (strcmp(folder, walk->search->folder) != 0)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
bytes_have(const struct walk *walk, int fd)
{
	g_autofree guint8 *window = g_malloc(WINDOW);
	off_t at = 0;

	for (;;) {
		gsize have = 0;

		while (have < WINDOW) {
			gssize n = pread(fd, window + have, WINDOW - have, at + (off_t)have);

			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				break;
			have += (gsize)n;
		}
		if (needles_in_bytes(walk->search->needles, window, have))
			return TRUE;
		if (have < WINDOW)
			return FALSE;
		at += WINDOW - OVERLAP;
	}
}

/* From the archive's folder where it is below it. */
static const char *
shown(const struct walk *walk, const char *path)
{
	gsize length = strlen(walk->search->folder);

	return strncmp(path, walk->search->folder, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

/* Rows are packed and over many pages: of a database only what is opened as one can be searched, and that goes by name. */
static gboolean
is_strange_database(const struct walk *walk, int fd, const char *path)
{
	static const char magic[] = "SQLite format 3";
	g_autofree char *name = g_path_get_basename(path);
	char start[sizeof magic];

	return pread(fd, start, sizeof start, 0) == (gssize)sizeof start && memcmp(start, magic, sizeof magic) == 0 && !is_own(walk, path) &&
	       strcmp(name, "mail.db") != 0 && strcmp(name, "index.db") != 0;
}

static void
look_at_file(struct walk *walk, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0) {
		if (errno != ENOENT)
			g_ptr_array_add(walk->out->places, g_strdup_printf("%s cannot be searched (%s)", shown(walk, path), g_strerror(errno)));
		return;
	}
	if (!(walk->excused && is_own(walk, path)) && bytes_have(walk, fd))
		g_ptr_array_add(walk->out->places, g_strdup_printf("%s, in its bytes", shown(walk, path)));
	else if (is_strange_database(walk, fd, path))
		g_ptr_array_add(
		    walk->out->places, g_strdup_printf("%s perhaps: a database of another name cannot be searched; move it away", shown(walk, path)));
	close(fd);
}

static void
look_at(struct walk *walk, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat about;

	if (lstat(path, &about) != 0 || (strcmp(folder, walk->search->folder) == 0 && g_str_has_prefix(name, REDACTION_FILE)))
		return;
	if (S_ISDIR(about.st_mode)) {
		g_queue_push_tail(walk->folders, g_steal_pointer(&path));
		return;
	}
	if (!S_ISREG(about.st_mode))
		return;
	if (walk->aside != NULL && strcmp(folder, walk->search->folder) != 0 && (strcmp(name, "mail.db") == 0 || strcmp(name, "index.db") == 0) &&
	    (walk->aside->len == 0 || strcmp(walk->aside->pdata[walk->aside->len - 1], folder) != 0))
		g_ptr_array_add(walk->aside, g_strdup(folder));
	look_at_file(walk, path);
}

gboolean
residue_find_published(const char *folder, const struct needles *needles, GPtrArray *out, GError **error)
{
	const struct residue_search search = {.folder = folder, .needles = needles};
	struct residue found = {.places = out};
	struct walk walk = {.search = &search, .out = &found, .folders = g_queue_new()};
	gboolean ok = TRUE;
	char *next;

	g_queue_push_tail(walk.folders, g_strdup(folder));
	while ((next = g_queue_pop_head(walk.folders)) != NULL) {
		g_auto(GStrv) names = ok ? copy_list(next, error) : NULL;

		ok = ok && names != NULL;
		for (guint i = 0; names != NULL && names[i] != NULL; i++)
			if (strcmp(names[i], PUBLISHED_STATE) != 0)
				look_at(&walk, next, names[i]);
		g_free(next);
	}
	g_queue_free(walk.folders);
	return ok;
}

gboolean
residue_look_at_files(const struct residue_search *search, struct residue *out, gboolean elsewhere, GPtrArray *aside, GError **error)
{
	struct walk walk = {.search = search, .out = out, .aside = aside, .folders = g_queue_new(), .excused = elsewhere};
	gboolean ok = TRUE;
	char *folder;

	g_queue_push_tail(walk.folders, g_strdup(search->folder));
	for (guint i = 0; search->others != NULL && search->others[i] != NULL; i++)
		if (!g_str_has_prefix(search->others[i], search->folder) || search->others[i][strlen(search->folder)] != '/')
			g_queue_push_tail(walk.folders, g_strdup(search->others[i]));
	while ((folder = g_queue_pop_head(walk.folders)) != NULL) {
		g_auto(GStrv) names = ok ? copy_list(folder, error) : NULL;

		ok = ok && names != NULL;
		for (guint i = 0; names != NULL && names[i] != NULL; i++)
			look_at(&walk, folder, names[i]);
		g_free(folder);
	}
	g_queue_free(walk.folders);
	return ok;
}
