#include "report/csv.h"

#include <string.h>

#include "base/text.h"

void
csv_cell(GString *out, const char *text)
{
	if (out->len > 0 && out->str[out->len - 1] != '\n')
		g_string_append_c(out, ',');
	g_string_append_c(out, '"');
	if (text != NULL && *text != '\0' && strchr("=+-@\t\r", *text) != NULL)
		g_string_append_c(out, '\'');
	g_autofree char *escaped = text_escape(text != NULL ? text : "", FALSE);
	for (const char *p = escaped; *p != '\0'; p++) {
		if (*p == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}
