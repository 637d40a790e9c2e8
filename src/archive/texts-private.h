/* What a row of table passages holds, as its column members tells it. */
#ifndef ARCHIVE_TEXTS_PRIVATE_H
#define ARCHIVE_TEXTS_PRIVATE_H

#include "archive/texts.h"

/* Of a half of a row, before it is compressed: some 25 letters, taken apart in 90 us when one is asked for. */
#define TEXTS_ROW_BYTES (96 * 1024)

enum half { PASSAGES, FOUND, N_HALVES };

/* One letter of a row, as column members names it: its number and the bytes of its halves. */
struct member {
	gint64 message;
	gsize size[N_HALVES], at[N_HALVES];
};

/* "17 2310 1200 18 964 1016": of struct member, by message; NULL when it is something else. Caller unrefs. */
GArray *texts_parse_members(const char *text) G_GNUC_WARN_UNUSED_RESULT;
void texts_append_member(GString *members, gint64 message, gsize passages, gsize found);
/* NULL: it is not among them. */
const struct member *texts_find_member(const GArray *members, gint64 message);

/* Bytes of the halves of a row. */
struct halves {
	gsize bytes[N_HALVES];
};

gsize halves_most(const struct halves *halves);
/* FALSE: MOST is too little for a half of both together, and TO stays as it is. */
gboolean halves_add(struct halves *to, const struct halves *more, gsize most);
struct halves members_halves(const GArray *members);

#endif
