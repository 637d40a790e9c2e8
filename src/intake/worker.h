/* What runs inside the reader's process, and the frames on its socket. */
#ifndef INTAKE_WORKER_H
#define INTAKE_WORKER_H

#include <glib.h>

enum frame_type {
	FRAME_RULES = 'R',    /* a(ss): name, text */
	FRAME_MESSAGE = 'M',  /* raw bytes, at most LIMIT_HANDED_BYTES; number: when it was received */
	FRAME_BASE = 'B',     /* as R: the rules that messages sent as X were classified by; has no answer of its own */
	FRAME_STORED = 'S',   /* a stored message to be classified again (record_pack_stored); number: when it was received */
	FRAME_BASED = 'X',    /* the same of one that FRAME_BASE's rules classified: it need not be where the change of rules does not touch it */
	FRAME_PART = 'P',     /* the part's number, NUL, raw bytes */
	FRAME_TEXTS = 'T',    /* a(sss) as for message_read_with: of the message that comes next; has no answer of its own */
	FRAME_DOCUMENT = 'D', /* as P, for the part's text (message_document); number: at most so many bytes of it */
	FRAME_REDACT = 'Z',   /* a wish (mail/redact.h), NUL, raw bytes */
	FRAME_TARGETS = 't',  /* answer to R */
	FRAME_RECORD = 'r',   /* answer to M */
	FRAME_SAID = 'k',     /* answer to S or X: what the classification said; nothing: what was stored is damaged */
	FRAME_SAME = 's',     /* answer to X: as before */
	FRAME_CONTENT = 'p',  /* answer to P, D or Z: type (to Z: what was done), NUL, bytes */
	FRAME_REFUSED = 'e',  /* answer to R, P, D or Z: why not */
	FRAME_WANT = 'w',     /* answer to M, P, D or Z, and the last: something has to be opened for it, ask one that has opened all ahead */
};

struct frame {
	guint32 type;
	guint32 length; /* of the payload that follows */
	gint64 number;
};

#define WORKER_NO_MEMORY 71 /* exit status */

struct worker {
	GBytes *compiled; /* the rules to begin with (rules/compiled), or NULL */
	gboolean all;     /* all that any message may need is open already: the sandbox closes before the first byte is read */
	gboolean program; /* it is to be a program of its own (nursery_start_program), because the caller has databases open */
	gsize heap;       /* bytes of its heap to be put there at once, for a process that reads one message; 0: as they are used */
	/* For tests alone: runs in the sandbox in place of reading, as code would that came with a message. NULL everywhere else. */
	void (*planted)(int fd);
};

/* Serves FD until it is closed; never returns. The sandbox (base/sandbox) closes before a message is looked into. It ends at once when the compiled rules
 * cannot be used. */
void worker_run(int fd, const struct worker *worker) G_GNUC_NORETURN;

#endif
