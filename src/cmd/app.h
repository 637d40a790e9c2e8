/* What every command shares: the options that stand before or after its name, the configuration, the archive. */
#ifndef CMD_APP_H
#define CMD_APP_H

#include <glib.h>

#include "archive/index.h"
#include "archive/mailstore.h"
#include "base/conf.h"
#include "base/log.h"

enum app_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_HTML, FORMAT_MIME, FORMAT_IDS, FORMAT_MBOX };

struct app {
	/* as given; NULL or 0 when not */
	char *config_path, *archive, *format_name, *timezone_name;
	int limit; /* -1: not given; 0: all */
	gboolean no_color, quiet, verbose, help;

	gboolean delivering; /* the command is deliver: base/fault.h is at work */
	gboolean has_input;  /* standard input was open at the start */

	/* made by app_load */
	struct conf *conf;
	enum app_format format;
	gboolean color;
	gboolean became_owner; /* root called it, and it runs as the archive's owner */
	GTimeZone *zone;
	enum log_level level;
	gint64 now;
};

struct command {
	const char *name;
	const char *arguments; /* for the usage line */
	const char *summary;
	/* ARGV[0] is the command's name. FALSE with ERROR set when it failed: base/error.h says with which exit status. */
	gboolean (*run)(struct app *app, int argc, char **argv, GError **error);
};
extern const struct command commands[]; /* ends with a NULL name */
const struct command *command_find(const char *name);

/* Runs the program: returns its exit status. */
int app_main(int argc, char **argv);

/*
 * Parses the options of COMMAND (ENTRIES, NULL-terminated, or NULL) and the shared ones; afterwards ARGV holds only the arguments, ARGV[0] the command's name.
 * Loads the configuration. *DONE is TRUE when --help was asked for and has been printed. POSTBAG_ERROR_USAGE, POSTBAG_ERROR_CONFIG.
 */
gboolean app_parse(
    struct app *app, const char *name, const GOptionEntry *entries, int *argc, char ***argv, gboolean *done, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, with DATA for the entries that are callbacks. */
gboolean app_parse_with(struct app *app, const char *name, const GOptionEntry *entries, gpointer data, int *argc, char ***argv, gboolean *done,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An *ERROR of POSTBAG_ERROR_PERMISSION also says who was not allowed, where root was put aside for the archive's owner. */
void app_explain_owner(const struct app *app, GError **error);

/* The archive's folder: --archive, or [archive] folder. POSTBAG_ERROR_USAGE naming both ways when neither is there. Owned by APP. */
const char *app_folder(const struct app *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The spool's folder for the archive FOLDER. Caller frees. */
char *app_spool(const struct app *app, const char *folder);
GPtrArray *app_spools(const struct app *app, const char *folder); /* see site_spools */
/* At most so many milliseconds wait for a busy archive. */
#define APP_WAIT_MS 20000

/* An archive to read from: both files, and how far behind the index is (said on stderr unless quiet). */
struct archive {
	struct mailstore *store;
	struct index *index;
};
/* With DB_GLANCE and DB_COUNT only the index can be read afterwards. */
gboolean app_open(struct app *app, enum db_mode mode, struct archive *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void archive_clear(struct archive *archive);
/* For one that was only read, at the end of the process: taking it apart piece by piece costs a tenth of a short one, and the kernel does it at once. */
void archive_abandon(struct archive *archive);
typedef struct archive Archive;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

/* The configured rule files (of struct rule_source) and their hash; NULL without error when none are configured. */
GPtrArray *app_rules(const struct app *app, char **hash, GError **error);

/* Brings the configured rule files into force, unless they are or are broken (then it says so and the last good ones stay). */
gboolean app_settle_rules(struct app *app, struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What keeps the configured rule files from coming into force, or NULL when they are fine or none are configured. Caller frees. */
char *app_rules_trouble(const struct app *app);
/* The same, without reading once more those that are in force in STORE: that takes longer than a digest. */
char *app_new_rules_trouble(const struct app *app, struct mailstore *store);

/* Whether a message may wait on standard input: it is no terminal, no null device, no empty file. */
gboolean app_has_mail(void);

gboolean app_usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A progress line on standard error, when that is a terminal and the level allows: "WHAT 120 of 2,000 ... ". TOTAL 0: unknown. */
struct progress;
struct progress *progress_new(const struct app *app, const char *what);
void progress_show(struct progress *progress, gint64 done, gint64 total, const char *unit);
/* The same for follow_catch_up: DATA is the struct progress. */
void progress_entries(gpointer data, gint64 seq, gint64 last);
void progress_free(struct progress *progress); /* clears the line */
typedef struct progress Progress;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* The commands, one file each. */
gboolean cmd_init(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_deliver(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_classify(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_import(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_query(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_show(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_explain(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_assign(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_decide(struct app *app, int argc, char **argv, GError **error); /* hold, release, answered, reopen, note, undo */
gboolean cmd_comment(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_supersedes(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_redact(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_history(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_digest(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_report(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_publish(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_rules(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_reclassify(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_sweep(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_rebuild(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_pack(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_backup(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_restore(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_upgrade(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_server(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_check(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_status(struct app *app, int argc, char **argv, GError **error);
gboolean cmd_help(struct app *app, int argc, char **argv, GError **error);

#endif
