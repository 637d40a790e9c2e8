#include "carrier/run.h"

#include <errno.h>
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

/* "sent 250 OK" on its standard output; a program that ended in another way may have sent it all the same, unless it says what was wrong before. */
static void
read_answer(const char *said, const char *complained, int status, struct outcome *out)
{
	g_auto(GStrv) words = g_strsplit(said, " ", 2);
	int state = words[0] != NULL ? outcome_from_name(words[0]) : -1;
	g_autofree char *how = NULL;

	if (state >= 0) {
		outcome_set(out, (enum outcome_state)state, words[1] != NULL ? words[1] : "");
		return;
	}
	if (WIFEXITED(status)) {
		how = g_strdup(*complained != '\0' ? complained : "postbag-carrier says nothing");
		outcome_set(out, OUTCOME_DEFERRED, how);
		return;
	}
	how = g_strdup_printf("postbag-carrier died of signal %d", WTERMSIG(status));
	outcome_set(out, OUTCOME_UNKNOWN, how);
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

void
run_carrier(const char *config_path, const char *recipient, GBytes *message, struct outcome *out)
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
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
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
