/* Files copied so that they are on disk when the copy is said to be there, and hashed on the way. */
#ifndef ARCHIVE_COPY_H
#define ARCHIVE_COPY_H

#include "base/hash.h"

/* A new file TO (mode 0660) with the bytes of the regular file FROM, synced; HASH (or NULL) gets their SHA-256. Nothing is left at TO on failure.
 * POSTBAG_ERROR_NO_INPUT when FROM is not there, POSTBAG_ERROR_TEMPORARY when there is no room. */
gboolean copy_file(const char *from, const char *to, struct hash *hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A new file TO with TEXT, synced. */
gboolean copy_text(const char *text, const char *to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A new, empty file (mode 0660). */
gboolean copy_make_file(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Brings what is in the file, or the names in the folder, PATH to the disk. */
gboolean copy_sync(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean copy_hash(const char *path, struct hash *hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The folder PATH with mode 2770; one that is there stays as it is. */
gboolean copy_make_folder(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The names in the folder PATH, sorted, without "." and ".."; none when there is no such folder. Caller frees. */
char **copy_list(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sets *ERROR from errno: "cannot WHAT PATH: why". */
void copy_set_error(GError **error, const char *what, const char *path);

#endif
