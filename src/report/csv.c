#include "report/csv.h"

#include <string.h>

#include "base/text.h"
#include "report/print-private.h"

/* What programs pass over before they look for a formula, or drop when a cell is copied. */
static gboolean
is_passed_over(gunichar c)
{
	return g_unichar_isspace(c) || g_unichar_iszerowidth(c) || g_unichar_iscntrl(c) || c == '\'' || c == '"' || c == '`' || c == 0x2018 || c == 0x2019 ||
	       c == 0x201c || c == 0x201d;
}

/* Does a formula begin with C, in any of its widths? */
static gboolean
begins_formula(gunichar c)
{
	gunichar plain[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];

	return c == 0x2212 || (g_unichar_fully_decompose(c, TRUE, plain, G_N_ELEMENTS(plain)) > 0 && plain[0] < 0x80 && strchr("=+-@", (int)plain[0]) != NULL);
}

static gboolean
is_formula(const char *text)
{
	if (*text == '\t' || *text == '\r' || *text == '\n')
		return TRUE;
	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char_validated(text, -1);

		if (c == (gunichar)-1 || c == (gunichar)-2)
			return FALSE;
		if (!is_passed_over(c))
			return begins_formula(c);
	}
	return FALSE;
}

void
csv_cell(GString *out, const char *text)
{
	g_autofree char *tame = print_tame(text);
	g_autofree char *escaped = text_escape(tame, FALSE);

	if (out->len > 0 && out->str[out->len - 1] != '\n')
		g_string_append_c(out, ',');
	g_string_append_c(out, '"');
	if (is_formula(tame))
		g_string_append_c(out, '\'');
	for (const char *p = escaped; *p != '\0'; p++) {
		if (*p == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *p == '\t' ? ' ' : *p);
	}
	g_string_append_c(out, '"');
}

void
csv_end(GString *out)
{
	g_string_append(out, CSV_END);
}
