#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd/app.h"

/* The servers are programs of their own, so that a delivery's has nothing to do with sockets. */
static const struct server {
	const char *command, *program, *part;
} servers[] = {
    {"lmtp", "postbag-lmtpd", "the LMTP part of Postbag"},
    {"web", "postbag-web", "Postbag built with libmicrohttpd"},
};

/* Beside this program, where it is built, or in sbin beside its bin, where it is installed. Caller frees. */
static char *
find_program(const char *name)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = self != NULL ? g_path_get_dirname(self) : NULL;
	g_autofree char *beside = folder != NULL ? g_build_filename(folder, name, NULL) : NULL;
	g_autofree char *above = folder != NULL ? g_path_get_dirname(folder) : NULL;

	if (beside != NULL && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
		return g_steal_pointer(&beside);
	return above != NULL ? g_build_filename(above, "sbin", name, NULL) : g_strdup(name);
}

gboolean
cmd_server(struct app *app, int argc, char **argv, GError **error)
{
	const struct server *server = strcmp(argv[0], servers[0].command) == 0 ? &servers[0] : &servers[1];
	g_autofree char *program = find_program(server->program);
	g_autoptr(GPtrArray) arguments = g_ptr_array_new();

	g_ptr_array_add(arguments, (gpointer)server->program);
	if (app->config_path != NULL) {
		g_ptr_array_add(arguments, (gpointer) "--config");
		g_ptr_array_add(arguments, app->config_path);
	}
	if (app->archive != NULL) {
		g_ptr_array_add(arguments, (gpointer) "--archive");
		g_ptr_array_add(arguments, app->archive);
	}
	if (app->quiet)
		g_ptr_array_add(arguments, (gpointer) "--quiet");
	if (app->verbose)
		g_ptr_array_add(arguments, (gpointer) "--verbose");
	for (int i = 1; i < argc; i++)
		g_ptr_array_add(arguments, argv[i]);
	g_ptr_array_add(arguments, NULL);
	execv(program, (char **)arguments->pdata);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "cannot run %s: %s; it comes with %s", program, g_strerror(errno), server->part);
	return FALSE;
}
