/* The sockets of the LMTP server: one loop for all connections, none of which waits for another. */
#ifndef LMTP_SERVER_H
#define LMTP_SERVER_H

#include "lmtp/committer.h"
#include "lmtp/indexer.h"
#include "lmtp/listener.h"
#include "lmtp/session.h"

struct server_setup {
	const struct session_policy *policy;
	const char *folder, *spool; /* of the archive */
	GPtrArray *listeners;       /* of struct listener; emptied when the server stops */
	struct indexer *indexer;    /* or NULL: there is none */
	guint connections;          /* at once */
	guint timeout;              /* seconds */
	int signal_fd;              /* signalfd(2) of the signals that stop it */
};

/* Serves until a signal comes; then brings to its end what it was given to the last dot, and says 421 to the rest. */
gboolean server_run(const struct server_setup *setup, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
