#include "cmd/app.h"

#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "archive/redaction.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/owner.h"
#include "base/text.h"
#include "config.h"
#include "intake/site.h"
#include "rules/ruleset.h"

gboolean
app_usage(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, message);
	return FALSE;
}

/* The options that may stand before or after a command. */
static GOptionContext *
make_context(struct app *app, const char *name, const GOptionEntry *entries, gpointer data)
{
	const GOptionEntry shared[] = {
	    {"config", 'C', 0, G_OPTION_ARG_FILENAME, &app->config_path, "read this configuration", "FILE"},
	    {"archive", 0, 0, G_OPTION_ARG_FILENAME, &app->archive, "use the archive in this folder", "DIR"},
	    {"format", 0, 0, G_OPTION_ARG_STRING, &app->format_name, "text, json or csv; digests and reports also html, a digest mime, a query ids and mbox",
	        "FORMAT"},
	    {"limit", 0, 0, G_OPTION_ARG_INT, &app->limit, "at most so many rows, 0: all", "N"},
	    {"timezone", 0, 0, G_OPTION_ARG_STRING, &app->timezone_name, "show times in this zone, as Europe/Berlin", "ZONE"},
	    {"no-color", 0, 0, G_OPTION_ARG_NONE, &app->no_color, "no colour even on a terminal", NULL},
	    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &app->quiet, "say only what is wrong", NULL},
	    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &app->verbose, "say more", NULL},
	    {"help", 'h', 0, G_OPTION_ARG_NONE, &app->help, "explain the command", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	const struct command *command = name != NULL ? command_find(name) : NULL;
	g_autofree char *arguments = g_strdup_printf("%s %s", name != NULL ? name : "", command != NULL ? command->arguments : "COMMAND");
	GOptionContext *context = g_option_context_new(g_strstrip(arguments));
	GOptionGroup *own = g_option_group_new("command", "Options:", "", data, NULL);
	GOptionGroup *group = g_option_group_new("shared", "Options of every command:", "", NULL, NULL);

	g_option_context_set_help_enabled(context, FALSE);
	if (command != NULL) {
		g_autofree char *summary = g_strdup_printf("%s: %s", command->name, command->summary);

		g_option_context_set_summary(context, summary);
	}
	if (entries != NULL)
		g_option_group_add_entries(own, entries);
	g_option_group_add_entries(group, shared);
	g_option_context_set_main_group(context, own);
	g_option_context_add_group(context, group);
	return context;
}

/* --format: what it may be depends on the command. */
static gboolean
choose_format(struct app *app, const char *command, GError **error)
{
	static const struct {
		const char *name;
		enum app_format format;
		const char *commands[3]; /* that have it; none: all */
	} formats[] = {
	    {"text", FORMAT_TEXT, {NULL}},
	    {"json", FORMAT_JSON, {NULL}},
	    {"csv", FORMAT_CSV, {NULL}},
	    {"html", FORMAT_HTML, {"digest", "report", NULL}},
	    {"mime", FORMAT_MIME, {"digest", NULL}},
	    {"ids", FORMAT_IDS, {"query", NULL}},
	    {"mbox", FORMAT_MBOX, {"query", NULL}},
	};
	g_autoptr(GString) known = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
		if (formats[i].commands[0] != NULL && !g_strv_contains(formats[i].commands, command))
			continue;
		if (g_strcmp0(app->format_name, formats[i].name) == 0 || app->format_name == NULL) {
			app->format = formats[i].format;
			return TRUE;
		}
		g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", formats[i].name);
	}
	return app_usage(error, "--format %s: expected one of %s", app->format_name, known->str);
}

/* No mail is kept out, and no backup is left out, for a slip in a subscription. */
static struct conf *
load_conf(const struct app *app, const char *command, GError **error)
{
	static const char *const intake[] = {"deliver", "sweep", "import", "backup", NULL};

	return g_strv_contains(intake, command) ? conf_load_intake(app->config_path, error) : conf_load(app->config_path, error);
}

static gboolean
load(struct app *app, const char *command, GError **error)
{
	const char *zone = app->timezone_name;

	if (app->conf == NULL && (app->conf = load_conf(app, command, error)) == NULL)
		return FALSE;
	if (zone == NULL)
		zone = app->conf->timezone != NULL ? app->conf->timezone : "UTC";
	g_clear_pointer(&app->zone, g_time_zone_unref);
	if ((app->zone = clock_zone(zone, error)) == NULL)
		return FALSE;
	if (!choose_format(app, command, error))
		return FALSE;
	if (app->limit < -1)
		return app_usage(error, "--limit %d: expected a number, 0 for all", app->limit);
	app->color = !app->no_color && g_getenv("NO_COLOR") == NULL && isatty(STDOUT_FILENO);
	/* before a reader is forked or a file is opened */
	const char *folder = app->archive != NULL ? app->archive : app->conf->folder;
	gboolean root = geteuid() == 0;

	if (folder != NULL && !owner_become(folder, error))
		return FALSE;
	app->became_owner = root && geteuid() != 0;
	return TRUE;
}

void
app_explain_owner(const struct app *app, GError **error)
{
	const struct passwd *owner;

	if (!app->became_owner || error == NULL || !g_error_matches(*error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION) || (owner = getpwuid(geteuid())) == NULL)
		return;
	g_prefix_error(error, "for %s (the archive's owner, as whom root runs this; make the folder and chown it to %s): ", owner->pw_name, owner->pw_name);
}

gboolean
app_parse(struct app *app, const char *name, const GOptionEntry *entries, int *argc, char ***argv, gboolean *done, GError **error)
{
	return app_parse_with(app, name, entries, NULL, argc, argv, done, error);
}

gboolean
app_parse_with(struct app *app, const char *name, const GOptionEntry *entries, gpointer data, int *argc, char ***argv, gboolean *done, GError **error)
{
	g_autoptr(GOptionContext) context = make_context(app, name, entries, data);
	g_autoptr(GError) reason = NULL;

	*done = FALSE;
	if (!g_option_context_parse(context, argc, argv, &reason))
		return app_usage(error, "%s: %s; see postbag %s --help%s", name, reason->message, name,
		    strcmp(name, "query") == 0 && strstr(reason->message, " -") != NULL && strchr(reason->message, ':') != NULL
		        ? "; a query that begins with - stands behind --"
		        : "");
	/* GLib leaves it when a word that begins with '-' follows */
	for (int i = 1; i < *argc; i++)
		if (strcmp((*argv)[i], "--") == 0) {
			memmove(*argv + i, *argv + i + 1, (*argc - i) * sizeof **argv);
			--*argc;
			break;
		}
	app->level = app->quiet ? LOG_QUIET : app->verbose ? LOG_VERBOSE : LOG_NORMAL;
	if (app->help) {
		g_autofree char *help = g_option_context_get_help(context, FALSE, NULL);

		fputs(help, stdout);
		*done = TRUE;
		return TRUE;
	}
	return load(app, name, error);
}

const char *
app_folder(const struct app *app, GError **error)
{
	return site_folder(app->conf, app->archive, error);
}

char *
app_spool(const struct app *app, const char *folder)
{
	return site_spool(app->conf, folder);
}

GPtrArray *
app_spools(const struct app *app, const char *folder)
{
	return site_spools(app->conf, folder);
}

GPtrArray *
app_rules(const struct app *app, char **hash, GError **error)
{
	return site_rules(app->conf, hash, error);
}

gboolean
app_settle_rules(struct app *app, struct mailstore *store, GError **error)
{
	return site_settle_rules(app->conf, store, app->now, error);
}

char *
app_rules_trouble(const struct app *app)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = NULL;
	g_autoptr(GPtrArray) sources = app_rules(app, &hash, &error);
	g_autoptr(Ruleset) ruleset = sources != NULL ? ruleset_new(sources, &error) : NULL;

	return error != NULL ? g_strdup(error->message) : NULL;
}

char *
app_new_rules_trouble(const struct app *app, struct mailstore *store)
{
	g_autofree char *hash = NULL, *in_force = NULL;
	g_autoptr(GPtrArray) sources = app_rules(app, &hash, NULL);

	if (sources != NULL && mailstore_get_rules_hash(store, &in_force, NULL) && g_strcmp0(hash, in_force) == 0)
		return NULL;
	return app_rules_trouble(app);
}

/* Between a redaction and its way into the index the words still stand there: nobody is shown them. */
static gboolean
check_redacted(struct archive *archive, GError **error)
{
	struct index_position position;
	gboolean redacted;

	if (!index_position(archive->index, &position, error) || !mailstore_redacted_after(archive->store, position.seq, &redacted, error))
		return FALSE;
	if (redacted)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY,
		    "a redaction has not reached the index yet, which still has what was taken out; postbag sweep brings it up");
	return !redacted;
}

static void
say_behind(struct app *app, struct archive *archive)
{
	struct index_position position;
	gint64 last;

	if (app->level == LOG_QUIET)
		return;
	if (!index_position(archive->index, &position, NULL) || !mailstore_last(archive->store, &last, NULL) || position.seq >= last)
		return;
	g_autofree char *behind = text_count(last - position.seq, "entry", "entries");
	log_notice(app->level, "the index is %s behind; postbag sweep brings it up", behind);
}

/* A mail.db put back from a backup, or another's, under an index that knows more or other things: nobody may be shown what the truth does not have. */
static gboolean
check_follows(struct archive *archive, GError **error)
{
	gboolean follows;

	if (!index_follows(archive->index, archive->store, &follows, error))
		return FALSE;
	if (!follows)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
		    "%s/index.db does not belong to this mail.db (another one, or an older one put back?); postbag sweep makes it anew",
		    mailstore_folder(archive->store));
	return follows;
}

/*
 * The index before the truth: what was followed in a view of the index stands in a view of mail.db that is taken later. But when both are missing, the loss of
 * mail.db is what is told.
 */
static gboolean
open_both(const char *folder, enum db_mode mode, struct archive *archive, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (db_mode_glances(mode))
		archive->index = index_open(folder, mode, APP_WAIT_MS, &reason);
	/* Only the index may be made anew: mail.db is made by init and never again. */
	archive->store = mailstore_open(folder, mode == DB_CREATE ? DB_WRITE : mode, APP_WAIT_MS, error);
	if (archive->store != NULL && reason == NULL && archive->index == NULL)
		archive->index = index_open(folder, mode, APP_WAIT_MS, &reason);
	if (archive->store != NULL && reason != NULL)
		g_propagate_error(error, g_steal_pointer(&reason));
	return archive->store != NULL && archive->index != NULL;
}

gboolean
app_open(struct app *app, enum db_mode mode, struct archive *out, GError **error)
{
	g_auto(Archive) archive = {0};
	const char *folder = app_folder(app, error);

	if (folder == NULL || !open_both(folder, mode, &archive, error))
		return FALSE;
	if (mode == DB_READ || db_mode_glances(mode)) {
		if (!check_follows(&archive, error) || !check_redacted(&archive, error))
			return FALSE;
		say_behind(app, &archive);
	}
	if (db_mode_glances(mode))
		mailstore_rollback(archive.store); /* all that it was looked at for */
	*out = archive;
	memset(&archive, 0, sizeof archive);
	return TRUE;
}

void
archive_clear(struct archive *archive)
{
	g_clear_pointer(&archive->index, index_close);
	g_clear_pointer(&archive->store, mailstore_close);
}

void
archive_abandon(struct archive *archive)
{
#ifdef __SANITIZE_ADDRESS__
	archive_clear(archive);
#endif
}

static int
print_overview(FILE *out)
{
	fputs("usage: postbag [--archive DIR] [--config FILE] COMMAND [ARGUMENT...]\n\n", out);
	for (const struct command *command = commands; command->name != NULL; command++)
		fprintf(out, "  %-10s %s\n", command->name, command->summary);
	fputs("\npostbag help COMMAND explains one; the manual is postbag(1)\n", out);
	return out == stdout ? EX_OK : EX_USAGE;
}

gboolean
cmd_help(struct app *app, int argc, char **argv, GError **error)
{
	char *with_help[] = {argc > 1 ? argv[1] : NULL, (char *)"--help", NULL};
	const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;

	if (argc == 1 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (command != NULL && command->run == cmd_help)) {
		print_overview(stdout);
		return TRUE;
	}
	if (command == NULL)
		return app_usage(error, "no command \"%s\"; postbag help lists all commands", argv[1]);
	return command->run(app, 2, with_help, error);
}

/* The command called NAME, or NULL and perhaps a *HINT. */
static const struct command *
look_up(const char *name, const char **hint)
{
	const struct command *found = command_find(name);
	g_autoptr(GPtrArray) names = NULL;

	if (found != NULL)
		return found;
	names = g_ptr_array_new();
	for (const struct command *command = commands; command->name != NULL; command++)
		g_ptr_array_add(names, (gpointer)command->name);
	g_ptr_array_add(names, NULL);
	*hint = text_nearest(name, (const char *const *)names->pdata);
	return NULL;
}

static int
fail(const GError *error)
{
	log_error("%s", error->message);
	return error_exit_status(error);
}

/* A mail server's filter knows one way to fail: try again. That holds for a slip in its command line too. */
static gboolean
is_delivery(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "deliver") == 0)
			return TRUE;
	return FALSE;
}

/* The word that names the command: what follows the options of every command; NULL when there is none. */
static const char *
command_word(int argc, char **argv)
{
	static const char *const with_value[] = {"-C", "--config", "--archive", "--format", "--limit", "--timezone", NULL};

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-')
			return argv[i];
		if (g_strv_contains(with_value, argv[i]))
			i++;
	}
	return NULL;
}

gboolean
app_has_mail(void)
{
	struct stat about;

	if (fstat(STDIN_FILENO, &about) != 0 || S_ISCHR(about.st_mode))
		return FALSE;
	return !S_ISREG(about.st_mode) || lseek(STDIN_FILENO, 0, SEEK_CUR) < about.st_size;
}

/* A server that sent a message by a mistyped recipe must not lose it: no command at all, one that is only explained, or one that is nearly "deliver". */
static gboolean
keeps_nothing(int argc, char **argv, const char *meant)
{
	const char *word = command_word(argc, argv);

	return (word == NULL || is_delivery(argc, argv) || g_strcmp0(meant, "deliver") == 0) && app_has_mail();
}

static void
app_clear(struct app *app)
{
	g_free(app->config_path);
	g_free(app->archive);
	g_free(app->format_name);
	g_free(app->timezone_name);
	conf_free(app->conf);
	g_clear_pointer(&app->zone, g_time_zone_unref);
}

/* A question in ASCII that is answered by a number has no other characters. */
static gboolean
is_plain_count(int argc, char **argv)
{
	gboolean query = FALSE, count = FALSE;

	for (int i = 1; i < argc; i++) {
		if (!g_str_is_ascii(argv[i]))
			return FALSE;
		query = query || strcmp(argv[i], "query") == 0;
		count = count || strcmp(argv[i], "--count") == 0;
	}
	return query && count;
}

int
app_main(int argc, char **argv)
{
	struct app app = {.limit = -1, .now = clock_now(), .delivering = g_strcmp0(command_word(argc, argv), "deliver") == 0};
	g_autoptr(GOptionContext) context = make_context(&app, NULL, NULL, NULL);
	g_autoptr(GError) error = NULL;
	const char *hint = NULL;
	int status = EX_OK;

	if (!app.delivering && !is_plain_count(argc, argv)) /* five files to open; a delivery has a use for it in the reader alone */
		setlocale(LC_CTYPE, "C.UTF-8");
	app.has_input = !app.delivering || fault_prepare(); /* before anything can go wrong */
	log_adopt_libraries(app.delivering);
	g_option_context_set_strict_posix(context, TRUE);
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return EX_OK;
	}
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		log_error("%s; see postbag help", error->message);
		return is_delivery(argc, argv) || keeps_nothing(argc, argv, NULL) ? EX_TEMPFAIL : EX_USAGE;
	}
	if ((argc < 2 || app.help) && (!app.help || is_delivery(argc, argv)) && keeps_nothing(argc, argv, NULL)) {
		log_error("no command, and a message came: postbag deliver takes it");
		status = EX_TEMPFAIL;
	} else if (argc < 2 || app.help)
		status = print_overview(app.help ? stdout : stderr);
	else {
		const struct command *command = look_up(argv[1], &hint);

		if (command == NULL) {
			log_error("no command \"%s\"%s%s%s postbag help lists all commands", argv[1], hint != NULL ? ", did you mean \"" : "",
			    hint != NULL ? hint : "", hint != NULL ? "\"?" : ";");
			status = keeps_nothing(argc, argv, hint) ? EX_TEMPFAIL : EX_USAGE;
		} else if (!command->run(&app, argc - 1, argv + 1, &error))
			status = fail(error);
	}
	if (fflush(stdout) != 0 && status == EX_OK) {
		log_error("cannot write the output");
		status = app.delivering ? EX_TEMPFAIL : EX_IOERR;
	}
	app_clear(&app);
	return status;
}
