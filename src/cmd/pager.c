#include "cmd/pager.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct pager {
	FILE *input;
	GPid pid;
};

static const char *
pager_command(void)
{
	static const char *const names[] = {"POSTBAG_PAGER", "PAGER"};
	g_autofree char *less = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *value = g_getenv(names[i]);

		if (value != NULL)
			return *value == '\0' || g_str_equal(value, "cat") ? NULL : value;
	}
	less = g_find_program_in_path("less");
	return less != NULL ? "less" : NULL;
}

FILE *
pager_open(gboolean allowed, struct pager **pager)
{
	const char *command = allowed && isatty(STDOUT_FILENO) ? pager_command() : NULL;
	char *argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)command, NULL};
	g_auto(GStrv) environment = g_environ_setenv(g_environ_setenv(g_get_environ(), "LESS", "FRX", FALSE), "LV", "-c", FALSE);
	int input;
	GPid pid;

	*pager = NULL;
	if (command == NULL || !g_spawn_async_with_pipes(NULL, argv, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, &input, NULL, NULL, NULL))
		return stdout;
	signal(SIGPIPE, SIG_IGN); /* who has seen enough leaves: no error */
	*pager = g_new0(struct pager, 1);
	(*pager)->pid = pid;
	(*pager)->input = fdopen(input, "w");
	return (*pager)->input;
}

void
pager_close(struct pager *pager)
{
	if (pager == NULL)
		return;
	fclose(pager->input);
	while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	g_spawn_close_pid(pager->pid);
	g_free(pager);
}
