#include "intake/downloads.h"

#include "archive/mailstore.h"
#include "base/limits.h"
#include "intake/reader.h"

#define WAIT_MS 1000

struct downloads {
	GMutex mutex; /* of what follows: a mail store and a reader are for one thread at a time */
	char *folder;
	struct reader *reader;
};

struct downloads *
downloads_new(const char *folder, GError **error)
{
	struct reader *reader = reader_new(READER_EACH, NULL, error);
	struct downloads *downloads;

	if (reader == NULL)
		return NULL;
	downloads = g_new0(struct downloads, 1);
	g_mutex_init(&downloads->mutex);
	downloads->folder = g_strdup(folder);
	downloads->reader = reader;
	return downloads;
}

void
downloads_free(struct downloads *downloads)
{
	reader_free(downloads->reader);
	g_mutex_clear(&downloads->mutex);
	g_free(downloads->folder);
	g_free(downloads);
}

gboolean
downloads_try(struct downloads *downloads, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(downloads->folder, DB_READ, WAIT_MS, error);

	return store != NULL;
}

/* Opened anew each time: another file may stand there since (restored, upgraded), and downloads are few. */
static GBytes *
read_message(struct downloads *downloads, const char *id, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(downloads->folder, DB_READ, WAIT_MS, error);
	g_autofree char *public_id = NULL;
	gint64 content;

	if (store == NULL || !mailstore_resolve(store, id, &content, &public_id, error))
		return NULL;
	return mailstore_read(store, content, LIMIT_READ_BYTES, error);
}

GBytes *
downloads_read(gpointer data, const char *id, const char *number, GError **error)
{
	struct downloads *downloads = data;
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&downloads->mutex);
	g_autoptr(GBytes) raw = read_message(downloads, id, error);
	g_autofree char *type = NULL;

	return raw != NULL ? reader_part(downloads->reader, raw, number, &type, error) : NULL;
}
