#include "lmtp/committer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "archive/mailstore.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/spool.h"

#define IDLE_SECONDS 5 /* without mail before the archive is closed, so that it can be unmounted */

#define TELL_SECONDS 60 /* between lines about one trouble: on a full disk a log of every message fills what is left */

struct committer {
	const char *folder, *spool;
	enum log_level level;
	int fd;
	GThread *thread;

	GMutex mutex;
	GCond cond;
	GQueue put, done; /* of struct parcel */
	gboolean stop, spooled;

	/* the thread's own */
	struct mailstore *store;
	dev_t device; /* of the mail.db that STORE was opened with */
	ino_t inode;
	gint64 turn; /* monotonic microseconds: since when it writes on end */
	gint64 told; /* the same: when the log was told of trouble, 0: never */
	int told_code;
	gint64 spool_told;
	guint spooled_since, refused_since; /* messages that the log was not told of */
};

void
parcel_free(struct parcel *parcel)
{
	letter_clear(&parcel->letter);
	g_free(parcel);
}

/* --- mail.db */

static gboolean
look_at_file(const struct committer *committer, dev_t *device, ino_t *inode)
{
	g_autofree char *path = g_build_filename(committer->folder, "mail.db", NULL);
	struct stat about;

	if (stat(path, &about) != 0)
		return FALSE;
	*device = about.st_dev;
	*inode = about.st_ino;
	return TRUE;
}

static void
close_store(struct committer *committer)
{
	g_clear_pointer(&committer->store, mailstore_close);
}

/* The file is looked at before it is opened: were it replaced in between, it would be opened once more and never taken for the newer one. */
static gboolean
open_store(struct committer *committer, GError **error)
{
	committer->device = 0;
	committer->inode = 0;
	(void)look_at_file(committer, &committer->device, &committer->inode);
	committer->store = mailstore_open(committer->folder, DB_WRITE, LIMIT_LMTP_WAIT_MS, error);
	return committer->store != NULL;
}

static gboolean
is_same_file(const struct committer *committer)
{
	dev_t device;
	ino_t inode;

	return look_at_file(committer, &device, &inode) && device == committer->device && inode == committer->inode;
}

/* A transaction on the mail.db that stands in the folder now: a restored archive is another file, and what went into the old one would be gone. */
static gboolean
begin(struct committer *committer, GError **error)
{
	for (int tries = 0; tries < 3; tries++) {
		if (committer->store != NULL && !is_same_file(committer))
			close_store(committer);
		if (committer->store == NULL && !open_store(committer, error))
			return FALSE;
		if (!mailstore_begin(committer->store, error))
			return FALSE;
		if (is_same_file(committer))
			return TRUE;
		mailstore_rollback(committer->store);
		close_store(committer);
	}
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "the archive %s is being replaced", committer->folder);
	return FALSE;
}

/* Bytes free where PATH is, or would be; -1 when that cannot be told. */
static gint64
free_bytes(const char *path)
{
	g_autofree char *parent = g_path_get_dirname(path);
	struct statvfs about;

	if (statvfs(path, &about) != 0 && statvfs(parent, &about) != 0)
		return -1;
	return about.f_files > 0 && about.f_favail == 0 ? 0 : (gint64)about.f_bavail * (gint64)about.f_frsize;
}

/* SQLite's shared memory dies of a full disk (SIGBUS) where other writing fails: what might not fit is not tried. */
static gboolean
has_room(const struct committer *committer, GPtrArray *batch, GError **error)
{
	gint64 room = free_bytes(committer->folder), bytes = LIMIT_RAW_CHUNK;

	for (guint i = 0; i < batch->len; i++)
		bytes += raw_message_size(((const struct parcel *)g_ptr_array_index(batch, i))->letter.raw);
	if (room < 0 || room >= bytes)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s has too little room; make some", committer->folder);
	return FALSE;
}

static struct delivery
parcel_delivery(const struct parcel *parcel)
{
	return (struct delivery){.received = parcel->received, .source = "lmtp", .sender = parcel->letter.sender, .recipient = parcel->letter.recipient};
}

static gboolean
add(struct committer *committer, struct parcel *parcel, GError **error)
{
	struct delivery delivery = parcel_delivery(parcel);
	struct kept kept;

	if (!mailstore_add(committer->store, parcel->letter.raw, &delivery, FALSE, &kept, error))
		return FALSE;
	parcel->outcome = kept.again ? OUTCOME_AGAIN : OUTCOME_KEPT;
	g_strlcpy(parcel->id, kept.public_id, sizeof parcel->id);
	return TRUE;
}

enum committed {
	COMMITTED,
	NOT_BEGUN,  /* the archive does not take anything now */
	NOT_ADDED,  /* one of the parcels, or the archive */
	NOT_CERTAIN /* the commit failed: mail.db may hold them all the same */
};

static enum committed
commit(struct committer *committer, GPtrArray *batch, GError **error)
{
	if (!has_room(committer, batch, error) || !begin(committer, error)) {
		close_store(committer);
		return NOT_BEGUN;
	}
	for (guint i = 0; i < batch->len; i++)
		if (!add(committer, g_ptr_array_index(batch, i), error)) {
			mailstore_rollback(committer->store);
			close_store(committer);
			return NOT_ADDED;
		}
	if (mailstore_commit(committer->store, error))
		return COMMITTED;
	close_store(committer);
	return NOT_CERTAIN;
}

/* --- trouble, in the log */

static gboolean
is_due(gint64 told)
{
	return told == 0 || g_get_monotonic_time() - told >= TELL_SECONDS * G_USEC_PER_SEC;
}

static void
tell_trouble(struct committer *committer, const GError *why)
{
	if (!is_due(committer->told) && committer->told_code == why->code)
		return;
	log_error("%s; %u to the spool %s, %u refused for now", why->message, committer->spooled_since, committer->spool, committer->refused_since);
	committer->told = g_get_monotonic_time();
	committer->told_code = why->code;
	committer->spooled_since = committer->refused_since = 0;
}

/* What came of the trouble after the last line about it. */
static void
tell_rest(struct committer *committer)
{
	if (committer->spooled_since + committer->refused_since == 0)
		return;
	log_error("since the last line about the archive: %u more to the spool %s, %u more refused for now", committer->spooled_since, committer->spool,
	    committer->refused_since);
	committer->told = g_get_monotonic_time();
	committer->spooled_since = committer->refused_since = 0;
}

/* --- the spool */

static void
put_in_spool(struct committer *committer, struct parcel *parcel, gboolean uncertain)
{
	struct delivery delivery = parcel_delivery(parcel);
	g_autoptr(GError) reason = NULL;

	parcel->id[0] = '\0';
	if (spool_write(committer->spool, parcel->letter.raw, &delivery, uncertain, &reason)) {
		parcel->outcome = OUTCOME_SPOOLED;
		return;
	}
	gint64 room = free_bytes(committer->spool);
	if (is_due(committer->spool_told)) {
		log_error("%s", reason->message);
		committer->spool_told = g_get_monotonic_time();
	}
	parcel->outcome = room >= 0 && room < LIMIT_RAW_CHUNK + raw_message_size(parcel->letter.raw) ? OUTCOME_FULL : OUTCOME_FAILED;
}

/* mail.db would not take them. Without an archive, perhaps because its folder is not mounted, a spool made there would be hidden later. */
static void
spool(struct committer *committer, GPtrArray *batch, gboolean uncertain, const GError *why)
{
	gboolean absent = g_error_matches(why, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT);
	guint spooled = 0;

	for (guint i = 0; i < batch->len; i++) {
		struct parcel *parcel = g_ptr_array_index(batch, i);

		if (absent) {
			parcel->id[0] = '\0';
			parcel->outcome = OUTCOME_FAILED;
		} else
			put_in_spool(committer, parcel, uncertain);
		if (parcel->outcome == OUTCOME_SPOOLED)
			spooled++;
	}
	committer->spooled_since += spooled;
	committer->refused_since += batch->len - spooled;
	tell_trouble(committer, why);
	if (spooled == 0)
		return;
	g_mutex_lock(&committer->mutex);
	committer->spooled = TRUE;
	g_mutex_unlock(&committer->mutex);
}

/* One of BATCH may be the trouble, as when its file cannot be read back: the others are no part of it. */
static void
keep_one_by_one(struct committer *committer, GPtrArray *batch)
{
	enum committed committed = COMMITTED;

	while (batch->len > 0 && committed != NOT_BEGUN) {
		g_autoptr(GPtrArray) one = g_ptr_array_new();
		g_autoptr(GError) reason = NULL;

		g_ptr_array_add(one, g_ptr_array_index(batch, 0));
		committed = commit(committer, one, &reason);
		/* Each of the rest would wait for the archive as long as this one did. */
		if (committed == NOT_BEGUN)
			spool(committer, batch, FALSE, reason);
		else if (committed != COMMITTED)
			spool(committer, one, committed == NOT_CERTAIN, reason);
		g_ptr_array_remove_index(batch, 0);
	}
}

static void
keep(struct committer *committer, GPtrArray *batch)
{
	g_autoptr(GError) reason = NULL;
	enum committed committed = commit(committer, batch, &reason);

	if (committed == NOT_ADDED && batch->len > 1) {
		g_autoptr(GPtrArray) rest = g_ptr_array_copy(batch, NULL, NULL);

		keep_one_by_one(committer, rest);
	} else if (committed != COMMITTED)
		spool(committer, batch, committed == NOT_CERTAIN, reason);
}

/* --- the thread */

/* Until there is something to do. Between messages the archive is left alone. */
static void
wait_for_some(struct committer *committer)
{
	gint64 until = g_get_monotonic_time() + IDLE_SECONDS * G_USEC_PER_SEC;

	if (g_queue_is_empty(&committer->put))
		committer->turn = 0; /* nobody waits for us */
	while (g_queue_is_empty(&committer->put) && !committer->stop) {
		if (committer->store == NULL)
			g_cond_wait(&committer->cond, &committer->mutex);
		else if (!g_cond_wait_until(&committer->cond, &committer->mutex, until)) {
			g_mutex_unlock(&committer->mutex);
			close_store(committer);
			g_mutex_lock(&committer->mutex);
		}
	}
}

/* What waits, up to the limits; empty when it is time to end. */
static GPtrArray *
next_batch(struct committer *committer)
{
	GPtrArray *batch = g_ptr_array_new();
	gint64 bytes = 0;

	g_mutex_lock(&committer->mutex);
	wait_for_some(committer);
	while (!g_queue_is_empty(&committer->put) && batch->len < LIMIT_LMTP_BATCH && bytes < LIMIT_LMTP_BATCH_BYTES) {
		struct parcel *parcel = g_queue_pop_head(&committer->put);

		bytes += raw_message_size(parcel->letter.raw);
		g_ptr_array_add(batch, parcel);
	}
	g_mutex_unlock(&committer->mutex);
	return batch;
}

static void
hand_back(struct committer *committer, GPtrArray *batch)
{
	guint64 one = 1;

	for (guint i = 0; i < batch->len; i++) {
		struct parcel *parcel = g_ptr_array_index(batch, i);

		log_detail(committer->level, "%s%s from <%s> for <%s>",
		    parcel->outcome == OUTCOME_SPOOLED ? "to the spool"
		    : parcel->outcome <= OUTCOME_AGAIN ? "kept as "
		                                       : "not kept",
		    parcel->id, parcel->letter.sender, parcel->letter.recipient);
		g_clear_pointer(&parcel->letter.raw, raw_message_free);
	}
	g_mutex_lock(&committer->mutex);
	for (guint i = 0; i < batch->len; i++)
		g_queue_push_tail(&committer->done, g_ptr_array_index(batch, i));
	g_mutex_unlock(&committer->mutex);
	while (write(committer->fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* flock(2) wakes who waits but gives the lock to who asks first, and that would be this thread for as long as mail comes in. */
static void
let_others_in(struct committer *committer)
{
	gint64 now = g_get_monotonic_time();

	if (committer->turn == 0)
		committer->turn = now;
	else if (now - committer->turn > LIMIT_LMTP_TURN_MS * 1000) {
		g_usleep(LIMIT_LMTP_PAUSE_MS * 1000);
		committer->turn = now;
	}
}

static gpointer
run(gpointer data)
{
	struct committer *committer = data;

	for (;;) {
		g_autoptr(GPtrArray) batch = next_batch(committer);

		if (batch->len == 0)
			break;
		keep(committer, batch);
		if (is_due(committer->told))
			tell_rest(committer);
		hand_back(committer, batch);
		let_others_in(committer);
	}
	tell_rest(committer);
	close_store(committer);
	return NULL;
}

struct committer *
committer_new(const char *folder, const char *spool_folder, enum log_level level, int fd, GError **error)
{
	struct committer *committer = g_new0(struct committer, 1);

	committer->folder = folder;
	committer->spool = spool_folder;
	committer->level = level;
	committer->fd = fd;
	g_mutex_init(&committer->mutex);
	g_cond_init(&committer->cond);
	g_queue_init(&committer->put);
	g_queue_init(&committer->done);
	committer->thread = g_thread_try_new("commit", run, committer, NULL);
	if (committer->thread != NULL)
		return committer;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "cannot start a thread: %s", g_strerror(errno));
	committer_free(committer);
	return NULL;
}

void
committer_put(struct committer *committer, struct parcel *parcel)
{
	g_mutex_lock(&committer->mutex);
	g_queue_push_tail(&committer->put, parcel);
	g_cond_signal(&committer->cond);
	g_mutex_unlock(&committer->mutex);
}

struct parcel *
committer_get(struct committer *committer)
{
	struct parcel *parcel;

	g_mutex_lock(&committer->mutex);
	parcel = g_queue_pop_head(&committer->done);
	g_mutex_unlock(&committer->mutex);
	return parcel;
}

gboolean
committer_has_spooled(struct committer *committer)
{
	gboolean spooled;

	g_mutex_lock(&committer->mutex);
	spooled = committer->spooled;
	committer->spooled = FALSE;
	g_mutex_unlock(&committer->mutex);
	return spooled;
}

void
committer_free(struct committer *committer)
{
	if (committer == NULL)
		return;
	g_mutex_lock(&committer->mutex);
	committer->stop = TRUE;
	g_cond_signal(&committer->cond);
	g_mutex_unlock(&committer->mutex);
	if (committer->thread != NULL)
		g_thread_join(committer->thread);
	g_queue_clear_full(&committer->put, (GDestroyNotify)parcel_free);
	g_queue_clear_full(&committer->done, (GDestroyNotify)parcel_free);
	g_mutex_clear(&committer->mutex);
	g_cond_clear(&committer->cond);
	g_free(committer);
}
