#include "report/print-mbox.h"

#include "base/clock.h"

#include <string.h>

#define FROM "From "

static gboolean
is_word(const char *sender)
{
	if (sender == NULL || *sender == '\0')
		return FALSE;
	for (; *sender != '\0'; sender++)
		if ((guchar)*sender <= ' ' || (guchar)*sender >= 0x7f)
			return FALSE;
	return TRUE;
}

/* Behind the first line when that is a separator that a mail server left there. */
static gsize
header_start(const char *data, gsize length)
{
	const char *end;

	if (length < strlen(FROM) || memcmp(data, FROM, strlen(FROM)) != 0)
		return 0;
	end = memchr(data, '\n', length);
	return end != NULL ? (gsize)(end + 1 - data) : 0;
}

/* A line without its end. */
static void
append_line(GString *out, const char *line, gsize length)
{
	gsize marks = 0;

	while (marks < length && line[marks] == '>')
		marks++;
	if (length - marks >= strlen(FROM) && memcmp(line + marks, FROM, strlen(FROM)) == 0)
		g_string_append_c(out, '>');
	if (length > 0 && line[length - 1] == '\r')
		length--;
	g_string_append_len(out, line, (gssize)length);
	g_string_append_c(out, '\n');
}

GBytes *
mbox_print(GBytes *raw, const char *sender, gint64 received)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *date = clock_format(received, utc, "%a %b %e %H:%M:%S %Y");
	gsize length, at;
	const char *data = g_bytes_get_data(raw, &length);
	GString *out = g_string_sized_new(length + 256);

	g_string_append_printf(out, FROM "%s %s\n", is_word(sender) ? sender : "MAILER-DAEMON", date);
	for (at = header_start(data, length); at < length;) {
		const char *end = memchr(data + at, '\n', length - at);
		gsize line = end != NULL ? (gsize)(end - data) - at : length - at;

		append_line(out, data + at, line);
		at += line + (end != NULL);
	}
	g_string_append_c(out, '\n');
	return g_string_free_to_bytes(out);
}
