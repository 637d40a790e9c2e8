#include "archive/pack.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cmd/app.h"

#define OLDER_THAN "30d" /* what came lately is read, corrected and redacted most, and is quickest at hand by itself */

static gboolean
parse_age(const struct app *app, const char *age, gint64 *before, GError **error)
{
	struct time_window window;

	if (!clock_is_relative(age) || !clock_parse(age, app->now, app->zone, &window, NULL))
		return app_usage(error, "pack: --older-than %s: expected an age: 30d, 8w, 6m, 1y", age);
	*before = window.from;
	return TRUE;
}

static gboolean
pack_all(struct app *app, struct mailstore *store, struct packing *packing, GError **error)
{
	g_autoptr(Progress) progress = progress_new(app, "pack");
	gboolean more = TRUE;

	while (more) {
		if (!pack_next(store, packing, &more, error))
			return FALSE;
		progress_show(progress, packing->messages, 0, "messages");
	}
	return TRUE;
}

static void
say_result(const struct packing *packing)
{
	g_autofree char *messages = text_count(packing->messages, "message", "messages");
	g_autofree char *blocks = text_count(packing->blocks, "block", "blocks");
	g_autofree char *raw = g_format_size((guint64)packing->raw), *loose = g_format_size((guint64)packing->loose);

	if (packing->messages == 0)
		printf("nothing to pack: a block wants a MiB of messages\n");
	else if (packing->dry)
		printf("%s of %s would go into %s; they take %s now\n", messages, raw, blocks, loose);
	else {
		g_autofree char *packed = g_format_size((guint64)packing->packed);

		printf("%s of %s packed into %s: %s instead of %s\n", messages, raw, blocks, packed, loose);
	}
}

/* Everything is safe before this begins: that it cannot be done is no failure of packing. */
static gboolean
give_back(struct app *app, struct mailstore *store, GError **error)
{
	gint64 freed, room;

	if (!pack_shrink(store, &freed, &room, error))
		return FALSE;
	if (room > 0) {
		g_autofree char *lacks = g_format_size((guint64)room);

		log_notice(
		    app->level, "the space that is free now stays in mail.db for new mail; to give it back make %s of room and run postbag pack again", lacks);
	} else if (freed > 0 && app->level >= LOG_NORMAL) {
		g_autofree char *size = g_format_size((guint64)freed);

		printf("%s given back to the file system\n", size);
	}
	return TRUE;
}

static gboolean
pack(struct app *app, gint64 before, gboolean dry, GError **error)
{
	const char *folder = app_folder(app, error);
	g_autoptr(Mailstore) store = folder != NULL ? mailstore_open(folder, dry ? DB_READ : DB_WRITE, APP_WAIT_MS, error) : NULL;
	g_auto(Packing) packing;
	gboolean done;

	packing_init(&packing, before, dry);
	if (store == NULL)
		return FALSE;
	done = pack_all(app, store, &packing, error);
	for (guint i = 0; i < packing.damaged->len; i++)
		log_error("not packed: %s", (const char *)packing.damaged->pdata[i]);
	if (app->level >= LOG_NORMAL && (done || packing.messages > 0))
		say_result(&packing);
	if (!done || (!dry && !give_back(app, store, error)))
		return FALSE;
	if (packing.damaged->len == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%u messages are damaged and stay as they are; postbag check says more", packing.damaged->len);
	return FALSE;
}

gboolean
cmd_pack(struct app *app, int argc, char **argv, GError **error)
{
	g_autofree char *age = NULL;
	gboolean dry = FALSE, done;
	gint64 before = 0;
	const GOptionEntry entries[] = {
	    {"older-than", 0, 0, G_OPTION_ARG_STRING, &age, "pack messages that came before that (" OLDER_THAN ")", "AGE"},
	    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry, "only say what would be packed", NULL},
	    G_OPTION_ENTRY_NULL,
	};

	if (!app_parse(app, "pack", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "pack: unexpected argument \"%s\"", argv[1]);
	if (!parse_age(app, age != NULL ? age : OLDER_THAN, &before, error))
		return FALSE;
	if (pack(app, before, dry, error))
		return TRUE;
	app_explain_owner(app, error);
	return FALSE;
}
