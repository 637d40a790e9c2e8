#include "base/link.h"

#include <string.h>

gboolean
link_check(const char *template, const char **why)
{
	const char *rest = g_str_has_prefix(template, "https://") ? template + 8 : g_str_has_prefix(template, "http://") ? template + 7 : NULL;

	*why = "expected an address such as https://mail.example.org/{id}";
	if (rest == NULL || *rest == '\0' || *rest == '{' || *rest == '/' || strstr(rest, "{id}") == NULL)
		return FALSE;
	*why = "an address has no spaces, quotes, angle brackets and no letters beyond ASCII; write them as %20 and the like";
	for (const char *p = template; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("\"'<>\\`", *p) != NULL)
			return FALSE;
	return TRUE;
}
