/* What the files that cut a text into passages share: its lines, and what is known of it so far. */
#ifndef MAIL_PASSAGES_PRIVATE_H
#define MAIL_PASSAGES_PRIVATE_H

#include "mail/marks.h"
#include "mail/passages.h"

struct line {
	guint32 start, length; /* without the line feed */
	guint8 class;
	guint8 kind;
};

struct splitter {
	const char *text;
	struct line *lines;
	guint n;
	gboolean reply, forward;
	const char *author;
	guint first_new;               /* the first line of the author's text, or G_MAXUINT */
	guint last_armour;             /* the last line that ends an armoured block, or 0 */
	guint last_quote;              /* the last line with quote marks, or 0 */
	guint looks;                   /* at paragraphs that begin below a line of a signature */
	guint tail;                    /* from this line on everything is the list's footer */
	enum record_passage_kind rest; /* what lines are from here on: NEW unless a marker said otherwise */
};

static inline const char *
line_text(const struct splitter *s, guint i)
{
	return s->text + s->lines[i].start;
}

static inline guint
next_filled(const struct splitter *s, guint i)
{
	while (i < s->n && s->lines[i].class == LINE_BLANK)
		i++;
	return i;
}

/* The bytes of lines FROM to TO, both included. */
static inline gsize
lines_length(const struct splitter *s, guint from, guint to)
{
	return s->lines[to].start + s->lines[to].length - s->lines[from].start;
}

/* earlier.c: where an earlier letter begins. Lines with quote marks other than '>' become LINE_QUOTE. */
void earlier_find_odd_marks(struct splitter *s);
/* A header block as Outlook puts above the text it answers begins at line I; below a rule at I, one with labels of any language. */
gboolean earlier_is_header_block(const struct splitter *s, guint i);
gboolean earlier_is_ruled_block(const struct splitter *s, guint i);
/* The attribution that ends with line I, a line that ends in a colon: where it begins, or G_MAXUINT. *UNMARKED: no quote marks follow. */
guint earlier_attribution(const struct splitter *s, guint i, gboolean *unmarked);

#endif
