/* What runs inside the reader's process, and the frames on its socket. */
#ifndef INTAKE_WORKER_H
#define INTAKE_WORKER_H

#include <glib.h>

enum frame_type {
	FRAME_RULES = 'R',   /* a(ss): name, text */
	FRAME_MESSAGE = 'M', /* raw bytes; number: when it was received */
	FRAME_PART = 'P',    /* the part's number, NUL, raw bytes */
	FRAME_TARGETS = 't', /* answer to R */
	FRAME_RECORD = 'r',  /* answer to M */
	FRAME_CONTENT = 'p', /* answer to P: type, NUL, decoded bytes */
	FRAME_REFUSED = 'e', /* answer to R or P: why not */
};

struct frame {
	guint32 type;
	guint32 length; /* of the payload that follows */
	gint64 number;
};

/* Serves FD until it is closed, under the reader's limits; never returns. COMPILED: the rules to begin with (rules/compiled), or
 * NULL; it ends at once when they cannot be used. */
void worker_run(int fd, GBytes *compiled) G_GNUC_NORETURN;

#endif
