/* The state of reading one rule file, shared by rulefile.c (files), rulesections.c, rulekeys.c (entries), rulewords.c (phrases), rulelists.c and
 * rulemistakes.c. */
#ifndef RULES_LOADER_H
#define RULES_LOADER_H

#include "base/sections.h"
#include "rules/rulefile.h"

struct loader {
	struct ruleset *ruleset;
	guint file;                 /* index in ruleset->files */
	const char *name;           /* for errors */
	guint section;              /* the section at work: index in ruleset->sections */
	struct rule_target *target; /* of workstream, topic, intent, group, region; else NULL */
	struct rule_milestone *milestone;
	struct rule_document *document;
	GHashTable *lists;         /* of the file, by name; of those that are whole */
	struct word_list *list;    /* the one at work */
	const GPtrArray *sections; /* of the file */
	GError **error;
};

/* A copy of LENGTH bytes that lives as long as the ruleset. */
const char *loader_keep(struct loader *loader, const char *text, gsize length);

/* The section at work. */
static inline struct rule_section *
loader_section(const struct loader *loader)
{
	return ruleset_section(loader->ruleset, loader->section);
}

/* An item's text, and TEXT folded, as strings that live as long as the ruleset. */
const char *loader_keep_item(struct loader *loader, const struct section_item *item);
const char *loader_keep_folded(struct loader *loader, const char *text);

/* The number in the suffix of a series' key; 0 when it has none. FALSE when it is out of the range. */
gboolean loader_item_of(const struct loader *loader, const struct section_entry *entry, guint *item) G_GNUC_WARN_UNUSED_RESULT;

/* Phrases, patterns and header phrases: entries that become rules. */
gboolean loader_read_phrases(struct loader *loader, const struct section_entry *entry, enum rule_key key) G_GNUC_WARN_UNUSED_RESULT;
gboolean loader_read_pattern(struct loader *loader, const struct section_entry *entry) G_GNUC_WARN_UNUSED_RESULT;
gboolean loader_read_header(struct loader *loader, const struct section_entry *entry) G_GNUC_WARN_UNUSED_RESULT;

/* rulemistakes.c. What can be read and would never match as it was meant: TEXT, an ITEM of ENTRY. A phrase with commas that look as if they were to part
 * phrases is only warned of. */
gboolean loader_check_domain(const struct loader *loader, const struct section_item *item, const char *text) G_GNUC_WARN_UNUSED_RESULT;
gboolean loader_check_address(const struct loader *loader, const struct section_item *item, const char *text) G_GNUC_WARN_UNUSED_RESULT;
gboolean loader_check_phrase(
    const struct loader *loader, const struct section_entry *entry, const struct section_item *item, const char *text) G_GNUC_WARN_UNUSED_RESULT;

gboolean loader_read_words(struct loader *loader, const struct section_entry *entry) G_GNUC_WARN_UNUSED_RESULT;

/* The lists of one file's [words]: begun before its SECTIONS are read, ended after them, with a warning for each that no phrase takes. */
void loader_begin_lists(struct loader *loader, const GPtrArray *sections);
void loader_end_lists(struct loader *loader);
void loader_free_lists(struct loader *loader);
gboolean loader_begin_list(struct loader *loader, const struct section *section) G_GNUC_WARN_UNUSED_RESULT;
gboolean loader_end_list(struct loader *loader) G_GNUC_WARN_UNUSED_RESULT;
/* Adds a phrase, or a list that is whole, to the list at work. What is wrong goes to *OFFSET, a byte of FOLDED, and *MESSAGE, which the caller frees. */
gboolean loader_add_to_list(struct loader *loader, const char *folded, gsize *offset, char **message) G_GNUC_WARN_UNUSED_RESULT;
/* Sets RULE's sought from its folded phrase, number INDEX of the rules; likewise. */
gboolean loader_seek(struct loader *loader, struct rule *rule, guint index, gsize *offset, char **message) G_GNUC_WARN_UNUSED_RESULT;
/* What rule INDEX, which is no header's and has passed all checks elsewhere, is found by: into the ruleset's matcher and lexicon. It names no lists. */
void loader_seek_again(struct loader *loader, guint index);

/* Reads one entry of the section at work. */
gboolean loader_read_entry(struct loader *loader, const struct section_entry *entry) G_GNUC_WARN_UNUSED_RESULT;

/* Begins a section: what it is of, and the target, milestone, document or list that it makes. */
gboolean loader_begin_section(struct loader *loader, const struct section *section, enum section_type type) G_GNUC_WARN_UNUSED_RESULT;
/* Sets the error, with SECTION's line; returns FALSE. */
gboolean loader_fail_section(const struct loader *loader, const struct section *section, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The target of TYPE and ID; of TAXONOMY, or of any when that is NULL. NULL: there is none. */
struct rule_target *loader_find_target(const struct ruleset *ruleset, enum record_target type, const char *id, const char *taxonomy);
/* The part of a topic's id before its first dot, or NULL. Caller frees. */
char *loader_workstream_of(const char *id);

/* "did you mean ..." or the whole list, for an unknown WORD. Caller frees. */
char *loader_expected(const char *word, const char *const *known);

/* Whether ID is an id as the language has them; capitals only if CAPITALS. */
gboolean loader_is_id(const char *id, gboolean capitals);

#endif
