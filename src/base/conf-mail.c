#include "base/conf-mail.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/link.h"
#include "base/text.h"

static const char *const mail_keys[] = {
    "server", "sendmail", "from", "envelope-sender", "user", "password-file", "credential", "ca-file", "list-id", "link", "starttls", "timeout", NULL};
static const char *const subscription_keys[] = {"to", "workstream", "topic", "group", "daily", "weekly", "timezone", "title", "format", "empty", NULL};
static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL};

struct subscription *
subscription_new(const char *name, guint line)
{
	struct subscription *subscription = g_new0(struct subscription, 1);

	subscription->name = g_strdup(name);
	subscription->line = line;
	subscription->to = g_ptr_array_new_with_free_func(g_free);
	subscription->workstreams = g_ptr_array_new_with_free_func(g_free);
	subscription->topics = g_ptr_array_new_with_free_func(g_free);
	subscription->groups = g_ptr_array_new_with_free_func(g_free);
	subscription->wanted = g_array_new(FALSE, TRUE, sizeof(struct subscription_wanted));
	subscription->html = TRUE;
	return subscription;
}

void
subscription_free(struct subscription *subscription)
{
	if (subscription == NULL)
		return;
	g_ptr_array_unref(subscription->to);
	g_ptr_array_unref(subscription->workstreams);
	g_ptr_array_unref(subscription->topics);
	g_ptr_array_unref(subscription->groups);
	g_array_unref(subscription->wanted);
	g_free(subscription->name);
	g_free(subscription->timezone);
	g_free(subscription->title);
	g_free(subscription);
}

void
conf_mail_clear(struct conf_mail *mail)
{
	char *const strings[] = {mail->server, mail->sendmail, mail->from_name, mail->from, mail->sender, mail->user, mail->password_file, mail->credential,
	    mail->ca_file, mail->list_id, mail->link};

	for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	memset(mail, 0, sizeof *mail);
}

static gboolean
check_form(const char *file, const struct section_entry *entry, GError **error)
{
	if (entry->operator!= '=' || entry->suffix != NULL)
		return sections_fail(error, file, entry->line, 1, "expected \"key = value\"");
	if (*entry->value == '\0')
		return sections_fail(error, file, entry->line, entry->column, "\"%s\" has no value", entry->key);
	for (const char *p = entry->value; *p != '\0'; p++)
		if (g_ascii_iscntrl(*p))
			return sections_fail(error, file, entry->line, entry->column, "\"%s\" has a control character in it", entry->key);
	return TRUE;
}

static gboolean
unknown(const char *file, const struct section_entry *entry, const char *const *known, GError **error)
{
	const char *nearest = text_nearest(entry->key, known);
	g_autofree char *all = g_strjoinv(", ", (char **)known);

	return sections_fail(error, file, entry->line, 1, "unknown key \"%s\"; %s%s%s", entry->key, nearest != NULL ? "did you mean \"" : "expected one of ",
	    nearest != NULL ? nearest : all, nearest != NULL ? "\"?" : "");
}

/* One that is there already is an error. */
static gboolean
set_once(char **out, char *value, const char *file, const struct section_entry *entry, GError **error)
{
	if (*out == NULL) {
		*out = value;
		return TRUE;
	}
	g_free(value);
	return sections_fail(error, file, entry->line, 1, "\"%s\" is given twice", entry->key);
}

static char *
beside(const char *file, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(file);

	return g_canonicalize_filename(path, folder);
}

static gboolean
read_server(struct conf_mail *mail, const char *file, const struct section_entry *entry, GError **error)
{
	g_autoptr(GUri) uri = g_uri_parse(entry->value, G_URI_FLAGS_NONE, NULL);
	const char *scheme = uri != NULL ? g_uri_get_scheme(uri) : "";

	if (uri == NULL || (strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0) || g_uri_get_host(uri) == NULL || *g_uri_get_host(uri) == '\0' ||
	    g_uri_get_userinfo(uri) != NULL || *g_uri_get_path(uri) != '\0' || g_uri_get_query(uri) != NULL || g_uri_get_fragment(uri) != NULL)
		return sections_fail(error, file, entry->line, entry->column,
		    "\"%s\" is no server; write it as smtps://mail.example.org or smtp://mail.example.org:587, user and password apart", entry->value);
	return set_once(&mail->server, g_strdup(entry->value), file, entry, error);
}

static gboolean
read_from(struct conf_mail *mail, const char *file, const struct section_entry *entry, GError **error)
{
	g_autofree char *name = NULL, *address = NULL;
	const char *why;

	if (!address_split(entry->value, &name, &address, &why))
		return sections_fail(error, file, entry->line, entry->column, "\"%s\" is no address: %s", entry->value, why);
	if (!set_once(&mail->from, g_steal_pointer(&address), file, entry, error))
		return FALSE;
	mail->from_name = g_steal_pointer(&name);
	return TRUE;
}

static gboolean
read_sender(struct conf_mail *mail, const char *file, const struct section_entry *entry, GError **error)
{
	const char *why;

	if (strcmp(entry->value, "<>") == 0)
		return set_once(&mail->sender, g_strdup(""), file, entry, error);
	if (!address_check(entry->value, &why))
		return sections_fail(error, file, entry->line, entry->column, "\"%s\" is no address: %s; <> is the null sender", entry->value, why);
	return set_once(&mail->sender, g_strdup(entry->value), file, entry, error);
}

static gboolean
read_link(struct conf_mail *mail, const char *file, const struct section_entry *entry, GError **error)
{
	const char *why;

	if (!link_check(entry->value, &why))
		return sections_fail(error, file, entry->line, entry->column, "\"%s\" is no link: %s", entry->value, why);
	return set_once(&mail->link, g_strdup(entry->value), file, entry, error);
}

/* Words, or none, and in angle brackets a name with a dot in it (RFC 2919, section 2): programs that sort mail go by it. */
static gboolean
read_list_id(struct conf_mail *mail, const char *file, const struct section_entry *entry, GError **error)
{
	const char *begin = strchr(entry->value, '<'), *end = begin != NULL ? strchr(begin, '>') : NULL, *dot = begin != NULL ? strchr(begin, '.') : NULL;

	if (end == NULL || end[1] != '\0' || dot == NULL || dot == begin + 1 || dot + 1 >= end || strcspn(begin, " @\t") < (gsize)(end - begin))
		return sections_fail(
		    error, file, entry->line, entry->column, "\"%s\" is no list id; write it as: Public input <input.example.org>", entry->value);
	return set_once(&mail->list_id, g_strdup(entry->value), file, entry, error);
}

gboolean
conf_mail_entry(struct conf_mail *mail, const char *file, const struct section_entry *entry, GError **error)
{
	const struct {
		const char *key;
		char **out;
		gboolean path;
		struct conf_place *at;
	} texts[] = {
	    {"sendmail", &mail->sendmail, FALSE, &mail->sendmail_at},
	    {"user", &mail->user, FALSE, NULL},
	    {"password-file", &mail->password_file, TRUE, &mail->password_file_at},
	    {"credential", &mail->credential, FALSE, &mail->credential_at},
	    {"ca-file", &mail->ca_file, TRUE, &mail->ca_file_at},
	};
	gboolean flag;
	guint64 number;

	if (!check_form(file, entry, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		if (strcmp(entry->key, texts[i].key) != 0)
			continue;
		if (texts[i].at != NULL)
			*texts[i].at = (struct conf_place){entry->line, entry->column};
		return set_once(texts[i].out, texts[i].path ? beside(file, entry->value) : g_strdup(entry->value), file, entry, error);
	}
	if (strcmp(entry->key, "link") == 0)
		return read_link(mail, file, entry, error);
	if (strcmp(entry->key, "list-id") == 0)
		return read_list_id(mail, file, entry, error);
	if (strcmp(entry->key, "server") == 0)
		return read_server(mail, file, entry, error);
	if (strcmp(entry->key, "from") == 0)
		return read_from(mail, file, entry, error);
	if (strcmp(entry->key, "envelope-sender") == 0)
		return read_sender(mail, file, entry, error);
	if (strcmp(entry->key, "starttls") == 0) {
		if (!section_entry_boolean(file, entry, &flag, error))
			return FALSE;
		mail->starttls = flag;
		return TRUE;
	}
	if (strcmp(entry->key, "timeout") != 0)
		return unknown(file, entry, mail_keys, error);
	if (!g_ascii_string_to_unsigned(entry->value, 10, 1, 3600, &number, NULL))
		return sections_fail(error, file, entry->line, entry->column, "\"%s\" is not a number of seconds from 1 to 3600", entry->value);
	mail->timeout = (gint64)number;
	return TRUE;
}

gboolean
conf_mail_is_here(const struct conf_mail *mail)
{
	g_autoptr(GUri) uri = mail->server != NULL ? g_uri_parse(mail->server, G_URI_FLAGS_NONE, NULL) : NULL;
	const char *host = uri != NULL ? g_uri_get_host(uri) : "";

	/* 127.example.org is a name like any other */
	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || (g_hostname_is_ip_address(host) && g_str_has_prefix(host, "127."));
}

gboolean
conf_mail_finish(struct conf_mail *mail, const char *file, GError **error)
{
	gboolean here = conf_mail_is_here(mail);

	if (mail->line == 0)
		return TRUE;
	if ((mail->server == NULL) == (mail->sendmail == NULL))
		return sections_fail(error, file, mail->line, 1, "[mail] takes \"server\" or \"sendmail\"%s", mail->server != NULL ? ", not both" : "");
	if (mail->from == NULL)
		return sections_fail(error, file, mail->line, 1, "[mail] needs \"from\", as in: from = Public input <digest@example.org>");
	if (mail->user != NULL && (mail->password_file == NULL) == (mail->credential == NULL))
		return sections_fail(error, file, mail->line, 1, "\"user\" takes \"password-file\" or \"credential\"");
	if (mail->starttls < 0)
		mail->starttls = !here;
	if (mail->user != NULL && mail->server == NULL)
		return sections_fail(error, file, mail->line, 1, "\"user\" is for \"server\"; a sendmail command logs in nowhere");
	if (mail->user != NULL && !here && !mail->starttls && g_str_has_prefix(mail->server, "smtp:"))
		return sections_fail(
		    error, file, mail->line, 1, "a password would cross the network in the clear; take out \"starttls = no\", or use smtps://");
	if (mail->sender == NULL)
		mail->sender = g_strdup("");
	return TRUE;
}

static gboolean
same_address(gconstpointer a, gconstpointer b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

static gboolean
read_to(struct subscription *subscription, const char *file, const struct section_entry *entry, GError **error)
{
	g_autoptr(GArray) columns = NULL;
	g_autoptr(GPtrArray) items = section_entry_list(entry, &columns);
	const char *why;

	for (guint i = 0; i < items->len; i++) {
		const char *address = g_ptr_array_index(items, i);

		if (!address_check(address, &why))
			return sections_fail(error, file, entry->line, g_array_index(columns, guint, i), "\"%s\" is no address: %s%s", address, why,
			    strchr(address, ',') != NULL ? "; between several addresses stands ;" : "");
		if (g_ptr_array_find_with_equal_func(subscription->to, address, same_address, NULL))
			return sections_fail(error, file, entry->line, g_array_index(columns, guint, i), "\"%s\" stands there twice", address);
		g_ptr_array_add(subscription->to, g_strdup(address));
	}
	return TRUE;
}

/* "07:00" of TEXT as minutes of the day, or -1. */
static int
parse_minute(const char *text)
{
	guint hour, minute;
	int end = 0;

	if (!g_ascii_isdigit(*text) || sscanf(text, "%2u:%2u%n", &hour, &minute, &end) != 2 || text[end] != '\0' || hour > 23 || minute > 59 ||
	    text[end - 3] != ':')
		return -1;
	return (int)(hour * 60 + minute);
}

static gboolean
read_when(struct subscription *subscription, const char *file, const struct section_entry *entry, GError **error)
{
	gboolean weekly = strcmp(entry->key, "weekly") == 0;
	g_auto(GStrv) words = g_strsplit_set(entry->value, " \t", 0);
	guint n = g_strv_length(words);

	if (subscription->every != 0)
		return sections_fail(error, file, entry->line, 1, "a subscription goes out daily or weekly, once");
	subscription->every = weekly ? EVERY_WEEK : EVERY_DAY;
	subscription->minute = n > 0 ? parse_minute(words[n - 1]) : -1;
	for (int i = 0; weekly && n == 2 && days[i] != NULL; i++)
		if (g_ascii_strcasecmp(days[i], words[0]) == 0)
			subscription->weekday = i + 1;
	if (subscription->minute < 0 || (weekly ? n != 2 || subscription->weekday == 0 : n != 1))
		return sections_fail(error, file, entry->line, entry->column,
		    weekly ? "\"%s\" is no time of the week; write it as: monday 07:00" : "\"%s\" is no time of the day; write it as: 07:00", entry->value);
	return TRUE;
}

static gboolean
read_zone(struct subscription *subscription, const char *file, const struct section_entry *entry, GError **error)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(entry->value);

	if (zone == NULL)
		return sections_fail(error, file, entry->line, entry->column, "no time zone \"%s\"; write it as \"UTC\" or \"Europe/Berlin\"", entry->value);
	return set_once(&subscription->timezone, g_strdup(entry->value), file, entry, error);
}

/* text, html, digest: what it is made of. */
static gboolean
read_format(struct subscription *subscription, const char *file, const struct section_entry *entry, GError **error)
{
	g_autoptr(GPtrArray) items = section_entry_list(entry, NULL);

	subscription->html = FALSE;
	for (guint i = 0; i < items->len; i++) {
		const char *item = g_ptr_array_index(items, i);

		if (strcmp(item, "html") == 0)
			subscription->html = TRUE;
		else if (strcmp(item, "digest") == 0)
			subscription->digest = TRUE;
		else if (strcmp(item, "text") != 0)
			return sections_fail(error, file, entry->line, entry->column,
			    "no format \"%s\"; expected text, html, digest, or several with ; between (text is always there)", item);
	}
	return TRUE;
}

static void
read_wanted(struct subscription *subscription, GPtrArray *list, const char *type, const struct section_entry *entry)
{
	g_autoptr(GArray) columns = NULL;
	g_autoptr(GPtrArray) items = section_entry_list(entry, &columns);

	for (guint i = 0; i < items->len; i++) {
		struct subscription_wanted wanted = {.type = type, .at = {entry->line, g_array_index(columns, guint, i)}};

		g_ptr_array_add(list, g_strdup(g_ptr_array_index(items, i)));
		wanted.id = g_ptr_array_index(list, list->len - 1);
		g_array_append_val(subscription->wanted, wanted);
	}
}

gboolean
subscription_entry(struct subscription *subscription, const char *file, const struct section_entry *entry, GError **error)
{
	const struct {
		const char *type;
		GPtrArray *list;
	} lists[] = {{"workstream", subscription->workstreams}, {"topic", subscription->topics}, {"group", subscription->groups}};

	if (!check_form(file, entry, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		if (strcmp(entry->key, lists[i].type) == 0) {
			read_wanted(subscription, lists[i].list, lists[i].type, entry);
			return TRUE;
		}
	if (strcmp(entry->key, "to") == 0)
		return read_to(subscription, file, entry, error);
	if (strcmp(entry->key, "daily") == 0 || strcmp(entry->key, "weekly") == 0)
		return read_when(subscription, file, entry, error);
	if (strcmp(entry->key, "timezone") == 0)
		return read_zone(subscription, file, entry, error);
	if (strcmp(entry->key, "title") == 0)
		return set_once(&subscription->title, g_strdup(entry->value), file, entry, error);
	if (strcmp(entry->key, "format") == 0)
		return read_format(subscription, file, entry, error);
	if (strcmp(entry->key, "empty") != 0)
		return unknown(file, entry, subscription_keys, error);
	subscription->skip_empty = strcmp(entry->value, "skip") == 0;
	if (!subscription->skip_empty && strcmp(entry->value, "send") != 0)
		return sections_fail(
		    error, file, entry->line, entry->column, "\"%s\" is not what becomes of an empty issue; expected send or skip", entry->value);
	return TRUE;
}

gboolean
subscription_finish(const struct subscription *subscription, const char *file, GError **error)
{
	if (subscription->to->len == 0)
		return sections_fail(error, file, subscription->line, 1, "[subscription %s] needs \"to\", the addresses it goes to", subscription->name);
	if (subscription->every == 0)
		return sections_fail(
		    error, file, subscription->line, 1, "[subscription %s] needs \"daily = 07:00\" or \"weekly = monday 07:00\"", subscription->name);
	return TRUE;
}
