/* What a row of table passages holds, as its column members tells it. */
#ifndef ARCHIVE_TEXTS_PRIVATE_H
#define ARCHIVE_TEXTS_PRIVATE_H

#include "archive/texts.h"

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

#endif
