#include "intake/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/keep.h"
#include "intake/spool.h"

#define TIDY_AFTER (36 * 3600) /* seconds: what is older in a Maildir's tmp/ is nobody's any more */

/* The message in the file of SPOOLED, or NULL; a large one waits in FOLDER; no error is set when the file is gone: another sweep was faster. */
static struct raw_message *
open_spooled(const struct spooled *spooled, const char *folder, GError **error)
{
	int fd = open(spooled->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct raw_message *raw = NULL;
	struct stat about;

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
		raw = raw_message_from_fd(fd, folder, error);
	else
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot take in %s: %s", spooled->path, fd < 0 ? g_strerror(errno) : "not a regular file");
	if (fd >= 0)
		close(fd);
	return raw;
}

/* Names this very arrival, so that a second sweep knows it. */
static char *
spool_source(const struct spooled *spooled)
{
	g_autofree char *name = g_path_get_basename(spooled->path);

	return g_strdup_printf("spool %s", name);
}

/* Is it in mail.db already? Taken in by a sweep that did not live to remove it, or kept by the delivery whose commit had failed. */
static gboolean
is_known(struct mailstore *store, const struct spooled *spooled, const struct raw_message *raw, const char *source, gboolean *known, GError **error)
{
	static const char *const sources[] = {"deliver", "lmtp"};
	struct delivery delivery = {.source = source};

	if (!mailstore_has_delivery(store, raw, &delivery, known, error))
		return FALSE;
	delivery = (struct delivery){.received = spooled->received, .sender = spooled->sender, .recipient = spooled->recipient};
	for (gsize i = 0; i < G_N_ELEMENTS(sources) && !*known && spooled->uncertain; i++) {
		delivery.source = sources[i];
		if (!mailstore_has_delivery(store, raw, &delivery, known, error))
			return FALSE;
	}
	return TRUE;
}

/* *STOP: what failed would fail for every other message too. */
static gboolean
take_in(struct mailstore *store, const struct spooled *spooled, gint64 now, guint *taken, gboolean *stop, GError **error)
{
	g_autofree char *source = spool_source(spooled);
	struct delivery delivery = {.received = spooled->received, .at = now, .source = source, .sender = spooled->sender, .recipient = spooled->recipient};
	g_autoptr(GError) reason = NULL;
	g_autoptr(RawMessage) raw = open_spooled(spooled, mailstore_folder(store), &reason);
	struct kept kept;
	gboolean known, ok;

	if (raw == NULL && reason == NULL)
		return TRUE;
	if (raw == NULL || !keep_check_room(mailstore_folder(store), raw_message_size(raw), &reason)) {
		*stop = !keep_others_may_fit(mailstore_folder(store), reason);
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	*stop = TRUE;
	if (!mailstore_begin(store, error))
		return FALSE;
	/* an entry that a commit without a sync left is no more than this file's promise */
	ok = is_known(store, spooled, raw, source, &known, error) && (!known || (keep_check_known(store, raw, error) && mailstore_settle(store, error)));
	if (ok && !known && !mailstore_add(store, raw, &delivery, FALSE, &kept, &reason)) {
		*stop = !keep_others_may_fit(mailstore_folder(store), reason);
		g_propagate_error(error, g_steal_pointer(&reason));
		ok = FALSE;
	}
	if (!ok) {
		mailstore_rollback(store);
		return FALSE;
	}
	if (!mailstore_commit(store, error))
		return FALSE;
	*stop = FALSE;
	++*taken;
	return spool_remove(spooled, error);
}

/* A failed commit may have left a hole in the log: what is committed behind it would be lost with it. */
static gboolean
settle(struct mailstore *store, GError **error)
{
	gboolean ok = mailstore_begin(store, error) && mailstore_settle(store, error);

	mailstore_rollback(store);
	return ok;
}

gboolean
sweep_spool(struct mailstore *store, const char *spool, gint64 now, guint *taken, GError **error)
{
	g_autoptr(GPtrArray) list = spool_list(spool, error);
	g_autoptr(GError) first = NULL;
	gboolean stop = FALSE;

	*taken = 0;
	if (list == NULL || (list->len > 0 && !settle(store, error)))
		return FALSE;
	for (guint i = 0; i < list->len && !stop; i++) {
		g_autoptr(GError) reason = NULL;

		if (!take_in(store, g_ptr_array_index(list, i), now, taken, &stop, &reason) && first == NULL)
			first = g_steal_pointer(&reason);
	}
	spool_tidy(spool, g_get_real_time() / G_USEC_PER_SEC - TIDY_AFTER);
	if (first == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}

/* Adds to *COUNT. */
static gboolean
count_waiting(struct mailstore *store, const char *spool, gint64 from, gint64 to, guint *count, GError **error)
{
	g_autoptr(GPtrArray) list = spool_list(spool, error);

	if (list == NULL)
		return FALSE;
	for (guint i = 0; i < list->len; i++) {
		const struct spooled *spooled = g_ptr_array_index(list, i);
		g_autofree char *source = spool_source(spooled);
		g_autoptr(GError) reason = NULL;
		g_autoptr(RawMessage) raw = NULL;
		gboolean known = FALSE;

		if (spooled->received < from || spooled->received >= to)
			continue;
		raw = open_spooled(spooled, NULL, &reason);
		if (raw != NULL && !is_known(store, spooled, raw, source, &known, error))
			return FALSE;
		if ((raw != NULL && !known) || reason != NULL)
			++*count;
	}
	return TRUE;
}

gboolean
sweep_waiting(struct mailstore *store, const GPtrArray *spools, gint64 from, gint64 to, guint *out, GError **error)
{
	guint count = 0;

	for (guint i = 0; i < spools->len; i++)
		if (!count_waiting(store, g_ptr_array_index(spools, i), from, to, &count, error))
			return FALSE;
	*out = count;
	return TRUE;
}

int
sweep_lock(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failure;

	errno = 0;
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	failure = errno;
	close(fd);
	errno = failure;
	return -1;
}
