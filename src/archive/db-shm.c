#include "archive/db-shm.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/db-private.h"
#include "base/hash.h"

/* https://sqlite.org/walformat.html: what a process may rely on that shares the file with others, of any version of SQLite. */
#define FORM 3007000       /* of the file, as its first word says */
#define REGION_BYTES 32768 /* mapped at a time */
#define FIRST_FRAMES 4062  /* whose pages the first region knows */
#define NOTES 96           /* where the notes of checkpoints and readers begin */
#define NOTES_END 136
#define READERS 5
#define NOT_USED 0xffffffff
#define LOCK_ALIVE 128 /* read-locked by each process that has it open */
#define FRAME_HEAD_BYTES 24
#define MOUNT_ONCE 0x4000 /* STATX_MNT_ID_UNIQUE (statx(2)), which older headers do not name */

struct head { /* twice at the beginning */
	guint32 form, unused, change;
	guint8 made, big_endian;
	guint16 page_size;
	guint32 frames, pages;
	guint32 sum[2]; /* of all frames */
	guint8 salt[8];
	guint32 own_sum[2];
};

struct notes {
	guint32 copied;
	guint32 readers[READERS];
	guint8 locks[8];
	guint32 tried;
	guint32 unused;
};

G_STATIC_ASSERT(sizeof(struct head) == 48);
G_STATIC_ASSERT(sizeof(struct notes) == NOTES_END - NOTES);

/* From here on neither the machine nor the file system under the file can have been lost and come back without another name. */
struct life {
	char boot[64]; /* of the kernel */
	guint64 mount; /* 0: the kernel (before Linux 6.8) uses the number again */
};

static gboolean
get_life(int file, struct life *life)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	struct statx about;
	gssize length;

	memset(life, 0, sizeof *life);
	if (fd < 0)
		return FALSE;
	length = read(fd, life->boot, sizeof life->boot);
	close(fd);
	if (statx(file, "", AT_EMPTY_PATH, MOUNT_ONCE, &about) == 0 && (about.stx_mask & MOUNT_ONCE) != 0)
		life->mount = about.stx_mnt_id;
	return length >= 36;
}

/* Of all but the notes. What may have been lost with the file system is sealed only where that would show. */
static gboolean
make_seal(const struct db_shm *shm, const guint8 *region, guint64 seal[2])
{
	struct life life;

	if (!get_life(shm->fd, &life) || (life.mount == 0 && !shm->synced))
		return FALSE;
	seal[0] = hash_quick(region, NOTES) ^ hash_quick(&life, sizeof life);
	seal[1] = hash_quick(region + NOTES_END, REGION_BYTES - NOTES_END);
	return TRUE;
}

static gboolean
is_sealed(const struct db_shm *shm, const guint8 *region)
{
	guint64 seal[2], found[2];

	return pread(shm->fd, found, sizeof found, REGION_BYTES) == (gssize)sizeof found && make_seal(shm, region, seal) &&
	       memcmp(seal, found, sizeof seal) == 0;
}

static guint32
get_word(const guint8 *bytes)
{
	guint32 word;

	memcpy(&word, bytes, sizeof word);
	return GUINT32_FROM_BE(word);
}

/* Where the frame that follows N others begins. */
static off_t
place_of(guint32 n)
{
	return DB_LOG_HEAD_BYTES + (off_t)n * (FRAME_HEAD_BYTES + DB_PAGE_SIZE);
}

/* Its head; FALSE: the log ends before. */
static gboolean
read_frame(int log, guint32 n, guint8 frame[FRAME_HEAD_BYTES])
{
	return pread(log, frame, FRAME_HEAD_BYTES, place_of(n)) == FRAME_HEAD_BYTES;
}

/* The frame that HEAD takes for the last one is there, ends a transaction, and has the sum over all before it; and no other follows. */
static gboolean
ends_log(int log, const struct head *head)
{
	guint8 begin[DB_LOG_HEAD_BYTES], frame[FRAME_HEAD_BYTES];

	if (pread(log, begin, sizeof begin, 0) != (gssize)sizeof begin || get_word(begin) != (0x377f0682 | (guint32)head->big_endian) ||
	    get_word(begin + 8) != DB_PAGE_SIZE || memcmp(begin + 16, head->salt, sizeof head->salt) != 0)
		return FALSE;
	if (!read_frame(log, head->frames - 1, frame) || get_word(frame + 4) != head->pages || memcmp(frame + 8, head->salt, sizeof head->salt) != 0 ||
	    get_word(frame + 16) != head->sum[0] || get_word(frame + 20) != head->sum[1])
		return FALSE;
	return !read_frame(log, head->frames, frame) || memcmp(frame + 8, head->salt, sizeof head->salt) != 0;
}

static gboolean
fits_log(const char *path, const struct head *head)
{
	g_autofree char *name = g_strconcat(path, "-wal", NULL);
	int log = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat about;
	gboolean fits = log >= 0 && fstat(log, &about) == 0 && about.st_size >= place_of(head->frames) && ends_log(log, head);

	if (log >= 0)
		close(log);
	return fits;
}

static gboolean
is_made(const guint8 *region, struct head *head)
{
	memcpy(head, region, sizeof *head);
	return memcmp(region, region + sizeof *head, sizeof *head) == 0 && head->form == FORM && head->made == 1 && head->big_endian <= 1 &&
	       head->page_size == DB_PAGE_SIZE && head->pages > 0 && head->frames > 0 && head->frames <= FIRST_FRAMES;
}

/* As after reading the whole log: nothing of it is taken to be in the database. */
static gboolean
begin_notes(int fd, const struct head *head)
{
	struct notes notes = {.readers = {0, head->frames, NOT_USED, NOT_USED, NOT_USED}, .tried = head->frames};

	return pwrite(fd, &notes, sizeof notes, NOTES) == (gssize)sizeof notes;
}

static gboolean
set_lock(int fd, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = LOCK_ALIVE, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

void
db_shm_hold(struct db_shm *shm, const char *path)
{
	g_autofree char *name = g_strconcat(path, "-shm", NULL);
	g_autofree guint8 *region = NULL;
	struct head head;

	shm->held = FALSE;
	shm->fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	/* While others are there it is as they left it anyway; and one that comes now waits, as for who makes it anew. */
	if (shm->fd < 0 || !set_lock(shm->fd, F_WRLCK))
		return;
	region = g_malloc(REGION_BYTES);
	if (pread(shm->fd, region, REGION_BYTES, 0) == REGION_BYTES && is_made(region, &head) && is_sealed(shm, region) && fits_log(path, &head) &&
	    begin_notes(shm->fd, &head))
		shm->held = set_lock(shm->fd, F_RDLCK);
	if (!shm->held)
		set_lock(shm->fd, F_UNLCK);
}

void
db_shm_let_go(struct db_shm *shm)
{
	if (shm->held)
		set_lock(shm->fd, F_UNLCK);
	shm->held = FALSE;
}

void
db_shm_seal(const struct db_shm *shm, gconstpointer region)
{
	g_autofree guint8 *copy = NULL;
	struct head head;
	guint64 seal[2];

	if (shm->fd < 0)
		return;
	copy = g_memdup2(region, REGION_BYTES);
	if (is_made(copy, &head) && make_seal(shm, copy, seal) && pwrite(shm->fd, seal, sizeof seal, REGION_BYTES) != (gssize)sizeof seal)
		return; /* as without one */
}
