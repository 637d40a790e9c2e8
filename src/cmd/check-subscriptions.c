#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/checks.h"
#include "find/targets.h"
#include "rules/ruleset.h"

#define KIND "subscriptions"

struct known {
	const char *type, *id;
	gboolean current;
};

struct looking {
	const struct conf *conf;
	const GArray *known; /* of struct known */
	struct findings *findings;
};

static char *
place(const struct conf *conf, struct conf_place at)
{
	return g_strdup_printf("%s:%u:%u", conf->file, at.line, at.column);
}

static const char *
nearest_id(const GArray *all, const char *type, const char *id)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();

	for (guint i = 0; i < all->len; i++) {
		const struct known *known = &g_array_index(all, struct known, i);

		if (g_str_equal(known->type, type) && known->current)
			g_ptr_array_add(ids, (gpointer)known->id);
	}
	g_ptr_array_add(ids, NULL);
	return text_nearest(id, (const char *const *)ids->pdata);
}

static const struct known *
find_known(const GArray *all, const char *type, const char *id)
{
	for (guint i = 0; i < all->len; i++) {
		const struct known *known = &g_array_index(all, struct known, i);

		if (g_str_equal(known->type, type) && g_str_equal(known->id, id))
			return known;
	}
	return NULL;
}

/* What rules of an older taxonomy know is no mistake, and nothing new is ever filed there. */
static void
check_wanted(const struct looking *l, const struct subscription *subscription, const struct subscription_wanted *wanted)
{
	const struct known *known = find_known(l->known, wanted->type, wanted->id);
	const char *nearest = known == NULL ? nearest_id(l->known, wanted->type, wanted->id) : NULL;
	g_autofree char *where = place(l->conf, wanted->at);
	g_autofree char *remedy = nearest != NULL ? g_strdup_printf("did you mean \"%s\"?", nearest) : NULL;

	if (known == NULL)
		findings_fault(l->findings, KIND, where, remedy != NULL ? remedy : "the rule files name what there is",
		    "[subscription %s]: no %s \"%s\" in the rules", subscription->name, wanted->type, wanted->id);
	else if (!known->current)
		findings_warning(l->findings, KIND, where, "name one of the rules in force",
		    "[subscription %s]: %s \"%s\" is of older rules; nothing new is filed there", subscription->name, wanted->type, wanted->id);
}

/* By the configured rules, which come into force before the next issue is made; where there are none, or broken ones, by those that the index knows. */
static void
check_all_wanted(struct looking *l, const struct app *app, struct index *index)
{
	g_autofree char *hash = NULL;
	g_autoptr(GPtrArray) sources = app_rules(app, &hash, NULL);
	g_autoptr(Ruleset) ruleset = sources != NULL ? ruleset_new(sources, NULL) : NULL;
	g_autoptr(GPtrArray) targets = ruleset == NULL && index != NULL ? targets_load(index, NULL) : NULL;
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct known));

	for (guint i = 0; ruleset != NULL && i < ruleset_targets(ruleset)->len; i++) {
		const struct rule_target *target = g_ptr_array_index(ruleset_targets(ruleset), i);
		struct known known = {target_name(target->type), target->id, target->current};

		g_array_append_val(all, known);
	}
	for (guint i = 0; targets != NULL && i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);
		struct known known = {target->type, target->id, target->current};

		g_array_append_val(all, known);
	}
	l->known = all;
	for (guint i = 0; (ruleset != NULL || targets != NULL) && i < app->conf->subscriptions->len; i++) {
		const struct subscription *subscription = g_ptr_array_index(app->conf->subscriptions, i);

		for (guint j = 0; j < subscription->wanted->len; j++)
			check_wanted(l, subscription, &g_array_index(subscription->wanted, struct subscription_wanted, j));
	}
	l->known = NULL;
}

/* The password belongs to one user alone. */
static void
check_password(const struct looking *l)
{
	const struct conf_mail *mail = &l->conf->mail;
	g_autofree char *where = place(l->conf, mail->password_file_at);
	struct stat about;

	if (mail->password_file == NULL)
		return;
	if (stat(mail->password_file, &about) != 0)
		findings_fault(l->findings, KIND, where, "make it, with mode 0600", "there is no file %s", mail->password_file);
	else if (!S_ISREG(about.st_mode) || access(mail->password_file, R_OK) != 0)
		findings_fault(l->findings, KIND, where, "it belongs to whoever runs postbag digest --due", "%s cannot be read", mail->password_file);
	else if ((about.st_mode & 077) != 0)
		findings_fault(
		    l->findings, KIND, where, "chmod 600", "others than its owner may read %s (mode %04o)", mail->password_file, about.st_mode & 07777);
	else if (about.st_size == 0)
		findings_fault(l->findings, KIND, where, "put the password into its first line", "%s is empty", mail->password_file);
}

static void
check_sendmail(const struct looking *l)
{
	const struct conf_mail *mail = &l->conf->mail;
	g_autofree char *where = place(l->conf, mail->sendmail_at), *found = NULL;
	g_autoptr(GError) reason = NULL;
	g_auto(GStrv) words = NULL;

	if (mail->sendmail == NULL)
		return;
	if (!g_shell_parse_argv(mail->sendmail, NULL, &words, &reason))
		findings_fault(l->findings, KIND, where, NULL, "\"%s\" is no command: %s", mail->sendmail, reason->message);
	else if ((found = g_find_program_in_path(words[0])) == NULL)
		findings_fault(l->findings, KIND, where, "name the program with its whole path", "%s is not there, or may not be executed", words[0]);
}

void
check_subscriptions(const struct app *app, struct index *index, struct findings *findings)
{
	struct looking l = {.conf = app->conf, .findings = findings};

	check_all_wanted(&l, app, index);
	check_password(&l);
	check_sendmail(&l);
	if (app->conf->mail.ca_file != NULL && access(app->conf->mail.ca_file, R_OK) != 0) {
		g_autofree char *where = place(app->conf, app->conf->mail.ca_file_at);

		findings_fault(findings, KIND, where, NULL, "%s is not there, or cannot be read", app->conf->mail.ca_file);
	}
}
