#include <string.h>

#include "base/sections.h"
#include "rules/gate.h"
#include "rules/rulefile.h"
#include "rules/series.h"
#include "rules/starttable.h"

/* Reading a pattern for how it can begin costs what PCRE2 takes for some ten kilobytes: one letter alone goes without. */
#define STARTS_AFTER_BYTES 24576
/* A gate takes some milliseconds to make, as long as PCRE2 takes for some thousand tries. */
#define GATE_AFTER_TRIES 4096

static char *
expression_of(const struct ruleset *ruleset, const struct rule *rule)
{
	const struct rule_section *section = ruleset_section(ruleset, rule->section);

	if (section->type == SECTION_SERIES)
		return series_expression(&g_array_index(ruleset->series, struct rule_series, section->series), rule->folded);
	return g_strdup(rule->folded);
}

/* The byte of the pattern as written for byte OFFSET of what was compiled, where {list} is longer. */
static gsize
offset_as_written(const struct rule *rule, const char *expression, gsize offset)
{
	const char *list = strstr(rule->folded, SERIES_LIST);
	gsize grown = strlen(expression) - strlen(rule->folded), at;

	if (list == NULL || grown == 0)
		return MIN(offset, strlen(rule->folded));
	at = list - rule->folded;
	if (offset <= at)
		return offset;
	return offset > at + grown ? offset - grown : at;
}

struct pattern *
rule_compile(const struct ruleset *ruleset, struct rule *rule, GError **error)
{
	g_autofree char *expression = NULL;
	g_autoptr(GError) reason = NULL;
	gsize offset;
	guint column;

	if (rule->pattern != NULL || (rule->broken && error == NULL))
		return rule->pattern;
	rule->pattern = rule->compiled != NULL ? pattern_from_bytes(rule->compiled) : NULL;
	if (rule->pattern == NULL) {
		expression = expression_of(ruleset, rule);
		rule->pattern = pattern_new(expression, TRUE, &offset, &reason);
	}
	if (rule->pattern != NULL) {
		rule->list_group = pattern_group(rule->pattern, SERIES_GROUP);
		return rule->pattern;
	}
	rule->broken = TRUE;
	column = rule->column + 1 + g_utf8_strlen(rule->folded, offset_as_written(rule, expression, offset));
	sections_fail(error, ruleset_file(ruleset, ruleset_section(ruleset, rule->section)->file)->name, rule->line, column,
	    "PCRE2 does not take this pattern: %s", reason->message);
	return NULL;
}

struct starts *
rule_make_starts(const struct ruleset *ruleset, const struct rule *rule)
{
	g_autofree char *expression = expression_of(ruleset, rule);

	return starts_new(expression);
}

GBytes *
rule_pack_gate(const struct ruleset *ruleset, const struct rule *rule)
{
	g_autofree char *expression = expression_of(ruleset, rule);

	return gate_new(expression);
}

gconstpointer
rule_gate(const struct ruleset *ruleset, struct rule *rule)
{
	if (rule->gate != NULL || rule->tries > GATE_AFTER_TRIES)
		return rule->gate;
	if (++rule->tries > GATE_AFTER_TRIES && (rule->gate_made = rule_pack_gate(ruleset, rule)) != NULL)
		rule->gate = g_bytes_get_data(rule->gate_made, NULL);
	return rule->gate;
}

const struct starts *
rule_starts(const struct ruleset *ruleset, guint index, gsize length)
{
	struct rule *rule = ruleset_rule(ruleset, index);

	if (rule->searched > STARTS_AFTER_BYTES)
		return rule->starts;
	if (rule->searched == 0 && rule->beginnings != NULL)
		rule->starts = starts_from_bytes(rule->beginnings, rule->beginnings_length);
	rule->searched += MAX(length, 1);
	if (rule->searched <= STARTS_AFTER_BYTES)
		return rule->starts;
	if (rule->beginnings == NULL)
		rule->starts = rule_make_starts(ruleset, rule);
	if (rule->starts != NULL && rule->slot == 0)
		rule->slot = start_table_add(ruleset->starts, rule->starts, index);
	return rule->starts;
}
