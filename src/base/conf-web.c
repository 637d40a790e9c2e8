#include "base/conf-web.h"

#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"

static const char *const keys[] = {
    "listen", "mode", "title", "address", "contact", "view", "publish-when", "attachments", "connections", "connections-each", "workers", "timeout", NULL};

void
conf_web_init(struct conf_web *web)
{
	*web = (struct conf_web){
	    .listen = g_ptr_array_new_with_free_func(g_free),
	    .listen_at = g_ptr_array_new_with_free_func(g_free),
	    .mode = -1,
	    .prefix = g_strdup(""),
	    .attachments = TRUE,
	    .connections = LIMIT_WEB_CONNECTIONS,
	    .timeout = LIMIT_WEB_SECONDS,
	};
}

void
conf_web_clear(struct conf_web *web)
{
	g_clear_pointer(&web->listen, g_ptr_array_unref);
	g_clear_pointer(&web->listen_at, g_ptr_array_unref);
	g_free(web->title);
	g_free(web->address);
	g_free(web->prefix);
	g_free(web->contact);
}

static gboolean
fail(const char *file, const struct section_entry *entry, const char *wanted, GError **error)
{
	g_autofree char *shown = text_escape(entry->value, FALSE);

	return sections_fail(error, file, entry->line, entry->column, "\"%s\" is not understood; %s", shown, wanted);
}

static gboolean
read_listen(struct conf_web *web, const char *file, const struct section_entry *entry)
{
	g_autoptr(GArray) columns = NULL;
	g_autoptr(GPtrArray) items = section_entry_list(entry, &columns);

	for (guint i = 0; i < items->len; i++) {
		g_ptr_array_add(web->listen, g_strdup(g_ptr_array_index(items, i)));
		g_ptr_array_add(web->listen_at, g_strdup_printf("%s:%u:%u", file, entry->line, g_array_index(columns, guint, i)));
	}
	return TRUE;
}

/* Of "https://host:port/path" the path is what all links begin with. Only what needs no escaping anywhere. */
static gboolean
read_address(struct conf_web *web, const char *file, const struct section_entry *entry, GError **error)
{
	static const char wanted[] = "write where the pages are seen, as \"https://archive.example.org\" or \"https://www.example.org/archive\"";
	const char *host = g_str_has_prefix(entry->value, "https://") ? entry->value + 8 : g_str_has_prefix(entry->value, "http://") ? entry->value + 7 : NULL;
	gsize length;

	if (host == NULL || *host == '/' || *host == '\0' ||
	    strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:/[]") != strlen(host) || strstr(host, "//") != NULL)
		return fail(file, entry, wanted, error);
	length = strcspn(host, "/");
	web->address = g_strndup(entry->value, host + length - entry->value);
	g_free(web->prefix);
	web->prefix = g_strdup(host + length);
	if (g_str_has_suffix(web->prefix, "/"))
		web->prefix[strlen(web->prefix) - 1] = '\0';
	return TRUE;
}

static gboolean
read_number(const char *file, const struct section_entry *entry, guint base, gint64 least, gint64 most, gint64 *out, GError **error)
{
	guint64 value;

	if (g_ascii_string_to_unsigned(entry->value, base, least, most, &value, NULL)) {
		*out = (gint64)value;
		return TRUE;
	}
	return sections_fail(error, file, entry->line, entry->column,
	    base == 8 ? "\"%s\" is no mode of a file; write it as 0660" : "\"%s\" is not a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, entry->value,
	    least, most);
}

static gboolean
read_view(struct conf_web *web, const char *file, const struct section_entry *entry, GError **error)
{
	web->staff = strcmp(entry->value, "staff") == 0;
	return web->staff || strcmp(entry->value, "public") == 0 || fail(file, entry, "expected \"public\" or \"staff\"", error);
}

static gboolean
read_when(struct conf_web *web, const char *file, const struct section_entry *entry, GError **error)
{
	static const char *const names[] = {"received", "24h", "released"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(names[i], entry->value) != 0)
			continue;
		web->when = (enum conf_web_when)i;
		return TRUE;
	}
	return fail(file, entry, "expected \"received\", \"24h\" or \"released\"", error);
}

static gboolean
read_contact(struct conf_web *web, const char *file, const struct section_entry *entry, GError **error)
{
	const char *why = NULL;

	if (!address_check(entry->value, &why))
		return sections_fail(error, file, entry->line, entry->column, "\"contact\" is no mail address: %s", why);
	web->contact = g_strdup(entry->value);
	return TRUE;
}

/* A key that may stand there once; *DONE FALSE: it is none of these. */
static gboolean
read_text_entry(struct conf_web *web, const char *file, const struct section_entry *entry, gboolean *done, GError **error)
{
	gboolean title = strcmp(entry->key, "title") == 0, address = strcmp(entry->key, "address") == 0, contact = strcmp(entry->key, "contact") == 0;

	*done = title || address || contact;
	if (!*done)
		return TRUE;
	if ((title && web->title != NULL) || (address && web->address != NULL) || (contact && web->contact != NULL))
		return sections_fail(error, file, entry->line, 1, "\"%s\" is given twice", entry->key);
	if (title)
		web->title = text_clean(entry->value, -1);
	return title || (address ? read_address(web, file, entry, error) : read_contact(web, file, entry, error));
}

gboolean
conf_web_entry(struct conf_web *web, const char *file, const struct section_entry *entry, GError **error)
{
	gboolean done;

	if (entry->operator!= '=' || entry->suffix != NULL)
		return sections_fail(error, file, entry->line, 1, "expected \"key = value\"");
	if (*entry->value == '\0')
		return sections_fail(error, file, entry->line, entry->column, "\"%s\" has no value", entry->key);
	if (strcmp(entry->key, "listen") == 0)
		return read_listen(web, file, entry);
	if (!read_text_entry(web, file, entry, &done, error))
		return FALSE;
	if (done)
		return TRUE;
	if (strcmp(entry->key, "view") == 0)
		return read_view(web, file, entry, error);
	if (strcmp(entry->key, "publish-when") == 0)
		return read_when(web, file, entry, error);
	if (strcmp(entry->key, "attachments") == 0)
		return section_entry_boolean(file, entry, &web->attachments, error);
	if (strcmp(entry->key, "mode") == 0)
		return read_number(file, entry, 8, 0, 0777, &web->mode, error);
	if (strcmp(entry->key, "connections") == 0)
		return read_number(file, entry, 10, 1, LIMIT_WEB_CONNECTIONS_MOST, &web->connections, error);
	if (strcmp(entry->key, "connections-each") == 0)
		return read_number(file, entry, 10, 0, LIMIT_WEB_CONNECTIONS_MOST, &web->each, error);
	if (strcmp(entry->key, "workers") == 0)
		return read_number(file, entry, 10, 1, LIMIT_WEB_WORKERS, &web->workers, error);
	if (strcmp(entry->key, "timeout") == 0)
		return read_number(file, entry, 10, 1, 3600, &web->timeout, error);

	const char *nearest = text_nearest(entry->key, keys);
	g_autofree char *all = g_strjoinv(", ", (char **)keys);
	return sections_fail(error, file, entry->line, 1, "unknown key \"%s\"; %s%s%s", entry->key, nearest != NULL ? "did you mean \"" : "expected one of ",
	    nearest != NULL ? nearest : all, nearest != NULL ? "\"?" : "");
}
