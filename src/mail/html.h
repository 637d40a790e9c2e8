/* HTML -> readable text: the only room that knows libxml2, which is opened at the first HTML part, because its start costs more than a message. */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include <glib.h>

/*
 * HTML (valid UTF-8, no NUL) as text: quotations as "> " lines, list items and table rows one a line, links with their address behind them where it
 * differs, hidden text, scripts and styles dropped. *PLAIN (may be NULL) becomes TRUE when the markup was too absurd for the parser, or the parser is not
 * there, and was only stripped. Caller frees.
 */
char *html_to_text(const char *html, gsize length, gboolean *plain);

/* Characters a reader would see, roughly and fast: to judge whether a plain alternative says as much. */
gsize html_visible(const char *html, gsize length);

/* HTML without its tags, by no parser: for what html_to_text refuses. Caller frees. */
char *html_strip(const char *html, gsize length);

/* Opens the parser now, so that a later use needs no file. */
void html_prepare(void);

#endif
