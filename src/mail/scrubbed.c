#include "mail/scrubbed.h"

#include <string.h>

#define DASHES 10
#define NOTICE_LINES 12 /* of fields: Mailman writes five */
#define FIELD_NAME 24   /* bytes of a field's name */
#define SENTENCE 200    /* bytes of the sentence */

static gsize
line_length(const char *text, gsize length)
{
	const char *end = memchr(text, '\n', length);

	return end != NULL ? (gsize)(end - text) : length;
}

/* "-------------- next part --------------" */
static gboolean
is_rule_with_words(const char *line, gsize length)
{
	gsize before = 0, after = 0;

	while (length > 0 && line[length - 1] == ' ')
		length--;
	while (before < length && line[before] == '-')
		before++;
	while (after < length - before && line[length - 1 - after] == '-')
		after++;
	return before >= DASHES && after >= DASHES && before + after + 3 <= length && line[before] == ' ' && line[length - 1 - after] == ' ';
}

static gboolean
is_sentence(const char *line, gsize length)
{
	while (length > 0 && line[length - 1] == ' ')
		length--;
	return length > 3 && length <= SENTENCE && memcmp(line + length - 3, "...", 3) == 0;
}

static gboolean
is_field(const char *line, gsize length)
{
	const char *colon = memchr(line, ':', MIN(length, FIELD_NAME));

	return colon != NULL && colon > line && *line != ' ' && (gsize)(colon - line) < length;
}

static gboolean
has_link(const char *line, gsize length)
{
	return memmem(line, length, "http://", 7) != NULL || memmem(line, length, "https://", 8) != NULL;
}

gsize
scrubbed_length(const char *text, gsize length)
{
	gsize at = line_length(text, length), size;

	if (!is_rule_with_words(text, at) || at >= length)
		return 0;
	at++;
	size = line_length(text + at, length - at);
	if (!is_sentence(text + at, size))
		return 0;
	at += size;
	for (guint i = 0; i < NOTICE_LINES && at < length; i++) {
		at++;
		size = line_length(text + at, length - at);
		if (has_link(text + at, size))
			return at + size;
		if (!is_field(text + at, size))
			return 0;
		at += size;
	}
	return 0;
}
