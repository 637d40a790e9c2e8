#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "cmd/decide.h"
#include "find/entered.h"
#include "find/owntext.h"
#include "find/targets.h"
#include "report/initials.h"
#include "report/quote.h"


struct commenting {
	struct deciding *d;
	char *topic, *section, *position, *behalf, *initials, *quote;
};

static void
commenting_clear(struct commenting *c)
{
	g_clear_pointer(&c->d, deciding_free);
	g_free(c->topic);
	g_free(c->section);
	g_free(c->position);
	g_free(c->behalf);
	g_free(c->initials);
	g_free(c->quote);
}
typedef struct commenting Commenting;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Commenting, commenting_clear)

/* "3.1.2", several with commas between. */
static gboolean
check_section(const char *section, GError **error)
{
	g_auto(GStrv) numbers = g_strsplit(section, ",", -1);
	g_autofree char *shown = text_escape(section, FALSE);

	for (char **number = numbers; *number != NULL; number++) {
		const char *p = g_strstrip(*number);

		if (*p == '\0' || strlen(p) > 20 || strspn(p, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-") != strlen(p))
			return app_usage(error, "comment: --section \"%s\": expected a section's number, as 3.1.2, several as \"3.1.2, 4\", or none", shown);
	}
	return TRUE;
}

/* One clean line in the place of *TEXT. */
static gboolean
settle_line(char **text, const char *option, glong most, GError **error)
{
	g_autofree char *clean = text_clean(*text, -1);

	g_strstrip(g_strdelimit(clean, "\t\n", ' '));
	if (*clean == '\0')
		return app_usage(error, "comment: --%s is empty", option);
	if (g_utf8_strlen(clean, -1) > most)
		return app_usage(error, "comment: --%s has %ld characters; expected at most %ld", option, g_utf8_strlen(clean, -1), most);
	if (*clean == '@')
		return app_usage(error, "comment: --%s begins with an at sign", option);
	g_free(*text);
	*text = g_steal_pointer(&clean);
	return TRUE;
}

static gboolean
settle(struct commenting *c, GError **error)
{
	if (c->section == NULL && c->position == NULL && c->behalf == NULL && c->initials == NULL && c->quote == NULL)
		return app_usage(error, "comment: expected what to enter: --section, --position, --quote, --on-behalf-of or --initials");
	if (c->topic != NULL && c->section == NULL && c->position == NULL && c->quote == NULL)
		return app_usage(error, "comment: --topic goes with --section, --position or --quote");
	if (c->section != NULL && (!settle_line(&c->section, "section", LIMIT_SECTIONS, error) || !check_section(c->section, error)))
		return FALSE;
	if (c->position != NULL && !settle_line(&c->position, "position", LIMIT_POSITION, error))
		return FALSE;
	if (c->behalf != NULL && !settle_line(&c->behalf, "on-behalf-of", LIMIT_NAME, error))
		return FALSE;
	if (c->initials != NULL && !initials_are_valid(c->initials))
		return app_usage(error, "comment: --initials: expected up to %d letters and digits, as HUG or JD2, or none", INITIALS_MOST);
	return TRUE;
}

static gboolean
check_topic(struct commenting *c, GError **error)
{
	g_autoptr(GPtrArray) targets = NULL;
	g_autoptr(GPtrArray) ids = g_ptr_array_new();
	g_autofree char *shown = c->topic != NULL ? text_escape(c->topic, FALSE) : NULL;
	const char *nearest;
	gint64 left;

	if (c->topic == NULL)
		return TRUE;
	if (!app_settle_rules(c->d->app, c->d->archive.store, error) || !deciding_follow(c->d, &left, error) ||
	    (targets = targets_load(c->d->archive.index, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		if (strcmp(target->type, "topic") != 0 && strcmp(target->type, "workstream") != 0)
			continue;
		if (strcmp(target->id, c->topic) == 0)
			return TRUE;
		g_ptr_array_add(ids, target->id);
	}
	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(c->topic, (const char *const *)ids->pdata);
	return app_usage(error, "comment: no topic or workstream \"%s\"%s%s%s; the rule files name them", shown, nearest != NULL ? ", did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

/* The quote has to be the letter's own words: its place is kept, not the words, so that a redaction takes them out here too. */
static gboolean
add_quote(struct commenting *c, GError **error)
{
	g_autofree char *key = quote_key(c->quote), *name = NULL;
	g_auto(OwnText) own = {0};
	gint64 content, left;

	if (strcmp(c->quote, ENTERED_NONE) == 0) {
		deciding_add(c->d, "quote", entered_value(c->topic, ENTERED_NONE));
		return TRUE;
	}
	if (key == NULL)
		return app_usage(error, "comment: --quote: expected words of the letter, at most %d characters", QUOTE_KEY_MOST);
	if (c->d->ids->len != 1)
		return app_usage(error, "comment: --quote is of one letter");
	if (!deciding_follow(c->d, &left, error) || !deciding_resolve(c->d, g_ptr_array_index(c->d->ids, 0), &content, &name, error))
		return FALSE;
	if (!owntext_load(c->d->archive.index, content, &own, error))
		return FALSE;
	for (guint i = 0; i < own.passages->len; i++) {
		const char *text = owntext_passage(&own, (gint)i);
		g_autofree char *found = text != NULL ? quote_find(text, key) : NULL;

		if (found != NULL) {
			deciding_add(c->d, "quote", entered_value(c->topic, key));
			return TRUE;
		}
	}
	return app_usage(error, "comment: --quote: %.8s does not say that in its own words; postbag show %.8s has what it says", name, name);
}

static gboolean
add_changes(struct commenting *c, GError **error)
{
	if (c->behalf != NULL)
		deciding_add(c->d, "on-behalf-of", g_strdup(c->behalf));
	if (c->initials != NULL)
		deciding_add(c->d, "initials", g_strdup(c->initials));
	if (c->section != NULL)
		deciding_add(c->d, "section", entered_value(c->topic, c->section));
	if (c->position != NULL)
		deciding_add(c->d, "position", entered_value(c->topic, c->position));
	return c->quote == NULL || add_quote(c, error);
}

gboolean
cmd_comment(struct app *app, int argc, char **argv, GError **error)
{
	g_auto(Commenting) c = {.d = deciding_new(app, "comment")};
	const GOptionEntry entries[] = {
	    {"section", 0, 0, G_OPTION_ARG_FILENAME, &c.section, "the section it is about, as 3.1.2; none: no section", "NUMBER"},
	    {"position", 0, 0, G_OPTION_ARG_FILENAME, &c.position, "support, oppose, neutral, or a few words", "WORDS"},
	    {"quote", 0, 0, G_OPTION_ARG_FILENAME, &c.quote, "words of the letter that reports quote", "TEXT"},
	    {"topic", 0, 0, G_OPTION_ARG_FILENAME, &c.topic, "section, position and quote are those of what it says there", "ID"},
	    {"on-behalf-of", 0, 0, G_OPTION_ARG_FILENAME, &c.behalf, "the organization or group in whose name it is written; none: a person's own", "NAME"},
	    {"initials", 0, 0, G_OPTION_ARG_FILENAME, &c.initials, "its author's in reports; one pair given to several makes them one", "LETTERS"},
	    {"by", 0, 0, G_OPTION_ARG_FILENAME, &c.d->who, "who decides; else $POSTBAG_BY, else the login name", "NAME"},
	    {"note", 0, 0, G_OPTION_ARG_FILENAME, &c.d->note, "why, for those who read it later", "TEXT"},
	    G_OPTION_ENTRY_NULL,
	};
	gboolean done;

	if (!app_parse(app, "comment", entries, &argc, &argv, &done, error) || done)
		return done;
	for (int i = 1; i < argc; i++)
		if (!deciding_add_id(c.d, argv[i], error))
			return FALSE;
	return settle(&c, error) && deciding_open(c.d, FALSE, error) && check_topic(&c, error) && add_changes(&c, error) && deciding_run(c.d, error);
}
