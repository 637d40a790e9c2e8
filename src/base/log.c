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

static GLogWriterOutput
write_library_line(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer wordless)
{
	const char *domain = "a library", *message = NULL;

	if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
		return G_LOG_WRITER_HANDLED;
	for (gsize i = 0; i < n_fields; i++) {
		if (g_str_equal(fields[i].key, "GLIB_DOMAIN"))
			domain = fields[i].value;
		else if (g_str_equal(fields[i].key, "MESSAGE"))
			message = fields[i].value;
	}
	if (message != NULL && !GPOINTER_TO_INT(wordless))
		log_error("%s: %s", domain, message);
	else
		log_error("%s %s", domain, (level & G_LOG_LEVEL_ERROR) != 0 ? "gave up" : "warned");
	return G_LOG_WRITER_HANDLED;
}

static void
print_library_line(const char *text)
{
	log_error("%s", text);
}

static void
print_wordless(const char *text)
{
	log_error("a library warned");
}

void
log_adopt_libraries(gboolean wordless)
{
	g_log_set_writer_func(write_library_line, GINT_TO_POINTER(wordless), NULL);
	g_set_printerr_handler(wordless ? print_wordless : print_library_line);
}
