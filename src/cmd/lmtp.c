#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd/app.h"

#define PROGRAM "postbag-lmtpd"

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

/* The server is a program of its own, so that a delivery's has nothing to do with sockets. */
gboolean
cmd_lmtp(struct app *app, int argc, char **argv, GError **error)
{
	g_autofree char *program = find_program();
	g_autoptr(GPtrArray) arguments = g_ptr_array_new();

	g_ptr_array_add(arguments, (gpointer)PROGRAM);
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
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "cannot run %s: %s; it comes with the LMTP part of Postbag", program, g_strerror(errno));
	return FALSE;
}
