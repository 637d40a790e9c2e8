#include "intake/desk.h"

#include <string.h>

#include "base/limits.h"
#include "intake/convert.h"

struct job {
	gint64 content, received;
	GBytes *bytes; /* NULL once it is done */
	GStrv numbers;
	struct reading reading;
	gsize held; /* bytes of BYTES, or of the reading's text */
	gboolean done;
	gboolean dropped; /* while the thread has it: nobody asks for it any more */
};

/* READER is the thread's while it has a job, and the caller's otherwise; all else is shared under LOCK. */
struct desk {
	struct reader *messages; /* the caller's: whose rules are shared */
	struct reader *reader;
	char *pdf_program;
	gboolean rules_known; /* READER has those of MESSAGES */
	GThread *thread;      /* NULL: not started */
	GMutex lock;
	GCond work, news;
	GHashTable *jobs;  /* content -> struct job */
	GQueue waiting;    /* of them: not begun */
	struct job *begun; /* or NULL */
	gsize held;
	gint stop;
};

static void
job_free(gpointer data)
{
	struct job *job = data;

	g_clear_pointer(&job->bytes, g_bytes_unref);
	g_strfreev(job->numbers);
	reading_clear(&job->reading);
	g_free(job);
}

struct desk *
desk_new(struct reader *reader, const char *pdf_program)
{
	struct desk *desk = g_new0(struct desk, 1);

	desk->messages = reader;
	desk->pdf_program = g_strdup(pdf_program);
	g_mutex_init(&desk->lock);
	g_cond_init(&desk->work);
	g_cond_init(&desk->news);
	desk->jobs = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, job_free);
	g_queue_init(&desk->waiting);
	return desk;
}

void
desk_free(struct desk *desk)
{
	if (desk == NULL)
		return;
	g_mutex_lock(&desk->lock);
	g_atomic_int_set(&desk->stop, TRUE);
	g_cond_signal(&desk->work);
	g_mutex_unlock(&desk->lock);
	if (desk->thread != NULL)
		g_thread_join(desk->thread);
	g_queue_clear(&desk->waiting);
	g_hash_table_unref(desk->jobs);
	reader_free(desk->reader);
	g_mutex_clear(&desk->lock);
	g_cond_clear(&desk->work);
	g_cond_clear(&desk->news);
	g_free(desk->pdf_program);
	g_free(desk);
}

/* A record is about as large as its text. */
static gsize
size_of(const struct record *record)
{
	gsize size = 0;

	for (guint i = 0; record != NULL && i < record->passages->len; i++)
		size += strlen(((const struct record_passage *)record->passages->pdata[i])->text);
	return size;
}

/* Under the lock. FALSE while it is in the thread's hands. */
static gboolean
take_off(struct desk *desk, struct job *job)
{
	if (job == desk->begun)
		return FALSE;
	g_queue_remove(&desk->waiting, job);
	desk->held -= job->held;
	g_hash_table_remove(desk->jobs, &job->content);
	return TRUE;
}

/* Under the lock. What would take too much room has to wait. */
static void
finish(struct desk *desk, struct job *job, struct reading *reading)
{
	desk->held -= job->held;
	job->held = size_of(reading->record);
	if (desk->held + job->held > LIMIT_DESK_BYTES) {
		reading_clear(reading);
		job->held = 0;
	}
	desk->held += job->held;
	job->reading = *reading;
	job->done = TRUE;
	g_clear_pointer(&job->bytes, g_bytes_unref);
	if (job->dropped)
		(void)take_off(desk, job);
	g_cond_broadcast(&desk->news);
}

static gpointer
work(gpointer data)
{
	struct desk *desk = data;

	g_mutex_lock(&desk->lock);
	while (!desk->stop) {
		struct converting converting = {.reader = desk->reader, .pdf_program = desk->pdf_program, .stop = &desk->stop};
		struct reading reading = {0};
		struct job *job = desk->begun = g_queue_pop_head(&desk->waiting);

		if (job == NULL) {
			g_cond_wait(&desk->work, &desk->lock);
			continue;
		}
		g_mutex_unlock(&desk->lock);
		if (!convert_read(&converting, job->bytes, job->numbers, job->received, &reading))
			reading_clear(&reading);
		g_mutex_lock(&desk->lock);
		desk->begun = NULL;
		finish(desk, job, &reading);
	}
	g_mutex_unlock(&desk->lock);
	return NULL;
}

/* Under the lock, and nothing begun or waiting: the reader is the caller's. */
static gboolean
prepare(struct desk *desk)
{
	if (desk->reader == NULL)
		desk->reader = reader_new_beside(desk->messages);
	if (!desk->rules_known)
		reader_share_rules(desk->reader, desk->messages);
	desk->rules_known = TRUE;
	if (desk->thread == NULL)
		desk->thread = g_thread_try_new("documents", work, desk, NULL);
	return desk->thread != NULL;
}

gboolean
desk_submit(struct desk *desk, gint64 content, GBytes *bytes, const struct record *record, gint64 received)
{
	g_auto(GStrv) numbers = convert_waiting(record, desk->pdf_program != NULL);
	g_autoptr(GMutexLocker) locker = NULL;
	struct job *job;

	if (numbers == NULL)
		return FALSE;
	locker = g_mutex_locker_new(&desk->lock);
	job = g_hash_table_lookup(desk->jobs, &content);
	if (job != NULL && !take_off(desk, job)) /* read by other rules before */
		return FALSE;
	if (desk->held + g_bytes_get_size(bytes) > LIMIT_DESK_BYTES || ((!desk->rules_known || desk->thread == NULL) && !prepare(desk)))
		return FALSE;
	job = g_new0(struct job, 1);
	job->content = content;
	job->received = received;
	job->bytes = g_bytes_ref(bytes);
	job->numbers = g_steal_pointer(&numbers);
	job->held = g_bytes_get_size(bytes);
	desk->held += job->held;
	g_hash_table_insert(desk->jobs, &job->content, job);
	g_queue_push_tail(&desk->waiting, job);
	g_cond_signal(&desk->work);
	return TRUE;
}

/* Under the lock. NULL: nobody may wait for it. */
static struct job *
find(struct desk *desk, gint64 content)
{
	struct job *job = g_hash_table_lookup(desk->jobs, &content);

	return job != NULL && !job->dropped ? job : NULL;
}

gboolean
desk_has(struct desk *desk, gint64 content)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&desk->lock);

	return find(desk, content) != NULL;
}

void
desk_drop(struct desk *desk, gint64 content)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&desk->lock);
	struct job *job = find(desk, content);

	if (job != NULL && !take_off(desk, job))
		job->dropped = TRUE;
}

gboolean
desk_collect(struct desk *desk, gint64 content, gint64 timeout, struct reading *out)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&desk->lock);
	gint64 end = g_get_monotonic_time() + timeout;
	struct job *job = find(desk, content);

	memset(out, 0, sizeof *out);
	while (job != NULL && !job->done) {
		if (timeout < 0)
			g_cond_wait(&desk->news, &desk->lock);
		else if (!g_cond_wait_until(&desk->news, &desk->lock, end))
			break;
	}
	if (job != NULL && !job->done)
		return FALSE;
	if (job != NULL) {
		*out = job->reading;
		memset(&job->reading, 0, sizeof job->reading);
		(void)take_off(desk, job);
	}
	return TRUE;
}

void
desk_change_rules(struct desk *desk)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&desk->lock);
	struct reading none = {0};
	struct job *job;

	while ((job = g_queue_pop_head(&desk->waiting)) != NULL)
		finish(desk, job, &none);
	while (desk->begun != NULL)
		g_cond_wait(&desk->news, &desk->lock);
	desk->rules_known = FALSE;
}
