/* A month's letters as a mailbox: every message made anew from few headers and its text, none of its own bytes. */
#ifndef PUBLISH_MBOX_H
#define PUBLISH_MBOX_H

#include "pages/pages.h"

/*
 * The letters of LEAF, a piece of a month of all letters, oldest first, as mbox of the kind mboxrd (each line of a letter that is ">"s and "From " gets a ">"
 * more), as gzip without time and name, so that the same letters give the same bytes. A month's pieces one behind the other are a file of gzip as well.
 */
GBytes *mbox_piece(struct index *index, const struct page_site *site, const struct page_leaf *leaf, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
