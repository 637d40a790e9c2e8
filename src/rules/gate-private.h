/* Codes of characters (gatecodes.c), what gatereader.c makes of an expression for gatemaker.c, and the tables that gatemaker.c makes for gate.c. */
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

void gate_set_add(struct gate_set *set, guint code);
void gate_set_add_foreign(struct gate_set *set); /* all codes beyond ASCII */
void gate_set_fill(struct gate_set *set);
/* \d, \W and their like: as they are in ASCII, and any other character. */
void gate_set_add_class(struct gate_set *set, char class);

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

#define CLOSED 0 /* states: no way leads on */
#define OPEN 1   /* a match may end here, or nobody knows */
#define FIRST 2

#define END_CODE GATE_CODES /* of the text's end */

/* The head of a gate's bytes. */
struct gate {
	guint16 n_states, n_classes, n_wide, unused;
	guint32 n_others, unused_too;
	guint16 starts[N_GATE_KINDS + 1]; /* by the kind of the character before */
	guint8 classes[GATE_CODES + 8];   /* by code */
};

/* Where a state leads: as in a wide row, but for some classes. */
struct state {
	guint32 first;
	guint16 n, wide;
};

struct other {
	guint16 class, target;
};

/* Each part of the bytes begins at a multiple of 8. */
static inline gsize
rounded(gsize bytes)
{
	return (bytes + 7) & ~(gsize)7;
}

#endif
