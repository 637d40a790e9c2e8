/* A month's letters as a mailbox: every message made anew from few headers and its text, none of its own bytes. */
#ifndef PUBLISH_MBOX_H
#define PUBLISH_MBOX_H

#include "pages/pages.h"

/*
 * FILE "mbox/2019-03.mbox.gz": the public letters of that month, oldest first, as mbox of the kind mboxrd (each line of a letter that is ">"s and "From " gets
 * a
 * ">" more), as gzip without time and name, so that the same letters give the same bytes. *OUT NULL: there are none.
 */
gboolean mbox_month(struct index *index, const struct page_site *site, const char *file, gint64 now, GBytes **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
