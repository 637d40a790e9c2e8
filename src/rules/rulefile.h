/* Rule files -> the structures that classify.c reads: postbag-rules(5). Known to the rules room only; the house sees rules/ruleset.h. */
#ifndef RULES_RULEFILE_H
#define RULES_RULEFILE_H

#include "base/pattern.h"
#include "rules/lexicon.h"
#include "rules/matcher.h"
#include "rules/ruleset.h"

enum section_type {
	SECTION_TAXONOMY,
	SECTION_WORKSTREAM,
	SECTION_TOPIC,
	SECTION_SERIES,
	SECTION_KIND,
	SECTION_INTENT,
	SECTION_GROUP,
	SECTION_REGION,
	SECTION_VOICE,
	SECTION_TEAM,
	SECTION_STAFF,
	SECTION_BOARD,
	SECTION_MASK,
	SECTION_MILESTONE,
	SECTION_DOCUMENT,
	SECTION_WORDS,
	N_SECTION_TYPES,
};

enum rule_key {
	KEY_KEYWORD,
	KEY_PATTERN,
	KEY_LIKELY,
	KEY_HINT,
	KEY_NOT,
	KEY_SUBJECT,
	KEY_FILENAME,
	KEY_PERSONAL,
	KEY_HEADER,
	N_RULE_KEYS,
};

/* One phrase or pattern. */
struct rule {
	const char *text;   /* as written in the file */
	const char *folded; /* the folded phrase; of a pattern the expression with its letters folded, which is what is compiled */
	guint32 sought;     /* in the lexicon; of a pattern LEXICON_NONE */
	const char *header; /* KEY_HEADER: the field's name */
	guint section;      /* index in ruleset->sections */
	guint line, column;
	guint item; /* of a series: the number it stands for, 0: those of its {list} */
	enum rule_key key;
	gboolean is_pattern;
	gconstpointer compiled;   /* pattern_from_bytes makes the pattern of it, or NULL */
	struct pattern *pattern;  /* made at the first need */
	gconstpointer beginnings; /* starts_from_bytes makes the starts of it, which have been made beforehand, or NULL */
	gsize beginnings_length;
	gconstpointer gate;    /* of gate.h, or NULL */
	GBytes *gate_made;     /* where it stands, when it was made in this process */
	guint tries;           /* of the pattern, up to where its gate is made */
	gsize searched;        /* bytes that were searched for it, up to where its starts are made */
	struct starts *starts; /* NULL: it is tried everywhere */
	guint slot;            /* in ruleset->starts, counted from 1; 0: it has none */
	gboolean broken;       /* it does not compile */
	int list_group;        /* the group of {list}, -1 without */
};

/* One section of a file. Its rules stand together in ruleset->rules. */
struct rule_section {
	enum section_type type;
	const char *name; /* or NULL */
	guint file, line;
	guint target;          /* index in ruleset->targets, G_MAXUINT: none; a series has one for each item */
	guint series;          /* index in ruleset->series, G_MAXUINT: none */
	enum record_kind kind; /* of [kind] */
	gint64 since, until;   /* G_MININT64, G_MAXINT64: not given */
	guint first_rule, n_rules;
	guint n_keys[N_RULE_KEYS]; /* rules by key */
	GPtrArray *addresses;      /* globs, or a roster's addresses, folded for comparison; NULL: none */
	GPtrArray *domains, *names;
	gint attachment;    /* condition: 1 yes, 0 no, -1 not given */
	guint words_below;  /* condition: words < n; G_MAXUINT: not given */
	guint words_above;  /* condition: words > n; G_MAXUINT: not given */
	gint filed;         /* condition: 1 filed under a workstream, 0 under none, -1 not given */
	gboolean otherwise; /* a group or region for public input that got no other of its type */
	GPtrArray *unless;  /* condition: intents that the message must not have; NULL: none */
	guint conditions_line;
};

/*
 * When SECTION is asked: sections that ask what others found come after them (1), and those for whoever is left over, whatever the address, come
 * last (2).
 */
static inline guint
rule_section_turn(const struct rule_section *section)
{
	if (section->otherwise && section->addresses == NULL)
		return 2;
	return section->filed >= 0 || section->otherwise || section->unless != NULL;
}

struct rule_series {
	const char *id;
	const char *title;      /* with {n}, or NULL */
	const char *workstream; /* or NULL */
	guint first, last;      /* range; 0, 0 until it is given */
	GPtrArray *words;       /* of char *, folded number words; the number of a word is at its index in numbers */
	GArray *numbers;        /* of guint */
	GPtrArray *languages;   /* of char *, of the number words */
	GPtrArray *titles;      /* of char * or NULL, by number - first; NULL until there is one */
	guint target;           /* of number first */
	guint file, line;
};

struct rule_map {
	guint from;     /* target */
	const char *id; /* as written */
	guint to;       /* target, G_MAXUINT when its taxonomy is not loaded */
	guint file, line, column;
};

struct rule_test {
	const char *text;
	guint section, item; /* item 0: any */
	gboolean accept;
	guint line;
	gboolean has_day;
	gint64 day;
};

struct rule_file {
	const char *name, *base; /* as given; the base name */
	const char *id, *title, *follows;
	gint64 since;
	gboolean current;
	gint64 before; /* files messages dated before this: its follower's since; G_MAXINT64 when current */
	guint taxonomy_line;
};

struct ruleset {
	char *hash;
	GStringChunk *strings;
	GArray *files;    /* of struct rule_file: the taxonomies in force first */
	GArray *sections; /* of struct rule_section */
	guint *by_type;   /* indexes of all sections, by type */
	guint first_of_type[N_SECTION_TYPES + 1];
	GArray *rules;      /* of struct rule */
	GArray *series;     /* of struct rule_series */
	GArray *maps;       /* of struct rule_map */
	GArray *tests;      /* of struct rule_test */
	GPtrArray *targets; /* of struct rule_target */
	GPtrArray *milestones, *documents, *taxonomies;
	GPtrArray *warnings; /* of char * */
	struct matcher *matcher;
	struct lexicon *lexicon;
	struct start_table *starts; /* of the patterns that have starts */
	/* When it was made from bytes (rules/compiled), else NULL: */
	GBytes *compiled;                /* where the strings, the matcher's tables and the packed rules stand */
	struct rule_target *target_room; /* of all targets */
	gconstpointer packed;            /* the rules; the array RULES is empty */
	guint n_packed;
	struct rule **made; /* those that were asked for so far, by index */
};

/* An empty one: all arrays there, no matcher. */
struct ruleset *ruleset_alloc(void);

struct rule *ruleset_make_rule(const struct ruleset *ruleset, guint index);

static inline struct rule *
ruleset_rule(const struct ruleset *ruleset, guint index)
{
	if (ruleset->made == NULL)
		return &g_array_index(ruleset->rules, struct rule, index);
	return ruleset->made[index] != NULL ? ruleset->made[index] : ruleset_make_rule(ruleset, index);
}

static inline struct rule_section *
ruleset_section(const struct ruleset *ruleset, guint index)
{
	return &g_array_index(ruleset->sections, struct rule_section, index);
}

/* The indexes of the sections of TYPE, in their order. */
static inline const guint *
ruleset_sections_of(const struct ruleset *ruleset, enum section_type type, guint *n)
{
	*n = ruleset->first_of_type[type + 1] - ruleset->first_of_type[type];
	return ruleset->by_type + ruleset->first_of_type[type];
}

/* After the last section was added. */
void ruleset_seal_sections(struct ruleset *ruleset);

static inline struct rule_file *
ruleset_file(const struct ruleset *ruleset, guint index)
{
	return &g_array_index(ruleset->files, struct rule_file, index);
}

static inline struct rule_target *
ruleset_target(const struct ruleset *ruleset, guint index)
{
	return g_ptr_array_index(ruleset->targets, index);
}

/* Reads SOURCES into RULESET, whose arrays are there and empty. */
gboolean rulefile_load(struct ruleset *ruleset, const GPtrArray *sources, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The index of SECTION's target; of a series that of number ITEM. G_MAXUINT: none. */
guint rule_section_target(const struct ruleset *ruleset, const struct rule_section *section, guint item);

/* The words of a key, as in a file and in evidence. */
const char *rule_key_name(enum rule_key key);
const char *section_type_name(enum section_type type);

/* The compiled form of RULE, a pattern, made now if need be; NULL when it does not compile (then *ERROR with file:line:column, if ERROR is not NULL). */
struct pattern *rule_compile(const struct ruleset *ruleset, struct rule *rule, GError **error);
/* Where rule INDEX, a pattern that compiles, can begin, when it has been sought in so much text that knowing it pays, LENGTH bytes more with this call; or
 * NULL. What the pattern matches is the same either way. */
const struct starts *rule_starts(const struct ruleset *ruleset, guint index, gsize length);
/* What RULE, a pattern, has to pass before it is tried at a place; NULL: nothing. Counts the tries: the gate is made when the pattern is tried so often that it
 * pays. */
gconstpointer rule_gate(const struct ruleset *ruleset, struct rule *rule);
/* The bytes of RULE's gate for a compiled ruleset; NULL: it has none. */
GBytes *rule_pack_gate(const struct ruleset *ruleset, const struct rule *rule);
/* How RULE, a pattern, can begin; NULL: anyhow. Caller frees. */
struct starts *rule_make_starts(const struct ruleset *ruleset, const struct rule *rule);

#endif
