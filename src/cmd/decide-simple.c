#include <string.h>

#include "cmd/decide.h"

/* The decisions that have no value. */
static const struct simple {
	const char *command, *action;
	gboolean note_needed;
} simples[] = {
    {"hold", "hold", TRUE},
    {"release", "release", FALSE},
    {"answered", "answered", FALSE},
    {"reopen", "reopened", FALSE},
    {"note", "note", TRUE},
    {"undo", "undo", FALSE},
};

gboolean
cmd_decide(struct app *app, int argc, char **argv, GError **error)
{
	const struct simple *simple = simples;
	g_autoptr(Deciding) d = NULL;
	gboolean done;

	while (strcmp(simple->command, argv[0]) != 0)
		simple++;
	d = deciding_new(app, simple->command);
	const GOptionEntry entries[] = {
	    {"by", 0, 0, G_OPTION_ARG_FILENAME, &d->who, "who decides; else $POSTBAG_BY, else the login name", "NAME"},
	    {"note", 0, 0, G_OPTION_ARG_FILENAME, &d->note, "why, for those who read it later", "TEXT"},
	    G_OPTION_ENTRY_NULL,
	};

	if (!app_parse(app, simple->command, entries, &argc, &argv, &done, error) || done)
		return done;
	for (int i = 1; i < argc; i++)
		if (!deciding_add_id(d, argv[i], error))
			return FALSE;
	deciding_add(d, simple->action, NULL);
	return deciding_open(d, simple->note_needed, error) && deciding_run(d, error);
}
