#include "carrier/run.h"

#include <sys/wait.h>

#include "carrier/child.h"

#define PROGRAM "postbag-carrier"

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
read_answer(const struct child *child, struct outcome *out)
{
	const char *said = child->said, *complained = child->complained;
	int status = child->status;
	g_auto(GStrv) words = g_strsplit(said, " ", 2);
	int state = words[0] != NULL ? outcome_from_name(words[0]) : -1;
	g_autofree char *how = NULL;
	gboolean nothing;

	if (state >= 0 && g_str_has_suffix(said, "\n")) {
		outcome_set(out, (enum outcome_state)state, words[1] != NULL ? words[1] : "");
		return;
	}
	if (child->late)
		how = g_strdup("postbag-carrier took too long");
	else if (WIFSIGNALED(status))
		how = g_strdup_printf("postbag-carrier died of signal %d", WTERMSIG(status));
	else
		how = g_strdup_printf("postbag-carrier ended with status %d%s%s", WEXITSTATUS(status), *complained != '\0' ? ": " : "", complained);
	nothing = WIFEXITED(status) && (outcome_tried_nothing(WEXITSTATUS(status)) || WEXITSTATUS(status) == outcome_status(OUTCOME_DEFERRED) ||
	                                   WEXITSTATUS(status) == outcome_status(OUTCOME_REFUSED));
	outcome_set(out, nothing ? OUTCOME_DEFERRED : OUTCOME_UNKNOWN, how);
}

/* MESSAGE with whom it goes to. */
static GBytes *
address_message(const char *recipient, GBytes *message)
{
	GString *text = g_string_new(NULL);
	gsize length;
	const char *data = g_bytes_get_data(message, &length);

	g_string_printf(text, "To: %s\n", recipient);
	g_string_append_len(text, data, (gssize)length);
	return g_string_free_to_bytes(text);
}

void
run_carrier(const char *config_path, const char *recipient, GBytes *message, guint seconds, struct outcome *out)
{
	g_autofree char *program = find_program();
	g_autoptr(GBytes) input = address_message(recipient, message);
	char *argv[] = {program, (char *)"--to", (char *)recipient, (char *)(config_path != NULL ? "--config" : NULL), (char *)config_path, NULL};
	g_autoptr(GError) error = NULL;
	g_auto(Child) child = {0};

	if (child_run(argv, NULL, input, seconds, &child, &error))
		read_answer(&child, out);
	else
		outcome_set(out, OUTCOME_DEFERRED, error->message);
}
