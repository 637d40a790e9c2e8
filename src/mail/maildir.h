/* Files of messages in a folder: a Maildir (new and cur, subfolders .Name too), or any folder of .eml files. */
#ifndef MAIL_MAILDIR_H
#define MAIL_MAILDIR_H

#include <glib.h>

/* The message files below FOLDER in a stable order (by name), as full paths: of a Maildir those in new/ and cur/ (tmp/ is left out); of another folder,
 * recursively, every regular file but hidden ones. Symbolic links are listed, so that they can be named, and never followed. */
GPtrArray *maildir_list(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
