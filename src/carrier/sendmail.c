#include "carrier/sendmail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define SAYS_MOST 1024 /* bytes kept of what it says */

struct pipes {
	pid_t pid;
	int in, says;
	GBytes *message;
	gsize done;
	GString *said;
};

/* FALSE when there is nothing more to hear. */
static gboolean
hear(struct pipes *pipes)
{
	char block[512];
	gssize n = read(pipes->says, block, sizeof block);

	if (n > 0)
		g_string_append_len(pipes->said, block, (gssize)MIN((gsize)n, SAYS_MOST - MIN(SAYS_MOST, pipes->said->len)));
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* FALSE when it wants no more. */
static gboolean
give(struct pipes *pipes)
{
	gsize length;
	const char *data = g_bytes_get_data(pipes->message, &length);
	gssize n = write(pipes->in, data + pipes->done, length - pipes->done);

	if (n > 0)
		pipes->done += n;
	return (n >= 0 || errno == EINTR || errno == EAGAIN) && pipes->done < length;
}

/* Gives it the message and hears it out; FALSE when its time is over. */
static gboolean
talk(struct pipes *pipes, guint timeout)
{
	gint64 end = g_get_monotonic_time() + timeout * (gint64)G_USEC_PER_SEC;

	while (pipes->in >= 0 || pipes->says >= 0) {
		struct pollfd fds[2] = {{.fd = pipes->in, .events = POLLOUT}, {.fd = pipes->says, .events = POLLIN}};
		gint64 left = end - g_get_monotonic_time();

		if (left <= 0)
			return FALSE;
		if (poll(fds, 2, (int)(left / 1000 + 1)) <= 0)
			continue;
		if (fds[0].revents != 0 && !give(pipes)) {
			close(pipes->in);
			pipes->in = -1;
		}
		if (fds[1].revents != 0 && !hear(pipes)) {
			close(pipes->says);
			pipes->says = -1;
		}
	}
	return TRUE;
}

static void
judge(const struct pipes *pipes, int status, gboolean late, struct outcome *out)
{
	gboolean whole = pipes->done == g_bytes_get_size(pipes->message);
	g_autofree char *how = late                  ? g_strdup("it took too long")
	                       : WIFSIGNALED(status) ? g_strdup_printf("it died of signal %d (%s)", WTERMSIG(status), g_strsignal(WTERMSIG(status)))
	                                             : g_strdup_printf("exit status %d", WEXITSTATUS(status));
	g_autofree char *words = g_strdup_printf("%s%s%s", how, pipes->said->len > 0 ? ": " : "", pipes->said->str);

	if (late || WIFSIGNALED(status))
		outcome_set(out, whole ? OUTCOME_UNKNOWN : OUTCOME_DEFERRED, words);
	else if (WEXITSTATUS(status) == EX_OK)
		outcome_set(out, OUTCOME_SENT, "taken by the sendmail command");
	else if (WEXITSTATUS(status) == EX_DATAERR || WEXITSTATUS(status) == EX_NOUSER || WEXITSTATUS(status) == EX_NOHOST ||
	         WEXITSTATUS(status) == EX_UNAVAILABLE)
		outcome_set(out, OUTCOME_REFUSED, words);
	else
		outcome_set(out, OUTCOME_DEFERRED, words);
}

static gboolean
start(struct pipes *pipes, const char *command, const char *sender, const char *recipient, GError **error)
{
	g_auto(GStrv) words = NULL;
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	char *const rest[] = {(char *)"-i", (char *)"-f", (char *)(*sender != '\0' ? sender : "<>"), (char *)"--", (char *)recipient, NULL};

	if (!g_shell_parse_argv(command, NULL, &words, error))
		return FALSE;
	for (guint i = 0; words[i] != NULL; i++)
		g_ptr_array_add(argv, words[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(rest); i++)
		g_ptr_array_add(argv, rest[i]);
	return g_spawn_async_with_pipes("/", (char **)argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pipes->pid,
	    &pipes->in, NULL, &pipes->says, error);
}

void
sendmail_send(const char *command, const char *sender, const char *recipient, GBytes *message, guint timeout, struct outcome *out)
{
	struct pipes pipes = {.in = -1, .says = -1, .message = message, .said = g_string_new(NULL)};
	g_autoptr(GError) error = NULL;
	gboolean late;
	int status = 0;

	if (start(&pipes, command, sender, recipient, &error)) {
		fcntl(pipes.in, F_SETFL, O_NONBLOCK);
		late = !talk(&pipes, timeout);
		if (late)
			kill(pipes.pid, SIGKILL);
		while (waitpid(pipes.pid, &status, 0) < 0 && errno == EINTR)
			continue;
		judge(&pipes, status, late, out);
	} else
		outcome_set(out, OUTCOME_DEFERRED, error->message);
	if (pipes.in >= 0)
		close(pipes.in);
	if (pipes.says >= 0)
		close(pipes.says);
	g_string_free(pipes.said, TRUE);
}
