/*
 * Letters of many texts behind one another, looked through for needles all at once: that is ten times as fast as a pass of its own for each. Only whether there
 * is one is told.
 */
#ifndef BASE_NEEDLE_STREAM_H
#define BASE_NEEDLE_STREAM_H

#include "base/needle-private.h"

#define NEEDLE_STREAM_ROOM 4096
#define NEEDLE_STREAM_MARGIN 32 /* letters that what one byte stands for may add at most, and a few */

/* Letters that stand in no word. */
#define NEEDLE_EDGE 1U /* the text begins or ends here */
#define NEEDLE_CUT 2U  /* it goes on, and is not looked at here: words are not bounded by it */

struct needle_stream {
	const struct needles *needles;
	gboolean found, has_short;
	gboolean skip_short; /* the letters since needle_stream_skip are of bytes that are no text */
	guint used, looked;  /* letters that are there, and how many of them were looked at as ends */
	guint border;        /* the last NEEDLE_EDGE or NEEDLE_CUT, or G_MAXUINT when it is not here any more */
	gunichar most;       /* the last letter that any needle may have */
	gunichar letters[NEEDLE_LONGEST + NEEDLE_STREAM_MARGIN + NEEDLE_STREAM_ROOM];
};

void needle_stream_init(struct needle_stream *stream, const struct needles *needles);
/* All that was put is looked at; TRUE when any was found. */
gboolean needle_stream_end(struct needle_stream *stream);

/* Before a text: its short words are not looked for (or are). */
void needle_stream_skip(struct needle_stream *stream, gboolean skip);
/* A text begins or ends, or is cut: NEEDLE_EDGE or NEEDLE_CUT. What is too short for any needle since the last one, as are most words that are read as base64,
 * is forgotten. */
void needle_stream_border(struct needle_stream *stream, gunichar border);

void needle_stream_put(struct needle_stream *stream, gunichar c);
/* The characters of DATA that begin in [FROM, TO). */
void needle_stream_put_text(struct needle_stream *stream, const guint8 *data, gsize length, gsize from, gsize to);
/* As UTF-16 from byte START on. */
void needle_stream_put_utf16(struct needle_stream *stream, const guint8 *data, gsize length, gsize start, gboolean big);

#endif
