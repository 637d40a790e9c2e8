/* What a list's archive put in the place of a part that it took away (Mailman's Scrubber): a notice with a link, which nobody wrote. */
#ifndef MAIL_SCRUBBED_H
#define MAIL_SCRUBBED_H

#include <glib.h>

/*
 * How many of the LENGTH bytes of TEXT, which begins a line, are such a notice: a line between dashes, a sentence that ends in "...", lines "Name: value" of
 * which the last has a link. In any language: the words are the list's. 0: none is there.
 */
gsize scrubbed_length(const char *text, gsize length);

#endif
