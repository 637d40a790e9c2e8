#include "base/conf.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/record.h"
#include "base/sections.h"
#include "base/text.h"

#define SYSTEM_FILE "/etc/postbag/postbag.conf"

static const char *const archive_keys[] = {"folder", "spool", "title", "timezone", "rules", "retention", NULL};
static const char *const lmtp_keys[] = {"listen", "recipient", "mode", "size", "connections", "timeout", NULL};
static const char *const sweep_keys[] = {"folder", NULL};
static const char *const outward_types[] = {"mail", "subscription", "query", "web", NULL}; /* what goes out and is looked at: intake does without them */
static const char *const section_types[] = {"archive", "lmtp", "sweep", "mail", "subscription", "query", "web", NULL};

struct conf *
conf_new(void)
{
	struct conf *conf = g_new0(struct conf, 1);

	conf->retention = g_array_new(FALSE, TRUE, sizeof(struct conf_retention));
	conf->rules = g_ptr_array_new_with_free_func(g_free);
	conf->failed = g_ptr_array_new_with_free_func(g_free);
	conf->lmtp_listen = g_ptr_array_new_with_free_func(g_free);
	conf->lmtp_listen_at = g_ptr_array_new_with_free_func(g_free);
	conf->lmtp_recipients = g_ptr_array_new_with_free_func(g_free);
	conf->subscriptions = g_ptr_array_new_with_free_func((GDestroyNotify)subscription_free);
	conf->queries = g_ptr_array_new_with_free_func((GDestroyNotify)saved_query_free);
	conf_web_init(&conf->web);
	conf->mail.starttls = -1;
	conf->mail.timeout = LIMIT_CARRIER_SECONDS;
	conf->lmtp_mode = -1;
	conf->lmtp_connections = LIMIT_LMTP_CONNECTIONS;
	conf->lmtp_timeout = LIMIT_LMTP_SECONDS;
	return conf;
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	g_free(conf->file);
	g_free(conf->folder);
	g_free(conf->spool);
	g_free(conf->title);
	g_free(conf->timezone);
	g_array_unref(conf->retention);
	g_ptr_array_unref(conf->rules);
	g_ptr_array_unref(conf->failed);
	g_ptr_array_unref(conf->lmtp_listen);
	g_ptr_array_unref(conf->lmtp_listen_at);
	g_ptr_array_unref(conf->lmtp_recipients);
	g_ptr_array_unref(conf->subscriptions);
	g_ptr_array_unref(conf->queries);
	conf_mail_clear(&conf->mail);
	conf_web_clear(&conf->web);
	g_free(conf);
}

/* The path of the configuration to read; NULL when there is none. */
static char *
find_file(void)
{
	const char *named = g_getenv("POSTBAG_CONFIG");
	const char *home = g_getenv("HOME"), *config = g_getenv("XDG_CONFIG_HOME");
	g_autofree char *own = NULL;

	if (named != NULL && *named != '\0')
		return g_strdup(named);
	if (config != NULL && *config != '\0')
		own = g_build_filename(config, "postbag", "postbag.conf", NULL);
	else if (home != NULL && *home != '\0')
		own = g_build_filename(home, ".config", "postbag", "postbag.conf", NULL);
	if (own != NULL && g_file_test(own, G_FILE_TEST_EXISTS))
		return g_steal_pointer(&own);
	return g_file_test(SYSTEM_FILE, G_FILE_TEST_EXISTS) ? g_strdup(SYSTEM_FILE) : NULL;
}

static char *
resolve(const char *file, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(file);

	return g_canonicalize_filename(path, folder);
}

/* KNOWN words as "a, b, c", or the nearest one when WORD looks like a slip. */
static char *
expected(const char *word, const char *const *known)
{
	const char *nearest = text_nearest(word, known);
	g_autofree char *all = g_strjoinv(", ", (char **)known);

	return nearest != NULL ? g_strdup_printf("did you mean \"%s\"?", nearest) : g_strdup_printf("expected one of %s", all);
}

/* "spam 90d": a kind and days, months or years. */
static gboolean
parse_retention(const char *item, struct conf_retention *out)
{
	g_auto(GStrv) words = g_strsplit_set(item, " \t", -1);
	guint n = 0, last;
	guint64 number;

	for (guint i = 0; words[i] != NULL; i++)
		if (*words[i] != '\0') {
			char *word = words[i];

			words[i] = words[n];
			words[n++] = word;
		}
	if (n != 2 || (out->kind = kind_from_name(words[0])) < 0 || strlen(words[1]) >= sizeof out->age)
		return FALSE;
	g_strlcpy(out->age, words[1], sizeof out->age);
	last = (guint)strlen(words[1]) - 1;
	if (strchr("dmy", words[1][last]) == NULL)
		return FALSE;
	words[1][last] = '\0';
	return g_ascii_string_to_unsigned(words[1], 10, 1, 36500, &number, NULL);
}

static gboolean
read_retention(struct conf *conf, const struct section_entry *entry, GError **error)
{
	g_autoptr(GArray) columns = NULL;
	g_autoptr(GPtrArray) items = section_entry_list(entry, &columns);

	for (guint i = 0; i < items->len; i++) {
		struct conf_retention retention;
		guint column = g_array_index(columns, guint, i);

		if (!parse_retention(g_ptr_array_index(items, i), &retention))
			return sections_fail(error, conf->file, entry->line, column,
			    "\"%s\" is no retention; write a kind of message and days, months or years, as \"spam 90d; bounce 30d; auto 1y\"",
			    (const char *)g_ptr_array_index(items, i));
		for (guint n = 0; n < conf->retention->len; n++)
			if (g_array_index(conf->retention, struct conf_retention, n).kind == retention.kind)
				return sections_fail(error, conf->file, entry->line, column, "the retention of %s is given twice", kind_name(retention.kind));
		g_array_append_val(conf->retention, retention);
	}
	return TRUE;
}

static gboolean
read_archive_entry(struct conf *conf, const struct section_entry *entry, GError **error)
{
	if (entry->operator!= '=' || entry->suffix != NULL)
		return sections_fail(error, conf->file, entry->line, 1, "expected \"key = value\"");
	if (strcmp(entry->key, "rules") == 0) {
		g_autoptr(GPtrArray) paths = section_entry_list(entry, NULL);

		for (guint i = 0; i < paths->len; i++)
			g_ptr_array_add(conf->rules, resolve(conf->file, g_ptr_array_index(paths, i)));
		return TRUE;
	}
	if (*entry->value == '\0')
		return sections_fail(error, conf->file, entry->line, entry->column, "\"%s\" has no value", entry->key);
	if (strcmp(entry->key, "retention") == 0)
		return read_retention(conf, entry, error);
	if (strcmp(entry->key, "timezone") == 0) {
		g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(entry->value);

		if (zone == NULL)
			return sections_fail(
			    error, conf->file, entry->line, entry->column, "no time zone \"%s\"; write it as \"UTC\" or \"Europe/Berlin\"", entry->value);
	}

	char **out = strcmp(entry->key, "folder") == 0     ? &conf->folder
	             : strcmp(entry->key, "spool") == 0    ? &conf->spool
	             : strcmp(entry->key, "title") == 0    ? &conf->title
	             : strcmp(entry->key, "timezone") == 0 ? &conf->timezone
	                                                   : NULL;
	if (out == NULL) {
		g_autofree char *hint = expected(entry->key, archive_keys);
		return sections_fail(error, conf->file, entry->line, 1, "unknown key \"%s\"; %s", entry->key, hint);
	}
	if (*out != NULL)
		return sections_fail(error, conf->file, entry->line, 1, "\"%s\" is given twice", entry->key);
	*out = out == &conf->folder || out == &conf->spool ? resolve(conf->file, entry->value) : g_strdup(entry->value);
	return TRUE;
}

/* A number in [LEAST, MOST], in BASE 8 or 10. */
static gboolean
read_number(struct conf *conf, const struct section_entry *entry, guint base, gint64 least, gint64 most, gint64 *out, GError **error)
{
	guint64 value;

	if (g_ascii_string_to_unsigned(entry->value, base, least, most, &value, NULL)) {
		*out = value;
		return TRUE;
	}
	return sections_fail(error, conf->file, entry->line, entry->column,
	    base == 8 ? "\"%s\" is no mode of a file; write it as 0660" : "\"%s\" is not a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, entry->value,
	    least, most);
}

static gboolean
read_lmtp_entry(struct conf *conf, const struct section_entry *entry, GError **error)
{
	GPtrArray *list = strcmp(entry->key, "listen") == 0 ? conf->lmtp_listen : strcmp(entry->key, "recipient") == 0 ? conf->lmtp_recipients : NULL;

	if (entry->operator!= '=' || entry->suffix != NULL)
		return sections_fail(error, conf->file, entry->line, 1, "expected \"key = value\"");
	if (list != NULL) {
		g_autoptr(GArray) columns = NULL;
		g_autoptr(GPtrArray) items = section_entry_list(entry, &columns);

		for (guint i = 0; i < items->len; i++) {
			g_ptr_array_add(list, g_strdup(g_ptr_array_index(items, i)));
			if (list == conf->lmtp_listen)
				g_ptr_array_add(conf->lmtp_listen_at, g_strdup_printf("%s:%u:%u", conf->file, entry->line, g_array_index(columns, guint, i)));
		}
		return TRUE;
	}
	if (strcmp(entry->key, "mode") == 0)
		return read_number(conf, entry, 8, 0, 0777, &conf->lmtp_mode, error);
	if (strcmp(entry->key, "size") == 0)
		return read_number(conf, entry, 10, 0, G_MAXINT64, &conf->lmtp_size, error);
	if (strcmp(entry->key, "connections") == 0)
		return read_number(conf, entry, 10, 1, LIMIT_LMTP_CONNECTIONS_MOST, &conf->lmtp_connections, error);
	if (strcmp(entry->key, "timeout") == 0)
		return read_number(conf, entry, 10, 1, 24 * 3600, &conf->lmtp_timeout, error);

	g_autofree char *hint = expected(entry->key, lmtp_keys);
	return sections_fail(error, conf->file, entry->line, 1, "unknown key \"%s\"; %s", entry->key, hint);
}

static gboolean
read_sweep_entry(struct conf *conf, const struct section_entry *entry, GError **error)
{
	if (entry->operator!= '=' || entry->suffix != NULL)
		return sections_fail(error, conf->file, entry->line, 1, "expected \"key = value\"");
	if (strcmp(entry->key, "folder") != 0) {
		g_autofree char *hint = expected(entry->key, sweep_keys);
		return sections_fail(error, conf->file, entry->line, 1, "unknown key \"%s\"; %s", entry->key, hint);
	}
	if (*entry->value == '\0')
		return sections_fail(error, conf->file, entry->line, entry->column, "\"%s\" has no value", entry->key);
	g_ptr_array_add(conf->failed, resolve(conf->file, entry->value));
	return TRUE;
}

static gboolean
read_mail_entry(struct conf *conf, const struct section_entry *entry, GError **error)
{
	return conf_mail_entry(&conf->mail, conf->file, entry, error);
}

static gboolean
read_web_entry(struct conf *conf, const struct section_entry *entry, GError **error)
{
	return conf_web_entry(&conf->web, conf->file, entry, error);
}

/* Of the subscription begun last. */
static gboolean
read_subscription_entry(struct conf *conf, const struct section_entry *entry, GError **error)
{
	return subscription_entry(g_ptr_array_index(conf->subscriptions, conf->subscriptions->len - 1), conf->file, entry, error);
}

/* Of the query begun last. */
static gboolean
read_query_entry(struct conf *conf, const struct section_entry *entry, GError **error)
{
	return saved_query_entry(g_ptr_array_index(conf->queries, conf->queries->len - 1), entry, error);
}

/* A section begins; only subscriptions and queries have names. */
static gboolean
begin_section(struct conf *conf, const struct section *section, GError **error)
{
	gboolean query = strcmp(section->type, "query") == 0;

	if (strcmp(section->type, "mail") == 0)
		conf->mail.line = section->line;
	if (!query && strcmp(section->type, "subscription") != 0)
		return section->name == NULL || sections_fail(error, conf->file, section->line, 1, "[%s] takes no name", section->type);
	if (section->name == NULL || strspn(section->name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(section->name))
		return sections_fail(
		    error, conf->file, section->line, 1, "[%s NAME] needs a name of small letters, digits, hyphens, dots and underscores", section->type);
	if (query) {
		if (saved_query_find(conf->queries, section->name) != NULL)
			return sections_fail(error, conf->file, section->line, 1, "[query %s] stands there twice", section->name);
		g_ptr_array_add(conf->queries, saved_query_new(section->name, conf->file, section->line));
		return TRUE;
	}
	for (guint i = 0; i < conf->subscriptions->len; i++)
		if (strcmp(((struct subscription *)g_ptr_array_index(conf->subscriptions, i))->name, section->name) == 0)
			return sections_fail(error, conf->file, section->line, 1, "[subscription %s] stands there twice", section->name);
	g_ptr_array_add(conf->subscriptions, subscription_new(section->name, section->line));
	return TRUE;
}

static gboolean
finish_sections(struct conf *conf, GError **error)
{
	for (guint i = 0; i < conf->subscriptions->len; i++)
		if (!subscription_finish(g_ptr_array_index(conf->subscriptions, i), conf->file, error))
			return FALSE;
	for (guint i = 0; i < conf->queries->len; i++)
		if (!saved_query_finish(g_ptr_array_index(conf->queries, i), error))
			return FALSE;
	if (conf->subscriptions->len > 0 && conf->mail.line == 0)
		return sections_fail(error, conf->file, ((struct subscription *)g_ptr_array_index(conf->subscriptions, 0))->line, 1,
		    "subscriptions need a [mail] section that says how they are sent");
	return conf_mail_finish(&conf->mail, conf->file, error);
}

/* A slip in the section's name does not make it one that mail depends on. */
static gboolean
is_outward(const char *type)
{
	const char *nearest = g_strv_contains(section_types, type) ? type : text_nearest(type, section_types);

	return nearest != NULL && g_strv_contains(outward_types, nearest);
}

static gboolean
read_sections(struct conf *conf, const GPtrArray *sections, gboolean intake, GError **error)
{
	/* in the order of section_types */
	static gboolean (*const readers[])(struct conf *, const struct section_entry *, GError **) = {
	    read_archive_entry, read_lmtp_entry, read_sweep_entry, read_mail_entry, read_subscription_entry, read_query_entry, read_web_entry};

	for (guint i = 0; i < sections->len; i++) {
		const struct section *section = g_ptr_array_index(sections, i);
		gboolean (*read_entry)(struct conf *, const struct section_entry *, GError **) = NULL;

		if (intake && is_outward(section->type))
			continue;
		for (gsize j = 0; j < G_N_ELEMENTS(readers); j++)
			if (strcmp(section_types[j], section->type) == 0)
				read_entry = readers[j];
		if (read_entry == NULL) {
			g_autofree char *hint = expected(section->type, section_types);
			return sections_fail(error, conf->file, section->line, 1, "unknown section [%s]; %s", section->type, hint);
		}
		if (!begin_section(conf, section, error))
			return FALSE;
		for (guint j = 0; j < section->entries->len; j++)
			if (!read_entry(conf, g_ptr_array_index(section->entries, j), error))
				return FALSE;
	}
	return finish_sections(conf, error);
}

static gboolean
read_text(struct conf *conf, const char *text, gsize length, gboolean intake, GError **error)
{
	g_autoptr(GPtrArray) sections = sections_parse_without(conf->file, text, length, intake ? outward_types : NULL, error);

	return sections != NULL && read_sections(conf, sections, intake, error);
}

static struct conf *
load(const char *path, gboolean intake, GError **error)
{
	g_autoptr(Conf) conf = conf_new();
	g_autoptr(GError) reason = NULL;
	g_autofree char *found = path != NULL ? g_strdup(path) : find_file();
	g_autofree char *text = NULL;
	gsize length;

	if (found == NULL)
		return g_steal_pointer(&conf);
	conf->file = g_canonicalize_filename(found, NULL);
	if (!file_read(conf->file, LIMIT_CONF_BYTES, &text, &length, &reason)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "%s; name another with --config", reason->message);
		return NULL;
	}
	if (!read_text(conf, text, length, intake, &reason)) {
		g_set_error_literal(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, reason->message);
		return NULL;
	}
	return g_steal_pointer(&conf);
}

struct conf *
conf_load(const char *path, GError **error)
{
	return load(path, FALSE, error);
}

struct conf *
conf_load_intake(const char *path, GError **error)
{
	return load(path, TRUE, error);
}
