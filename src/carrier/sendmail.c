#include "carrier/sendmail.h"

#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "carrier/child.h"

static void
judge(const struct child *child, struct outcome *out)
{
	int status = child->status;
	g_autofree char *how = child->late           ? g_strdup("it took too long")
	                       : WIFSIGNALED(status) ? g_strdup_printf("it died of signal %d (%s)", WTERMSIG(status), g_strsignal(WTERMSIG(status)))
	                                             : g_strdup_printf("exit status %d", WEXITSTATUS(status));
	g_autofree char *words = g_strdup_printf("%s%s%s", how, *child->complained != '\0' ? ": " : "", child->complained);

	if (child->late || WIFSIGNALED(status))
		outcome_set(out, child->consumed ? OUTCOME_UNKNOWN : OUTCOME_DEFERRED, words);
	else if (WEXITSTATUS(status) == EX_OK)
		outcome_set(out, OUTCOME_SENT, "taken by the sendmail command");
	else if (WEXITSTATUS(status) == EX_DATAERR || WEXITSTATUS(status) == EX_NOUSER || WEXITSTATUS(status) == EX_NOHOST ||
	         WEXITSTATUS(status) == EX_UNAVAILABLE)
		outcome_set(out, OUTCOME_REFUSED, words);
	else
		outcome_set(out, OUTCOME_DEFERRED, words);
}

void
sendmail_send(const char *command, const char *sender, const char *recipient, GBytes *message, guint timeout, struct outcome *out)
{
	char *const rest[] = {(char *)"-i", (char *)"-f", (char *)(*sender != '\0' ? sender : "<>"), (char *)"--", (char *)recipient, NULL};
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) words = NULL;
	g_auto(Child) child = {.group = TRUE};

	if (g_shell_parse_argv(command, NULL, &words, &error)) {
		for (guint i = 0; words[i] != NULL; i++)
			g_ptr_array_add(argv, words[i]);
		for (gsize i = 0; i < G_N_ELEMENTS(rest); i++)
			g_ptr_array_add(argv, rest[i]);
		if (child_run((char **)argv->pdata, "/", message, timeout, &child, &error)) {
			judge(&child, out);
			return;
		}
	}
	outcome_set(out, OUTCOME_DEFERRED, error->message);
}
