/*
 * Which messages have the words of a search, found out as it is asked. SQLite would put the numbers of all of them into a table of its own first, which for
 * common words costs twenty times as much as the search itself; whoever wants the newest twenty asks for few.
 */
#ifndef FIND_MEMBER_H
#define FIND_MEMBER_H

#include "archive/index.h"

struct member;
/* EXPRESSION: FTS5's. POSTBAG_ERROR_TEMPORARY past db_set_deadline. */
struct member *member_new(struct index *index, const char *expression, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void member_free(struct member *member);
typedef struct member Member;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Member, member_free)

/* How many messages have them: exactly below LIMIT_MEMBER_PROBE; else an estimate, from those that came last. */
gint64 member_matches(const struct member *member);
/* From now on found(n) in the index's statements is whether the message n has them, until member_end; WANTED: matches that are wanted. */
void member_begin(struct member *member, guint wanted);
/* FALSE: one of the answers could not be found. */
gboolean member_end(struct member *member, GError **error);

#endif
