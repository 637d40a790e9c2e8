#include "archive/backup.h"

#include "archive/copy.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"

#include <string.h>

#define GROUP "backup"
#define FORM 1                            /* of the folder's layout */
#define MOST_BYTES (256u * 1024u * 1024u) /* of SHA256SUMS: a million files wait in the spool */

/* sha256sum(1) marks a line whose name had to be escaped with a backslash in front. */
void
backup_add_sum(GString *sums, const char *name, const struct hash *hash)
{
	g_autofree char *hex = hash_hex(hash);
	gboolean escaped = strpbrk(name, "\\\n") != NULL;

	g_string_append_printf(sums, "%s%s  ", escaped ? "\\" : "", hex);
	for (; *name != '\0'; name++)
		if (*name == '\\' || *name == '\n')
			g_string_append(sums, *name == '\n' ? "\\n" : "\\\\");
		else
			g_string_append_c(sums, *name);
	g_string_append_c(sums, '\n');
}

/* The name in a line of SHA256SUMS after its hash. Caller frees. */
static char *
unescape(const char *name, gboolean escaped)
{
	GString *out = g_string_new(NULL);

	for (; *name != '\0'; name++)
		if (escaped && *name == '\\' && name[1] != '\0')
			g_string_append_c(out, *++name == 'n' ? '\n' : *name);
		else
			g_string_append_c(out, *name);
	return g_string_free(out, FALSE);
}

gboolean
backup_write_info(const char *folder, const struct backup_info *info, const GString *sums, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *sums_path = g_build_filename(folder, BACKUP_SUMS, NULL);
	g_autofree char *path = g_build_filename(folder, BACKUP_INFO, NULL);
	g_autofree char *time = clock_iso(info->made);
	struct hash hash = hash_bytes(sums->str, sums->len);
	g_autofree char *hex = hash_hex(&hash);
	g_autofree char *text = NULL;

	g_key_file_set_integer(file, GROUP, "form", FORM);
	g_key_file_set_string(file, GROUP, "archive", info->facts.uuid);
	g_key_file_set_string(file, GROUP, "time", time);
	g_key_file_set_int64(file, GROUP, "made", info->made);
	g_key_file_set_integer(file, GROUP, "version", info->facts.version);
	g_key_file_set_int64(file, GROUP, "last", info->facts.last);
	g_key_file_set_int64(file, GROUP, "messages", info->facts.messages);
	g_key_file_set_int64(file, GROUP, "deliveries", info->facts.deliveries);
	g_key_file_set_int64(file, GROUP, "spooled", info->spooled);
	g_key_file_set_string(file, GROUP, "sums", hex);
	text = g_key_file_to_data(file, NULL, NULL);
	return copy_text(sums->str, sums_path, error) && copy_text(text, path, error);
}

static gboolean
read_number(GKeyFile *file, const char *key, gint64 *out, GError **error)
{
	g_autoptr(GError) reason = NULL;

	*out = g_key_file_get_int64(file, GROUP, key, &reason);
	if (reason == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

static gboolean
read_keys(GKeyFile *file, struct backup_info *info, char **sums, GError **error)
{
	g_autofree char *uuid = g_key_file_get_string(file, GROUP, "archive", error);
	gint64 form, version;

	if (uuid == NULL || !read_number(file, "form", &form, error))
		return FALSE;
	if (form != FORM) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "a backup of form %" G_GINT64_FORMAT ", which this program does not know", form);
		return FALSE;
	}
	g_strlcpy(info->facts.uuid, uuid, sizeof info->facts.uuid);
	if (!read_number(file, "made", &info->made, error) || !read_number(file, "version", &version, error) ||
	    !read_number(file, "last", &info->facts.last, error) || !read_number(file, "messages", &info->facts.messages, error) ||
	    !read_number(file, "deliveries", &info->facts.deliveries, error) || !read_number(file, "spooled", &info->spooled, error))
		return FALSE;
	info->facts.version = (int)version;
	*sums = g_key_file_get_string(file, GROUP, "sums", error);
	return *sums != NULL;
}

static gboolean
load_info(const char *folder, struct backup_info *info, char **sums, GError **error)
{
	g_autofree char *path = g_build_filename(folder, BACKUP_INFO, NULL);
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) reason = NULL;
	g_autofree char *text = NULL;
	gsize length;

	*info = (struct backup_info){0};
	if (!file_read(path, LIMIT_RULE_FILE_BYTES, &text, &length, error))
		return FALSE;
	if (g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, &reason) && read_keys(file, info, sums, &reason))
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s: %s; take another backup", path, reason->message);
	return FALSE;
}

gboolean
backup_read_info(const char *folder, struct backup_info *info, GError **error)
{
	g_autofree char *sums = NULL;

	return load_info(folder, info, &sums, error);
}

static gboolean
set_changed(GError **error, const char *folder, const char *name)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s/%s is not as it was written; take another backup", folder, name);
	return FALSE;
}

/* A name below the copy's folder. Two dots within a file's name lead nowhere: mail servers choose those names. */
static gboolean
is_below(const char *name)
{
	g_auto(GStrv) parts = g_strsplit(name, "/", -1);

	return parts[0] != NULL && !g_strv_contains((const char *const *)parts, "") && !g_strv_contains((const char *const *)parts, ".") &&
	       !g_strv_contains((const char *const *)parts, "..");
}

static gboolean
verify_line(const char *folder, const char *line, GError **error)
{
	gboolean escaped = *line == '\\';
	g_autofree char *name = NULL, *path = NULL, *hex = NULL;
	struct hash hash;

	line += escaped;
	if (strlen(line) < 2 * HASH_BYTES + 3 || strncmp(line + 2 * HASH_BYTES, "  ", 2) != 0)
		return set_changed(error, folder, BACKUP_SUMS);
	name = unescape(line + 2 * HASH_BYTES + 2, escaped);
	if (!is_below(name))
		return set_changed(error, folder, BACKUP_SUMS);
	path = g_build_filename(folder, name, NULL);
	if (!copy_hash(path, &hash, error)) {
		g_prefix_error(error, "the backup is not whole: ");
		if (error != NULL && *error != NULL && g_error_matches(*error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT))
			(*error)->code = POSTBAG_ERROR_DAMAGED;
		return FALSE;
	}
	hex = hash_hex(&hash);
	return strncmp(hex, line, 2 * HASH_BYTES) == 0 || set_changed(error, folder, name);
}

gboolean
backup_verify(const char *folder, struct backup_info *info, GError **error)
{
	g_autofree char *path = g_build_filename(folder, BACKUP_SUMS, NULL);
	g_autofree char *wanted = NULL, *text = NULL, *hex = NULL;
	gboolean has_mail = FALSE;
	struct hash hash;
	gsize length;

	if (!load_info(folder, info, &wanted, error) || !file_read(path, MOST_BYTES, &text, &length, error))
		return FALSE;
	hash = hash_bytes(text, length);
	hex = hash_hex(&hash);
	if (strcmp(hex, wanted) != 0)
		return set_changed(error, folder, BACKUP_SUMS);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		if (*lines[i] == '\0')
			continue;
		if (!verify_line(folder, lines[i], error))
			return FALSE;
		has_mail |= g_str_has_suffix(lines[i], "  mail.db");
	}
	return has_mail || set_changed(error, folder, BACKUP_SUMS);
}
