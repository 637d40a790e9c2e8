#include <string.h>

#include "rules/loader.h"

#define MEANT_WORDS 2 /* a piece of more words between commas is part of a sentence */

static gboolean
fail_item(const struct loader *loader, const struct section_item *item, const char *message, const char *text)
{
	return sections_fail(loader->error, loader->name, item->line, item->column, "%s%s", message, text);
}

/* Letters and digits of any language, hyphens and single dots between them, at least one dot. */
static gboolean
is_domain(const char *text)
{
	gunichar before = '.';
	guint dots = 0;

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		if (c != '.' && c != '-' && c != '_' && !g_unichar_isalnum(c) && !g_unichar_ismark(c))
			return FALSE;
		if (c == '.' && before == '.')
			return FALSE;
		dots += c == '.';
		before = c;
	}
	return dots > 0 && before != '.';
}

gboolean
loader_check_domain(const struct loader *loader, const struct section_item *item, const char *text)
{
	const char *at = strrchr(text, '@');

	if (at != NULL)
		return fail_item(loader, item, "a domain has no \"@\"; write ", at[1] != '\0' ? at + 1 : "what stands behind it");
	return is_domain(text) || fail_item(loader, item, "expected a whole domain, as in example.org, which counts with all below it", "");
}

gboolean
loader_check_address(const struct loader *loader, const struct section_item *item, const char *text)
{
	enum section_type type = loader_section(loader)->type;
	gboolean roster = type == SECTION_TEAM || type == SECTION_STAFF || type == SECTION_BOARD;
	const char *at = strchr(text, '@');

	if (at == NULL || at == text || at[1] == '\0' || strpbrk(text, " <>,") != NULL)
		return fail_item(
		    loader, item, "expected ", roster ? "a whole address, as in ann@example.org" : "an address or a pattern of one, as in *@example.org");
	if (roster && strpbrk(text, "*?") != NULL)
		return fail_item(loader, item, "a roster takes whole addresses; for all of a domain write \"domain = example.org\"", "");
	return TRUE;
}

/* What no phrase has by chance: a piece between slashes, and the signs of regular expressions that no sentence has. */
static gboolean
is_expression(const char *text)
{
	static const char *const signs[] = {"(?", "[^", "[a-z", "[A-Z", "[0-9", "\\b", "\\s", "\\w", "\\d", NULL};
	gsize length = strlen(text);

	if (length > 2 && text[0] == '/' && text[length - 1] == '/')
		return TRUE;
	for (const char *const *sign = signs; *sign != NULL; sign++)
		if (strstr(text, *sign) != NULL)
			return TRUE;
	for (const char *at = text; (at = strstr(at, ".*")) != NULL; at += 2)
		if (at[2] != '\0' && at[2] != ' ')
			return TRUE;
	return FALSE;
}

/* Do the commas of TEXT look as if they were to part phrases? ALONE: no semicolon stands in the same value. */
static gboolean
has_parting_commas(const char *text, gboolean alone)
{
	guint commas = 0, words = 1;

	if (strpbrk(text, "~|<") != NULL)
		return FALSE;
	for (; *text != '\0'; text++) {
		commas += *text == ',';
		words = *text == ',' ? 0 : words + (*text == ' ' ? 1 : 0);
		if (words > MEANT_WORDS)
			return FALSE;
	}
	return commas > (alone ? 0u : 1u);
}

gboolean
loader_check_phrase(const struct loader *loader, const struct section_entry *entry, const struct section_item *item, const char *text)
{
	if (is_expression(text))
		return fail_item(loader, item, "a regular expression stands under \"pattern =\", between slashes", "");
	if (loader_section(loader)->type != SECTION_MASK && has_parting_commas(text, strchr(entry->value, ';') == NULL))
		g_ptr_array_add(loader->ruleset->warnings,
		    g_strdup_printf("%s:%u:%u: \",\" parts nothing, this is one phrase; write \";\" between phrases", loader->name, item->line, item->column));
	return TRUE;
}
