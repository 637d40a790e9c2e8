/* The query language -> bound SQL -> rows. DESIGN section 7. No user text ever becomes SQL or FTS5 syntax. */
#ifndef FIND_QUERY_H
#define FIND_QUERY_H

#include "find/parser.h"
#include "find/rows.h"

struct query;
/*
 * TEXT as people type it; relative dates count from NOW in ZONE. POSTBAG_ERROR_USAGE with "column N: what is wrong; nearest known word", columns in characters
 * from 1. INDEX gives the known ids. An empty text asks for everything. Nothing is left out unasked, held messages and spam (kind:spam) included: this is the
 * staff's view. date: is the effective date, received: the message's earliest arrival here.
 */
struct query *query_parse(struct index *index, const char *text, gint64 now, GTimeZone *zone, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, with the configuration's queries (of struct saved_query) for saved:NAME. An error in one of them names its file, line and column. */
struct query *query_parse_saved(
    struct index *index, const char *text, gint64 now, GTimeZone *zone, const GPtrArray *saved, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* As AUDIENCE may ask, which outlives the call: of the public's query nothing, not its mistakes either, tells of a message that the public does not see, nor of
 * the name in an address; what it finds is to be looked at by find/pages.h all the same. */
struct query *query_parse_for(
    struct index *index, const char *text, gint64 now, GTimeZone *zone, const struct audience *audience, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void query_free(struct query *query);
typedef struct query Query;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_free)

/* What "sort:" and "limit:" say in it; DEFAULT_ORDER and DEFAULT_LIMIT when they do not stand there. */
enum query_order query_order(const struct query *query, enum query_order default_order);
guint query_limit(const struct query *query, guint default_limit);

/* Matching messages in ORDER (find/parser.h), whatever the query says. LIMIT 0: all. Array of struct message_row. */
GPtrArray *query_run(
    struct index *index, const struct query *query, enum query_order order, guint limit, gboolean with_evidence, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same as message numbers only: an array of gint64. */
GArray *query_run_numbers(struct index *index, const struct query *query, enum query_order order, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of NUMBERS (of gint64) one of each campaign, the first, and none that a correction superseded. */
GArray *query_unique(struct index *index, const GArray *numbers, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean query_count(struct index *index, const struct query *query, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The words and phrases asked for, for excerpts: NULL-terminated, owned by QUERY; a '*' at the end marks the beginning of a word. */
const char *const *query_words(const struct query *query);
/* The SQL of query_run, for tests of its plan. */
const char *query_sql(const struct query *query, enum query_order order);

#endif
