/* The words by which mail programs mark what is not the author's own text, in the languages seen: constant tables and their look-up. */
#ifndef MAIL_MARKS_H
#define MAIL_MARKS_H

#include <glib.h>

enum mark_field { FIELD_NONE, FIELD_FROM, FIELD_DATE, FIELD_TO, FIELD_SUBJECT };

/* What a line is by its look alone. */
enum line_class {
	LINE_BLANK,
	LINE_TEXT,
	LINE_COLON,     /* text that ends in a colon */
	LINE_QUOTE,     /* begins with '>' */
	LINE_RULE,      /* a line of underscores or the like */
	LINE_DELIMITER, /* "-- " */
	LINE_DASHES,    /* "--", "---" and the like alone */
	LINE_HYPHENS,   /* more of them, but no rule: text that may part paragraphs */
	LINE_ORIGINAL,
	LINE_FORWARD,
	LINE_PGP_SIGNED,
	LINE_PGP_SIGNATURE, /* and other armour: nobody's words */
	LINE_PGP_END,
	LINE_UUENCODE, /* "begin 644 name" */
};
enum line_class mark_line(const char *line, gsize length);

/* The header field a line "From: ...", "Von: ...", "*De :* ..." names, or FIELD_NONE. */
enum mark_field mark_field(const char *line, gsize length);

/* "-----Original Message-----" and the like; LINE without leading white space. */
gboolean mark_is_original(const char *line, gsize length);
/* "---------- Forwarded message ---------", "Begin forwarded message:". */
gboolean mark_is_forward(const char *line, gsize length);
/* "On", "Le", "Am": the first word of an attribution line. */
gboolean mark_is_attribution_start(const char *line, gsize length);
/* A year, a time of day and an address in angle brackets: what names an earlier letter in any language. */
gboolean mark_names_letter(const char *text, gsize length);
/* A year and a time of day. */
gboolean mark_has_time(const char *text, gsize length);
gboolean mark_has_year(const char *text, gsize length);
/* "wrote", "a écrit", "schrieb" anywhere in TEXT. */
gboolean mark_has_wrote(const char *text, gsize length);
/* "Sent from my iPhone". */
gboolean mark_is_mobile(const char *line, gsize length);
/* What a mailing list's footer says: "mailing list", "listinfo", "unsubscribe". */
gboolean mark_is_list_footer(const char *line, gsize length);
/* The address of a list's page alone on a line. */
gboolean mark_is_list_link(const char *line, gsize length);
/* "[snip]", "[...]": something was left out here. */
gboolean mark_is_snip(const char *line, gsize length);
/* The line that begins a footer of a list without a rule above it: "You received this message because you are subscribed". */
gboolean mark_starts_list_footer(const char *line, gsize length);
/* A paragraph that begins as a confidentiality notice and goes on as one. */
gboolean mark_is_disclaimer(const char *paragraph, gsize length);
/* A paragraph a gateway puts on top: "CAUTION: This email originated from outside". */
gboolean mark_is_banner(const char *paragraph, gsize length);

#endif
