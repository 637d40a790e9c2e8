/* The public view's pages as files: what changed is written, what is no longer so is removed. DESIGN section 9. */
#ifndef PUBLISH_PUBLISH_H
#define PUBLISH_PUBLISH_H

#include "pages/pages.h"

struct publish_setup {
	const char *archive, *folder;
	const struct page_site *site; /* prefix and address of the configuration; suffix ".html", fixed, public */
	page_part_read part;          /* or NULL: no attachments */
	gpointer part_data;
	const char *program; /* a name of the program's build: another one makes all pages anew */
	gint64 now;
	gboolean dry_run, force;
	void (*progress)(gpointer data, gint64 done, gint64 total);      /* or NULL */
	void (*tell)(gpointer data, const char *what, const char *file); /* "write" or "remove"; or NULL */
	gpointer data;
};
struct publish_result {
	guint letters;          /* that changed, or all that are listed */
	guint made;             /* pages that were looked at */
	guint packed;           /* letters that were read for mailboxes */
	guint written, removed; /* files */
	gint64 files;           /* that stand there now */
	gboolean whole;         /* everything was looked at, not only what changed */
};
gboolean publish_run(const struct publish_setup *setup, struct index *index, struct publish_result *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
