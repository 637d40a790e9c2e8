#include "intake/failed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/keep.h"
#include "mail/mbox.h"
#include "mail/received.h"

#define TAKEN ".postbag-" /* a file about to be removed is called so; one that is left was a killed sweep's */
#define SETTLED 60        /* seconds: a file in a folder that is no Maildir may still be written */

static gboolean
is_folder(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat about;

	return lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static gboolean
is_maildir(const char *folder)
{
	return is_folder(folder, "new") && is_folder(folder, "cur");
}

/* Adds the paths of the files in FOLDER to LIST. *MAILBOX: a folder of a mailbox stands among them. */
static gboolean
list_files(GPtrArray *list, const char *folder, gboolean *mailbox, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &reason);
	const char *name;

	if (dir == NULL && !g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION, "cannot look into the folder of failures: %s", reason->message);
		return FALSE;
	}
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		struct stat about;

		if (name[0] == '.' && !g_str_has_prefix(name, TAKEN))
			*mailbox |= is_maildir(path);
		else if (lstat(path, &about) == 0 && !S_ISDIR(about.st_mode))
			g_ptr_array_add(list, g_steal_pointer(&path));
	}
	return TRUE;
}

static int
compare(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What waits in FOLDER, by name: a Maildir's names begin with the time. */
static GPtrArray *
list_failed(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	gboolean mailbox = FALSE;

	if (is_maildir(folder)) {
		g_autofree char *fresh = g_build_filename(folder, "new", NULL), *seen = g_build_filename(folder, "cur", NULL);
		g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(g_free);
		gboolean unused = FALSE;

		if (!list_files(others, folder, &mailbox, error) || !list_files(list, fresh, &unused, error) || !list_files(list, seen, &unused, error))
			return NULL;
		if (mailbox) {
			g_set_error(
			    error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "%s is a mailbox with folders of its own; name the folder of failures in it", folder);
			return NULL;
		}
	} else if (!list_files(list, folder, &mailbox, error))
		return NULL;
	g_ptr_array_sort(list, compare);
	return g_steal_pointer(&list);
}

static gboolean
refuse(const char *path, const char *why, GError **error)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot take in %s: %s", path, why);
	return FALSE;
}

/* In a folder that anybody may use a file is mail if it begins with a header field. */
static gboolean
looks_like_mail(const struct raw_message *raw)
{
	gsize length, n = 0;
	const char *header = (const char *)raw_message_header(raw, &length);

	while (n < length && (g_ascii_isalnum(header[n]) || header[n] == '-' || header[n] == '_'))
		n++;
	return n > 0 && n < length && (header[n] == ':' || (length > 5 && memcmp(header, "From ", 5) == 0));
}

/* Whether FD holds several messages one after another: taken in as one they would be lost from view. One that begins with a "From " line is one. */
static gboolean
holds_several(const struct raw_message *raw, int fd)
{
	gsize length;
	const guint8 *header = raw_message_header(raw, &length);
	enum mbox_result result = MBOX_MESSAGE;
	struct mbox *mbox = NULL;

	if (length > 0 && mbox_looks_like(header, length) && lseek(fd, 0, SEEK_SET) == 0)
		mbox = mbox_open(fd, NULL, NULL, NULL);
	for (int i = 0; i < 2 && mbox != NULL && result == MBOX_MESSAGE; i++) {
		g_autoptr(GBytes) message = NULL;
		gint64 received, offset;

		result = mbox_next(mbox, &message, &received, &offset, NULL);
	}
	if (mbox == NULL)
		return FALSE;
	mbox_free(mbox);
	return result == MBOX_MESSAGE;
}

/* *STOP: the archive is busy or failing, whatever the message. */
static gboolean
add(struct mailstore *store, const struct raw_message *raw, const struct delivery *delivery, gboolean *again, gboolean *stop, GError **error)
{
	struct kept kept;

	if (!keep_check_room(mailstore_folder(store), raw_message_size(raw), error))
		return FALSE;
	*stop = TRUE;
	if (!mailstore_begin(store, error))
		return FALSE;
	if (!mailstore_add(store, raw, delivery, TRUE, &kept, error) ||
	    (kept.again && (!keep_check_known(store, raw, error) || !mailstore_settle(store, error)))) {
		*stop = FALSE;
		mailstore_rollback(store);
		return FALSE;
	}
	*again = kept.again;
	if (!mailstore_commit(store, error))
		return FALSE;
	*stop = FALSE;
	return TRUE;
}

/* A time to come is a clock's mistake, and no reason to wait until then: should the file still grow, it is not removed. */
static gboolean
is_settled(const struct stat *about)
{
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;

	return about->st_mtime <= now - SETTLED || about->st_mtime > now + SETTLED;
}

static gboolean
is_unchanged(const struct stat *before, const struct stat *after)
{
	return before->st_dev == after->st_dev && before->st_ino == after->st_ino && before->st_size == after->st_size &&
	       before->st_mtim.tv_sec == after->st_mtim.tv_sec && before->st_mtim.tv_nsec == after->st_mtim.tv_nsec;
}

/* Removes the file that was READ from PATH. Another may have taken its name meanwhile, and only a file under a name that nobody else uses can be told to be
 * the one that goes. */
static gboolean
remove_read(const char *path, const struct stat *read, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *taken = g_strdup_printf("%s/" TAKEN "%d-%08x%08x", folder, (int)getpid(), g_random_int(), g_random_int());
	struct stat about;

	if (rename(path, taken) != 0)
		return errno == ENOENT || refuse(path, "it is in the archive, but cannot be removed", error);
	if (lstat(taken, &about) != 0 || !is_unchanged(read, &about)) {
		/* back, unless a third one came; the next sweep looks at it under either name */
		(void)!renameat2(AT_FDCWD, taken, AT_FDCWD, path, RENAME_NOREPLACE);
		return TRUE;
	}
	return unlink(taken) == 0 || errno == ENOENT || refuse(taken, "it is in the archive, but cannot be removed", error);
}

/* The message open as FD, *ABOUT it. *DONE: it is in STORE, *AGAIN: and was before. */
static gboolean
take_open(struct mailstore *store, const char *path, int fd, gint64 now, gboolean settled, struct stat *about, gboolean *done, gboolean *again, gboolean *stop,
    GError **error)
{
	g_autoptr(RawMessage) raw = NULL;
	struct delivery delivery = {.at = now, .source = "sweep"};
	const guint8 *header;
	gsize length;

	if (fstat(fd, about) != 0)
		return refuse(path, g_strerror(errno), error);
	if (!S_ISREG(about->st_mode))
		return refuse(path, "not a regular file", error);
	if (!settled && !is_settled(about))
		return TRUE;
	raw = raw_message_from_fd(fd, mailstore_folder(store), error);
	if (raw == NULL)
		return FALSE;
	if (!settled && !looks_like_mail(raw))
		return refuse(path, "it does not begin like mail", error);
	if (holds_several(raw, fd))
		return refuse(path, "it is an mbox of several messages; postbag import takes it in", error);
	header = raw_message_header(raw, &length);
	delivery.received = received_date(header, length, about->st_mtime, now);
	*done = add(store, raw, &delivery, again, stop, error);
	return *done;
}

/* No error is set when the file is gone: another sweep, or a person, was faster. */
static gboolean
take_file(struct mailstore *store, const char *path, gint64 now, gboolean settled, guint *taken, gboolean *stop, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	gboolean ok, done = FALSE, again = FALSE;
	struct stat about;

	if (fd < 0)
		return errno == ENOENT || refuse(path, errno == ELOOP ? "is a symbolic link" : g_strerror(errno), error);
	ok = take_open(store, path, fd, now, settled, &about, &done, &again, stop, error);
	close(fd);
	if (!ok && !*stop)
		*stop = !keep_others_may_fit(mailstore_folder(store), *error);
	if (!done)
		return ok;
	if (!again)
		++*taken;
	return remove_read(path, &about, error);
}

gboolean
failed_take_in(struct mailstore *store, const char *folder, gint64 now, guint *taken, GError **error)
{
	g_autoptr(GPtrArray) list = list_failed(folder, error);
	g_autoptr(GError) first = NULL;
	gboolean settled = is_maildir(folder), stop = FALSE;

	*taken = 0;
	if (list == NULL)
		return FALSE;
	for (guint i = 0; i < list->len && !stop; i++) {
		g_autoptr(GError) reason = NULL;

		if (!take_file(store, g_ptr_array_index(list, i), now, settled, taken, &stop, &reason) && first == NULL)
			first = g_steal_pointer(&reason);
	}
	if (first == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}

gboolean
failed_look(const char *folder, guint *count, gint64 *oldest, GError **error)
{
	g_autoptr(GPtrArray) list = list_failed(folder, error);

	if (list == NULL)
		return FALSE;
	*count += list->len;
	for (guint i = 0; i < list->len; i++) {
		struct stat about;

		if (lstat(g_ptr_array_index(list, i), &about) == 0 && (*oldest == 0 || about.st_mtime < *oldest))
			*oldest = about.st_mtime;
	}
	return TRUE;
}
