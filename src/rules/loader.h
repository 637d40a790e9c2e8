/* The state of reading one rule file, shared by rulefile.c (sections) and rulekeys.c (entries). */
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
	GString *first, *second; /* for the literals of a phrase */
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

/* The literals of rule INDEX, which is no header's, into the ruleset's matcher. */
void loader_add_literals(struct loader *loader, guint index);

/* Reads one entry of the section at work. */
gboolean loader_read_entry(struct loader *loader, const struct section_entry *entry) G_GNUC_WARN_UNUSED_RESULT;

/* "did you mean ..." or the whole list, for an unknown WORD. Caller frees. */
char *loader_expected(const char *word, const char *const *known);

/* Whether ID is an id as the language has them; capitals only if CAPITALS. */
gboolean loader_is_id(const char *id, gboolean capitals);

#endif
