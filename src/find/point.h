/* An error that points into a query. Pure. */
#ifndef FIND_POINT_H
#define FIND_POINT_H

#include <glib.h>

/* The column that an error of query_parse names, in characters from 1; 0 when it names none. */
guint query_error_column(const GError *error);

/* TEXT on one line of at most WIDTH (at least 20) columns of a terminal, escaped, cut with ellipses around character COLUMN, and below it a line with '^' under
 * that one. Both lines begin with two spaces and end with a line feed. Caller frees. */
char *query_point(const char *text, guint column, guint width);

#endif
