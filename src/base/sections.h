/*
 * The one file syntax of Postbag: [type name] sections of "key = value" entries, for rule files and the configuration. postbag-rules(5).
 */
#ifndef BASE_SECTIONS_H
#define BASE_SECTIONS_H

#include <glib.h>

/* Where a line of a value begins in it. */
struct section_break {
	gsize offset;       /* bytes in the value */
	guint line, column; /* in the file, from 1 */
};

struct section_entry {
	char *key;                    /* without suffix, lower-case as written */
	char *suffix;                 /* after the first dot, or NULL: "fr", "9" */
	char operator;                /* '=', '<' or '>' */
	char *value;                  /* trimmed, continuation lines joined by one space */
	guint line;                   /* from 1 */
	guint column;                 /* of the value, from 1, in characters */
	struct section_break *breaks; /* one for each line of the value, the first included; at least one */
	guint n_breaks;
};

struct section {
	char *type; /* first word in the brackets */
	char *name; /* the rest, or NULL */
	guint line;
	GPtrArray *entries; /* of struct section_entry, in file order */
};

/*
 * Parses TEXT (LENGTH bytes, UTF-8, CR LF accepted, a byte order mark skipped). NAME is used in errors only. Returns an array of struct
 * section that frees its elements, or NULL with POSTBAG_ERROR_DATA and a message "NAME:LINE:COLUMN: what is wrong; what was expected".
 */
GPtrArray *sections_parse(const char *name, const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, but that lines which cannot be read are left out within sections of the OPTIONAL types (up to NULL). */
GPtrArray *sections_parse_without(const char *name, const char *text, gsize length, const char *const *optional, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets *ERROR to POSTBAG_ERROR_DATA with "NAME:LINE:COLUMN: message"; returns FALSE, so that callers can return it. */
gboolean sections_fail(GError **error, const char *name, guint line, guint column, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The items of a list value: split at ';' ("\;" is a literal semicolon), trimmed, empty ones left out. COLUMNS, if not NULL, gets a guint for
 * each item: its column. Caller frees the array with g_ptr_array_unref (elements are freed) and columns with g_array_unref. */
GPtrArray *section_entry_list(const struct section_entry *entry, GArray **columns);

/* One item of a list value, in place: not NUL-terminated, and with "\\;" as written when ESCAPED (section_item_text makes it whole). */
struct section_item {
	const char *text;
	gsize length;
	guint line, column;
	gboolean escaped;
};
/* The next item of ENTRY; at first *CURSOR is 0 and *ITEM all zero. FALSE when there is none. */
gboolean section_entry_next(const struct section_entry *entry, gsize *cursor, struct section_item *item);
char *section_item_text(const struct section_item *item); /* caller frees */

/* The line and column in the file of byte OFFSET of the value. */
void section_entry_place(const struct section_entry *entry, gsize offset, guint *line, guint *column);

/* Helpers that report file:line:column when the value is not of the form: YYYY-MM-DD -> seconds at 00:00 UTC; yes|no. */
gboolean section_entry_date(const char *name, const struct section_entry *entry, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean section_date(const char *name, const char *text, guint line, guint column, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean section_entry_boolean(const char *name, const struct section_entry *entry, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
