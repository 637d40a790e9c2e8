#include "lmtp/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

#define FIRST_INHERITED 3 /* SD_LISTEN_FDS_START */
#define BACKLOG 128
#define FOLDER_WAIT_SECONDS 10 /* for another server that starts: it needs milliseconds */

struct listener {
	int fd;
	char *address;
	char *path; /* of a Unix socket of our own, or NULL */
	dev_t device;
	ino_t inode;
};

union address {
	struct sockaddr any;
	struct sockaddr_un local;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

#define NO_ADDRESS "\"%s\" is no address to listen on; write it as unix:/path, inet:127.0.0.1:port or inet:[::1]:port"
#define FOREIGN "%s can be reached from other machines, and nobody is asked for a password: use a Unix socket, 127.0.0.1 or [::1]"

static gboolean G_GNUC_PRINTF(2, 3) fail_usage(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, message);
	return FALSE;
}

static gboolean
fail_create(GError **error, const char *address, int failure)
{
	g_autofree char *folder = g_str_has_prefix(address, "unix:") ? g_path_get_dirname(address + strlen("unix:")) : NULL;

	if (failure == ENOENT && folder != NULL)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "cannot listen on %s: %s; make %s first (install -d -o postbag -g postbag %s)", address,
		    g_strerror(failure), folder, folder);
	else
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "cannot listen on %s: %s", address,
		    failure == EADDRINUSE ? "another server listens there" : g_strerror(failure));
	return FALSE;
}

guint
listener_inherited(void)
{
	const char *pid = g_getenv("LISTEN_PID"), *fds = g_getenv("LISTEN_FDS");
	guint64 number = 0, ours = 0;
	gboolean meant = pid != NULL && fds != NULL && g_ascii_string_to_unsigned(pid, 10, 1, G_MAXINT, &ours, NULL) && ours == (guint64)getpid() &&
	                 g_ascii_string_to_unsigned(fds, 10, 0, 1024, &number, NULL);

	g_unsetenv("LISTEN_PID");
	g_unsetenv("LISTEN_FDS");
	g_unsetenv("LISTEN_FDNAMES");
	return meant ? number : 0;
}

static gboolean
is_loopback(const union address *address)
{
	switch (address->any.sa_family) {
	case AF_UNIX:
		return TRUE;
	case AF_INET:
		return ntohl(address->four.sin_addr.s_addr) >> 24 == 127;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&address->six.sin6_addr);
	}
	return FALSE;
}

static char *
name_address(const union address *address)
{
	char text[INET6_ADDRSTRLEN];

	switch (address->any.sa_family) {
	case AF_UNIX:
		return g_strdup_printf("unix:%s", address->local.sun_path);
	case AF_INET:
		inet_ntop(AF_INET, &address->four.sin_addr, text, sizeof text);
		return g_strdup_printf("inet:%s:%u", text, ntohs(address->four.sin_port));
	case AF_INET6:
		inet_ntop(AF_INET6, &address->six.sin6_addr, text, sizeof text);
		return g_strdup_printf("inet:[%s]:%u", text, ntohs(address->six.sin6_port));
	}
	return g_strdup_printf("a socket of family %d", address->any.sa_family);
}

static struct listener *
listener_make(int fd)
{
	struct listener *listener = g_new0(struct listener, 1);
	union address address = {0};
	socklen_t length = sizeof address - 1; /* leaves a NUL behind a path */

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	getsockname(fd, &address.any, &length);
	listener->fd = fd;
	listener->address = name_address(&address);
	return listener;
}

struct listener *
listener_adopt(int fd, GError **error)
{
	g_autoptr(Listener) listener = NULL;
	union address address = {0};
	socklen_t length = sizeof address - 1, size = sizeof(int);
	int type = 0, listens = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
	    !listens || getsockname(fd, &address.any, &length) != 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "descriptor %d from the service manager is no listening stream socket", fd);
		return NULL;
	}
	listener = listener_make(fd);
	if (is_loopback(&address))
		return g_steal_pointer(&listener);
	fail_usage(
	    error, "%s can be reached from other machines, and nobody is asked for a password: use a Unix socket, 127.0.0.1 or [::1]", listener->address);
	return NULL;
}

/* "127.0.0.1:24" or "[::1]:24" */
static gboolean
parse_inet(const char *text, union address *out, socklen_t *length)
{
	const char *colon = strrchr(text, ':');
	g_autofree char *host = colon != NULL ? g_strndup(text, colon - text) : NULL;
	gsize end = host != NULL ? strlen(host) : 0;
	guint64 port;

	if (host == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
		return FALSE;
	if (inet_pton(AF_INET, host, &out->four.sin_addr) == 1) {
		out->four.sin_family = AF_INET;
		out->four.sin_port = htons(port);
		*length = sizeof out->four;
		return TRUE;
	}
	if (end < 2 || host[0] != '[' || host[end - 1] != ']')
		return FALSE;
	host[end - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &out->six.sin6_addr) != 1)
		return FALSE;
	out->six.sin6_family = AF_INET6;
	out->six.sin6_port = htons(port);
	*length = sizeof out->six;
	return TRUE;
}

static gboolean
parse_address(const char *text, union address *out, socklen_t *length, GError **error)
{
	memset(out, 0, sizeof *out);
	if (g_str_has_prefix(text, "unix:/")) {
		if (strlen(text + 5) >= sizeof out->local.sun_path)
			return fail_usage(error, "the path of %s is too long for a socket", text);
		out->local.sun_family = AF_UNIX;
		g_strlcpy(out->local.sun_path, text + 5, sizeof out->local.sun_path);
		*length = sizeof out->local;
		return TRUE;
	}
	if (!g_str_has_prefix(text, "inet:") || !parse_inet(text + 5, out, length))
		return fail_usage(error, NO_ADDRESS, text);
	if (is_loopback(out))
		return TRUE;
	return fail_usage(error, FOREIGN, text);
}

/* Removes the socket of a server that is gone; FALSE when somebody listens there, or something else is in the way. */
static gboolean
clear_path(const union address *address, const char *text, GError **error)
{
	const char *path = address->local.sun_path;
	struct stat about;
	int probe, failure = 0;

	if (lstat(path, &about) != 0)
		return errno == ENOENT || fail_create(error, text, errno);
	if (!S_ISSOCK(about.st_mode))
		return fail_create(error, text, EEXIST);
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0 || connect(probe, &address->any, sizeof address->local) != 0)
		failure = errno;
	if (probe >= 0)
		close(probe);
	if (failure != ECONNREFUSED)
		return fail_create(error, text, failure == 0 || failure == EAGAIN ? EADDRINUSE : failure);
	return unlink(path) == 0 || errno == ENOENT || fail_create(error, text, errno);
}

/* The mode is there from the first moment: a socket that all may write to for an instant is open to all. */
static gboolean
bind_local(int fd, const union address *address, guint mode)
{
	mode_t old = umask(0777 & ~mode);
	gboolean bound = bind(fd, &address->any, sizeof address->local) == 0;
	int failure = errno;

	umask(old);
	errno = failure;
	return bound;
}

/* The folder of a socket, for as long as another server might take one that is bound and not yet listened to for dead: the lock goes with the descriptor. -1
 * where the folder may not be read, or somebody holds it for other reasons: then two servers must not be started at once. */
static int
lock_folder(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gint64 until = g_get_monotonic_time() + FOLDER_WAIT_SECONDS * G_USEC_PER_SEC;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || g_get_monotonic_time() > until) {
			close(fd);
			return -1;
		}
		g_usleep(10 * 1000);
	}
	return fd;
}

static struct listener *
listen_to(const union address *address, socklen_t length, const char *text, guint mode, GError **error)
{
	gboolean local = address->any.sa_family == AF_UNIX, bound;
	struct listener *listener;
	struct stat about;
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;

	if (fd < 0) {
		fail_create(error, text, errno);
		return NULL;
	}
	if (!local)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	bound = local ? bind_local(fd, address, mode) : bind(fd, &address->any, length) == 0;
	if (!bound || listen(fd, BACKLOG) != 0) {
		fail_create(error, text, errno);
		close(fd);
		return NULL;
	}
	listener = listener_make(fd);
	if (local && lstat(address->local.sun_path, &about) == 0 && S_ISSOCK(about.st_mode)) {
		listener->path = g_strdup(address->local.sun_path);
		listener->device = about.st_dev;
		listener->inode = about.st_ino;
	}
	return listener;
}

struct listener *
listener_new(const char *text, guint mode, GError **error)
{
	union address address;
	socklen_t length = 0;
	struct listener *listener;
	int folder;

	if (!parse_address(text, &address, &length, error))
		return NULL;
	if (address.any.sa_family != AF_UNIX)
		return listen_to(&address, length, text, mode, error);
	folder = lock_folder(address.local.sun_path);
	listener = clear_path(&address, text, error) ? listen_to(&address, length, text, mode, error) : NULL;
	if (folder >= 0)
		close(folder);
	return listener;
}

void
listener_free(struct listener *listener)
{
	struct stat about;

	if (listener == NULL)
		return;
	/* Not another server's that took its place. */
	if (listener->path != NULL && lstat(listener->path, &about) == 0 && about.st_dev == listener->device && about.st_ino == listener->inode)
		unlink(listener->path);
	close(listener->fd);
	g_free(listener->address);
	g_free(listener->path);
	g_free(listener);
}

int
listener_fd(const struct listener *listener)
{
	return listener->fd;
}

const char *
listener_address(const struct listener *listener)
{
	return listener->address;
}

/* By a descriptor: who may write to the socket's folder could put another file in its place, and root would give that away. */
gboolean
listener_give(const struct listener *listener, const char *folder, GError **error)
{
	struct stat owner, about;
	int fd, failure = 0;

	if (listener->path == NULL || stat(folder, &owner) != 0)
		return TRUE;
	fd = open(listener->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0)
		failure = errno;
	else if (!S_ISSOCK(about.st_mode) || about.st_dev != listener->device || about.st_ino != listener->inode)
		failure = ESTALE;
	else if (fchownat(fd, "", owner.st_uid, owner.st_gid, AT_EMPTY_PATH) != 0)
		failure = errno;
	if (fd >= 0)
		close(fd);
	if (failure == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION, "cannot give %s to the archive's owner: %s", listener->path,
	    failure == ESTALE ? "another file stands there now; use a folder that only root writes to" : g_strerror(failure));
	return FALSE;
}

void
listener_notify(const char *state)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	gsize length = path != NULL ? strlen(path) : 0;
	int fd;

	if (length == 0 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + length);
	close(fd);
}
