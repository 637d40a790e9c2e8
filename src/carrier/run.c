#include "carrier/run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "postbag-carrier"
#define SAYS_MOST 1024 /* bytes of its words */

/* Beside this program, where it is built, or in sbin beside its bin, where it is installed. Caller frees. */
static char *
find_program(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = self != NULL ? g_path_get_dirname(self) : NULL;
	g_autofree char *beside = folder != NULL ? g_build_filename(folder, PROGRAM, NULL) : NULL;
	g_autofree char *above = folder != NULL ? g_path_get_dirname(folder) : NULL;

	if (beside != NULL && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
		return g_steal_pointer(&beside);
	return above != NULL ? g_build_filename(above, "sbin", PROGRAM, NULL) : g_strdup(PROGRAM);
}

/* "sent 250 OK" on its standard output; without it only what ends in a way that says that nothing was tried is known to have sent nothing. */
static void
read_answer(const char *said, const char *complained, int status, struct outcome *out)
{
	g_auto(GStrv) words = g_strsplit(said, " ", 2);
	int state = words[0] != NULL ? outcome_from_name(words[0]) : -1;
	g_autofree char *how = NULL;
	gboolean nothing;

	if (state >= 0 && g_str_has_suffix(said, "\n")) {
		outcome_set(out, (enum outcome_state)state, words[1] != NULL ? words[1] : "");
		return;
	}
	if (WIFSIGNALED(status))
		how = g_strdup_printf("postbag-carrier died of signal %d", WTERMSIG(status));
	else
		how = g_strdup_printf("postbag-carrier ended with status %d%s%s", WEXITSTATUS(status), *complained != '\0' ? ": " : "", complained);
	nothing = WIFEXITED(status) && (outcome_tried_nothing(WEXITSTATUS(status)) || WEXITSTATUS(status) == outcome_status(OUTCOME_DEFERRED) ||
	                                   WEXITSTATUS(status) == outcome_status(OUTCOME_REFUSED));
	outcome_set(out, nothing ? OUTCOME_DEFERRED : OUTCOME_UNKNOWN, how);
}

/* An unnamed file with TEXT, at its start; -1 when there is none to be had. */
static int
file_of(const char *header, GBytes *bytes)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	gsize length = 0;
	const char *data = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
	gboolean ok = fd >= 0 && write(fd, header, strlen(header)) == (gssize)strlen(header);

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

/* What a program wrote into FD, its first lines. */
static char *
read_file(int fd)
{
	char *text = g_malloc0(SAYS_MOST + 1);
	gssize n = pread(fd, text, SAYS_MOST, 0);

	text[MAX(n, 0)] = '\0';
	return text;
}

/* Its own limits end it long before SECONDS are over, unless it is stopped or hangs where it should not. */
static int
wait_for(pid_t pid, guint seconds)
{
	gint64 end = g_get_monotonic_time() + seconds * (gint64)G_USEC_PER_SEC;
	int status = 0;
	gulong pause = 500;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
		if (g_get_monotonic_time() > end) {
			kill(pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				continue;
			break;
		}
		g_usleep(pause);
		pause = MIN(pause * 2, 20000);
	}
	return status;
}

void
run_carrier(const char *config_path, const char *recipient, GBytes *message, guint seconds, struct outcome *out)
{
	g_autofree char *program = find_program(), *header = g_strdup_printf("To: %s\n", recipient);
	g_autofree char *said = NULL, *complained = NULL;
	char *argv[] = {program, (char *)"--to", (char *)recipient, (char *)(config_path != NULL ? "--config" : NULL), (char *)config_path, NULL};
	int in = file_of(header, message), answer = file_of("", NULL), complaint = file_of("", NULL), status = 0;
	g_autoptr(GError) error = NULL;
	pid_t pid;

	if (in < 0 || answer < 0 || complaint < 0)
		outcome_set(out, OUTCOME_DEFERRED, g_strerror(errno));
	else if (!g_spawn_async_with_fds(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, in, answer, complaint, &error))
		outcome_set(out, OUTCOME_DEFERRED, error->message);
	else {
		status = wait_for(pid, seconds);
		said = read_file(answer);
		complained = read_file(complaint);
		read_answer(said, complained, status, out);
	}
	for (gsize i = 0; i < 3; i++) {
		int fd = (int[]){in, answer, complaint}[i];

		if (fd >= 0)
			close(fd);
	}
}
