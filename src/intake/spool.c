#include "intake/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/limits.h"

#define UNCERTAIN "U" /* in a file's name */

static gboolean
fail(GError **error, const char *what, const char *path)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s %s: %s", what, path, g_strerror(errno));
	return FALSE;
}

/* The entries of the folder PATH are on disk when TRUE. A folder that may be written and not read is synced with all of its file system. */
static gboolean
sync_folder(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		fail(error, "cannot sync", path);
	if (fd >= 0)
		close(fd);
	return ok;
}

static gboolean
sync_file_system(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean ok = fd >= 0 && syncfs(fd) == 0;

	if (!ok)
		fail(error, "cannot sync the file system of", path);
	if (fd >= 0)
		close(fd);
	return ok;
}

static gboolean
make_folder(const char *path, GError **error)
{
	if (mkdir(path, 02770) == 0)
		return chmod(path, 02770) == 0 || fail(error, "cannot set the mode of", path);
	return errno == EEXIST || fail(error, "cannot make the spool folder", path);
}

static gboolean
make_folders(const char *folder, GError **error)
{
	static const char *const names[] = {"tmp", "new", "cur", "envelope"};

	if (!make_folder(folder, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);

		if (!make_folder(path, error))
			return FALSE;
	}
	return TRUE;
}

/* The folders themselves survive a power cut: another delivery may have made them a moment ago, and not be as far as this. */
static gboolean
sync_folders(const char *folder, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(folder);

	return sync_folder(folder, error) && (sync_folder(parent, NULL) || sync_file_system(folder, error));
}

static gboolean
write_all(int fd, gconstpointer data, gsize length)
{
	for (gsize done = 0; done < length;) {
		gssize n = write(fd, (const char *)data + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FALSE;
		done += n;
	}
	return TRUE;
}

static gboolean
write_raw(int fd, const char *path, const struct raw_message *raw, GError **error)
{
	for (gint64 done = 0; done < raw_message_size(raw);) {
		g_autoptr(GBytes) bytes = raw_message_read(raw, done, LIMIT_RAW_CHUNK, error);

		if (bytes == NULL)
			return FALSE;
		if (!write_all(fd, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)))
			return fail(error, "cannot write", path);
		done += g_bytes_get_size(bytes);
	}
	return TRUE;
}

/* A new file at PATH with RAW, or with TEXT when RAW is NULL, on disk when TRUE. */
static gboolean
write_file(const char *path, const struct raw_message *raw, const char *text, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	gboolean ok;

	if (fd < 0)
		return fail(error, "cannot make", path);
	ok = fchmod(fd, 0660) == 0 || fail(error, "cannot set the mode of", path);
	if (ok && raw != NULL)
		ok = write_raw(fd, path, raw, error);
	else if (ok)
		ok = write_all(fd, text, strlen(text)) || fail(error, "cannot write", path);
	ok = ok && (fsync(fd) == 0 || fail(error, "cannot sync", path));
	if (close(fd) != 0 && ok)
		ok = fail(error, "cannot close", path);
	if (!ok)
		unlink(path);
	return ok;
}

/* What names an arrival: when, by which process, and a number by chance, so that two hosts or two name spaces of processes cannot meet either. */
static char *
make_name(const struct raw_message *raw, const struct delivery *delivery, gboolean uncertain)
{
	g_autofree char *content = hash_base32(raw_message_content(raw), 16);

	return g_strdup_printf("%" G_GINT64_FORMAT ".M%" G_GINT64_FORMAT "P%dR%08x%s.%s", delivery->received, g_get_real_time(), (int)getpid(), g_random_int(),
	    uncertain ? UNCERTAIN : "", content);
}

static gboolean
write_envelope(const char *folder, const char *name, const struct delivery *delivery, GError **error)
{
	g_autofree char *envelopes = g_build_filename(folder, "envelope", NULL);
	g_autofree char *path = g_build_filename(envelopes, name, NULL);
	g_autofree char *text =
	    g_strdup_printf("%s\n%s\n", delivery->sender != NULL ? delivery->sender : "", delivery->recipient != NULL ? delivery->recipient : "");

	if (delivery->sender == NULL && delivery->recipient == NULL)
		return TRUE;
	return write_file(path, NULL, text, error) && sync_folder(envelopes, error);
}

static gboolean
write_message(const char *folder, const char *name, const struct raw_message *raw, GError **error)
{
	g_autofree char *tmp = g_build_filename(folder, "tmp", name, NULL);
	g_autofree char *new_folder = g_build_filename(folder, "new", NULL);
	g_autofree char *kept = g_build_filename(new_folder, name, NULL);

	if (!write_file(tmp, raw, NULL, error))
		return FALSE;
	fault_set_half_kept(kept); /* until the answer is 0: the sync may take longer than there is time */
	if (rename(tmp, kept) != 0) {
		fail(error, "cannot rename", tmp);
		fault_set_half_kept(NULL);
		unlink(tmp);
		return FALSE;
	}
	if (sync_folder(new_folder, error) && sync_folders(folder, error))
		return TRUE;
	unlink(kept); /* the answer will be that it is not kept */
	fault_set_half_kept(NULL);
	return FALSE;
}

gboolean
spool_write(const char *folder, const struct raw_message *raw, const struct delivery *delivery, gboolean uncertain, GError **error)
{
	g_autofree char *name = make_name(raw, delivery, uncertain);

	if (!make_folders(folder, error))
		return FALSE;
	if (write_envelope(folder, name, delivery, error) && write_message(folder, name, raw, error))
		return TRUE;
	g_autofree char *envelope = g_build_filename(folder, "envelope", name, NULL);
	unlink(envelope);
	return FALSE;
}

void
spooled_free(struct spooled *spooled)
{
	g_free(spooled->path);
	g_free(spooled->envelope_path);
	g_free(spooled->sender);
	g_free(spooled->recipient);
	g_free(spooled);
}

static int
compare_spooled(gconstpointer a, gconstpointer b)
{
	const struct spooled *left = *(const struct spooled *const *)a, *right = *(const struct spooled *const *)b;

	if (left->received != right->received)
		return left->received < right->received ? -1 : 1;
	return strcmp(left->path, right->path);
}

static void
read_envelope(struct spooled *spooled)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(spooled->envelope_path, &text, NULL, NULL))
		return;
	g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
	if (lines[0] != NULL && *lines[0] != '\0' && g_utf8_validate(lines[0], -1, NULL))
		spooled->sender = g_strdup(lines[0]);
	if (lines[0] != NULL && lines[1] != NULL && *lines[1] != '\0' && g_utf8_validate(lines[1], -1, NULL))
		spooled->recipient = g_strdup(lines[1]);
}

static gboolean
list_folder(GPtrArray *list, const char *spool, const char *sub, GError **error)
{
	g_autofree char *path = g_build_filename(spool, sub, NULL);
	g_autoptr(GError) reason = NULL;
	g_autoptr(GDir) dir = g_dir_open(path, 0, &reason);
	const char *name;

	if (dir == NULL && !g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION, "cannot look into the spool: %s", reason->message);
		return FALSE;
	}
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		struct spooled *spooled;
		const char *dot = strchr(name, '.'), *second = dot != NULL ? strchr(dot + 1, '.') : NULL;

		if (name[0] == '.')
			continue;
		spooled = g_new0(struct spooled, 1);
		spooled->uncertain = second != NULL && second[-1] == UNCERTAIN[0];

		spooled->path = g_build_filename(path, name, NULL);
		spooled->envelope_path = g_build_filename(spool, "envelope", name, NULL);
		spooled->received = g_ascii_strtoll(name, NULL, 10);
		g_ptr_array_add(list, spooled);
	}
	return TRUE;
}

GPtrArray *
spool_list(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)spooled_free);

	if (!list_folder(list, folder, "new", error) || !list_folder(list, folder, "cur", error))
		return NULL;
	for (guint i = 0; i < list->len; i++)
		read_envelope(g_ptr_array_index(list, i));
	g_ptr_array_sort(list, compare_spooled);
	return g_steal_pointer(&list);
}

gboolean
spool_look(const char *folder, guint *out, gint64 *oldest, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)spooled_free);

	if (!list_folder(list, folder, "new", error) || !list_folder(list, folder, "cur", error))
		return FALSE;
	*out += list->len;
	for (guint i = 0; i < list->len; i++) {
		const struct spooled *spooled = g_ptr_array_index(list, i);

		if (*oldest == 0 || spooled->received < *oldest)
			*oldest = spooled->received;
	}
	return TRUE;
}

gboolean
spool_count(const char *folder, gint64 from, gint64 to, guint *out, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)spooled_free);
	guint count = 0;

	if (!list_folder(list, folder, "new", error) || !list_folder(list, folder, "cur", error))
		return FALSE;
	for (guint i = 0; i < list->len; i++) {
		const struct spooled *spooled = g_ptr_array_index(list, i);

		if ((from == 0 && to == 0) || (spooled->received >= from && spooled->received < to))
			count++;
	}
	*out = count;
	return TRUE;
}

/* A delivery that was killed while it wrote left its file in tmp/ and perhaps an envelope: nobody was told that it is kept. */
static void
tidy_folder(const char *folder, const char *sub, gint64 before)
{
	g_autofree char *path = g_build_filename(folder, sub, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		g_autofree char *new_file = g_build_filename(folder, "new", name, NULL), *cur_file = g_build_filename(folder, "cur", name, NULL);
		struct stat about;

		if (lstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_mtime < before && access(new_file, F_OK) != 0 && access(cur_file, F_OK) != 0)
			unlink(file);
	}
}

void
spool_tidy(const char *folder, gint64 before)
{
	tidy_folder(folder, "tmp", before);
	tidy_folder(folder, "envelope", before);
}

gboolean
spool_remove(const struct spooled *spooled, GError **error)
{
	if (unlink(spooled->path) != 0 && errno != ENOENT)
		return fail(error, "cannot remove", spooled->path);
	unlink(spooled->envelope_path);
	return TRUE;
}
