#include <string.h>

#include "base/error.h"
#include "cmd/decide.h"
#include "find/rows.h"

#define CHAIN_LOOKED_AT 1000 /* corrections of corrections: nobody makes that many */

/* A letter cannot take the place of what took its own place, directly or not: then neither would count. */
static gboolean
check_circle(struct deciding *d, const char *new_id, const char *old_id, GError **error)
{
	g_autofree char *id = g_strdup(new_id);

	for (guint i = 0; id != NULL && i < CHAIN_LOOKED_AT; i++) {
		g_autoptr(MessageRow) row = NULL;

		if (strcmp(id, old_id) == 0)
			return app_usage(error,
			    i == 0 ? "supersedes: a message cannot supersede itself" : "supersedes: %.8s supersedes %.8s already; postbag undo takes that back",
			    old_id, new_id);
		row = message_find(d->archive.index, id, FALSE, error);
		if (row == NULL)
			return FALSE;
		g_free(id);
		id = g_strdup(row->superseded_by);
	}
	return TRUE;
}

static gboolean
add_old(struct deciding *d, const char *new_given, const char *old_given, GError **error)
{
	g_autofree char *new_id = NULL, *old_id = NULL;
	gint64 content, left;

	if (strcmp(old_given, SUPERSEDES_NONE) == 0) {
		deciding_add(d, "supersedes", g_strdup(SUPERSEDES_NONE));
		return TRUE;
	}
	if (!deciding_resolve(d, new_given, &content, &new_id, error) || !deciding_resolve(d, old_given, &content, &old_id, error) ||
	    !deciding_follow(d, &left, error) || !check_circle(d, new_id, old_id, error))
		return FALSE;
	deciding_add(d, "supersedes", g_steal_pointer(&old_id));
	return TRUE;
}

gboolean
cmd_supersedes(struct app *app, int argc, char **argv, GError **error)
{
	g_autoptr(Deciding) d = deciding_new(app, "supersedes");
	const GOptionEntry entries[] = {
	    {"by", 0, 0, G_OPTION_ARG_FILENAME, &d->who, "who decides; else $POSTBAG_BY, else the login name", "NAME"},
	    {"note", 0, 0, G_OPTION_ARG_FILENAME, &d->note, "why, for those who read it later", "TEXT"},
	    G_OPTION_ENTRY_NULL,
	};
	gboolean done;

	if (!app_parse(app, "supersedes", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc != 3)
		return app_usage(error, "supersedes: expected the id of the correction, and of what it supersedes or \"" SUPERSEDES_NONE "\"");
	return deciding_add_id(d, argv[1], error) && deciding_open(d, FALSE, error) && add_old(d, argv[1], argv[2], error) && deciding_run(d, error);
}
