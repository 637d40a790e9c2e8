#include "base/log.h"

#include <stdio.h>

#include "base/text.h"

/* A mail server shows a filter's output to the sender, and Postfix takes a line that begins with a status code for the answer: hence the prefix and the
 * escapes. */
static void
write_line(const char *format, va_list arguments)
{
	g_autofree char *message = g_strdup_vprintf(format, arguments);
	g_autofree char *escaped = text_escape(message, FALSE);

	fprintf(stderr, "postbag: %s\n", escaped);
}

void
log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}

void
log_notice(enum log_level level, const char *format, ...)
{
	va_list arguments;

	if (level < LOG_NORMAL)
		return;
	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}

void
log_detail(enum log_level level, const char *format, ...)
{
	va_list arguments;

	if (level < LOG_VERBOSE)
		return;
	va_start(arguments, format);
	write_line(format, arguments);
	va_end(arguments);
}
