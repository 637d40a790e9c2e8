#include "carrier/child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

#define SAYS_MOST 1024 /* bytes of its words */

void
child_clear(struct child *child)
{
	g_free(child->said);
	g_free(child->complained);
}

/* An unnamed file with BYTES (NULL: none), at its start; -1 when there is none to be had. */
static int
file_of(GBytes *bytes)
{
	int fd = memfd_create("postbag", MFD_CLOEXEC);
	gsize length = 0;
	const char *data = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
	gboolean ok = fd >= 0;

	for (gsize done = 0; ok && done < length;) {
		gssize n = write(fd, data + done, length - done);

		ok = n > 0 || (n < 0 && errno == EINTR);
		done += MAX(n, 0);
	}
	if (ok && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static char *
read_file(int fd)
{
	char *text = g_malloc0(SAYS_MOST + 1);
	gssize n = pread(fd, text, SAYS_MOST, 0);

	text[MAX(n, 0)] = '\0';
	return text;
}

/* In the child. */
static void
lead_group(gpointer data)
{
	(void)!setpgid(0, 0);
	(void)data;
}

static void
wait_for(pid_t pid, guint seconds, struct child *out)
{
	gint64 end = g_get_monotonic_time() + seconds * (gint64)G_USEC_PER_SEC;
	gulong pause = 500;
	pid_t ended;

	while ((ended = waitpid(pid, &out->status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
		if (g_get_monotonic_time() > end) {
			out->late = TRUE;
			kill(out->group ? -pid : pid, SIGKILL);
			while (waitpid(pid, &out->status, 0) < 0 && errno == EINTR)
				continue;
			return;
		}
		g_usleep(pause);
		pause = MIN(pause * 2, 20000);
	}
	if (out->group && WIFSIGNALED(out->status))
		kill(-pid, SIGKILL);
}

gboolean
child_run(char **argv, const char *folder, GBytes *input, guint seconds, struct child *out, GError **error)
{
	int fds[] = {file_of(input), file_of(NULL), file_of(NULL)};
	gboolean ok = fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0;
	pid_t pid;

	if (!ok)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "cannot make an unnamed file: %s", g_strerror(errno));
	ok = ok && g_spawn_async_with_fds(folder, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, out->group ? lead_group : NULL, NULL, &pid,
	               fds[0], fds[1], fds[2], error);
	if (ok) {
		wait_for(pid, seconds, out);
		out->said = read_file(fds[1]);
		out->complained = read_file(fds[2]);
		/* the offset is one for all that have the file open */
		out->consumed = lseek(fds[0], 0, SEEK_CUR) >= (off_t)g_bytes_get_size(input);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return ok;
}
