/* Whole files that a person named: rule files and configurations. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <glib.h>

/*
 * Reads the regular file PATH of at most LIMIT bytes, or /dev/null, which is empty; never waits, as for the other end of a FIFO. *TEXT, which the caller frees,
 * has a NUL behind its *LENGTH bytes. Errors say "cannot read PATH: reason": G_FILE_ERROR for what the system refuses, POSTBAG_ERROR_IO for what is no regular
 * file, POSTBAG_ERROR_DATA for what is too long.
 */
gboolean file_read(const char *path, gsize limit, char **text, gsize *length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
