#include "lmtp/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"

#define ACCEPT_AT_ONCE 64
#define ACCEPT_PAUSE_MS 200 /* when descriptors run out */
#define BUSY "421 4.3.2 too many connections: try again\r\n"

struct connection {
	int fd;
	struct session *session;
	GByteArray *rest; /* read, and not yet taken by the session */
	gint64 deadline;  /* monotonic ms */
	gboolean handed;  /* its letter is with the committer */
	gboolean ended;   /* nothing more comes from the client */
	gboolean gone;    /* the client has left: only the letter is waited for */
	gboolean closing; /* the last word is sent; the client's end is waited for */
};

struct server {
	const struct server_setup *setup;
	struct committer *committer;
	GPtrArray *connections; /* of struct connection */
	GArray *polls;          /* of struct pollfd: signals, commits, listeners, connections */
	int commit_fd;
	gint64 accept_at; /* monotonic ms: not before */
	gboolean stopping;
	guint8 buffer[LIMIT_LMTP_INPUT];
};

static gint64
now_ms(void)
{
	return g_get_monotonic_time() / 1000;
}

/* --- one connection */

static void
connection_free(gpointer data)
{
	struct connection *connection = data;

	close(connection->fd);
	session_free(connection->session);
	g_byte_array_unref(connection->rest);
	g_free(connection);
}

/* Whether only the last replies are waited for. */
static gboolean
says_goodbye(const struct server *server, const struct connection *connection)
{
	return server->stopping || connection->closing || session_state(connection->session) == SESSION_ENDS;
}

static void
touch(const struct server *server, struct connection *connection)
{
	connection->deadline = now_ms() + (says_goodbye(server, connection) ? LIMIT_LMTP_GOODBYE_SECONDS : server->setup->timeout) * (gint64)1000;
}

/* Who reads his last replies slowly, or not at all, gets no more time for it. */
static void
hurry(struct connection *connection)
{
	connection->deadline = MIN(connection->deadline, now_ms() + LIMIT_LMTP_GOODBYE_SECONDS * 1000);
}

/* Sends what the socket takes. */
static void
send_replies(const struct server *server, struct connection *connection)
{
	GByteArray *output = session_output(connection->session);
	gsize done = 0;

	while (done < output->len && !connection->gone) {
		gssize n = send(connection->fd, output->data + done, output->len - done, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			connection->gone = TRUE;
		else
			done += n;
	}
	if (done > 0) {
		g_byte_array_remove_range(output, 0, done);
		if (!says_goodbye(server, connection))
			touch(server, connection);
	}
}

static void
hand_over(struct server *server, struct connection *connection)
{
	struct parcel *parcel = g_new0(struct parcel, 1);

	session_take(connection->session, &parcel->letter);
	parcel->received = clock_now();
	parcel->owner = connection;
	connection->handed = TRUE;
	committer_put(server->committer, parcel);
}

/* Whether the session takes bytes now. */
static gboolean
takes_bytes(struct connection *connection)
{
	return session_state(connection->session) == SESSION_TALKS && session_output(connection->session)->len < LIMIT_LMTP_OUTPUT;
}

/* Lets the session take what is there, as far as its replies are read. */
static void
advance(struct server *server, struct connection *connection)
{
	GByteArray *rest = connection->rest;

	do {
		gsize taken = session_add(connection->session, rest->data, rest->len);

		if (taken > 0)
			g_byte_array_remove_range(rest, 0, taken);
		if (session_state(connection->session) == SESSION_WAITS && !connection->handed)
			hand_over(server, connection);
		send_replies(server, connection);
	} while (rest->len > 0 && takes_bytes(connection));
	if (session_state(connection->session) == SESSION_ENDS)
		hurry(connection);
	if (session_state(connection->session) != SESSION_ENDS || session_output(connection->session)->len > 0 || connection->closing)
		return;
	/* A close with bytes unread would reset the connection, and the last reply might be lost with it. */
	shutdown(connection->fd, SHUT_WR);
	connection->closing = TRUE;
	g_byte_array_set_size(connection->rest, 0);
	touch(server, connection);
}

static void
receive(struct server *server, struct connection *connection)
{
	gssize n = read(connection->fd, server->buffer, sizeof server->buffer);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		connection->ended = TRUE;
		connection->gone = connection->gone || n < 0;
		return;
	}
	if (connection->closing)
		return;
	touch(server, connection);
	/* Most of a message goes straight on. */
	gsize taken = session_add(connection->session, server->buffer, n);
	g_byte_array_append(connection->rest, server->buffer + taken, n - taken);
	advance(server, connection);
}

static gboolean
wants_bytes(struct connection *connection)
{
	if (connection->closing)
		return !connection->ended;
	return !connection->ended && connection->rest->len == 0 && takes_bytes(connection);
}

static short
wanted_events(struct connection *connection)
{
	return (wants_bytes(connection) ? POLLIN : 0) | (session_output(connection->session)->len > 0 ? POLLOUT : 0);
}

/* A letter with the committer is waited for by a connection that is gone, too. */
static gboolean
is_over(struct connection *connection)
{
	if (connection->handed)
		return FALSE;
	if (connection->gone || (connection->closing && connection->ended))
		return TRUE;
	return connection->ended && session_output(connection->session)->len == 0;
}

static void
run_out_of_time(const struct server *server, struct connection *connection)
{
	if (session_state(connection->session) == SESSION_ENDS) {
		connection->gone = TRUE; /* its last word finds no reader */
		return;
	}
	session_end(connection->session, "4.4.2 silent for too long");
	touch(server, connection);
}

static void
serve(struct server *server, struct connection *connection, short events)
{
	if ((events & POLLOUT) != 0)
		advance(server, connection);
	if ((events & (POLLIN | POLLHUP | POLLERR)) == 0)
		return;
	if (wants_bytes(connection))
		receive(server, connection);
	else if ((events & (POLLHUP | POLLERR)) != 0)
		connection->gone = TRUE;
}

/* --- all of them */

static void
add_connection(struct server *server, int fd)
{
	struct connection *connection;
	int yes = 1;

	if (server->connections->len >= server->setup->connections) {
		(void)!send(fd, BUSY, strlen(BUSY), MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		log_detail(server->setup->policy->level, "more than %u connections", server->setup->connections);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* means nothing to a Unix socket */
	connection = g_new0(struct connection, 1);
	connection->fd = fd;
	connection->session = session_new(server->setup->policy);
	connection->rest = g_byte_array_new();
	touch(server, connection);
	g_ptr_array_add(server->connections, connection);
	advance(server, connection);
}

static void
accept_some(struct server *server, int fd)
{
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (client >= 0) {
			add_connection(server, client);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			log_error("cannot take a connection: %s", g_strerror(errno));
			server->accept_at = now_ms() + ACCEPT_PAUSE_MS;
		}
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static void
take_answers(struct server *server)
{
	gboolean kept = FALSE;
	struct parcel *parcel;
	guint64 count;

	(void)!read(server->commit_fd, &count, sizeof count);
	while ((parcel = committer_get(server->committer)) != NULL) {
		struct connection *connection = parcel->owner;

		kept = kept || parcel->outcome <= OUTCOME_AGAIN;
		session_answer(connection->session, parcel->outcome, parcel->id);
		connection->handed = FALSE;
		parcel_free(parcel);
		touch(server, connection);
		advance(server, connection);
	}
	if (server->setup->indexer == NULL)
		return;
	if (committer_has_spooled(server->committer))
		indexer_tell(server->setup->indexer, TRUE);
	if (kept)
		indexer_tell(server->setup->indexer, FALSE);
}

static void
stop(struct server *server)
{
	struct signalfd_siginfo about;

	while (read(server->setup->signal_fd, &about, sizeof about) > 0)
		;
	if (server->stopping)
		return;
	server->stopping = TRUE;
	listener_notify("STOPPING=1");
	log_notice(server->setup->policy->level, "postbag-lmtpd stops");
	g_ptr_array_set_size(server->setup->listeners, 0);
	for (guint i = 0; i < server->connections->len; i++) {
		struct connection *connection = g_ptr_array_index(server->connections, i);

		session_end(connection->session, "4.3.2 the server stops: try again");
		if (!connection->handed)
			hurry(connection);
		advance(server, connection);
	}
}

static void
add_poll(struct server *server, int fd, short events)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	g_array_append_val(server->polls, poll_fd);
}

/* Milliseconds to the next deadline, -1: there is none. */
static int
prepare_polls(struct server *server)
{
	gint64 now = now_ms(), next = G_MAXINT64;
	gboolean accepts = !server->stopping && now >= server->accept_at;

	g_array_set_size(server->polls, 0);
	add_poll(server, server->setup->signal_fd, POLLIN);
	add_poll(server, server->commit_fd, POLLIN);
	for (guint i = 0; i < server->setup->listeners->len; i++)
		add_poll(server, listener_fd(g_ptr_array_index(server->setup->listeners, i)), accepts ? POLLIN : 0);
	if (!accepts && !server->stopping)
		next = server->accept_at;
	for (guint i = 0; i < server->connections->len; i++) {
		struct connection *connection = g_ptr_array_index(server->connections, i);

		add_poll(server, connection->gone ? -1 : connection->fd, wanted_events(connection));
		if (!connection->handed)
			next = MIN(next, connection->deadline);
	}
	return next == G_MAXINT64 ? -1 : (int)CLAMP(next - now, 0, 3600 * 1000);
}

static void
remove_finished(struct server *server)
{
	gint64 now = now_ms();

	for (guint i = server->connections->len; i > 0; i--) {
		struct connection *connection = g_ptr_array_index(server->connections, i - 1);

		if (!connection->handed && now >= connection->deadline) {
			run_out_of_time(server, connection);
			advance(server, connection);
		}
		if (is_over(connection))
			g_ptr_array_remove_index_fast(server->connections, i - 1);
	}
}

static short
events_of(const struct server *server, guint i)
{
	return g_array_index(server->polls, struct pollfd, i).revents;
}

/* One turn: whoever has something is served once, so that none is waited for. */
static gboolean
turn(struct server *server, GError **error)
{
	int timeout = prepare_polls(server);
	guint listeners = server->setup->listeners->len, connections = server->connections->len, at = 2;

	if (poll((struct pollfd *)(void *)server->polls->data, server->polls->len, timeout) < 0 && errno != EINTR) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "cannot wait for connections: %s", g_strerror(errno));
		return FALSE;
	}
	for (guint i = 0; i < connections; i++)
		if (events_of(server, at + listeners + i) != 0)
			serve(server, g_ptr_array_index(server->connections, i), events_of(server, at + listeners + i));
	if (events_of(server, 1) != 0)
		take_answers(server);
	for (guint i = 0; i < listeners; i++)
		if ((events_of(server, at + i) & POLLIN) != 0)
			accept_some(server, g_array_index(server->polls, struct pollfd, at + i).fd);
	if (events_of(server, 0) != 0)
		stop(server);
	remove_finished(server);
	return TRUE;
}

gboolean
server_run(const struct server_setup *setup, GError **error)
{
	g_autofree struct server *server = g_new0(struct server, 1);
	gboolean ok = TRUE;

	server->setup = setup;
	server->commit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->commit_fd < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "cannot start: %s", g_strerror(errno));
		return FALSE;
	}
	server->committer = committer_new(setup->folder, setup->spool, setup->policy->level, server->commit_fd, error);
	if (server->committer == NULL) {
		close(server->commit_fd);
		return FALSE;
	}
	server->connections = g_ptr_array_new_with_free_func(connection_free);
	server->polls = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
	listener_notify("READY=1");
	while (ok && (!server->stopping || server->connections->len > 0))
		ok = turn(server, error);
	committer_free(server->committer);
	g_ptr_array_unref(server->connections);
	g_array_unref(server->polls);
	close(server->commit_fd);
	return ok;
}
