/* One message's texts, prepared for rules, and what the rules find in them. */
#ifndef RULES_SEARCH_H
#define RULES_SEARCH_H

#include "base/pattern.h"
#include "base/text.h"
#include "rules/finds.h"
#include "rules/rulefile.h"

/* Where a text stands: a kind of passage, or one of the two texts that are no passage. */
#define PLACE_NAME N_PASSAGE_KINDS               /* the author's display name */
#define PLACE_ORGANIZATION (N_PASSAGE_KINDS + 1) /* the Organization header */

/* A text prepared for rules. */
struct reading {
	guint place;
	gint passage; /* index in the record's passages, or -1 */
	const char *original;
	struct folded folded;
	char *masked;        /* the folded text with what masks match overwritten; NULL: nothing was */
	guint32 *candidates; /* bits of the rules that can match; the search's */
	struct presence *presence;
	struct finds *finds;        /* of the folded text */
	struct finds *masked_finds; /* of the masked one; NULL until something is sought in it */
	GArray *voices;             /* of voice.c: where a [voice] phrase leads; NULL: not looked for yet */
};

struct span {
	gsize start, end; /* bytes of the folded text */
};

struct match {
	guint rule, reading;
	guint item; /* of a series */
	struct span span;
	gboolean masked; /* no match: words that a section's `not`, or a mask, took away */
};

struct search {
	const struct ruleset *ruleset;
	struct record *record;
	gint64 day; /* for since and until */
	gboolean unfiltered;
	gboolean quotes;     /* quoted text is read too: the author's own text is short */
	GPtrArray *readings; /* of struct reading */
	GPtrArray *headers;  /* of struct reading: headers' values that rules asked for */
	GArray *matches;     /* of struct match, in no order */
	GArray *limited;     /* of guint: rules that met a limit */
	struct presence_room *room;
	GPtrArray *bits;  /* of guint32 arrays: readings' candidates, some of them each */
	guint bits_left;  /* that are not taken, in the last one */
	char *author_key; /* the author's address, folded for comparison; or NULL */
	gint64 deadline;  /* monotonic microseconds */
	gboolean cut;     /* past the deadline */
	guint turns;      /* small works done: the clock is asked now and then */
};

struct search *search_new(const struct ruleset *ruleset, struct record *record, gint64 day, gboolean unfiltered);
void search_free(struct search *search);
typedef struct search Search;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Search, search_free)

/* Whether SECTION counts on the search's day: its taxonomy files the day's messages, and since and until hold. */
gboolean search_section_counts(const struct search *search, const struct rule_section *section);
gboolean search_file_counts(const struct search *search, guint file);

/* Matches of [kind], [team], [staff] and [board] are added to search->matches. */
void search_for_kind(struct search *search);
/* Likewise those of masks, and of the section types in TYPES, bits 1 << enum section_type. */
void search_for_targets(struct search *search, guint types);

/* The next match of rule INDEX in READING, if it can match there, from byte *START on, which moves behind it. */
gboolean search_next(struct search *search, guint index, const struct reading *reading, gsize *start, struct pattern_span *span);

/* Whether rule INDEX matches anywhere in TEXT, which is no passage: a header's value, which outlives the search. */
gboolean search_matches(struct search *search, guint index, const char *text);

#endif
