/* What gatereader.c makes of an expression, for gate.c. */
#ifndef RULES_GATE_PRIVATE_H
#define RULES_GATE_PRIVATE_H

#include <glib.h>

/*
 * A character's code. ASCII stands for itself, capitals for their small letters; 32 codes are shared by letters of other scripts that are surely parts of
 * words, and 32 by all else.
 */
#define GATE_LETTERS 128
#define GATE_OTHERS 160
#define GATE_CODES 192
#define GATE_INSIDE 255 /* no character begins at this byte */

guint8 gate_code(gunichar c);

/* Codes. */
struct gate_set {
	guint32 bits[GATE_CODES / 32];
};

static inline gboolean
gate_set_has(const struct gate_set *set, guint code)
{
	return (set->bits[code / 32] >> code % 32 & 1) != 0;
}

/* What a character says of the edge of a word. */
enum gate_kind { KIND_NO_WORD, KIND_WORD, KIND_DOUBTFUL, N_GATE_KINDS };

enum gate_kind gate_kind_of(guint8 code);

enum gate_step {
	STEP_SET,       /* a character of the set, then NEXT */
	STEP_FORK,      /* NEXT or OTHER */
	STEP_EDGE,      /* \b */
	STEP_NO_EDGE,   /* \B */
	STEP_NO_WORD,   /* no word character follows */
	STEP_NO_BEHIND, /* none stands before */
	STEP_END,       /* the text's end */
	STEP_MATCH,
};

struct gate_node {
	enum gate_step step;
	guint32 next, other;
	struct gate_set set;
};

/* The ways through EXPRESSION, of struct gate_node; *START is the first. NULL: it is not understood, or too large. */
GArray *gate_read(const char *expression, guint32 *start);

#endif
