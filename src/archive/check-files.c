#include "archive/check.h"

#include "archive/copy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LEFT_FOR 3600                           /* seconds: what is made and renamed or removed takes less */
#define LITTLE_ROOM ((guint64)64 * 1024 * 1024) /* bytes: a few large letters, and the logs */

enum file_kind { FILE_DATABASE, FILE_LOG, FILE_LOCK, FILE_CACHE, FILE_SPOOL, FILE_SCRATCH, FILE_FORMER, FILE_FORMER_COPY, FILE_PENDING, FILE_STRANGE };

/* What a name in the archive's folder is; the first that fits. A name that ends in "*" stands for all that begin so. */
static const struct {
	const char *name;
	enum file_kind kind;
} names[] = {
    {"mail.db", FILE_DATABASE},
    {"index.db", FILE_DATABASE},
    {"mail.db-wal", FILE_LOG},
    {"mail.db-shm", FILE_LOG},
    {"index.db-wal", FILE_LOG},
    {"index.db-shm", FILE_LOG},
    {"lock.mail", FILE_LOCK},
    {"lock.index", FILE_LOCK},
    {"lock.digest", FILE_LOCK},
    {"rules.cache", FILE_CACHE},
    {"published", FILE_CACHE}, /* a list of folders: published.c */
    {"spool", FILE_SPOOL},
    {"rules.cache.*", FILE_SCRATCH},
    {".mail.db-*", FILE_SCRATCH},
    {".index.db-*", FILE_SCRATCH},
    {".restore-mail.db", FILE_SCRATCH},
    {".restore", FILE_FORMER_COPY},
    {"former-*", FILE_FORMER},
    {".redacting-*", FILE_PENDING},
};

static enum file_kind
kind_of(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		gsize length = strlen(names[i].name);

		if (names[i].name[length - 1] == '*' ? strncmp(name, names[i].name, length - 1) == 0 : strcmp(name, names[i].name) == 0)
			return names[i].kind;
	}
	return FILE_STRANGE;
}

void
check_mode(const char *path, const char *where, const char *folder, struct findings *findings)
{
	static const char kind[] = "modes";
	g_autofree char *remedy = NULL;
	struct stat about, of_folder;
	gboolean is_folder;
	mode_t wanted;

	if (lstat(path, &about) != 0 || stat(folder, &of_folder) != 0)
		return;
	is_folder = S_ISDIR(about.st_mode);
	wanted = is_folder ? 02770 : 0660;
	remedy = g_strdup_printf("chmod %o %s", (guint)wanted, path);
	if ((about.st_mode & 0007) != 0)
		findings_fault(findings, kind, where, remedy, "anybody on this machine can %s it (mode %04o)", (about.st_mode & 0002) != 0 ? "change" : "read",
		    (guint)about.st_mode & 07777);
	else if ((about.st_mode & wanted) != wanted)
		findings_fault(findings, kind, where, remedy, "%s (mode %04o)",
		    (about.st_mode & 0770 & wanted) != (0770 & wanted) ? "the group cannot write it" : "new files in it get another group",
		    (guint)about.st_mode & 07777);
	if (about.st_gid != of_folder.st_gid) {
		g_autofree char *chgrp = g_strdup_printf("chgrp %u %s", of_folder.st_gid, path);

		findings_fault(findings, kind, where, chgrp, "belongs to group %u, and the folder to group %u", about.st_gid, of_folder.st_gid);
	} else if (about.st_uid != of_folder.st_uid && strcmp(where, "mail.db") == 0) {
		g_autofree char *chown = g_strdup_printf("chown %u %s", of_folder.st_uid, path);

		findings_warning(findings, kind, where, chown, "belongs to user %u, and the folder to user %u", about.st_uid, of_folder.st_uid);
	}
}

static void
check_scratch(const char *path, const char *name, const struct stat *about, gint64 now, struct findings *findings)
{
	g_autofree char *remedy = g_strdup_printf("remove %s", path);

	if (now - about->st_mtime > LEFT_FOR)
		findings_warning(findings, "leftovers", name, remedy, "left by a program that was killed");
}

static void
check_one(const char *folder, const char *name, gint64 now, struct findings *findings)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	enum file_kind kind = kind_of(name);
	struct stat about;

	if (lstat(path, &about) != 0)
		return;
	if (kind == FILE_STRANGE) {
		findings_warning(findings, "leftovers", name, "keep other files elsewhere", "is none of Postbag's files");
		return;
	}
	if (kind == FILE_FORMER) {
		findings_warning(findings, "leftovers", name, "remove it when nothing in it is missed", "an archive that postbag restore set aside");
		return;
	}
	if (kind == FILE_FORMER_COPY) {
		findings_warning(findings, "leftovers", name, "remove it", "left by a postbag restore that was killed");
		return;
	}
	if (kind == FILE_PENDING) {
		findings_warning(findings, "leftovers", name, "postbag sweep looks again; postbag status says where",
		    "a redaction is not finished: its words may be somewhere");
		return;
	}
	if (kind == FILE_SPOOL ? !S_ISDIR(about.st_mode) : !S_ISREG(about.st_mode)) {
		findings_fault(findings, "kinds of files", name, "move it away", "is not a %s", kind == FILE_SPOOL ? "folder" : "regular file");
		return;
	}
	if (kind == FILE_SCRATCH)
		check_scratch(path, name, &about, now, findings);
	else
		check_mode(path, name, folder, findings);
}

/* A log holds what its file does not have yet. */
static void
check_orphan(const char *folder, struct findings *findings)
{
	g_autofree char *mail = g_build_filename(folder, "mail.db", NULL);
	g_autofree char *wal = g_build_filename(folder, "mail.db-wal", NULL);
	struct stat about;

	if (access(mail, F_OK) != 0 && errno == ENOENT && stat(wal, &about) == 0 && about.st_size > 0)
		findings_fault(
		    findings, "leftovers", "mail.db-wal", "put mail.db back, or postbag restore --force", "is there without its mail.db, and may hold mail");
}

void
check_files(const char *folder, gint64 now, struct findings *findings)
{
	g_auto(GStrv) list = NULL;
	g_autoptr(GError) reason = NULL;

	check_mode(folder, "the folder", folder, findings);
	list = copy_list(folder, &reason);
	if (list == NULL) {
		findings_error(findings, "files", "the folder", reason);
		return;
	}
	for (guint i = 0; list[i] != NULL; i++)
		check_one(folder, list[i], now, findings);
	check_orphan(folder, findings);
	check_space(folder, "the folder", findings);
}

void
check_space(const char *path, const char *where, struct findings *findings)
{
	struct statvfs about;
	guint64 room;

	if (statvfs(path, &about) != 0)
		return;
	room = (guint64)about.f_bavail * about.f_frsize;
	if (room < LITTLE_ROOM)
		findings_warning(findings, "room", where, "make room", "%" G_GUINT64_FORMAT " MB are left on its file system", room >> 20);
}
