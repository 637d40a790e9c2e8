/* A ZIP archive in memory (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4): the entries that documents are made of, and nothing else. Names are compared, never
 * used as paths. zlib unpacks; libarchive would do more, with seven libraries that this process, in which a stranger's bytes are parsed, is better without. */
#ifndef MAIL_ZIP_H
#define MAIL_ZIP_H

#include <glib.h>

struct zip;

/* Whether DATA begins as such an archive does. */
gboolean zip_looks_like(const guint8 *data, gsize length);

/* Reads the directory at the end of DATA, which must live on. NULL when there is none (the archive is damaged or cut off), or it has more than
 * LIMIT_ARCHIVE_ENTRIES. */
struct zip *zip_open(const guint8 *data, gsize length);
void zip_close(struct zip *zip);
typedef struct zip Zip;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Zip, zip_close)

/* TRUE when any entry is encrypted. */
gboolean zip_is_encrypted(const struct zip *zip);

/* The number of the first entry from FROM on whose name begins with START and ends with END, or -1. */
gint zip_find(const struct zip *zip, guint from, const char *start, const char *end);

enum zip_result { ZIP_OK, ZIP_ENOUGH /* TAKE wanted no more */, ZIP_DAMAGED, ZIP_TOO_LONG /* *LEFT is used up */, ZIP_BOMB /* LIMIT_DOCUMENT_RATIO */ };

/* Unpacks entry ENTRY and gives it to TAKE piece by piece, which returns FALSE for no more. *LEFT: bytes that may still be unpacked, counted down. */
enum zip_result zip_read(
    const struct zip *zip, guint entry, gsize *left, gboolean (*take)(gpointer user, const char *bytes, gsize length), gpointer user) G_GNUC_WARN_UNUSED_RESULT;

#endif
