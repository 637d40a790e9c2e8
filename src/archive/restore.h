/* A backup put back: mail.db in one step, what waited in the spool beside what waits there now. */
#ifndef ARCHIVE_RESTORE_H
#define ARCHIVE_RESTORE_H

#include "archive/backup.h"

struct restore {
	const char *from;   /* one copy: backup_find */
	const char *folder; /* the archive; made when it is not there */
	const char *spool;
	gboolean force; /* an archive that is there is set aside, never removed */
	gint64 now;
	guint wait_ms;
};

struct restored {
	struct backup_info info;
	char *aside;    /* the folder in FOLDER with the former files, or NULL: there were none */
	guint redacted; /* messages of the backup that were redacted in the archive, and are again */
	char *unknown;  /* why the former archive could not be asked what was redacted in it; NULL: it could, or there was none */
	guint spooled;  /* messages put into the spool that were not there */
};
void restored_clear(struct restored *restored);
typedef struct restored Restored;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Restored, restored_clear)

/*
 * Verifies the copy, then puts it in place; index.db goes, and whoever catches up makes it anew. Programs that have the former mail.db open write no more to
 * it. Killed at any point it leaves the former archive, or both, or no mail.db and the former files set aside; it can be run again. POSTBAG_ERROR_CREATE when
 * an archive is there and FORCE is not given; POSTBAG_ERROR_DAMAGED when the copy is not as it was written.
 */
gboolean restore_backup(const struct restore *restore, struct restored *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
