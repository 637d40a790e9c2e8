#include "find/point.h"

#include "base/text.h"

#include <stdio.h>

#define ELLIPSIS "\u2026"
#define LEAST_WIDTH 20

guint
query_error_column(const GError *error)
{
	guint column;

	return sscanf(error->message, "column %u:", &column) == 1 ? column : 0;
}

/* TEXT from START to END as a terminal shows it. Caller frees. */
static char *
shown(const char *text, const char *start, const char *end)
{
	g_autofree char *piece = g_strndup(start, end - start);

	return text_escape(piece, FALSE);
}

char *
query_point(const char *text, guint column, guint width)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	glong characters = g_utf8_strlen(valid, -1);
	const char *at = g_utf8_offset_to_pointer(valid, CLAMP((glong)column - 1, 0, characters));
	guint room = MAX(width, LEAST_WIDTH) - 4, used = 0; /* two spaces, two ellipses */
	const char *start = at, *end = at;
	g_autofree char *before = NULL, *after = NULL;

	while (start > valid && used < room * 2 / 3) { /* what stands before it explains it */
		g_autofree char *one = shown(valid, g_utf8_prev_char(start), start);

		used += text_columns(one);
		start = g_utf8_prev_char(start);
	}
	while (*end != '\0' && used < room) {
		g_autofree char *one = shown(valid, end, g_utf8_next_char(end));

		used += text_columns(one);
		end = g_utf8_next_char(end);
	}
	before = shown(valid, start, at);
	after = shown(valid, at, end);
	return g_strdup_printf("  %s%s%s%s\n%*s^\n", start > valid ? ELLIPSIS : "", before, after, *end != '\0' ? ELLIPSIS : "",
	    (int)(2 + (start > valid) + text_columns(before)), "");
}
