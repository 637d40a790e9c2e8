#include "rules/roster.h"

#include <string.h>

static gboolean
is_listed(const GPtrArray *list, const char *key)
{
	for (guint i = 0; list != NULL && i < list->len; i++)
		if (strcmp(g_ptr_array_index(list, i), key) == 0)
			return TRUE;
	return FALSE;
}

/* "ana lima" for "lima, ana"; NULL when KEY has no comma. */
static char *
turn_name(const char *key)
{
	const char *comma = strchr(key, ',');
	g_autofree char *last = comma != NULL ? g_strndup(key, comma - key) : NULL;

	if (comma == NULL)
		return NULL;
	comma++;
	while (*comma == ' ')
		comma++;
	return g_strdup_printf("%s %s", comma, last);
}

/* Exactly the domain, or a domain under it. */
static gboolean
in_domain(const GPtrArray *domains, const char *address)
{
	const char *at = strrchr(address, '@');

	for (guint i = 0; at != NULL && domains != NULL && i < domains->len; i++) {
		const char *domain = g_ptr_array_index(domains, i);

		if (strcmp(at + 1, domain) == 0)
			return TRUE;
		if (g_str_has_suffix(at + 1, domain) && at[strlen(at) - strlen(domain) - 1] == '.')
			return TRUE;
	}
	return FALSE;
}

/* As g_pattern_match_simple, without making anything of GLOB first. */
static gboolean
glob_matches(const char *glob, const char *text, gsize length)
{
	const char *star = NULL, *again = NULL;
	gsize size = strlen(glob);

	if (size > 0 && length > 0 && glob[size - 1] != '*' && glob[size - 1] != '?' && glob[size - 1] != text[length - 1]) /* most */
		return FALSE;
	while (*text != '\0') {
		if (*glob == '*') {
			star = ++glob;
			again = text;
		} else if (*glob == '?') {
			glob++;
			text = g_utf8_next_char(text);
		} else if (*glob == *text) {
			glob++;
			text++;
		} else if (star != NULL) {
			glob = star;
			text = again = g_utf8_next_char(again);
		} else {
			return FALSE;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

const char *
roster_glob_for(const GPtrArray *globs, const char *key)
{
	gsize length = key != NULL ? strlen(key) : 0;

	for (guint i = 0; key != NULL && globs != NULL && i < globs->len; i++)
		if (glob_matches(g_ptr_array_index(globs, i), key, length))
			return g_ptr_array_index(globs, i);
	return NULL;
}

static const char *
find_in(const struct rule_section *section, const char *name, const char *turned, const char *address)
{
	if (address != NULL && is_listed(section->addresses, address))
		return "address";
	if (name != NULL && (is_listed(section->names, name) || (turned != NULL && is_listed(section->names, turned))))
		return "name";
	if (address != NULL && in_domain(section->domains, address))
		return "domain";
	return NULL;
}

gboolean
roster_find(const struct search *search, struct roster_hit *hit)
{
	const struct record *record = search->record;
	g_autofree char *name = record->author_name != NULL ? text_fold_key(record->author_name) : NULL;
	g_autofree char *turned = name != NULL ? turn_name(name) : NULL;
	const char *address = search->author_key;

	for (guint i = 0; i < search->ruleset->sections->len; i++) {
		const struct rule_section *section = ruleset_section(search->ruleset, i);

		if (section->type != SECTION_TEAM && section->type != SECTION_STAFF && section->type != SECTION_BOARD)
			continue;
		if (!search_section_counts(search, section))
			continue;
		hit->key = find_in(section, name, turned, address);
		if (hit->key == NULL)
			continue;
		hit->section = section;
		hit->words = strcmp(hit->key, "name") == 0 ? record->author_name : record->author_address;
		return TRUE;
	}
	return FALSE;
}
