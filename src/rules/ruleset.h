/* Rule files -> a ruleset, and messages filed by it: postbag-rules(5). Pure: no files, no clock. */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include "base/record.h"

struct rule_source {
	char *name; /* shown in errors and evidence; the base name goes into evidence */
	char *text;
	gsize length;
};
struct rule_source *rule_source_new(const char *name, const char *text, gssize length);
void rule_source_free(struct rule_source *source);

/* The hash that names a set of sources: lower-case hex SHA-256 over base names and texts in their order. Caller frees. */
char *rule_sources_hash(const GPtrArray *sources);

/* What the right-hand side of the house may know of a ruleset: names, never patterns. */
struct rule_target {
	enum record_target type; /* workstream, topic, intent, group, region */
	char *id, *title;        /* title never NULL */
	char *parent;            /* a topic's workstream, or NULL */
	char *taxonomy;          /* id; of intents, groups and regions that of the file */
	gboolean current;        /* belongs to the taxonomy in force now */
	char *route;             /* intent: where it should go; workstream: the rapporteur's address; or NULL */
	gboolean hold;           /* intent */
	guint position;          /* order in the files */
};
struct rule_milestone {
	char *id, *title;
	gint64 planned_from, planned_to, actual_from, actual_to; /* 0: not given; _to exclusive */
};
struct rule_document {
	char *id, *title;
	gint64 published;
	GPtrArray *sections; /* of char *: "3.1.2 Title" */
	GPtrArray *refer;    /* of char *: words before a section's number, folded; NULL: none were given */
};

struct ruleset;
/* SOURCES: struct rule_source, one taxonomy each, any order (none: a ruleset that files nothing). POSTBAG_ERROR_DATA with file:line:column. */
struct ruleset *ruleset_new(const GPtrArray *sources, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Compiles every phrase and pattern, which ruleset_new leaves to the first message that needs them: for `rules check`. A pattern that PCRE2 does not
 * take is POSTBAG_ERROR_DATA with file:line:column; filing goes on without it and leaves a remark. */
gboolean ruleset_check(const struct ruleset *ruleset, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ruleset_free(struct ruleset *ruleset);
typedef struct ruleset Ruleset;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ruleset, ruleset_free)

const char *ruleset_hash(const struct ruleset *ruleset);
const GPtrArray *ruleset_targets(const struct ruleset *ruleset);    /* of struct rule_target, series items included */
const GPtrArray *ruleset_milestones(const struct ruleset *ruleset); /* of struct rule_milestone */
const GPtrArray *ruleset_documents(const struct ruleset *ruleset);  /* of struct rule_document */
/* Titles of the taxonomies, current first: of char * "id\ttitle". */
const GPtrArray *ruleset_taxonomies(const struct ruleset *ruleset);
/* What is no error but ought to be looked at, of char * "file:line:column: message": a list of words that no phrase takes. */
const GPtrArray *ruleset_warnings(const struct ruleset *ruleset);
guint ruleset_count_rules(const struct ruleset *ruleset);

/* Targets as bytes for the reader's pipe and back (hostile on the way back: checked). */
GBytes *rule_targets_to_bytes(const struct ruleset *ruleset);
GPtrArray *rule_targets_from_bytes(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Files RECORD: kind (words and rosters, where the headers did not decide), filings, evidence, held. RECEIVED is when the archive got the message; with the
 * record's date it gives the day on which since/until are looked at. It settles the record (record_settle_found), and what an earlier classification left is
 * dropped, so it may be repeated, on a stored record too. A limit met leaves a remark that names the rule.
 */
void ruleset_classify(const struct ruleset *ruleset, struct record *record, gint64 received);

/* For the property test: the same without the literal prefilter. */
void ruleset_classify_unfiltered(const struct ruleset *ruleset, struct record *record, gint64 received);

/* accept and reject lines: calls REPORT for every line; returns the number that failed. */
typedef void (*ruleset_test_report)(
    gpointer data, gboolean passed, const char *file, guint line, const char *id, gboolean accept, const char *text, const char *got);
guint ruleset_test(const struct ruleset *ruleset, ruleset_test_report report, gpointer data);

#endif
