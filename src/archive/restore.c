#include "archive/restore.h"

#include "archive/copy.h"
#include "archive/mailstore-private.h"
#include "archive/redaction.h"
#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define INCOMING ".restore-mail.db"
#define SWEEP_POLL_US 50000 /* between two tries at the lock */

void
restored_clear(struct restored *restored)
{
	g_clear_pointer(&restored->aside, g_free);
	g_clear_pointer(&restored->unknown, g_free);
}

/* Of the names in FILES those that are in FOLDER, onto OUT. */
static void
add_present(const char *folder, enum db_file file, GPtrArray *out)
{
	g_auto(GStrv) names = db_names(file);

	for (guint i = 0; names[i] != NULL; i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);
		struct stat about;

		if (lstat(path, &about) == 0)
			g_ptr_array_add(out, g_strdup(names[i]));
	}
}

/* An index of an archive that is gone, and a log without a byte, are worth nothing; everything else is somebody's archive. */
static gboolean
check_empty(const struct restore *restore, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	if (restore->force)
		return TRUE;
	add_present(restore->folder, DB_MAIL, names);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(restore->folder, names->pdata[i], NULL);
		struct stat about;

		if (lstat(path, &about) != 0 || (i > 0 && about.st_size == 0) || g_str_has_suffix(path, "-shm"))
			continue;
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "%s is there already; restore into another folder, or set it aside with --force", path);
		return FALSE;
	}
	return TRUE;
}

/* Beside what it replaces, to the disk, and its bytes compared with those that were verified. */
static gboolean
bring_in(const struct restore *restore, const char *incoming, GError **error)
{
	g_autofree char *from = g_build_filename(restore->from, "mail.db", NULL);
	struct hash verified, copied;

	if (unlink(incoming) != 0 && errno != ENOENT) {
		copy_set_error(error, "remove", incoming);
		return FALSE;
	}
	if (!copy_hash(from, &verified, error) || !copy_file(from, incoming, &copied, error))
		return FALSE;
	if (memcmp(&verified, &copied, sizeof copied) == 0)
		return TRUE;
	unlink(incoming);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "%s reads differently each time; look at the disk", from);
	return FALSE;
}

static gboolean
link_aside(const char *folder, const char *aside, const char *name, GError **error)
{
	g_autofree char *from = g_build_filename(folder, name, NULL);
	g_autofree char *to = g_build_filename(aside, name, NULL);

	if (link(from, to) == 0)
		return TRUE;
	copy_set_error(error, "set aside", from);
	return FALSE;
}

/* The former files get a second name in a folder of their own; only then do they lose the first. */
static gboolean
set_aside(const struct restore *restore, const GPtrArray *names, char **out, GError **error)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *stamp = clock_format(restore->now, utc, "former-%Y%m%dT%H%M%SZ");
	g_autofree char *aside = g_build_filename(restore->folder, stamp, NULL);

	for (guint n = 2; access(aside, F_OK) == 0; n++) {
		g_free(aside);
		aside = g_strdup_printf("%s/%s-%u", restore->folder, stamp, n);
	}
	if (!copy_make_folder(aside, error))
		return FALSE;
	for (guint i = 0; i < names->len; i++)
		if (!link_aside(restore->folder, aside, names->pdata[i], error))
			return FALSE;
	if (!copy_sync(aside, error) || !copy_sync(restore->folder, error))
		return FALSE;
	*out = g_steal_pointer(&aside);
	return TRUE;
}

/* The log and its index go before the new file comes: beside it they would be played into it. */
static gboolean
replace(const struct restore *restore, const char *incoming, const GPtrArray *names, GError **error)
{
	g_autofree char *path = g_build_filename(restore->folder, "mail.db", NULL);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *former = g_build_filename(restore->folder, names->pdata[i], NULL);

		if (unlink(former) != 0 && errno != ENOENT) {
			copy_set_error(error, "remove", former);
			return FALSE;
		}
	}
	if (rename(incoming, path) == 0)
		return copy_sync(restore->folder, error);
	copy_set_error(error, "rename", incoming);
	return FALSE;
}

static gboolean
swap(const struct restore *restore, const char *incoming, struct restored *out, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	add_present(restore->folder, DB_MAIL, names);
	add_present(restore->folder, DB_INDEX, names);
	return (names->len == 0 || set_aside(restore, names, &out->aside, error)) && replace(restore, incoming, names, error);
}

/* What came into the spool, so that it can go again when the rest fails. */
struct putting {
	GPtrArray *paths;
	guint messages;
};

/* One message of the copy into the spool, its envelope first, unless it is there under that name. What was put goes onto PUT. */
static gboolean
put_message(const struct restore *restore, const char *sub, const char *name, struct putting *put, GError **error)
{
	static const char *const places[] = {"new", "cur"};
	g_autofree char *from = g_build_filename(restore->from, BACKUP_SPOOL, sub, name, NULL);
	g_autofree char *envelope = g_build_filename(restore->from, BACKUP_SPOOL, "envelope", name, NULL);
	g_autofree char *to_envelope = g_build_filename(restore->spool, "envelope", name, NULL);
	g_autofree char *tmp = g_build_filename(restore->spool, "tmp", name, NULL);
	g_autofree char *to = g_build_filename(restore->spool, "new", name, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *there = g_build_filename(restore->spool, places[i], name, NULL);

		if (access(there, F_OK) == 0)
			return TRUE;
	}
	unlink(tmp);
	if (access(envelope, F_OK) == 0 && access(to_envelope, F_OK) != 0) {
		if (!copy_file(envelope, to_envelope, NULL, error))
			return FALSE;
		g_ptr_array_add(put->paths, g_strdup(to_envelope));
	}
	if (!copy_file(from, tmp, NULL, error))
		return FALSE;
	if (rename(tmp, to) != 0) {
		copy_set_error(error, "rename", tmp);
		unlink(tmp);
		return FALSE;
	}
	g_ptr_array_add(put->paths, g_steal_pointer(&to));
	put->messages++;
	return TRUE;
}

static gboolean
make_spool(const char *spool, GError **error)
{
	static const char *const subs[] = {"tmp", "new", "cur", "envelope"};

	if (!copy_make_folder(spool, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(subs); i++) {
		g_autofree char *sub = g_build_filename(spool, subs[i], NULL);

		if (!copy_make_folder(sub, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
sync_spool(const char *spool, GError **error)
{
	g_autofree char *new_folder = g_build_filename(spool, "new", NULL);
	g_autofree char *envelope = g_build_filename(spool, "envelope", NULL);

	return copy_sync(envelope, error) && copy_sync(new_folder, error);
}

/* What mail.db has already, because a sweep took it in after the copy of the spool was made, the next sweep knows by its name. */
static gboolean
put_spool(const struct restore *restore, struct putting *put, GError **error)
{
	static const char *const subs[] = {"new", "cur"};

	for (gsize i = 0; i < G_N_ELEMENTS(subs); i++) {
		g_autofree char *from = g_build_filename(restore->from, BACKUP_SPOOL, subs[i], NULL);
		g_auto(GStrv) names = copy_list(from, error);

		if (names == NULL || (names[0] != NULL && !make_spool(restore->spool, error)))
			return FALSE;
		for (guint n = 0; names[n] != NULL; n++)
			if (!put_message(restore, subs[i], names[n], put, error))
				return FALSE;
	}
	return put->messages == 0 || sync_spool(restore->spool, error);
}

/* The spool before mail.db: once mail.db is there a sweep may come, and the restoring may be killed. */
static gboolean
put_both(const struct restore *restore, const char *incoming, struct restored *out, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	struct putting put = {.paths = paths};

	if (put_spool(restore, &put, error) && swap(restore, incoming, out, error)) {
		out->spooled = put.messages;
		return TRUE;
	}
	/* The former mail.db is there, or none: they need not be its own, and the backup has them still. */
	if (access(incoming, F_OK) == 0)
		for (guint i = paths->len; i > 0; i--)
			unlink(paths->pdata[i - 1]);
	return FALSE;
}

/* The copy as an archive of its own, so that mailstore can be used on it. */
#define SCRATCH ".restore"

static gboolean
redact_copy(const struct restore *restore, const char *scratch, struct mailstore *former, guint *count, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(scratch, DB_WRITE, restore->wait_ms, error);
	gboolean emptied;

	return store != NULL && mailstore_redact_as(store, former, restore->now, count, error) &&
	       (*count == 0 || mailstore_purge(store, TRUE, &emptied, error));
}

static void
remove_scratch(const char *scratch)
{
	g_auto(GStrv) names = copy_list(scratch, NULL);

	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autofree char *path = g_build_filename(scratch, names[i], NULL);

		unlink(path);
	}
	rmdir(scratch);
}

/* Where the archive is that is replaced: a restoring that was killed may have set it aside and put nothing in its place. Caller frees. */
static char *
former_folder(const struct restore *restore)
{
	g_autofree char *path = g_build_filename(restore->folder, "mail.db", NULL), *found = NULL;
	g_auto(GStrv) names = access(path, F_OK) != 0 ? copy_list(restore->folder, NULL) : NULL;

	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autofree char *inside = g_build_filename(restore->folder, names[i], "mail.db", NULL);

		if (!g_str_has_prefix(names[i], "former-") || access(inside, F_OK) != 0 || (found != NULL && strcmp(names[i], found) < 0))
			continue;
		g_free(found);
		found = g_strdup(names[i]);
	}
	return found != NULL ? g_build_filename(restore->folder, found, NULL) : g_strdup(restore->folder);
}

/* What was redacted since the backup was made does not come back with it: before the copy is in place, so that it never is there unredacted. */
static gboolean
keep_redactions(const struct restore *restore, const char *incoming, struct restored *out, GError **error)
{
	g_autofree char *scratch = g_build_filename(restore->folder, SCRATCH, NULL);
	g_autofree char *inside = g_build_filename(scratch, "mail.db", NULL);
	g_autofree char *replaced = former_folder(restore);
	g_autoptr(GError) reason = NULL;
	g_autoptr(Mailstore) former = mailstore_open(replaced, DB_READ, restore->wait_ms, &reason);
	gboolean ok;

	if (former == NULL) {
		if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT))
			out->unknown = g_strdup(reason->message);
		return TRUE;
	}
	remove_scratch(scratch);
	if (!copy_make_folder(scratch, error))
		return FALSE;
	if (rename(incoming, inside) != 0) {
		copy_set_error(error, "rename", incoming);
		return FALSE;
	}
	ok = redact_copy(restore, scratch, former, &out->redacted, &reason);
	if (rename(inside, incoming) != 0) {
		copy_set_error(error, "rename", inside);
		ok = FALSE;
	} else if (!ok && g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		out->unknown = g_strdup(reason->message); /* its mail.db is why a backup is put back */
		ok = copy_sync(incoming, error);
	} else if (!ok)
		g_propagate_prefixed_error(error, g_steal_pointer(&reason), "what was redacted since that backup cannot be redacted in it: ");
	else
		ok = copy_sync(incoming, error);
	remove_scratch(scratch);
	return ok;
}

/* With both queues of writers kept out: nobody begins to write to a file that is about to go, nor takes into it what comes into the spool. */
static gboolean
put_locked(const struct restore *restore, const char *incoming, struct restored *out, GError **error)
{
	int mail, index;
	gboolean ok = FALSE;

	if (!db_keep_out(restore->folder, DB_MAIL, restore->wait_ms, &mail, error))
		return FALSE;
	if (check_empty(restore, error) && keep_redactions(restore, incoming, out, error) &&
	    db_keep_out(restore->folder, DB_INDEX, restore->wait_ms, &index, error)) {
		ok = put_both(restore, incoming, out, error);
		close(index);
	}
	close(mail);
	return ok;
}

/* Keeps sweeps out (cmd/sweep locks the archive's folder): one at work may be about to remove a file from the spool that it took into the former mail.db.
 Where a folder cannot be locked there is no sweep to wait for. A descriptor, or -1. */
static int
keep_sweeps_out(const struct restore *restore, GError **error)
{
	gint64 end = g_get_monotonic_time() + (gint64)restore->wait_ms * 1000;
	int fd = open(restore->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean busy;

	if (fd < 0) {
		copy_set_error(error, "open", restore->folder);
		return -1;
	}
	while ((busy = flock(fd, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR)) && g_get_monotonic_time() < end)
		g_usleep(SWEEP_POLL_US);
	if (!busy)
		return fd;
	close(fd);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "postbag sweep is at work in %s; try again when it is done", restore->folder);
	return -1;
}

gboolean
restore_backup(const struct restore *restore, struct restored *out, GError **error)
{
	g_autofree char *incoming = g_build_filename(restore->folder, INCOMING, NULL);
	g_auto(Restored) restored = {0};
	gboolean ok = FALSE;
	int sweep;

	if (!check_empty(restore, error) || !backup_verify(restore->from, &restored.info, error) || !mailstore_make_folder(restore->folder, error))
		return FALSE;
	sweep = keep_sweeps_out(restore, error);
	if (sweep < 0)
		return FALSE;
	if (bring_in(restore, incoming, error)) {
		ok = put_locked(restore, incoming, &restored, error);
		if (!ok)
			unlink(incoming);
	}
	close(sweep);
	if (!ok)
		return FALSE;
	*out = restored;
	memset(&restored, 0, sizeof restored);
	return TRUE;
}
