/*
 * The reader: a child process that turns hostile bytes into records. It is forked before any lock or database is open, closes its sandbox (base/sandbox)
 * before it looks at a message, and its answers are checked as hostile input. Its death costs a message its record, never itself.
 */
#ifndef INTAKE_READER_H
#define INTAKE_READER_H

#include <glib.h>
#include <sys/types.h>

#include "base/rawmessage.h"
#include "base/record.h"

struct reader;

enum reader_life {
	READER_ONE,  /* one process for one message: what a delivery can afford */
	READER_FEW,  /* for a delivery that may have to read its neighbours, or by other rules: each message in a process of its own */
	READER_EACH, /* the same for whatever serves on: what any message may need is opened ahead, once */
	READER_MANY, /* for import: the same, but a process is replaced after a fault and after LIMIT_READER_BATCH messages only */
};

/* Forks. Must be called before anything that a child must not inherit is open, and in a thread that lives as long as the reader: its processes end with that.
 * COMPILED: the rules to begin with (rules/compiled), or NULL. POSTBAG_ERROR_SYSTEM. */
struct reader *reader_new(enum reader_life life, GBytes *compiled, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same where the first message (reader_submit_raw) is at hand already: it is read without a wait. */
struct reader *reader_new_for(
    enum reader_life life, GBytes *compiled, gint64 tag, struct raw_message *raw, gint64 received, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A READER_ONE without rules that may be started at any time, because it is a program of its own; it takes ten times as long to start. POSTBAG_ERROR_SYSTEM. */
struct reader *reader_new_program(GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Another one whose processes the same small process forks (READER_MANY, all open ahead): for a second thread. It has no rules at first, and its first process
 * when there is work. READER stays the caller's; it is not a READER_ONE, and must not be retired before the other has no more to do. */
struct reader *reader_new_beside(struct reader *reader);
/* READER, which has no process with work, reads by the rules of FROM from here on, in the form that FROM's own later processes begin with: nothing is read
 * again. FROM's rules are known to be good. */
void reader_share_rules(struct reader *reader, struct reader *from);
void reader_free(struct reader *reader);
typedef struct reader Reader;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

/* Rule files from here on: FILES is a(ss), name and text. Returns at once; reader_rules_targets waits for what came of it: the targets (of struct
 * rule_target), or NULL with POSTBAG_ERROR_DATA "file:line:column: ..." (the reader then goes on without rules). */
void reader_set_rules(struct reader *reader, GVariant *files);
/* The same rules in their compiled form (rules/compiled), where it is at hand: for processes that begin later. Until other rules are set. */
void reader_set_compiled(struct reader *reader, GBytes *compiled);
/* Whether the answer to the rules is there, waiting at most TIMEOUT ms. */
gboolean reader_rules_answered(struct reader *reader, int timeout);
GPtrArray *reader_rules_targets(struct reader *reader, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Hands over one message, of which at most LIMIT_HANDED_BYTES are read; it is referenced until it is answered, and never copied. Answers come in the same
 * order. */
void reader_submit(struct reader *reader, gint64 tag, GBytes *bytes, gint64 received);
void reader_submit_raw(struct reader *reader, gint64 tag, struct raw_message *raw, gint64 received);
/* A stored message (PACKED: record_pack_stored) to be classified by the rules of now: its answer is a record with what they say alone (record_said_to_bytes).
 * BASED: the rules of reader_set_base classified it, and the answer may be that they say the same. */
void reader_submit_stored(struct reader *reader, gint64 tag, GBytes *packed, gint64 received, gboolean based);
/* The rules that classified what is to be submitted as based, until other rules are set. Nothing may be pending. */
void reader_set_base(struct reader *reader, GVariant *files);

/* The same with TEXTS, a(sss), what converters made of its attachments (mail/message.h). */
void reader_submit_texts(struct reader *reader, gint64 tag, GBytes *bytes, GVariant *texts, gint64 received);

struct reading {
	gint64 tag;
	struct record *record; /* or NULL */
	char *unread;          /* why there is no record */
	gboolean same;         /* a stored message's: there is no record because it is filed as before */
};
void reading_clear(struct reading *reading);
typedef struct reading Reading;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)
/* The next answer. Waits at most TIMEOUT ms for it (-1: until it comes, at the latest as "ran out of time"). FALSE when there is none yet, or nothing pending.
 * A READER_ONE that finds, too late, that the message needs something opened gives none at all: another reader has to.
 */
gboolean reader_collect(struct reader *reader, int timeout, struct reading *out);
/* Sends what goes without a wait of what was submitted, and takes answers: for whoever has work of its own between two of them, lest the reader have none. */
void reader_feed(struct reader *reader);
/* What was submitted and not collected is dropped, with the process that reads it: the next answer is to what is submitted from here on. The rules stay. A
 * READER_ONE that was given its message is spent. */
void reader_forget(struct reader *reader);
/* No more messages: its process ends while the caller goes on. */
void reader_retire(struct reader *reader);
/* FALSE when it was retired, when its one process is spent (READER_ONE), or no further one can be had. Otherwise a process that dies is replaced. */
gboolean reader_is_alive(const struct reader *reader);
guint reader_pending(const struct reader *reader);

/* Decodes part NUMBER of one message in the reader: its bytes, and its type in *TYPE. Nothing may be pending. */
GBytes *reader_part(struct reader *reader, GBytes *bytes, const char *number, char **type, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for what message_document gives: at most LIMIT bytes of the part's text, or its bytes. */
GBytes *reader_document(struct reader *reader, GBytes *bytes, const char *number, gsize limit, char **type, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The message BYTES without what WISH (redact_wish_to_text) says, and in *REPORT what was done, a line each. Nothing may be pending. What comes back is a
 * stranger's bytes as those that went in: whether the words are gone is for the caller to see. POSTBAG_ERROR_NO_INPUT. */
GBytes *reader_redact(struct reader *reader, GBytes *bytes, const char *wish, char **report, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A process that becomes the program ARGV behind walls (base/confine.h) with the descriptors FDS: input, output, complaints. It ends with the reader. FALSE
 * when none can be had, or where a reader has one process and no more. */
gboolean reader_confine(struct reader *reader, char *const argv[], const int fds[3], pid_t *pid);
/* Whether that has ended, without a wait, and in *STATUS how (waitpid(2)). */
gboolean reader_has_ended(struct reader *reader, pid_t pid, int *status);

#endif
