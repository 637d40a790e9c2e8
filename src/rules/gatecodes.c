/* Characters as gates see them: a code for each, and sets of codes. */
#include <string.h>

#include "base/text.h"
#include "rules/gate-private.h"

guint8
gate_code(gunichar c)
{
	gunichar caseless = text_caseless(c);

	/* of all others PCRE2 takes only the long s and the sign of kelvin for a letter of ASCII: "[^i]" is the dotless one, too */
	if (c < 0x80 || caseless >= 0x80 || c == 0x17f || c == 0x212a)
		c = caseless;
	if (c < 0x80)
		return (guint8)c;
	/* Latin to Cyrillic, Hebrew and Arabic: letters for every version of Unicode that a PCRE2 may know */
	if (((c >= 0xc0 && c < 0x530) || (c >= 0x5d0 && c < 0x64b)) && g_unichar_isalpha(c))
		return GATE_LETTERS + (c * 0x9e3779b1u >> 27);
	return GATE_OTHERS + (c * 0x9e3779b1u >> 27);
}

enum gate_kind
gate_kind_of(guint8 code)
{
	if (code >= 0x80)
		return code < GATE_OTHERS ? KIND_WORD : KIND_DOUBTFUL;
	return g_ascii_isalnum(code) || code == '_' ? KIND_WORD : KIND_NO_WORD;
}

void
gate_set_add(struct gate_set *set, guint code)
{
	set->bits[code / 32] |= 1u << code % 32;
}

void
gate_set_add_foreign(struct gate_set *set)
{
	for (guint code = 0x80; code < GATE_CODES; code++)
		gate_set_add(set, code);
}

void
gate_set_fill(struct gate_set *set)
{
	memset(set, 0xff, sizeof *set);
}

static gboolean
is_in_class(char class, guchar c)
{
	switch (class) {
	case 'd':
		return g_ascii_isdigit(c);
	case 'w':
		return g_ascii_isalnum(c) || c == '_';
	case 'h':
		return c == ' ' || c == '\t';
	case 'v':
		return c >= '\n' && c <= '\r';
	default: /* s */
		return c == ' ' || (c >= '\t' && c <= '\r');
	}
}

void
gate_set_add_class(struct gate_set *set, char class)
{
	char small = g_ascii_tolower(class);

	for (guchar c = 0; c < 0x80; c++)
		if (!g_ascii_isupper(c) && is_in_class(small, c) == (class == small))
			gate_set_add(set, c);
	gate_set_add_foreign(set);
}
