#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd/checks.h"
#include "intake/keep.h"
#include "intake/rulecache.h"
#include "rules/ruleset.h"

static void
count_failed(gpointer data, gboolean passed, const char *file, guint line, const char *id, gboolean accept, const char *text, const char *got)
{
	if (!passed)
		findings_warning(
		    data, "rules' own tests", file, "postbag rules test says more", "line %u: the %s line of %s fails", line, accept ? "accept" : "reject", id);
}

void
check_configured_rules(const struct app *app, struct findings *findings)
{
	g_autofree char *hash = NULL;
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) sources = app_rules(app, &hash, &reason);
	g_autoptr(Ruleset) ruleset = sources != NULL ? ruleset_new(sources, &reason) : NULL;

	if (ruleset != NULL && ruleset_check(ruleset, &reason))
		ruleset_test(ruleset, count_failed, findings);
	if (reason != NULL)
		findings_fault(findings, "rules", "the rules", "the last good ones stay in force until it is mended", "%s", reason->message);
}

static gboolean
check_kept(struct mailstore *store, const char *hash, struct findings *findings, GError **error)
{
	static const char remedy[] = "restore a backup (postbag restore)";
	g_autoptr(GError) reason = NULL;
	g_autoptr(GVariant) files = mailstore_get_rules(store, hash, NULL, &reason);
	g_autoptr(GPtrArray) sources = files != NULL ? keep_unpack_rules(files) : NULL;
	g_autofree char *found = sources != NULL ? rule_sources_hash(sources) : NULL;
	g_autoptr(Ruleset) ruleset = NULL;

	if (files == NULL && !g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (files == NULL)
		findings_fault(findings, "rules in mail.db", "mail.db", remedy, "rules %.12s: %s", hash, reason->message);
	else if (strcmp(found, hash) != 0)
		findings_fault(findings, "rules in mail.db", "mail.db", remedy, "rules %.12s are not those that were put in force (%.12s)", hash, found);
	else if ((ruleset = ruleset_new(sources, &reason)) == NULL)
		findings_fault(findings, "rules in mail.db", "mail.db", "mend the rule files; they come into force with the next delivery",
		    "rules %.12s cannot be used: %s", hash, reason->message);
	return TRUE;
}

/* What deliveries file by, until they see that it is not the rules in force. */
static void
check_cache(const char *folder, const char *hash, struct findings *findings)
{
	static const char remedy[] = "remove it; the next delivery makes it anew";
	g_autofree char *path = g_build_filename(folder, "rules.cache", NULL);
	g_autofree char *cached = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (access(path, F_OK) != 0)
		return;
	bytes = rulecache_open(folder, TRUE, &cached);
	if (bytes == NULL)
		findings_fault(findings, "rules.cache", "rules.cache", remedy, "is damaged, or another version's");
	else if (g_strcmp0(cached, hash) != 0)
		findings_warning(findings, "rules.cache", "rules.cache", "the next delivery makes it anew", "is not of the rules in force");
}

gboolean
check_kept_rules(struct mailstore *store, struct findings *findings, GError **error)
{
	g_autoptr(GPtrArray) hashes = mailstore_list_rules(store, error);
	g_autofree char *in_force = NULL;

	if (hashes == NULL || !mailstore_get_rules_hash(store, &in_force, error))
		return FALSE;
	for (guint i = 0; i < hashes->len; i++)
		if (!check_kept(store, hashes->pdata[i], findings, error))
			return FALSE;
	check_cache(mailstore_folder(store), in_force, findings);
	return TRUE;
}
