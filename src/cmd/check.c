#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cmd/checks.h"
#include "base/owner.h"
#include "base/text.h"

struct checking {
	struct app *app;
	const char *folder;
	enum check_depth depth;
	struct reader *reader; /* NULL when the index is not derived anew */
	struct findings *findings;
	gint64 messages, deliveries;
	gboolean done; /* nothing kept it from looking at all */
};

/*
 * Both files as they are at one moment: the index first, so that mail.db holds whatever the index has followed. A delivery that comes meanwhile is in neither,
 * or in mail.db alone.
 */
static gboolean
begin_both(struct mailstore *store, struct index *index, GError **error)
{
	struct index_position position;
	gint64 last;

	return (index == NULL || (index_begin(index, error) && index_position(index, &position, error))) && mailstore_begin(store, error) &&
	       mailstore_last(store, &last, error);
}

static gboolean
check_both(struct checking *c, struct mailstore *store, struct index *index, GError **error)
{
	gboolean usable = FALSE;
	guint before = findings_faults(c->findings);

	if (!begin_both(store, index, error) || !mailstore_count(store, G_MININT64, G_MAXINT64, &c->deliveries, &c->messages, error) ||
	    !check_mail(store, c->findings, c->depth, error) || !check_kept_rules(store, c->findings, error))
		return FALSE;
	if (findings_faults(c->findings) > before) /* what is made from a damaged mail.db is no measure */
		c->depth = CHECK_QUICK;
	if (index != NULL && !check_index(index, store, c->findings, c->depth, c->app->now, &usable, error))
		return FALSE;
	if (usable)
		check_saved_queries(c->app, index, c->findings);
	return !usable || c->depth == CHECK_QUICK || check_derived(c->app, index, store, c->reader, c->findings, error);
}

/* A file that cannot be opened is a finding; the others are looked at all the same. */
static gboolean
check_archive(struct checking *c, GError **error)
{
	g_autoptr(GError) no_mail = NULL;
	g_autoptr(GError) no_index = NULL;
	g_autoptr(GError) reason = NULL;
	g_autoptr(Mailstore) store = mailstore_open(c->folder, DB_READ, APP_WAIT_MS, &no_mail);
	g_autoptr(Index) index = index_open(c->folder, DB_READ, APP_WAIT_MS, &no_index);

	/* who may not look has found nothing */
	if (g_error_matches(no_mail, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION) || g_error_matches(no_mail, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY)) {
		g_propagate_error(error, g_steal_pointer(&no_mail));
		return FALSE;
	}
	check_subscriptions(c->app, index, c->findings);
	if (no_mail != NULL)
		findings_error(c->findings, "mail.db", "mail.db", no_mail);
	if (no_index != NULL)
		findings_error(c->findings, "index.db", "index.db", no_index);
	if (store == NULL || check_both(c, store, index, &reason))
		return TRUE;
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	findings_error(c->findings, "mail.db structure", "mail.db", reason);
	return TRUE;
}

static gboolean
check_all(struct checking *c, GError **error)
{
	g_autoptr(GPtrArray) spools = app_spools(c->app, c->folder);

	check_configured_rules(c->app, c->findings);
	if (!g_file_test(c->folder, G_FILE_TEST_IS_DIR)) {
		findings_fault(c->findings, "files", c->folder, "name another with --archive, or make it with postbag init", "there is no such folder");
		return TRUE;
	}
	check_files(c->folder, c->app->now, c->findings);
	check_device(g_ptr_array_index(spools, 0), c->folder, c->findings);
	for (guint i = 0; i < spools->len; i++)
		check_spool(g_ptr_array_index(spools, i), c->folder, c->app->now, c->findings);
	return check_archive(c, error);
}

static void
print_text(const struct checking *c)
{
	const GPtrArray *list = findings_list(c->findings);

	for (guint i = 0; i < list->len; i++) {
		const struct finding *finding = list->pdata[i];

		printf("%s: %s: %s%s%s\n", finding->warning ? "warning" : "fault", finding->where, finding->what, finding->remedy != NULL ? "; " : "",
		    finding->remedy != NULL ? finding->remedy : "");
	}
	if (!c->done || findings_faults(c->findings) > 0 || c->app->level < LOG_NORMAL)
		return;
	g_autofree char *messages = text_count(c->messages, "message", "messages");
	g_autofree char *deliveries = text_count(c->deliveries, "delivery", "deliveries");
	printf("%s is whole%s: %s in %s\n", c->folder, c->depth == CHECK_QUICK ? " as far as a quick look goes" : "", messages, deliveries);
}

static void
print_json(const struct checking *c)
{
	const GPtrArray *list = findings_list(c->findings);
	g_autoptr(Json) json = json_new_object();
	struct json *array = json_new_array();

	json_put_text(json, "archive", c->folder);
	json_put_boolean(json, "whole", c->done && findings_faults(c->findings) == 0);
	json_put_number(json, "faults", findings_faults(c->findings));
	json_put_number(json, "messages", c->messages);
	json_put_number(json, "deliveries", c->deliveries);
	for (guint i = 0; i < list->len; i++) {
		const struct finding *finding = list->pdata[i];
		struct json *object = json_new_object();

		json_put_text(object, "level", finding->warning ? "warning" : "fault");
		json_put_text(object, "kind", finding->kind);
		json_put_text(object, "where", finding->where);
		json_put_text(object, "what", finding->what);
		json_put_text(object, "remedy", finding->remedy);
		json_add(array, object);
	}
	json_put(json, "findings", array);
	g_autofree char *text = json_print(json, TRUE);
	fputs(text, stdout);
}

/* A configuration that is wrong is the first finding, not the end, when the command line names the archive. */
static gboolean
parse(struct app *app, const GOptionEntry *entries, int *argc, char ***argv, gboolean *done, struct findings *findings, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (app_parse(app, "check", entries, argc, argv, done, &reason))
		return TRUE;
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG) && app->archive != NULL && app->conf == NULL) {
		findings_error(findings, "configuration", "the configuration", reason);
		app->conf = conf_new();
		app->format = g_strcmp0(app->format_name, "json") == 0 ? FORMAT_JSON : FORMAT_TEXT;
		app->zone = g_time_zone_new_utc();
		return owner_become(app->archive, error);
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

gboolean
cmd_check(struct app *app, int argc, char **argv, GError **error)
{
	gboolean quick = FALSE, done;
	const GOptionEntry entries[] = {
	    {"quick", 0, 0, G_OPTION_ARG_NONE, &quick, "leave out what takes long: every message's bytes, and the index made again for comparison", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(Findings) findings = findings_new();
	g_autoptr(Reader) reader = NULL;
	struct checking c = {.app = app, .findings = findings};

	if (!parse(app, entries, &argc, &argv, &done, findings, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "check: unexpected argument \"%s\"", argv[1]);
	c.depth = quick ? CHECK_QUICK : CHECK_WHOLE;
	if ((!quick && (c.reader = reader = reader_new(READER_MANY, NULL, error)) == NULL) || (c.folder = app_folder(app, error)) == NULL)
		return FALSE;
	c.done = check_all(&c, error); /* what was found before it had to stop is shown all the same */
	if (app->format == FORMAT_JSON)
		print_json(&c);
	else
		print_text(&c);
	fflush(stdout);
	if (!c.done || findings_faults(findings) == 0)
		return c.done;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%u fault%s found", findings_faults(findings), findings_faults(findings) == 1 ? "" : "s");
	return FALSE;
}
