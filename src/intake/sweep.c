#include "intake/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/spool.h"

static gboolean
take_in(struct mailstore *store, const struct spooled *spooled, GError **error)
{
	g_autofree char *name = g_path_get_basename(spooled->path);
	g_autofree char *source = g_strdup_printf("spool %s", name); /* names this very arrival, so that a second sweep knows it */
	struct delivery delivery = {.received = spooled->received, .source = source, .sender = spooled->sender, .recipient = spooled->recipient};
	g_autoptr(RawMessage) raw = NULL;
	struct kept kept;
	gboolean known;
	int fd = open(spooled->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT) /* another sweep was faster */
		return TRUE;
	if (fd < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot read %s: %s", spooled->path, g_strerror(errno));
		return FALSE;
	}
	raw = raw_message_from_fd(fd, NULL, error);
	close(fd);
	if (raw == NULL || !mailstore_begin(store, error))
		return FALSE;
	if (!mailstore_has_delivery(store, raw, source, &known, error) || (!known && !mailstore_add(store, raw, &delivery, FALSE, &kept, error))) {
		mailstore_rollback(store);
		return FALSE;
	}
	return mailstore_commit(store, error) && spool_remove(spooled, error);
}

gboolean
sweep_spool(struct mailstore *store, const char *spool, guint *taken, GError **error)
{
	g_autoptr(GPtrArray) list = spool_list(spool, error);

	*taken = 0;
	if (list == NULL)
		return FALSE;
	for (guint i = 0; i < list->len; i++) {
		if (!take_in(store, g_ptr_array_index(list, i), error))
			return FALSE;
		++*taken;
	}
	return TRUE;
}
