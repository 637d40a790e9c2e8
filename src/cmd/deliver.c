#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/heap.h"
#include "base/limits.h"
#include "base/owner.h"
#include "base/text.h"
#include "cmd/app.h"
#include "intake/follow.h"
#include "intake/keep.h"
#include "intake/nursery.h"
#include "intake/rulecache.h"
#include "intake/site.h"
#include "intake/spool.h"
#include "intake/turn.h"
#include "rules/compiled.h"

#define RULES_WAIT_MS 1000       /* before the commit, and only when the rule files have changed */
#define STALE_WAIT_MS 200        /* for an answer that is not wanted, with the archive locked */
#define INDEX_WAIT_MS 100        /* a busy index is left to sweep */
#define NEIGHBOURS 8             /* entries that the index is brought on by at most */
#define HEAP_BYTES (1280 * 1024) /* what keeping and indexing a letter touches of it */
#define RESCUE "--rescue"        /* how a faulting delivery starts itself anew; nobody else's option */

struct delivering {
	struct app *app;
	const char *folder;
	struct delivery delivery;
	struct raw_message *raw;
	gint64 begun; /* monotonic microseconds: when the message had come to its end */
	GPtrArray *arguments;
	struct fault_rescue rescue;
	int turn;              /* descriptor of the turn at reading, or -1 */
	gboolean crowded;      /* others have all the turns: this one only keeps */
	struct reader *reader; /* NULL: none could be started; the message stays unread until sweep */
	GPtrArray *sources;    /* the configured rule files, NULL: those in mail.db are used */
	GVariant *files;       /* a(ss): what the reader was given, NULL: it began with the cache or has none */
	char *hash;            /* of the rules the reader has, NULL: none */
	GBytes *cache;         /* rules.cache, which the reader began with, or NULL */
	gboolean submitted;
	GThread *ahead;      /* of work_ahead; NULL: ended, or never started */
	struct index *index; /* what came of it, as far as it came */
	struct reading reading;
	gboolean collected;
	GError *not_opened;
	struct mailstore *store;
	gboolean kept;      /* in mail.db, on disk */
	gboolean uncertain; /* its commit was begun */
};

/* What can be done while the message goes to disk: opening the index, which reads its log, and taking in what the reader says. */
static gpointer
work_ahead(gpointer data)
{
	struct delivering *d = data;

	d->index = index_open(d->folder, DB_WRITE, INDEX_WAIT_MS, &d->not_opened);
	if (d->index != NULL)
		index_prepare_soon(d->index);
	if (d->index != NULL && d->submitted)
		d->collected = reader_collect(d->reader, LIMIT_AFTER_MS, &d->reading);
	return NULL;
}

static void
join_ahead(struct delivering *d)
{
	if (d->ahead != NULL)
		g_thread_join(g_steal_pointer(&d->ahead));
}

static void
delivering_clear(struct delivering *d)
{
	join_ahead(d);
	fault_set_rescue(NULL);
	reading_clear(&d->reading);
	g_clear_pointer(&d->index, index_close);
	g_clear_pointer(&d->store, mailstore_close);
	g_clear_error(&d->not_opened);
	g_clear_pointer(&d->reader, reader_free);
	g_clear_pointer(&d->sources, g_ptr_array_unref);
	g_clear_pointer(&d->files, g_variant_unref);
	g_clear_pointer(&d->raw, raw_message_free);
	g_clear_pointer(&d->hash, g_free);
	g_clear_pointer(&d->cache, g_bytes_unref);
	g_clear_pointer(&d->arguments, g_ptr_array_unref);
	if (d->turn >= 0)
		close(d->turn);
}

/* Milliseconds since the message's end. */
static gint64
elapsed(const struct delivering *d)
{
	return (g_get_monotonic_time() - d->begun) / 1000;
}

/* What a long message may take beyond the time of the others. */
static guint
extra_ms(const struct raw_message *raw)
{
	return MAX(raw_message_size(raw) - LIMIT_RAW_IN_MEMORY, 0) / LIMIT_DELIVER_RATE;
}

/* Should this process die while mail.db has the message, the next one puts it into SPOOL. */
static void
prepare_rescue(struct delivering *d, const char *spool)
{
	const char *sender = d->delivery.sender != NULL ? d->delivery.sender : "", *recipient = d->delivery.recipient != NULL ? d->delivery.recipient : "";
	g_autoptr(GBytes) bytes = NULL;

	d->rescue.fd = raw_message_file(d->raw);
	if (d->rescue.fd < 0) {
		bytes = raw_message_read(d->raw, 0, raw_message_size(d->raw), NULL);
		d->rescue.data = g_bytes_get_data(bytes, &d->rescue.size); /* the message's own bytes, which stay */
	}
	d->arguments = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(d->arguments, g_strdup("postbag"));
	g_ptr_array_add(d->arguments, g_strdup("deliver"));
	g_ptr_array_add(d->arguments, g_strdup(RESCUE));
	g_ptr_array_add(d->arguments, g_strdup(spool));
	g_ptr_array_add(d->arguments, g_strdup_printf("%" G_GINT64_FORMAT, d->delivery.received));
	g_ptr_array_add(d->arguments, g_strdup(sender));
	g_ptr_array_add(d->arguments, g_strdup(recipient));
	g_ptr_array_add(d->arguments, NULL);
	d->rescue.arguments = (char *const *)d->arguments->pdata;
	fault_set_rescue(&d->rescue);
}

static void
submit(struct delivering *d)
{
	reader_submit_raw(d->reader, 0, d->raw, d->delivery.received);
	d->submitted = TRUE;
}

/* The rules to read by, as far as they can be known before mail.db is open: the configured ones, else what the cache holds. */
static GBytes *
guess_rules(struct delivering *d)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *cached = NULL;
	g_autoptr(GBytes) cache = rulecache_open(d->folder, FALSE, &cached);

	d->sources = app_rules(d->app, &d->hash, &error);
	if (d->sources != NULL && g_strcmp0(cached, d->hash) != 0)
		d->files = keep_pack_rules(d->sources, &error);
	if (error != NULL) {
		log_error("%s; the last good rules stay in force", error->message);
		g_clear_pointer(&d->sources, g_ptr_array_unref);
		g_clear_pointer(&d->hash, g_free);
	}
	if (d->files != NULL)
		return NULL;
	if (d->sources == NULL)
		d->hash = g_steal_pointer(&cached);
	return g_steal_pointer(&cache);
}

static gboolean
is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* When FILE in FOLDER, or its log, was written last. */
static struct timespec
written(const char *folder, const char *file)
{
	struct timespec last = {0};
	struct stat about;

	for (int i = 0; i < 2; i++) {
		g_autofree char *path = g_strconcat(folder, "/", file, i == 0 ? "" : "-wal", NULL);

		if (stat(path, &about) == 0 && is_later(about.st_mtim, last))
			last = about.st_mtim;
	}
	return last;
}

/* Whether messages before this one may still have to be read, or this one by other rules than those of the cache: each delivery writes the index last. A
 * process more for nothing does no harm, and one too few leaves them to sweep. */
static gboolean
may_read_more(const char *folder)
{
	struct timespec index = written(folder, "index.db");

	return is_later(written(folder, "mail.db"), index) || is_later(written(folder, "rules.cache"), index);
}

/* The reader starts on the message before the archive is opened: it must not inherit that, and both work at the same time. */
static void
start_reading(struct delivering *d)
{
	g_autoptr(GError) error = NULL;

	d->cache = guess_rules(d);
	d->submitted = d->hash != NULL && d->files == NULL;
	d->reader = d->submitted ? reader_new_for(may_read_more(d->folder) ? READER_FEW : READER_ONE, d->cache, 0, d->raw, d->delivery.received, &error)
	                         : reader_new(READER_FEW, NULL, &error);
	if (d->reader == NULL) {
		log_error("%s; the message is kept unread", error->message);
		return;
	}
	if (d->files != NULL)
		reader_set_rules(d->reader, d->files);
	if (d->hash != NULL && !d->submitted)
		submit(d);
}

/* The guess was wrong, or there was none: the rules in mail.db, if there are any. */
static void
use_kept_rules(struct delivering *d, struct mailstore *store)
{
	g_auto(Reading) stale = {0};

	g_clear_pointer(&d->files, g_variant_unref);
	g_clear_pointer(&d->hash, g_free);
	d->files = mailstore_get_rules(store, NULL, &d->hash, NULL);
	if (d->reader == NULL)
		return;
	if (d->submitted && !reader_collect(d->reader, STALE_WAIT_MS, &stale)) {
		/* busy with the message under other rules, and the archive is locked: sweep reads it by the right ones */
		g_clear_pointer(&d->reader, reader_free);
		return;
	}
	if (!reader_is_alive(d->reader)) {
		g_clear_pointer(&d->reader, reader_free);
		return;
	}
	if (d->files != NULL)
		reader_set_rules(d->reader, d->files);
	submit(d);
}

/* The configured rules are not yet those in force: they come into force with this message, when they are whole. */
static gboolean
change_rules(struct delivering *d, struct mailstore *store, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) targets = NULL;
	g_autoptr(GVariant) files = NULL;

	if (d->reader == NULL || !reader_rules_answered(d->reader, RULES_WAIT_MS)) {
		log_error("the changed rules take long to read; the ones before stay in force until postbag sweep");
		use_kept_rules(d, store);
		return TRUE;
	}
	if (d->files != NULL && (targets = reader_rules_targets(d->reader, &reason)) == NULL) {
		log_error("%s; the last good rules stay in force", reason->message);
		use_kept_rules(d, store);
		return TRUE;
	}
	files = d->files != NULL ? g_variant_ref(d->files) : keep_pack_rules(d->sources, error);
	return files != NULL && mailstore_add_rules(store, d->hash, files, d->delivery.received, error);
}

/* Within the transaction: which rules file this message. */
static gboolean
settle_rules(struct delivering *d, struct mailstore *store, GError **error)
{
	g_autofree char *kept = NULL;

	if (!mailstore_get_rules_hash(store, &kept, error))
		return FALSE;
	if (d->hash != NULL && g_strcmp0(kept, d->hash) == 0)
		return TRUE;
	if (d->crowded)
		return TRUE; /* it is read later, by the rules in force */
	if (d->sources != NULL)
		return change_rules(d, store, error);
	use_kept_rules(d, store);
	return TRUE;
}

static gboolean
open_store(struct delivering *d, GError **error)
{
	d->store = mailstore_open(d->folder, DB_WRITE, LIMIT_QUEUE_MS, error);
	if (d->store != NULL && elapsed(d) > LIMIT_QUEUE_MS) {
		/* it was busy so long already that there is no time for the queue */
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "mail.db was busy for %" G_GINT64_FORMAT " ms", elapsed(d));
		return FALSE;
	}
	return d->store != NULL;
}

static gboolean
keep(struct delivering *d, struct kept *kept, GError **error)
{
	if (!keep_check_room(d->folder, raw_message_size(d->raw), error) || !open_store(d, error) || !mailstore_begin(d->store, error))
		return FALSE;
	if (!settle_rules(d, d->store, error)) {
		mailstore_rollback(d->store);
		return FALSE;
	}
	/* The fork is behind us, and the reader is the thread's until it is joined. Before this the reader itself keeps a processor busy. */
	if (d->reader != NULL)
		d->ahead = g_thread_try_new("ahead", work_ahead, d, NULL);
	if (!mailstore_add(d->store, d->raw, &d->delivery, FALSE, kept, error)) {
		mailstore_rollback(d->store);
		return FALSE;
	}
	d->uncertain = TRUE;
	return mailstore_commit(d->store, error);
}

/* No sum is made of rules.cache while it serves. Where it may be why there is no record, it is; one that the disk changed is made anew, and the message is read
 * again, once, by the rules in mail.db. */
static void
read_again(struct delivering *d)
{
	g_autofree char *sum = ruleset_bytes_hash(d->cache), *hash = NULL;
	g_autoptr(GVariant) files = NULL;

	if (sum != NULL || (files = mailstore_get_rules(d->store, NULL, &hash, NULL)) == NULL || g_strcmp0(hash, d->hash) != 0)
		return;
	log_notice(d->app->level, "%s/rules.cache was damaged; it is made anew, and the message read again", d->folder);
	d->files = g_steal_pointer(&files);
	g_clear_pointer(&d->reader, reader_free);
	reading_clear(&d->reading);
	d->collected = FALSE;
	d->reader = reader_new_program(NULL);
	if (d->reader == NULL)
		return;
	reader_set_rules(d->reader, d->files);
	submit(d);
	d->collected = reader_collect(d->reader, LIMIT_AFTER_MS, &d->reading);
}

/* After the answer is certain: the index gets this message and at most a few before it. Whatever goes wrong here is left to sweep. */
static gboolean
index_now(struct delivering *d, const struct kept *kept, GError **error)
{
	struct follow_limits limits = {.entries = NEIGHBOURS, .ms = LIMIT_AFTER_MS, .brief = TRUE};
	g_autoptr(Follow) follow = NULL;
	struct index_position position;
	gint64 left;

	if (d->reader == NULL)
		return TRUE;
	if (d->ahead != NULL)
		join_ahead(d);
	else
		work_ahead(d);
	if (d->index == NULL) {
		g_propagate_error(error, g_steal_pointer(&d->not_opened));
		return FALSE;
	}
	if (d->cache != NULL && d->collected && d->reading.unread != NULL)
		read_again(d);
	if (d->submitted && !kept->again && !d->collected) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "the reader takes long");
		return FALSE;
	}
	if (!index_position(d->index, &position, error))
		return FALSE;
	if (position.seq + 1 >= kept->seq)
		reader_retire(d->reader); /* there are no neighbours to read: it can end while the index is written */
	follow = follow_new(d->store, d->index, d->reader);
	if (!kept->again)
		follow_offer(follow, kept->content, &d->reading, d->hash);
	return follow_catch_up(follow, &limits, &left, error);
}

/* What passes by itself needs no remedy: that would make a message that is kept look lost. */
static void
say_spooled(const struct delivering *d, const char *spool, const GError *why)
{
	gboolean passes = g_error_matches(why, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY) && g_str_has_suffix(why->message, "try again");
	const char *end = passes ? g_strrstr(why->message, "; ") : NULL;
	g_autofree char *reason = end != NULL ? g_strndup(why->message, end - why->message) : g_strdup(why->message);

	log_notice(d->app->level, "kept in the spool %s: %s; postbag sweep takes it in%s", spool, reason, end != NULL ? "" : " then");
}

/* mail.db would not take it: the spool does, and the answer is the same. */
static gboolean
keep_in_spool(struct delivering *d, const GError *why, GError **error)
{
	g_autofree char *spool = app_spool(d->app, d->folder);
	g_autoptr(GError) reason = NULL;

	join_ahead(d);          /* a fault in the thread would end the process while the spool is written */
	fault_set_rescue(NULL); /* a second copy of what is being written would count as a second arrival */
	if (!spool_write(spool, d->raw, &d->delivery, d->uncertain, &reason)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s; and the spool: %s", why->message, reason->message);
		return FALSE;
	}
	say_spooled(d, spool, why);
	return TRUE;
}

/* Whether there was an archive in the folder: one that has lost its mail.db has a place for a spool. A folder that is empty or not there may be where a file
 * system is not mounted, which would hide the spool later. */
static gboolean
was_archive(const char *folder)
{
	static const char *const names[] = {"mail.db", "mail.db-wal", "lock.mail", "index.db"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);

		if (access(path, F_OK) == 0)
			return TRUE;
	}
	return FALSE;
}

/* The message comes in whole; from its end on the time to answer runs. */
static gboolean
take_message(struct delivering *d, GError **error)
{
	g_autofree char *spool = app_spool(d->app, d->folder);
	gboolean free;

	d->raw = raw_message_from_fd(STDIN_FILENO, site_spill_folder(d->folder, spool), error);
	if (d->raw == NULL)
		return FALSE;
	d->begun = g_get_monotonic_time();
	fault_set_deadline(LIMIT_DELIVER_MS + extra_ms(d->raw));
	prepare_rescue(d, spool);
	d->turn = turn_take(d->folder, &free);
	d->crowded = d->turn < 0 && !free;
	return TRUE;
}

/* The answer is certain: nothing that follows may change it, or keep the server waiting for long. */
static void
certain(struct delivering *d)
{
	gint64 left = LIMIT_DELIVER_MS + extra_ms(d->raw) - elapsed(d);

	fault_set_status(EX_OK);
	fault_set_rescue(NULL);
	fault_set_deadline(CLAMP(left, 1, LIMIT_AFTER_MS + 500));
}

static gboolean
deliver(struct delivering *d, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct kept kept = {0};

	if (!take_message(d, error))
		return FALSE;
	if (!d->crowded) {
		start_reading(d);
		heap_fill(HEAP_BYTES);
	}
	if (!keep(d, &kept, &reason)) {
		if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT) && !was_archive(d->folder)) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
		if (!keep_in_spool(d, reason, error))
			return FALSE;
		certain(d);
		return TRUE;
	}
	certain(d);
	d->kept = TRUE;
	log_detail(d->app->level, "kept as %s%s", kept.public_id, kept.again ? ", which had come before" : "");
	if (!index_now(d, &kept, &reason))
		log_detail(d->app->level, "%s; left to postbag sweep", reason->message);
	g_clear_error(&reason);
	if (d->files != NULL && !rulecache_write(d->folder, d->files, &reason))
		log_detail(d->app->level, "%s", reason->message);
	return TRUE;
}

/* A configuration that cannot be read is no reason to turn a message away when the command line says where to keep it. */
static gboolean
parse(struct app *app, const GOptionEntry *entries, int *argc, char ***argv, gboolean *done, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (app_parse(app, "deliver", entries, argc, argv, done, &reason))
		return TRUE;
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG) && app->archive != NULL) {
		log_error("%s", reason->message);
		app->conf = conf_new();
		return owner_become(app->archive, error);
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

static const char *
or_null(const char *text)
{
	return *text != '\0' ? text : NULL;
}

/* deliver --rescue SPOOL RECEIVED SENDER RECIPIENT: what became of a delivery that a fault ended before its answer was certain. */
static gboolean
rescue(char **argv, GError **error)
{
	struct delivery delivery = {
	    .received = g_ascii_strtoll(argv[3], NULL, 10), .source = "deliver", .sender = or_null(argv[4]), .recipient = or_null(argv[5])};
	g_autoptr(RawMessage) raw = NULL;
	g_autoptr(GError) reason = NULL;

	raw = raw_message_from_fd(STDIN_FILENO, site_spill_folder(argv[2], argv[2]), &reason);
	if (raw != NULL)
		fault_set_deadline(LIMIT_RESCUE_MS + extra_ms(raw));
	if (raw == NULL || !spool_write(argv[2], raw, &delivery, TRUE, &reason)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "not kept, try again: a fault or the time limit ended a delivery; and the spool: %s",
		    reason->message);
		return FALSE;
	}
	fault_set_status(EX_OK);
	log_error("a fault or the time limit ended a delivery; the message is in the spool %s", argv[2]);
	return TRUE;
}

gboolean
cmd_deliver(struct app *app, int argc, char **argv, GError **error)
{
	g_autofree char *sender = NULL, *recipient = NULL, *clean_sender = NULL, *clean_recipient = NULL;
	const GOptionEntry entries[] = {
	    {"sender", 0, 0, G_OPTION_ARG_FILENAME, &sender, "the envelope sender", "ADDRESS"},
	    {"recipient", 0, 0, G_OPTION_ARG_FILENAME, &recipient, "the envelope recipient", "ADDRESS"},
	    G_OPTION_ENTRY_NULL,
	};
	struct delivering d = {.app = app, .turn = -1};
	g_autoptr(GError) reason = NULL;
	gboolean done, ok;

	if (!app->delivering) { /* options were put together in a way that app_main did not see through */
		app->delivering = TRUE;
		app->has_input = fault_prepare();
	}
	if (argc == 6 && strcmp(argv[1], RESCUE) == 0)
		return rescue(argv, error);
	if (argc == 3 && strcmp(argv[1], NURSERY_READER) == 0 && nursery_is_program(STDIN_FILENO, argv[2]))
		worker_run(STDIN_FILENO, &(struct worker){0});
	/* The one thread shares the heap: a heap of its own is as many pages again. */
	mallopt(M_ARENA_MAX, 1);
	ok = parse(app, entries, &argc, &argv, &done, &reason);
	if (ok && done && !app_has_mail())
		return TRUE;
	if (ok && done)
		ok = app_usage(&reason, "deliver: help was asked for, and a message came with it");
	if (ok && argc > 1)
		ok = app_usage(&reason, "deliver: unexpected argument \"%s\"; the message comes on standard input", argv[1]);
	if (ok && !app->has_input) {
		ok = FALSE;
		g_set_error(&reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "standard input is closed: there is no message");
	}
	ok = ok && (d.folder = app_folder(app, &reason)) != NULL;
	clean_sender = sender != NULL ? text_clean(sender, -1) : NULL;
	clean_recipient = recipient != NULL ? text_clean(recipient, -1) : NULL;
	d.delivery = (struct delivery){.received = app->now, .source = "deliver", .sender = clean_sender, .recipient = clean_recipient};
	ok = ok && deliver(&d, &reason);
#if !defined(__SANITIZE_ADDRESS__)
	/* Logs may have to be copied; taking the rest apart, the reader's end among it, is waited for by nobody. */
	if (ok && d.kept) {
		join_ahead(&d);
		if (d.reader != NULL)
			reader_retire(d.reader);
		if (d.index != NULL)
			index_leave(d.index);
		mailstore_leave(d.store);
	}
	if (ok)
		_exit(EX_OK);
#endif
	delivering_clear(&d);
	if (!ok) /* the only other answer a mail server gets: try again */
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "not kept, try again: %s", reason->message);
	return ok;
}
