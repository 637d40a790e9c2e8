/* The folder that is published into: who may use it, and files that are put in their place whole. */
#ifndef PUBLISH_TREE_H
#define PUBLISH_TREE_H

#include <glib.h>

struct tree;

#define TREE_STATE ".postbag-publish" /* in the folder: published.db, the lock, and files that are being written; for its owner alone */

/*
 * FOLDER is made when it is absent (not with LOOK: nothing is written then), and has to be empty or ours. POSTBAG_ERROR_USAGE when it is not, or lies in
 * ARCHIVE or has it in it; POSTBAG_ERROR_TEMPORARY when another publish is at work; POSTBAG_ERROR_CREATE.
 */
struct tree *tree_open(const char *folder, const char *archive, gboolean look, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void tree_close(struct tree *tree);
typedef struct tree Tree;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_close)
const char *tree_state(const struct tree *tree); /* where published.db is */

/* Writes BYTES as the N-th new file beside the others. */
gboolean tree_stage(struct tree *tree, guint n, GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The N new files are on disk. */
gboolean tree_settle(struct tree *tree, guint n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether nothing stands at PATH ("message/x.html"); POSTBAG_ERROR_IO when something does. */
gboolean tree_is_free(const struct tree *tree, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The N-th new file gets its place there. */
gboolean tree_place(struct tree *tree, guint n, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes PATH, and the folders that are empty then. */
gboolean tree_remove(struct tree *tree, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
