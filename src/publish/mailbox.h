/* A month's mailbox as a file: of its pieces those that changed are made, the others copied from the file that stands there. */
#ifndef PUBLISH_MAILBOX_H
#define PUBLISH_MAILBOX_H

#include "publish/plan.h"
#include "publish/tree.h"

struct mailbox {
	GArray *pieces; /* of struct published_piece; NULL: the month has no letters */
	char *sum;      /* of the whole file */
	gint64 size;    /* bytes */
	guint letters;  /* that were read and packed */
};
void mailbox_clear(struct mailbox *mailbox);
typedef struct mailbox Mailbox;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Mailbox, mailbox_clear)

struct mailbox_setup {
	struct index *index;
	struct page_archive *archive;
	const struct page_site *site;
	const struct plan *plan;
	struct published *published; /* or NULL */
	struct tree *tree;
	gint64 now;
	gboolean look; /* nothing is written */
};

/* Makes FILE ("mbox/2019-02.mbox.gz"), whose sum is known as OLD (NULL: it is not certain what stands there), as the N-th new file of the tree; when *WRITTEN
 * is FALSE afterwards, it is as it was and there is no new file. */
gboolean mailbox_make(const struct mailbox_setup *setup, const char *file, const char *old, guint n, struct mailbox *out, gboolean *written,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
