/* One alternative of a phrase, or one member of a list: words in their order, without "|", "~" or "<name>". Where it stands in a text. */
#ifndef RULES_MEMBER_H
#define RULES_MEMBER_H

#include <glib.h>

/*
 * Whether the member from P to END, folded, which phrase_check has passed, begins at byte AT of the folded TEXT: the byte behind it (with its plural and what
 * an asterisk takes), or 0 when it does not.
 */
gsize member_match(const char *p, const char *end, const char *text, gsize length, gsize at);

/* Likewise the first place from byte *AT on, found by trying each; *AT gets its start. 0: none. */
gsize member_find(const char *p, const char *end, const char *text, gsize length, gsize *at);

#endif
