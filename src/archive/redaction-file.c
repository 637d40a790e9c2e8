#include "archive/redaction.h"

#include "archive/copy.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char *
file_name(const char *folder, gint64 seq)
{
	g_autofree char *name = g_strdup_printf(REDACTION_FILE "%" G_GINT64_FORMAT, seq);

	return g_build_filename(folder, name, NULL);
}

gboolean
redaction_save(const char *folder, gint64 seq, const struct needles *needles, GError **error)
{
	g_autofree char *path = file_name(folder, seq);
	g_autofree char *text = needles_to_text(needles);

	if (unlink(path) != 0 && errno != ENOENT) {
		copy_set_error(error, "remove", path);
		return FALSE;
	}
	return copy_text(text, path, error) && copy_sync(folder, error);
}

struct needles *
redaction_load(const char *folder, gint64 seq, GError **error)
{
	g_autofree char *path = file_name(folder, seq);
	g_autofree char *text = NULL;
	struct needles *needles;
	gsize length;

	if (access(path, F_OK) != 0)
		return NULL;
	if (!file_read(path, LIMIT_CONF_BYTES, &text, &length, error))
		return NULL;
	needles = needles_from_text(text);
	if (needles == NULL)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA,
		    "%s is damaged; remove it, and say again what is to be looked for (postbag redact --verify)", path);
	return needles;
}

static gboolean
is_pending(const char *name, const GPtrArray *pending)
{
	gint64 seq = g_ascii_strtoll(name + strlen(REDACTION_FILE), NULL, 10);

	for (guint i = 0; i < pending->len; i++)
		if (((const struct pending_redaction *)pending->pdata[i])->seq == seq)
			return TRUE;
	return FALSE;
}

void
redaction_forget(const char *folder, gint64 seq, const GPtrArray *pending)
{
	g_autofree char *path = file_name(folder, seq);
	g_auto(GStrv) names = seq == 0 ? copy_list(folder, NULL) : NULL;

	if (seq != 0)
		unlink(path);
	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autofree char *other = g_build_filename(folder, names[i], NULL);

		if (g_str_has_prefix(names[i], REDACTION_FILE) && !is_pending(names[i], pending))
			unlink(other);
	}
}
