/* Files of messages in a folder: a Maildir (new and cur, subfolders .Name too), or any folder of .eml files. */
#ifndef MAIL_MAILDIR_H
#define MAIL_MAILDIR_H

#include <glib.h>

/* The message files below FOLDER in a stable order (by path), a few bytes each besides their names: of a Maildir those in new/ and cur/ (tmp/ is left out);
 * of another folder, recursively, every regular file but hidden ones. Symbolic links are listed, so that they can be named, and never followed. */
struct maildir;
struct maildir *maildir_list(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void maildir_free(struct maildir *list);
typedef struct maildir Maildir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Maildir, maildir_free)

guint maildir_count(const struct maildir *list);
/* The whole path of file N, from 0; caller frees. */
char *maildir_path(const struct maildir *list, guint n);

#endif
