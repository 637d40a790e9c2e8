/*
 * A reader's process: its start, what it is sent, and its end. What its answers are taken for is reader.c's. For these two alone; each function is told of
 * where it is written.
 */
#ifndef INTAKE_READER_PROCESS_H
#define INTAKE_READER_PROCESS_H

#include "intake/nursery.h"
#include "intake/outbox.h"
#include "intake/reader-private.h"

struct request {
	gint64 tag;
	GBytes *bytes; /* or NULL: RAW */
	struct raw_message *raw;
	GBytes *texts; /* of its attachments, or NULL */
	gint64 received;
	gboolean stored; /* BYTES are what the index has of it */
	gboolean based;  /* and READER->base classified it */
};

struct reader {
	enum reader_life life;
	struct nursery *nursery;
	gboolean beside; /* the nursery is another reader's too */
	gboolean gone;   /* retired, or no process can be had: there will be no other */
	pid_t pid;       /* -1: none; 0: the nursery's first, which it was not asked for yet */
	int fd;          /* its socket, not blocking; -1: none, and the next one starts when there is work */
	pid_t ended;     /* READER_ONE: a process to be waited for in the end, or -1 */
	pid_t spare;     /* READER_EACH: a process that waits for the next message, or -1 */
	int spare_fd;
	gboolean all; /* something was missing once: processes begin with everything open */
	GQueue sent;  /* of struct request: handed over and not answered */
	guint queued; /* of them: how many this process was given */
	guint served; /* messages since its start */
	GQueue done;  /* of struct reading */
	struct outbox out;
	GByteArray *in;       /* bytes of an answer that is not whole */
	GVariant *rules;      /* a(ss), for replacements too */
	GBytes *compiled;     /* the same, or NULL */
	GVariant *base;       /* a(ss) of reader_set_base, or NULL */
	gboolean rules_begun; /* processes begin with them */
	guint rules_due;      /* answers to them that this process owes */
	gboolean rules_answered;
	GPtrArray *targets;
	char *rules_refused;
	GBytes *part[2];  /* what FRAME_PART, FRAME_DOCUMENT or FRAME_REDACT asks for, NULL: nothing */
	gsize text_limit; /* 0: FRAME_PART */
	gboolean redact;  /* PART is a wish and a message: FRAME_REDACT */
	GBytes *content;  /* answer to it */
	char *content_refused;
	gint64 deadline; /* microseconds for one message */
	gint64 since;    /* monotonic microseconds: when the oldest unanswered request got its turn */
};

/* For GLib's containers: DATA is a struct request; a struct reading. */
void reader_request_free(gpointer data);
void reader_reading_free(gpointer data);
/* Nothing is handed over and unanswered. */
gboolean reader_is_idle(const struct reader *reader);
/* Into the outbox: the rules and the part that the reader holds; pump sends them. */
void reader_queue_rules(struct reader *reader);
void reader_queue_base(struct reader *reader);
void reader_queue_part(struct reader *reader);
/* Ends the process that waits for the next message, if there is one. */
void reader_drop_spare(struct reader *reader);
/* A process for what is to be done: the spare one or a new one, told of the rules and of what is unanswered. POSTBAG_ERROR_SYSTEM. */
gboolean reader_start(struct reader *reader, GError **error);
/* Takes REQUEST over and queues it, when there is a process, for sending. */
void reader_push(struct reader *reader, struct request request);
/* Closes the socket and takes the process for gone, without ending it. */
void reader_forget_process(struct reader *reader);
/* The process id, -1: none. */
pid_t reader_process(struct reader *reader);
/* Ends the process and says how it ended, for the message's mark: waits for it. Caller frees. The other does not wait. */
char *reader_stop(struct reader *reader);
void reader_drop(struct reader *reader);

#endif
