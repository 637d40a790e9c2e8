/* How a compiled ruleset lies in its bytes: shared by rules/compiledpack.c, which writes it, and rules/compiled.c, which reads it. */
#ifndef RULES_COMPILEDFORM_H
#define RULES_COMPILEDFORM_H

#include "rules/rulefile.h"

#define NONE G_MAXUINT32

/* Strings stand in one pool; the packed structures name them by their offset in it, NONE for NULL. */
struct packed_file {
	guint32 name, base, id, title, follows, current, taxonomy_line, unused;
	gint64 since, before;
};

struct packed_list {
	guint32 first, count; /* in the pool of offsets */
};

struct packed_section {
	guint32 type, name, file, line, target, series, kind, first_rule, n_rules, words_below, words_above, conditions_line;
	gint32 attachment, filed;
	guint32 otherwise;
	guint32 n_keys[N_RULE_KEYS];
	struct packed_list addresses, domains, names, unless;
	gint64 since, until;
};

struct packed_rule {
	guint32 text, folded, header, sought, section, line, column, item;
	guint32 pattern; /* of a pattern: where in BLOCK_PATTERNS it stands compiled, in units of 8 bytes */
	guint32 gate;    /* likewise its gate in BLOCK_GATES, behind its length */
	guint32 slot;    /* in BLOCK_STARTS, counted from 1; 0: none */
	guint16 key, is_pattern;
};

/* Before each compiled pattern: PCRE2 does not look at what it is given, and most patterns are never needed, so that each has a checksum of its own. */
struct packed_pattern {
	guint64 starts, length, checksum; /* bytes that follow: how it can begin (rules/starts.h), and then the pattern; and the sum of both */
};

struct packed_map {
	guint32 from, id, to, file, line, column;
};

struct packed_target {
	guint32 type, id, title, parent, taxonomy, route;
	guint8 current, hold, unused[2];
};

struct packed_series {
	guint32 id, title, workstream, first, last, target, file, line;
	struct packed_list words, numbers, languages;
};

enum block {
	BLOCK_STRINGS,
	BLOCK_OFFSETS,
	BLOCK_FILES,
	BLOCK_SECTIONS,
	BLOCK_RULES,
	BLOCK_MAPS,
	BLOCK_TARGETS,
	BLOCK_SERIES,
	BLOCK_MATCHER,
	BLOCK_MEMBERS, /* from here to BLOCK_LOOSE: the arrays of struct lexicon */
	BLOCK_SETS,
	BLOCK_SIDES,
	BLOCK_CHAINS,
	BLOCK_USES,
	BLOCK_LOOSE,
	BLOCK_STARTS,   /* a struct start_table */
	BLOCK_GATES,    /* of rules/gate.h */
	BLOCK_PATTERNS, /* the last, and not in the sum */
	N_BLOCKS,
};

/* The head of the bytes. Every block begins at a multiple of 8, so that it is read where it stands. */
struct packed_head {
	char stamp[64];
	guint64 size;     /* of all */
	guint64 checksum; /* of all from here on, up to the patterns */
	char hash[72];
	struct {
		guint64 at, length;
	} blocks[N_BLOCKS];
};

/* What has to agree for the bytes to mean the same. */
void compiled_stamp(char *stamp, gsize size);
guint64 compiled_sum(const struct packed_head *head);

#endif
