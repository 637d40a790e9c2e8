#include "rules/intent.h"

#define LOGO_BYTES 24576 /* pictures under it are decoration of a letter, over it perhaps a scanned page */

/* What mail programs attach by themselves, and letters that were passed on: their text is read as a forwarded message. */
static const char *const no_documents[] = {"message/", "text/calendar", "application/ics", "text/vcard", "text/x-vcard", "text/directory",
    "application/pgp-signature", "application/pgp-keys", "application/pkcs7-signature", "application/x-pkcs7-signature"};

static gboolean
is_document(const struct record_part *part)
{
	for (gsize i = 0; part->type != NULL && i < G_N_ELEMENTS(no_documents); i++)
		if (g_str_has_prefix(part->type, no_documents[i]))
			return FALSE;
	return part->attachment && !(part->type != NULL && g_str_has_prefix(part->type, "image/") && part->size < LOGO_BYTES);
}

static const struct record_part *
first_attachment(const struct record *record)
{
	for (guint i = 0; i < record->parts->len; i++) {
		const struct record_part *part = g_ptr_array_index(record->parts, i);

		if (is_document(part))
			return part;
	}
	return NULL;
}

gboolean
intent_has_words(const struct rule_section *section)
{
	return section->n_rules > section->n_keys[KEY_NOT] + section->n_keys[KEY_FILENAME];
}

static gboolean
has_conditions(const struct rule_section *section)
{
	return section->attachment >= 0 || section->words_below != G_MAXUINT || section->words_above != G_MAXUINT || section->n_keys[KEY_FILENAME] > 0 ||
	       section->filed >= 0 || section->unless != NULL;
}

gboolean
intent_conditions_hold(const struct search *search, const struct rule_section *section, const struct match *matches, guint n)
{
	const struct record *record = search->record;
	gboolean named = FALSE;

	if (!intent_has_words(section) && !has_conditions(section))
		return FALSE;
	for (guint i = 0; i < n; i++)
		named |= !matches[i].masked && ruleset_rule(search->ruleset, matches[i].rule)->key == KEY_FILENAME;
	if (section->n_keys[KEY_FILENAME] > 0 && !named)
		return FALSE;
	if (section->attachment >= 0 && section->attachment != (first_attachment(record) != NULL))
		return FALSE;
	return (section->words_below == G_MAXUINT || record->words < section->words_below) &&
	       (section->words_above == G_MAXUINT || record->words > section->words_above);
}

void
intent_add_conditions(
    const struct search *search, struct evidence *evidence, const struct evidence_for *what, enum record_tier tier, const struct rule_section *section)
{
	const struct record_part *part = first_attachment(search->record);
	g_autofree char *words = g_strdup_printf("%u words", search->record->words);
	g_autofree char *below = g_strdup_printf("< %u", section->words_below), *above = g_strdup_printf("> %u", section->words_above);

	if (section->attachment >= 0)
		evidence_add_fact(evidence, what, tier, "attachment", section->attachment ? "yes" : "no", section->file, section->conditions_line,
		    part != NULL ? part->filename : NULL);
	if (section->words_below != G_MAXUINT)
		evidence_add_fact(evidence, what, tier, "words", below, section->file, section->conditions_line, words);
	if (section->words_above != G_MAXUINT)
		evidence_add_fact(evidence, what, tier, "words", above, section->file, section->conditions_line, words);
	if (section->filed >= 0)
		evidence_add_fact(evidence, what, tier, "filed", section->filed ? "yes" : "no", section->file, section->conditions_line, NULL);
}

/* Without the words that matched: they are held too. The evidence has them. */
char *
intent_hold_reason(const struct search *search, guint target)
{
	return g_strdup_printf("intent %s", ruleset_target(search->ruleset, target)->id);
}
