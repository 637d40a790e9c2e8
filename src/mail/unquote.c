#include "mail/passages.h"

#include <string.h>

/* After the quote marks at the start of LINE; *DEPTH gets their number. */
static const char *
skip_marks(const char *line, const char *end, guint *depth)
{
	const char *at = line, *after = line;

	*depth = 0;
	if (at < end && *at == ' ' && at + 1 < end && at[1] == '>')
		at++;
	while (at < end && (*at == '>' || (*at == ' ' && at + 1 < end && at[1] == '>'))) {
		if (*at == '>') {
			++*depth;
			after = at + 1;
		}
		at++;
	}
	return *depth > 0 && after < end && *after == ' ' ? after + 1 : after;
}

char *
passages_unquote(const char *text, gsize length)
{
	GString *out = g_string_sized_new(length + 1);
	const char *at = text, *end = text + length;
	guint depth;

	while (at < end) {
		const char *feed = memchr(at, '\n', (gsize)(end - at));
		const char *stop = feed != NULL ? feed + 1 : end;

		at = skip_marks(at, stop, &depth);
		g_string_append_len(out, at, stop - at);
		at = stop;
	}
	return g_string_free(out, FALSE);
}

char *
passages_unflow(const char *text, gsize length, gboolean delsp)
{
	GString *out = g_string_sized_new(length + 1);
	const char *at = text, *end = text + length;
	guint depth, open = 0;
	gboolean soft = FALSE;

	while (at < end) {
		const char *feed = memchr(at, '\n', (gsize)(end - at)), *stop = feed != NULL ? feed : end, *line = at;
		gboolean delimiter;

		for (depth = 0; line < stop && *line == '>'; line++)
			depth++;
		if (line < stop && *line == ' ' && (depth > 0 || line + 1 == stop || line[1] != '>'))
			line++; /* space-stuffing, RFC 3676 section 4.4; kept before a '>' that marks nothing */
		delimiter = stop - line == 3 && memcmp(line, "-- ", 3) == 0;
		if (soft && (depth != open || delimiter))
			g_string_append_c(out, '\n');
		if (!soft || depth != open || delimiter) {
			for (guint i = 0; i < depth; i++)
				g_string_append_c(out, '>');
			if (depth > 0)
				g_string_append_c(out, ' ');
		}
		soft = stop > line && stop[-1] == ' ' && !delimiter;
		open = depth;
		g_string_append_len(out, line, stop - line - (soft && delsp ? 1 : 0));
		if (!soft && feed != NULL)
			g_string_append_c(out, '\n');
		at = feed != NULL ? feed + 1 : end;
	}
	return g_string_free(out, FALSE);
}
