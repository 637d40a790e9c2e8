/* What a letter's author wrote: new text and attachments, without quoted text, signatures, footers, and without what was learned to be boilerplate. */
#ifndef FIND_OWNTEXT_H
#define FIND_OWNTEXT_H

#include "archive/index.h"
#include "base/record.h"

struct owntext {
	GPtrArray *passages; /* of struct record_passage: all of the letter's, so that evidence finds its own */
	GArray *boilerplate; /* of struct owntext_span */
};
struct owntext_span {
	gint passage;
	gsize offset, length;
};
gboolean owntext_load(struct index *index, gint64 message, struct owntext *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void owntext_clear(struct owntext *own);
typedef struct owntext OwnText;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OwnText, owntext_clear)

/* The text of passage number PASSAGE when it is the author's own, new or attached; else NULL. */
const char *owntext_passage(const struct owntext *own, gint passage);
/* Does byte OFFSET of PASSAGE stand in boilerplate? *END gets where that ends. */
gboolean owntext_is_boilerplate(const struct owntext *own, gint passage, gsize offset, gsize *end);

#endif
