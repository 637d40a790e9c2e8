#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cmd/moves.h"
#include "intake/keep.h"
#include "rules/ruleset.h"

/* The rule files named in ARGV, or the configured ones. */
static struct ruleset *
load(struct app *app, int argc, char **argv, GError **error)
{
	g_autoptr(GPtrArray) named = g_ptr_array_new();
	g_autoptr(GPtrArray) sources = NULL;

	for (int i = 2; i < argc; i++)
		g_ptr_array_add(named, argv[i]);
	if (named->len == 0 && app->conf->rules->len == 0) {
		app_usage(error, "rules %s: name the rule files, or set [archive] rules in the configuration", argv[1]);
		return NULL;
	}
	sources = keep_load_sources(named->len > 0 ? named : app->conf->rules, error);
	if (sources == NULL)
		return NULL;
	g_autoptr(Ruleset) ruleset = ruleset_new(sources, error);
	if (ruleset == NULL || !ruleset_check(ruleset, error))
		return NULL;
	return g_steal_pointer(&ruleset);
}

static gboolean
check(const struct app *app, const struct ruleset *ruleset)
{
	const GPtrArray *taxonomies = ruleset_taxonomies(ruleset), *warnings = ruleset_warnings(ruleset);

	for (guint i = 0; i < warnings->len; i++)
		log_notice(app->level, "%s", (const char *)g_ptr_array_index(warnings, i));
	for (guint i = 0; i < taxonomies->len; i++) {
		g_auto(GStrv) fields = g_strsplit(g_ptr_array_index(taxonomies, i), "\t", 2);

		printf("%-14s %s\n", fields[0], fields[1] != NULL ? fields[1] : "");
	}
	printf("%u targets, %u phrases and patterns, ruleset %.12s\n", ruleset_targets(ruleset)->len, ruleset_count_rules(ruleset), ruleset_hash(ruleset));
	return TRUE;
}

struct tally {
	guint passed, failed;
	gboolean verbose;
};

static void
report(gpointer data, gboolean passed, const char *file, guint line, const char *id, gboolean accept, const char *text, const char *got)
{
	struct tally *tally = data;

	if (passed)
		tally->passed++;
	else
		tally->failed++;
	if (passed && !tally->verbose)
		return;
	g_autofree char *shown = text_escape(text, FALSE);
	printf("%s:%u: %s %s %s\n    %s\n    filed: %s\n", file, line, id, accept ? "accept" : "reject", passed ? "passes" : "FAILS", shown, got);
}

static gboolean
test(struct app *app, const struct ruleset *ruleset, GError **error)
{
	struct tally tally = {.verbose = app->level >= LOG_VERBOSE};

	ruleset_test(ruleset, report, &tally);
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	if (tally.failed == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%u accept or reject lines fail", tally.failed);
	return FALSE;
}

static gboolean
diff(struct app *app, int argc, char **argv, GError **error)
{
	g_autoptr(Reader) old = NULL, new = NULL;
	g_autoptr(GVariant) before = NULL, after = NULL;
	g_auto(Archive) archive = {0};

	if (argc != 4)
		return app_usage(error, "rules diff: expected OLD and NEW: rule files joined by ',', \"kept\" or \"configured\"");
	if ((old = reader_new(READER_MANY, NULL, error)) == NULL || (new = reader_new(READER_MANY, NULL, error)) == NULL ||
	    !app_open(app, DB_READ, &archive, error))
		return FALSE;
	if ((before = moves_rules(app, archive.store, argv[2], NULL, error)) == NULL || (after = moves_rules(app, archive.store, argv[3], NULL, error)) == NULL)
		return FALSE;
	return moves_give_rules(old, before, error) && moves_give_rules(new, after, error) && moves_print(app, archive.index, old, new, error);
}

static gboolean
fail_command(const char *word, GError **error)
{
	static const char *const known[] = {"check", "test", "diff", "eval", "suggest", "boilerplate", NULL};
	const char *nearest = *word != '\0' ? text_nearest(word, known) : NULL;

	return app_usage(error, "rules: %s%s%sexpected \"check\", \"test\", \"diff\", \"eval\", \"suggest\" or \"boilerplate\"",
	    nearest != NULL ? "did you mean \"" : "", nearest != NULL ? nearest : "", nearest != NULL ? "\"? " : "");
}

gboolean
cmd_rules(struct app *app, int argc, char **argv, GError **error)
{
	gboolean done;

	if (!app_parse(app, "rules", NULL, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1 && strcmp(argv[1], "diff") == 0)
		return diff(app, argc, argv, error);
	if (argc > 1 && strcmp(argv[1], "eval") == 0)
		return rules_eval(app, argc, argv, error);
	if (argc > 1 && strcmp(argv[1], "suggest") == 0)
		return rules_suggest(app, argv + 2, error);
	if (argc > 1 && strcmp(argv[1], "boilerplate") == 0)
		return rules_boilerplate(app, argc, argv, error);
	if (argc < 2 || (strcmp(argv[1], "check") != 0 && strcmp(argv[1], "test") != 0))
		return fail_command(argc > 1 ? argv[1] : "", error);
	g_autoptr(Ruleset) ruleset = load(app, argc, argv, error);
	if (ruleset == NULL)
		return FALSE;
	return strcmp(argv[1], "check") == 0 ? check(app, ruleset) : test(app, ruleset, error);
}
