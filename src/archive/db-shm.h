/*
 * The index of a write-ahead log (-shm) from one process to the next. SQLite has the first who opens a database read the whole log and make it anew, because a
 * power cut may have left another log than the one it was made of: where every process lives for one message, each is the first. So the last one seals what it
 * leaves, and the next takes it as it stands when nobody else had the chance to change anything. For db-vfs.c alone.
 */
#ifndef ARCHIVE_DB_SHM_H
#define ARCHIVE_DB_SHM_H

#include <glib.h>

struct db_shm {
	int fd; /* of the file, -1: it is not there; to be closed after all of SQLite's own, which takes this process's locks on it away */
	gboolean held;
	gboolean synced; /* by the caller: no commit gets into it before the log is on disk (synchronous = FULL) */
};

/*
 * Before SQLite opens the -shm file of the database PATH, in a process with no other connection to it. When its seal is sound, and the log's end is where it
 * says, it is held as by a reader, so that it is not made anew. db_shm_let_go ends that: SQLite has its own locks then.
 */
void db_shm_hold(struct db_shm *shm, const char *path);
void db_shm_let_go(struct db_shm *shm);
/* Seals what lies at REGION, the first of the file as SQLite mapped it. A seal that others overtook is as good as none. */
void db_shm_seal(const struct db_shm *shm, gconstpointer region);

#endif
