/* Regular expressions: the only room that knows PCRE2. Limits of base/limits.h hold for every match. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <glib.h>

struct pattern;

/* Compiles a PCRE2 expression (UTF, UCP, no \C, dotall off). CASELESS unless the expression says (?-i:). On failure POSTBAG_ERROR_DATA and *OFFSET
 * the byte in EXPRESSION where it went wrong. Never JIT compiled: machine code counts towards the limits otherwise than the interpreter does, and what a text
 * gives would depend on what was searched before it. */
struct pattern *pattern_new(const char *expression, gboolean caseless, gsize *offset, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void pattern_free(struct pattern *pattern);

/* PATTERN for a cache of this program on this machine, in a multiple of 8 bytes; NULL when PCRE2 cannot (pcre2serialize(3)). */
GBytes *pattern_to_bytes(const struct pattern *pattern);
/* DATA, at a multiple of 8, was made by pattern_to_bytes and has not changed since: PCRE2 does not look. NULL when it is of another PCRE2. */
struct pattern *pattern_from_bytes(gconstpointer data);

/* The number of the group called NAME, or -1. */
int pattern_group(const struct pattern *pattern, const char *name);

struct pattern_span {
	gsize start, end; /* bytes; G_MAXSIZE, G_MAXSIZE for a group that did not take part */
};
enum pattern_result { PATTERN_NO_MATCH, PATTERN_MATCH, PATTERN_LIMIT /* gave up: match, depth, heap or stack limit */ };

/* Searches TEXT (valid UTF-8, not checked again) from byte START. SPANS gets up to N_SPANS groups, number 0 the whole match. */
enum pattern_result pattern_match(struct pattern *pattern, const char *text, gsize length, gsize start, struct pattern_span *spans, guint n_spans);
/* The same for a match that begins at START and nowhere else. */
enum pattern_result pattern_match_here(struct pattern *pattern, const char *text, gsize length, gsize start, struct pattern_span *spans, guint n_spans);

typedef struct pattern Pattern;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pattern, pattern_free)

#endif
