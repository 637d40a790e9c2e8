#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/copy.h"
#include "base/text.h"
#include "cmd/checks.h"
#include "intake/spool.h"

#define WAITED_TOO_LONG 900 /* seconds: three sweeps missed */
#define LEFT_FOR 3600       /* seconds: an envelope is written a moment before its message */

static void
check_readable(const struct spooled *spooled, struct findings *findings)
{
	int fd = open(spooled->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat about;

	if (fd < 0 && errno == ENOENT) /* taken in meanwhile */
		return;
	if (fd < 0)
		findings_fault(findings, "spool", spooled->path, "give it to the owner of the spool's folder", "cannot be read: %s", g_strerror(errno));
	else if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
		findings_fault(findings, "spool", spooled->path, "move it away", "is not a regular file");
	if (fd >= 0)
		close(fd);
}

static void
check_messages(const char *spool, gint64 now, struct findings *findings)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) list = spool_list(spool, &reason);
	guint late = 0;
	gint64 oldest = now;

	if (list == NULL) {
		findings_error(findings, "spool", "the spool", reason);
		return;
	}
	for (guint i = 0; i < list->len; i++) {
		const struct spooled *spooled = list->pdata[i];

		check_readable(spooled, findings);
		oldest = MIN(oldest, spooled->received);
		late += now - spooled->received > WAITED_TOO_LONG;
	}
	if (late == 0)
		return;
	g_autofree char *messages = text_count(late, "message waits", "messages wait");
	g_autofree char *time = text_duration(now - oldest);
	findings_fault(
	    findings, "spool", "the spool", "see that postbag sweep runs every five minutes, and what it says", "%s, the first for %s", messages, time);
}

static gboolean
has_message(const char *spool, const char *name)
{
	g_autofree char *in_new = g_build_filename(spool, "new", name, NULL);
	g_autofree char *in_cur = g_build_filename(spool, "cur", name, NULL);

	return access(in_new, F_OK) == 0 || access(in_cur, F_OK) == 0;
}

/* Files in the folder SUB that nobody will come back to. */
static void
check_left(const char *spool, const char *sub, gint64 now, const char *what, struct findings *findings)
{
	g_autofree char *path = g_build_filename(spool, sub, NULL);
	g_auto(GStrv) names = copy_list(path, NULL);

	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autofree char *file = g_build_filename(path, names[i], NULL);
		g_autofree char *remedy = g_strdup_printf("remove %s", file);
		struct stat about;

		if (lstat(file, &about) == 0 && now - about.st_mtime > LEFT_FOR && !has_message(spool, names[i]))
			findings_warning(findings, "spool leftovers", "the spool", remedy, "%s %s", sub, what);
	}
}

static void
check_modes(const char *spool, const char *folder, struct findings *findings)
{
	static const char *const subs[] = {"tmp", "new", "cur", "envelope"};

	check_mode(spool, "the spool", folder, findings);
	for (gsize i = 0; i < G_N_ELEMENTS(subs); i++) {
		g_autofree char *path = g_build_filename(spool, subs[i], NULL);
		g_autofree char *where = g_strconcat("the spool's ", subs[i], NULL);

		check_mode(path, where, folder, findings);
	}
}

/* One full file system must not stop both. A spool that is not there yet is made beside its neighbours. */
void
check_device(const char *spool, const char *folder, struct findings *findings)
{
	g_autofree char *parent = g_path_get_dirname(spool);
	struct stat of_spool, of_folder;

	if ((stat(spool, &of_spool) == 0 || stat(parent, &of_spool) == 0) && stat(folder, &of_folder) == 0 && of_spool.st_dev == of_folder.st_dev)
		findings_warning(findings, "spool device", "the spool", "name one on another with [archive] spool",
		    "on the same file system as the archive: a full disk stops both");
}

void
check_spool(const char *spool, const char *folder, gint64 now, struct findings *findings)
{
	g_autofree char *own = g_build_filename(folder, "spool", NULL);

	if (!g_file_test(spool, G_FILE_TEST_EXISTS))
		return;
	if (!g_file_test(spool, G_FILE_TEST_IS_DIR)) {
		findings_fault(findings, "spool", "the spool", "move it away", "%s is not a folder", spool);
		return;
	}
	if (strcmp(spool, own) != 0)
		check_space(spool, "the spool", findings);
	check_modes(spool, folder, findings);
	check_messages(spool, now, findings);
	check_left(spool, "envelope", now, "without its message", findings);
	check_left(spool, "tmp", now, "left by a program that was killed", findings);
}
