/*
 * Backups of an archive: a folder of whole copies, each in a folder of its own named by its time.
 *
 *     20190213T090000Z/backup.info    what it is of, and the hash of the next
 *     20190213T090000Z/SHA256SUMS     of every other file, as sha256sum(1) writes and checks it
 *     20190213T090000Z/mail.db        the truth at one moment
 *     20190213T090000Z/spool/         what waited in the spool, or in each of them, a moment earlier
 *
 * A copy is made under a name that begins with a dot, brought to the disk, and renamed: there is never half a one under a name that counts.
 */
#ifndef ARCHIVE_BACKUP_H
#define ARCHIVE_BACKUP_H

#include "archive/db.h"
#include "base/hash.h"

#define BACKUP_INFO "backup.info"
#define BACKUP_SUMS "SHA256SUMS"
#define BACKUP_SPOOL "spool"
#define BACKUP_STAMP_LENGTH 16           /* 20190213T090000Z; a second one of that second has "-2" after it */
#define BACKUP_UNFINISHED ".unfinished-" /* a name that begins so does not count */

/* The Maildir's folders in the order in which they must be copied: an envelope is written before its message, so that every message copied finds its own
 * still, and a message that goes from new to cur meanwhile is found in one of them. */
extern const char *const backup_spool_folders[]; /* ends with NULL */

struct backup_info {
	struct db_facts facts;
	gint64 made, spooled;
};

struct backup {
	const char *folder;        /* the archive */
	const char *const *spools; /* ends with NULL; one that is not there holds nothing */
	const char *to;
	gint64 now;
	guint keep; /* at most so many copies stay, this one included; at least 1 */
	guint wait_ms;
	db_progress progress; /* or NULL */
	gpointer data;
};

struct backup_made {
	char *path; /* the copy's folder */
	struct backup_info info;
	GPtrArray *remarks; /* of char *: what people should know of it */
};
void backup_made_clear(struct backup_made *made);
typedef struct backup_made BackupMade;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BackupMade, backup_made_clear)

/* Makes a copy and removes the oldest beyond KEEP, never the new one. Names are in the order in which copies were made, whatever the clock says: a copy that is
 * made when the newest has a later name is named after that one, and a remark tells. POSTBAG_ERROR_CREATE when the folder holds other things, or copies of
 * another archive; POSTBAG_ERROR_DAMAGED when mail.db is not sound; POSTBAG_ERROR_TEMPORARY when there is no room. A failure leaves earlier copies alone. */
gboolean backup_make(const struct backup *backup, struct backup_made *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The folder of the newest copy in FOLDER, or FOLDER itself when it is one. Caller frees. POSTBAG_ERROR_NO_INPUT. */
char *backup_find(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads what the copy in FOLDER says of itself. POSTBAG_ERROR_DAMAGED. */
gboolean backup_read_info(const char *folder, struct backup_info *info, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether every byte of the copy in FOLDER is as it was written. POSTBAG_ERROR_DAMAGED naming the file. */
gboolean backup_verify(const char *folder, struct backup_info *info, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For backup*.c; PLACE is a descriptor of FOLDER, so that what is removed is below it whatever names lead elsewhere. */
/* The whole copies in FOLDER, oldest first: names. */
GPtrArray *backup_list(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* 1, or what follows the stamp in a copy's name. */
guint64 backup_number(const char *name);
/* Removes the copy NAME, whole or not. POSTBAG_ERROR_CREATE, and nothing is touched, when it is a symbolic link or holds anything that no copy holds. */
gboolean backup_remove(int place, const char *folder, const char *name, GError **error);
/* Removes what killed backups left. POSTBAG_ERROR_CREATE when there is anything but copies: a backup must not be mixed with a stranger's files, nor remove
 * them. */
gboolean backup_clear(int place, const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean backup_write_info(const char *folder, const struct backup_info *info, const GString *sums, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void backup_add_sum(GString *sums, const char *name, const struct hash *hash);

#endif
