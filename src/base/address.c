#include "base/address.h"

#include <string.h>

#define LOCAL_MOST 64
#define DOMAIN_MOST 255
#define LABEL_MOST 63 /* RFC 1035 section 2.3.4 */

static gboolean
is_atom_character(char c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static const char *
check_local(const char *text, gsize length)
{
	if (length == 0)
		return "there is nothing before the @";
	if (length > LOCAL_MOST)
		return "there are more than 64 characters before the @";
	for (gsize i = 0; i < length; i++) {
		gboolean dot = text[i] == '.';

		if (!dot && !is_atom_character(text[i]))
			return "a character before the @ cannot stand there";
		if (dot && (i == 0 || i + 1 == length || text[i + 1] == '.'))
			return "a dot before the @ stands at an end or beside another";
	}
	return NULL;
}

static const char *
check_domain(const char *text)
{
	gsize label = 0;

	if (strlen(text) > DOMAIN_MOST)
		return "its domain is too long";
	for (const char *p = text;; p++) {
		if (*p == '.' || *p == '\0') {
			if (label == 0 || label > LABEL_MOST || p[-1] == '-' || p[-(gssize)label] == '-')
				return "its domain is not one; expected letters, digits and hyphens between dots";
			if (*p == '\0')
				return NULL;
			label = 0;
		} else if (g_ascii_isalnum(*p) || *p == '-')
			label++;
		else
			return "its domain is not one; expected letters, digits and hyphens between dots (of other scripts the xn-- form)";
	}
}

gboolean
address_check(const char *text, const char **why)
{
	const char *at = strrchr(text, '@');

	*why = at == NULL ? "there is no @ in it" : check_local(text, at - text);
	if (*why == NULL)
		*why = check_domain(at + 1);
	return *why == NULL;
}

gboolean
address_split(const char *text, char **name, char **address, const char **why)
{
	const char *open = strrchr(text, '<');
	g_autofree char *bare = NULL, *before = NULL;

	if (open == NULL)
		bare = g_strstrip(g_strdup(text));
	else if (!g_str_has_suffix(text, ">")) {
		*why = "expected \"Name <local@domain>\"";
		return FALSE;
	} else {
		bare = g_strndup(open + 1, strlen(open + 1) - 1);
		before = g_strstrip(g_strndup(text, open - text));
	}
	if (!address_check(bare, why))
		return FALSE;
	for (const char *p = before; p != NULL && *p != '\0'; p++)
		if (g_ascii_iscntrl(*p) || strchr("<>\"", *p) != NULL) {
			*why = "a name is written without quotes and angle brackets";
			return FALSE;
		}
	*name = before != NULL && *before != '\0' ? g_steal_pointer(&before) : NULL;
	*address = g_steal_pointer(&bare);
	return TRUE;
}
