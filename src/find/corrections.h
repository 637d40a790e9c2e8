/* Letters that take the place of earlier ones: what is suggested, from rows alone. What a person decided is in the rows themselves (find/rows.h). */
#ifndef FIND_CORRECTIONS_H
#define FIND_CORRECTIONS_H

#include "archive/sketch.h"
#include "find/rows.h"

/* Conditions on a message M and an earlier one O. doc/schema.md says it in words. */
#define CORRECTIONS_AUTHOR                                                                                                                                     \
	"(o.author_address = m.author_address OR EXISTS (SELECT 1 FROM filing AS g INDEXED BY filing_message JOIN filing AS h INDEXED BY filing_message"       \
	" ON h.type = g.type AND h.id = g.id WHERE g.message = m.message AND g.type = 'group' AND g.tier = 'firm' AND h.message = o.message AND h.tier = "     \
	"'firm'))"
#define CORRECTIONS_NAMED "(m.replaces IS NOT NULL AND o.message_id = m.replaces)"
#define CORRECTIONS_SAID                                                                                                                                       \
	"EXISTS (SELECT 1 FROM filing AS i INDEXED BY filing_message WHERE i.message = m.message AND i.type = 'intent' AND i.id = 'correction')"
#define CORRECTIONS_ALIKE "EXISTS (SELECT 1 FROM letter AS a JOIN letter AS b ON b.campaign = a.campaign WHERE a.message = m.message AND b.message = o.message)"
/* Of two short notes of one person one hardly takes the place of the other because they are alike: at least one is as long as that tells something. */
#define CORRECTIONS_CHANGED                                                                                                                                    \
	"EXISTS (SELECT 1 FROM letter AS a JOIN letter AS b ON b.campaign = a.campaign WHERE a.message = m.message AND b.message = o.message"                  \
	" AND a.sketch <> b.sketch AND (length(a.sketch) = " G_STRINGIFY(SKETCH_LONG_BYTES) " OR length(b.sketch) = " G_STRINGIFY(SKETCH_LONG_BYTES) "))"
#define CORRECTIONS_SUBJECT "(length(o.subject_base) >= 8 AND instr(lower(m.subject_base), lower(o.subject_base)) > 0)"

#define CORRECTIONS_OF                                                                                                                                         \
	"o.message <> m.message AND o.date_effective < m.date_effective AND " COUNTED("o") " AND NOT " SUPERSEDED(                                             \
	    "o") " AND " CORRECTIONS_AUTHOR " AND (" CORRECTIONS_NAMED " OR (" CORRECTIONS_SAID " AND (o.thread = m.thread OR " CORRECTIONS_SUBJECT            \
	         " OR " CORRECTIONS_ALIKE ")) OR (o.author_address = m.author_address AND o.author_name IS m.author_name AND " CORRECTIONS_CHANGED "))"
/* Only these can correct anything, so that the rest is asked of few. */
#define CORRECTIONS_MAY                                                                                                                                        \
	COUNTED("m")                                                                                                                                           \
	" AND NOT EXISTS (SELECT 1 FROM decision AS d WHERE d.message = m.message AND d.action = 'supersedes' AND d.undone IS NULL)"                           \
	" AND (m.replaces IS NOT NULL OR " CORRECTIONS_SAID " OR EXISTS (SELECT 1 FROM letter AS l WHERE l.message = m.message AND"                            \
	" (l.campaign <> l.message OR EXISTS (SELECT 1 FROM letter AS k WHERE k.campaign = l.message AND k.campaign <> k.message))))"
/* Those that O can be: of the last of the same author, or of the group that M is filed under. A group, or an address that a form on the web writes from, has
 * thousands of letters: only the last are looked at. */
#define CORRECTIONS_EARLIER                                                                                                                                    \
	"(SELECT * FROM (SELECT message FROM message WHERE author_address = m.author_address ORDER BY message DESC LIMIT 50)"                                  \
	" UNION SELECT * FROM (SELECT h.message FROM filing AS h WHERE (m.replaces IS NOT NULL OR " CORRECTIONS_SAID ") AND h.type = 'group' AND h.id ="       \
	" (SELECT min(g.id) FROM filing AS g INDEXED BY filing_message WHERE g.message = m.message AND g.type = 'group' AND g.tier = 'firm')"                  \
	" AND h.date < m.date_effective AND h.tier = 'firm' ORDER BY h.date DESC LIMIT 50))"

/* Is a message M input that may supersede an earlier letter, and has nobody decided yet? */
#define CORRECTIONS_SUGGESTED "(" CORRECTIONS_MAY " AND EXISTS (SELECT 1 FROM message AS o WHERE o.message IN " CORRECTIONS_EARLIER " AND " CORRECTIONS_OF "))"

struct correction {
	char *id;           /* the public id of the letter that MESSAGE may supersede */
	char *subject;      /* its subject, or NULL */
	const char *reason; /* why it is thought to */
};
void correction_free(struct correction *correction);
typedef struct correction Correction;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Correction, correction_free)

/* The latest letter that MESSAGE may supersede, one that its header names before all others; *OUT is NULL when there is none, or when somebody decided. */
gboolean correction_find(struct index *index, gint64 message, struct correction **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
