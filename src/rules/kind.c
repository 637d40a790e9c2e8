#include "rules/kind.h"

#include <string.h>

#include "rules/roster.h"

#define PLAIN_INPUT "no sign of anything else"

/* The sections of a kind are asked in this order; a team's own are part of the rosters. */
static const enum record_kind order_of_kinds[] = {KIND_SPAM, KIND_AUTO, KIND_BOUNCE, KIND_ADMIN, KIND_ANNOUNCEMENT};

static void
set_kind(struct search *search, enum record_kind kind, char *reason)
{
	search->record->kind = kind;
	g_free(search->record->kind_reason);
	search->record->kind_reason = reason;
}

static char *
reason_of(const struct search *search, const char *head, const char *key, const char *words, guint file, guint line)
{
	return g_strdup_printf("%s: %s \"%s\" (%s:%u)", head, key, words, ruleset_file(search->ruleset, file)->base, line);
}

static char *
reason_of_rule(const struct search *search, const char *head, const struct rule *rule)
{
	g_autofree char *words = evidence_rule(rule->text);

	return reason_of(search, head, rule_key_name(rule->key), words, ruleset_section(search->ruleset, rule->section)->file, rule->line);
}

static void
add_evidence(struct search *search, struct evidence *evidence, enum record_kind kind, const struct rule_section *section)
{
	struct evidence_for what = {TARGET_KIND, kind_name(kind), EVIDENCE_ORDER_KIND};

	for (guint i = 0; i < search->matches->len; i++) {
		const struct match *match = &g_array_index(search->matches, struct match, i);
		const struct rule *rule = ruleset_rule(search->ruleset, match->rule);

		if (ruleset_section(search->ruleset, rule->section) == section)
			evidence_add_match(evidence, &what, match->masked ? TIER_MASKED : rule->key == KEY_HINT ? TIER_SUGGESTED : TIER_FIRM, match);
	}
}

static gboolean
is_field(const struct record_header *header, const char *name)
{
	return (header->name[0] | 0x20) == (name[0] | 0x20) && g_ascii_strcasecmp(header->name, name) == 0;
}

/* A header rule of the section that holds. */
static struct rule *
find_header_rule(struct search *search, const struct rule_section *section, const char **value)
{
	guint left = section->n_keys[KEY_HEADER];
	const char *absent = NULL; /* the field of the rules before, that the message has not */

	for (guint i = section->first_rule; left > 0 && i < section->first_rule + section->n_rules; i++) {
		struct rule *rule = ruleset_rule(search->ruleset, i);
		gboolean there = FALSE;

		if (rule->key != KEY_HEADER)
			continue;
		left--;
		if (absent != NULL && strcmp(absent, rule->header) == 0)
			continue;
		for (guint j = 0; j < search->record->headers->len; j++) {
			const struct record_header *header = g_ptr_array_index(search->record->headers, j);

			if (!is_field(header, rule->header))
				continue;
			there = TRUE;
			if (header->value != NULL && search_matches(search, i, header->value)) {
				*value = header->value;
				return rule;
			}
		}
		absent = there ? absent : rule->header;
	}
	return NULL;
}

/* The rule of SECTION that decides by words, the subject's first: any but a hint, or, with HINTS, the second of two different hints. */
static const struct rule *
find_word_rule(const struct search *search, const struct rule_section *section, gboolean hints)
{
	const struct rule *hint = NULL, *second = NULL;

	for (guint i = 0; i < search->matches->len; i++) {
		const struct match *match = &g_array_index(search->matches, struct match, i);
		const struct rule *rule = ruleset_rule(search->ruleset, match->rule);

		if (match->masked || ruleset_section(search->ruleset, rule->section) != section)
			continue;
		if (rule->key != KEY_HINT)
			return rule;
		if (hint != NULL && strcmp(hint->folded, rule->folded) != 0)
			second = rule;
		hint = hint != NULL ? hint : rule;
	}
	return hints ? second : NULL;
}

/* Whether SECTION says that the message is of its kind; then kind, reason and evidence are set. */
static gboolean
ask_section(struct search *search, struct evidence *evidence, const struct rule_section *section)
{
	const struct record *record = search->record;
	const char *head = kind_name(section->kind), *glob, *value;
	struct evidence_for what = {TARGET_KIND, head, EVIDENCE_ORDER_KIND};
	const struct rule *rule;

	if (section->words_below != G_MAXUINT && record->words >= section->words_below)
		return FALSE;
	if (section->words_above != G_MAXUINT && record->words <= section->words_above)
		return FALSE;
	if ((glob = roster_glob_for(section->addresses, search->author_key)) != NULL) {
		set_kind(search, section->kind, reason_of(search, head, "address", record->author_address, section->file, section->line));
		evidence_add_fact(evidence, &what, TIER_FIRM, "address", glob, section->file, section->line, record->author_address);
	} else if ((rule = find_header_rule(search, section, &value)) != NULL) {
		g_autofree char *field = g_strdup_printf("%s: %s", rule->header, rule->text);

		set_kind(search, section->kind, reason_of(search, head, "header", field, section->file, rule->line));
		evidence_add_fact(evidence, &what, TIER_FIRM, "header", field, section->file, rule->line, value);
	} else if ((rule = find_word_rule(search, section, TRUE)) != NULL) {
		set_kind(search, section->kind, reason_of_rule(search, head, rule));
	} else {
		return FALSE;
	}
	add_evidence(search, evidence, section->kind, section);
	return TRUE;
}

static gboolean
ask_sections(struct search *search, struct evidence *evidence, enum record_kind kind)
{
	guint n;
	const guint *sections = ruleset_sections_of(search->ruleset, SECTION_KIND, &n);

	for (guint i = 0; i < n; i++) {
		const struct rule_section *section = ruleset_section(search->ruleset, sections[i]);

		if (section->kind == kind && search_section_counts(search, section) && ask_section(search, evidence, section))
			return TRUE;
	}
	return FALSE;
}

static const struct match *
find_personal(const struct search *search, const struct rule_section *roster)
{
	for (guint i = 0; i < search->matches->len; i++) {
		const struct match *match = &g_array_index(search->matches, struct match, i);
		const struct rule *rule = ruleset_rule(search->ruleset, match->rule);

		if (!match->masked && rule->key == KEY_PERSONAL && ruleset_section(search->ruleset, rule->section) == roster)
			return match;
	}
	return NULL;
}

/* The author is in a roster: team, unless it is announced by subject or keyword, or marked as a personal view. */
static void
decide_by_roster(struct search *search, struct evidence *evidence, const struct roster_hit *hit)
{
	const struct match *personal = find_personal(search, hit->section);
	const struct rule *rule = personal != NULL ? ruleset_rule(search->ruleset, personal->rule) : NULL;
	struct evidence_for what = {TARGET_KIND, kind_name(personal != NULL ? KIND_INPUT : KIND_TEAM), EVIDENCE_ORDER_KIND};
	const char *roster = section_type_name(hit->section->type);
	guint n;
	const guint *sections = ruleset_sections_of(search->ruleset, SECTION_KIND, &n);

	if (personal != NULL) {
		set_kind(search, KIND_INPUT, reason_of_rule(search, "input", rule));
		evidence_add_match(evidence, &what, TIER_FIRM, personal);
		return;
	}
	for (guint i = 0; i < n; i++) {
		const struct rule_section *section = ruleset_section(search->ruleset, sections[i]);

		if (section->kind != KIND_ANNOUNCEMENT || (rule = find_word_rule(search, section, FALSE)) == NULL)
			continue;
		set_kind(search, KIND_ANNOUNCEMENT, reason_of_rule(search, "announcement", rule));
		add_evidence(search, evidence, KIND_ANNOUNCEMENT, section);
		return;
	}
	set_kind(search, KIND_TEAM, reason_of(search, roster, hit->key, hit->words, hit->section->file, hit->section->line));
	evidence_add_fact(evidence, &what, TIER_FIRM, hit->key, roster, hit->section->file, hit->section->line, hit->words);
}

void
kind_decide(struct search *search, struct evidence *evidence)
{
	struct roster_hit hit;

	if (search->record->kind_reason != NULL && search->record->kind != KIND_INPUT)
		return; /* headers decided */
	if (roster_find(search, &hit)) {
		decide_by_roster(search, evidence, &hit);
		return;
	}
	if (ask_sections(search, evidence, KIND_TEAM))
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(order_of_kinds); i++)
		if (ask_sections(search, evidence, order_of_kinds[i]))
			return;
	set_kind(search, KIND_INPUT, g_strdup(PLAIN_INPUT));
}
