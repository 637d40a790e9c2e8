/* Words to people on standard error: one line each, "postbag: ...", control characters escaped, cut to what a mail server will relay. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <glib.h>

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

/* Something is wrong; always shown. */
void log_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Shown unless LEVEL is LOG_QUIET. */
void log_notice(enum log_level level, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Shown when LEVEL is LOG_VERBOSE. */
void log_detail(enum log_level level, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* From now on libraries warn and assert through here too, on one escaped line; with WORDLESS without their words, which may quote the mail. Once a process. */
void log_adopt_libraries(gboolean wordless);

#endif
