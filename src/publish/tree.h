/* The folder that is published into: who may use it, and files that are put in their place whole. */
#ifndef PUBLISH_TREE_H
#define PUBLISH_TREE_H

#include "archive/published.h"

struct tree;

/*
 * FOLDER is made when it is absent (not with LOOK: nothing is written then), and has to be empty or ours. POSTBAG_ERROR_USAGE when it is not, or lies in
 * ARCHIVE or has it in it; POSTBAG_ERROR_TEMPORARY when another publish is at work; POSTBAG_ERROR_CREATE.
 */
struct tree *tree_open(const char *folder, const char *archive, gboolean look, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void tree_close(struct tree *tree);
typedef struct tree Tree;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_close)
const char *tree_state(const struct tree *tree); /* where published.db is */

/* Begins the N-th new file beside the others; what is added goes to its end; LENGTH bytes of the file at PATH from OFFSET on, copied by the kernel. */
gboolean tree_begin(struct tree *tree, guint n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean tree_add(struct tree *tree, GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean tree_copy(struct tree *tree, const char *path, gint64 offset, gint64 length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean tree_end(struct tree *tree, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The N-th new file is not wanted. */
void tree_drop(struct tree *tree, guint n);
/* LENGTH bytes of the file at PATH from OFFSET on; NULL: it cannot be read, or has none there. */
GBytes *tree_read(struct tree *tree, const char *path, gint64 offset, gint64 length);
/* The bytes of the file at PATH; -1: there is none. */
gint64 tree_size(const struct tree *tree, const char *path);
/* The N new files are on disk. */
gboolean tree_settle(struct tree *tree, guint n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether PATH can be a page's; POSTBAG_ERROR_DAMAGED when it leads out of the folder, or to what is hidden in it. */
gboolean tree_is_page(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether nothing stands at PATH ("message/x.html"); POSTBAG_ERROR_IO when something does. */
gboolean tree_is_free(const struct tree *tree, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The N-th new file gets its place there. */
gboolean tree_place(struct tree *tree, guint n, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes PATH, and the folders that are empty then. */
gboolean tree_remove(struct tree *tree, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All that got its place or was removed since the last call stays so though the power fails. */
gboolean tree_sync(struct tree *tree, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
