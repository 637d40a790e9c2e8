/* Attachments for downloads: the raw message from mail.db, taken apart by a reader (intake/reader) in a process of its own. */
#ifndef INTAKE_DOWNLOADS_H
#define INTAKE_DOWNLOADS_H

#include <glib.h>

struct downloads;
/* Forks the reader's nursery: before anything is open, and in a thread that stays. NULL with POSTBAG_ERROR_SYSTEM. */
struct downloads *downloads_new(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void downloads_free(struct downloads *downloads);
typedef struct downloads Downloads;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Downloads, downloads_free)

/* Whether mail.db can be read by this process at all. */
gboolean downloads_try(struct downloads *downloads, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* page_part_read of pages/pages.h, from any thread: one after the other. */
GBytes *downloads_read(gpointer downloads, const char *id, const char *number, GError **error);

#endif
