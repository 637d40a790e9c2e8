/* HTTP by libmicrohttpd, and only here: sockets, threads and their indexes, limits on who asks. What is answered is pages/'s. */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "base/log.h"
#include "pages/pages.h"

struct downloads; /* attachments: intake/downloads.h */

struct web_setup {
	const struct page_site *site;
	const char *folder;          /* of the archive */
	struct downloads *downloads; /* or NULL */
	const GPtrArray *listeners;  /* of struct listener */
	guint connections, each;     /* at once in all; of one client's address, 0: any */
	guint workers;               /* threads for each listener */
	guint timeout;               /* seconds of silence */
	int signal_fd;               /* SIGTERM and SIGINT stop the server, SIGHUP does nothing */
	enum log_level level;
};
/* Serves until it is told to stop. The process's walls stand already. POSTBAG_ERROR_SYSTEM. */
gboolean web_serve(const struct web_setup *setup, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
