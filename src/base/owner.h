/* Who may write: DESIGN section 2. Run as root, the program becomes the archive's owner before it touches a file. */
#ifndef BASE_OWNER_H
#define BASE_OWNER_H

#include <glib.h>

/* Run as root and with FOLDER owned by somebody else: takes on that user and the folder's group. Nothing otherwise. POSTBAG_ERROR_PERMISSION. */
gboolean owner_become(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
