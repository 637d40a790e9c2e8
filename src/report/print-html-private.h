/* What the files of the HTML digest share: how a sender's text gets into a page, what things look like, and the parts in their order. */
#ifndef REPORT_PRINT_HTML_PRIVATE_H
#define REPORT_PRINT_HTML_PRIVATE_H

#include "report/print-private.h"

/*
 * Looks are inline, since many mail programs take nothing else; the classes only serve the colours of a dark screen. Contrast with
 * the ground in light and dark, of which WCAG 2.1 wants 4.5 for text: text 16 and 13, muted 6.5 and 7.3, accent 6.4 and 8.7, labels 8.4 and 8.7.
 */
#define LOOK_FONT "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
#define LOOK_TABLE "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" " /* not all programs take widths and distances from a style */
#define LOOK_TEXT "color:#1c2321"                                               /* class t */
#define LOOK_MUTED "color:#55605c"                                              /* class m */
#define LOOK_ACCENT "color:#0a6b5e"                                             /* class a */
#define LOOK_RULE "border-top:1px solid #dfe4e1"                                /* class r */
#define LOOK_SMALL "font-size:14px"                                             /* what is about a letter, not of it */
#define LOOK_ID "font-family:monospace;font-size:13px;white-space:nowrap"       /* of a message */
#define LOOK_BREAK "overflow-wrap:anywhere;word-break:break-word"

/*
 * One line of text on the page, cut to COLUMNS: special characters escaped, control characters shown, bidi controls left out, no more than a few marks on a
 * letter; no mail program finds an address in it to make a link of.
 */
void html_line(struct printer *printer, const char *text, guint columns);
/* The same for text that is one escaped line already (print_one_line and its like). */
void html_escaped(struct printer *printer, const char *line);
/* Markup of our own. */
void html_add(struct printer *printer, const char *markup);
void html_format(struct printer *printer, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* ID's first SHOWN characters, a link where the digest has a template for links. */
void html_id(struct printer *printer, const char *id, guint shown);
/* An id that rules or a person made, as a label: a suggested one weaker, with a star. */
void html_label(struct printer *printer, const char *id, gboolean suggested);
/* The labels of ROW's topics, and of its workstreams where no topic says as much; TRUE if there were any. */
gboolean html_labels(struct printer *printer, const struct message_row *row);
/* The attributes of an element with ROW's own words: the direction they begin with, and their language where it is known. */
void html_language(struct printer *printer, const struct message_row *row);
/* The author, its own way of writing kept apart from what stands beside it. */
void html_author(struct printer *printer, const struct message_row *row, guint columns);
/* What it says, in a line or two. */
void html_gist(struct printer *printer, const struct message_row *row, guint columns);
/* "Ada Example: its subject", or what it says where it has none. */
void html_who_what(struct printer *printer, const struct message_row *row);

/* A part of the page, with its heading: EYEBROW above it (may be NULL), NUMBER beside it (below 0: none); end with html_end. */
void html_begin(struct printer *printer, const char *eyebrow, const char *title, gint64 number);
void html_end(struct printer *printer);
/* A list within a part: its heading. */
void html_subheading(struct printer *printer, const char *title, gint64 number);
/* Letters or the like beneath each other, with a line between them: every mail program keeps the distance between cells of a table. */
void html_begin_entries(struct printer *printer);
void html_begin_entry(struct printer *printer, gboolean first);
void html_end_entry(struct printer *printer);
void html_end_entries(struct printer *printer);
/* That N of a list are folded away and where they are told, with MORE of them behind it (may be ""). Nothing for 0. */
void html_folded(struct printer *printer, gint64 n, const char *more);
/* A sentence of our own, muted, under what it is about. */
void html_note(struct printer *printer, const char *text);

/* print-html.c: the document around the parts, called by the digest's title, workstream and label. */
void html_page_begin(struct printer *printer);
void html_page_end(struct printer *printer);

/* print-html-items.c */
void html_places(struct printer *printer);
void html_items(struct printer *printer, const struct digest_place *place);

/* print-html-look.c */
void html_awaiting(struct printer *printer);
void html_held(struct printer *printer);
void html_look(struct printer *printer);

/* print-html-others.c */
void html_others(struct printer *printer);
void html_decisions(struct printer *printer);

#endif
