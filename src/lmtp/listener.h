/* Where the server listens: sockets of its own or the service manager's, on this machine only: LMTP asks nobody for a password. */
#ifndef LMTP_LISTENER_H
#define LMTP_LISTENER_H

#include <glib.h>

/* The sockets handed over by the service manager (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, from descriptor 3 on), 0 when there are none. Their number stands
 * in the environment, which is cleared of it. */
guint listener_inherited(void);

struct listener;

/* Descriptor FD, which is taken over: POSTBAG_ERROR_USAGE unless it is a listening stream socket, of the Unix family or on a loopback address. */
struct listener *listener_adopt(int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * Listens at ADDRESS: "unix:/path", "inet:127.0.0.1:port" or "inet:[::1]:port" (port 0: the system chooses). The Unix socket gets MODE; one that a dead server
 * left is replaced. POSTBAG_ERROR_USAGE for an address that is none or not on this machine; POSTBAG_ERROR_CREATE.
 */
struct listener *listener_new(const char *address, guint mode, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void listener_free(struct listener *listener); /* stops listening and removes a Unix socket that it made */
typedef struct listener Listener;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Listener, listener_free)

int listener_fd(const struct listener *listener);              /* not blocking */
const char *listener_address(const struct listener *listener); /* with the port that was chosen */
/* Gives a Unix socket that it made to the owner of FOLDER: before a server that root started becomes that user. POSTBAG_ERROR_PERMISSION, also when another
 * file stands in its place. */
gboolean listener_give(const struct listener *listener, const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tells the service manager STATE ("READY=1", "STOPPING=1"): sd_notify(3); nothing without NOTIFY_SOCKET. */
void listener_notify(const char *state);

#endif
