#include "web/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "lmtp/listener.h"
#include "intake/downloads.h"
#include "pages/route.h"

#define BUSY "Too many ask for slow pages just now. Try again in a while."
#define END_OF_SLOW GINT_TO_POINTER(1)
#define SLOW_NICE 5 /* of threads for slow pages: others go first */
#define WAIT_MS 500 /* for a busy index: it is read only, and writers do not keep readers out */

struct server {
	const struct web_setup *setup;
	char *index_path, *log_path;
	GMutex mutex;
	GHashTable *connections; /* descriptor -> struct turn, under MUTEX */
	GAsyncQueue *slow;       /* of struct request: what may take long; END_OF_SLOW ends a thread */
	gboolean stopping;       /* under MUTEX */
};

struct turn {         /* of one connection */
	gint64 since; /* monotonic seconds: when its request could begin */
	guint allowed;
};

struct request { /* from its first line to the end of its answer */
	char *target;
	gboolean answered;
	/* Of a slow page; the connection is suspended from when it is put into the queue until PAGE is there. */
	struct MHD_Connection *connection;
	gboolean head;
	char *if_none_match;
	gint64 since; /* monotonic seconds */
	gboolean queued;
	struct page_response page;
};

/* What one thread has open. */
struct worker {
	struct index *index;
	struct page_archive *archive;
	struct file_state {
		dev_t device;
		ino_t file;
		gint64 size, changed; /* looked at where no log stands beside it: then SQLite takes it for a file that does not change */
	} state;
};

static void
worker_close(struct worker *worker)
{
	g_clear_pointer(&worker->archive, page_archive_free);
	g_clear_pointer(&worker->index, index_close);
}

static void
worker_free(gpointer data)
{
	worker_close(data);
	g_free(data);
}

static GPrivate workers = G_PRIVATE_INIT(worker_free);

static struct file_state
state_of(const struct server *server)
{
	struct stat about, log;

	if (stat(server->index_path, &about) != 0)
		return (struct file_state){0};
	if (stat(server->log_path, &log) == 0)
		return (struct file_state){about.st_dev, about.st_ino, 0, 0};
	return (struct file_state){about.st_dev, about.st_ino, about.st_size, about.st_mtim.tv_sec * G_GINT64_CONSTANT(1000000000) + about.st_mtim.tv_nsec};
}

static gboolean
is_same(const struct file_state *a, const struct file_state *b)
{
	return a->device == b->device && a->file == b->file && a->size == b->size && a->changed == b->changed;
}

/* The index of this thread: opened anew when another file stands there (rebuilt, restored). */
static struct worker *
worker_get(struct server *server, GError **error)
{
	struct worker *worker = g_private_get(&workers);
	struct file_state state = state_of(server);

	if (worker == NULL) {
		worker = g_new0(struct worker, 1);
		g_private_set(&workers, worker);
	}
	if (worker->index != NULL && !is_same(&state, &worker->state))
		worker_close(worker);
	if (worker->index != NULL)
		return worker;
	worker->index = index_open(server->setup->folder, DB_READ, WAIT_MS, error);
	if (worker->index == NULL)
		return NULL;
	worker->state = state;
	worker->archive = page_archive_new(worker->index, server->setup->downloads != NULL ? downloads_read : NULL, server->setup->downloads);
	return worker;
}

/* --- connections */

static gint64
seconds(void)
{
	return g_get_monotonic_time() / G_USEC_PER_SEC;
}

static int
descriptor_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL ? info->connect_fd : -1;
}

/* A turn of that connection begins, with so many seconds for it. */
static void
begin_turn(struct server *server, struct MHD_Connection *connection, guint allowed)
{
	int fd = descriptor_of(connection);
	struct turn *turn = g_new(struct turn, 1);

	*turn = (struct turn){seconds(), allowed};
	g_mutex_lock(&server->mutex);
	g_hash_table_replace(server->connections, GINT_TO_POINTER(fd), turn);
	g_mutex_unlock(&server->mutex);
}

static void
connection_changed(void *data, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode what)
{
	struct server *server = data;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		begin_turn(server, connection, LIMIT_WEB_REQUEST_SECONDS);
		return;
	}
	g_mutex_lock(&server->mutex);
	g_hash_table_remove(server->connections, GINT_TO_POINTER(descriptor_of(connection)));
	g_mutex_unlock(&server->mutex);
}

/* A connection that says a letter now and then is never silent: whoever takes too long for one request is shut out. */
static void
end_slow(struct server *server)
{
	gint64 now = seconds();
	GHashTableIter iter;
	gpointer key, value;

	g_mutex_lock(&server->mutex);
	g_hash_table_iter_init(&iter, server->connections);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		const struct turn *turn = value;

		if (now - turn->since > turn->allowed)
			shutdown(GPOINTER_TO_INT(key), SHUT_RDWR);
	}
	g_mutex_unlock(&server->mutex);
}

/* --- requests */

static void *
request_begin(void *data, const char *target, struct MHD_Connection *connection)
{
	struct request *request = g_new0(struct request, 1);

	request->target = g_strdup(target);
	return request;
}

static void
request_end(void *data, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why)
{
	struct request *request = *context;

	if (request == NULL)
		return;
	page_response_clear(&request->page);
	g_free(request->target);
	g_free(request->if_none_match);
	g_free(request);
	*context = NULL;
	begin_turn(data, connection, LIMIT_WEB_REQUEST_SECONDS);
}

static void
release_body(void *data)
{
	g_bytes_unref(data);
}

static enum MHD_Result
send_response(struct MHD_Connection *connection, const struct page_response *page)
{
	gsize length;
	gconstpointer data = g_bytes_get_data(page->body, &length);
	struct MHD_Response *response;
	enum MHD_Result sent;

	response = MHD_create_response_from_buffer_with_free_callback_cls(length, (void *)data, release_body, g_bytes_ref(page->body));
	if (response == NULL) {
		g_bytes_unref(page->body);
		return MHD_NO;
	}
	if (page->type != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
	for (guint i = 0; i < page->headers->len; i++) {
		const struct page_header *header = &g_array_index(page->headers, struct page_header, i);

		MHD_add_response_header(response, header->name, header->value);
	}
	sent = MHD_queue_response(connection, page->status, response);
	MHD_destroy_response(response);
	return sent;
}

static void
answer(struct server *server, const struct page_request *request, struct page_response *out)
{
	g_autoptr(GError) error = NULL;
	struct worker *worker = worker_get(server, &error);

	if (worker == NULL) {
		page_refuse(server->setup->site, 503, "The archive cannot be read just now.", out);
		out->trouble = g_steal_pointer(&error);
	} else
		page_respond(worker->archive, server->setup->site, request, out);
}

static const char *
header_of(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* --- slow pages: what may take seconds, or waits for a process of its own, is made by threads of its own, so that nobody else waits behind it */

/* By where the address leads, not by how it is written: "/%73earch.html?q=..." is a search. */
static gboolean
is_slow(const char *target, const char *method)
{
	g_auto(Route) route = {0};

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return FALSE;
	route_parse(target, &route);
	return route.moved == NULL && ((route.page == ROUTE_SEARCH && *route.query != '\0') || route.page == ROUTE_ATTACHMENT || route.page == ROUTE_CAMPAIGN);
}

/* libmicrohttpd takes no answer while it reads a body, and whoever sends one must not come before all who wait. */
static gboolean
has_body(struct MHD_Connection *connection)
{
	const char *length = header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return header_of(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL || (length != NULL && length[strspn(length, "0")] != '\0');
}

static gboolean
is_stopping(struct server *server)
{
	gboolean stopping;

	g_mutex_lock(&server->mutex);
	stopping = server->stopping;
	g_mutex_unlock(&server->mutex);
	return stopping;
}

static void
make_slow(struct server *server, struct request *request)
{
	const struct page_request asked = {
	    .method = request->head ? "HEAD" : "GET",
	    .target = request->target,
	    .if_none_match = request->if_none_match,
	    .now = clock_now(),
	};

	if (is_stopping(server) || seconds() - request->since > LIMIT_WEB_QUEUE_SECONDS)
		page_refuse(server->setup->site, 503, BUSY, &request->page);
	else
		answer(server, &asked, &request->page);
	MHD_resume_connection(request->connection);
}

static gpointer
make_slow_ones(gpointer data)
{
	struct server *server = data;
	gpointer request;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), SLOW_NICE);
	while ((request = g_async_queue_pop(server->slow)) != END_OF_SLOW)
		make_slow(server, request);
	return NULL;
}

/* FALSE: there is no room in the queue. */
static gboolean
put_into_queue(struct server *server, struct MHD_Connection *connection, const char *method, struct request *request)
{
	gboolean queued;

	request->connection = connection;
	request->head = strcmp(method, "HEAD") == 0;
	request->if_none_match = g_strdup(header_of(connection, MHD_HTTP_HEADER_IF_NONE_MATCH));
	request->since = seconds();
	g_mutex_lock(&server->mutex);
	queued = !server->stopping && g_async_queue_length(server->slow) < LIMIT_WEB_QUEUE;
	if (queued) {
		request->queued = TRUE;
		MHD_suspend_connection(connection);
		g_async_queue_push(server->slow, request);
	}
	g_mutex_unlock(&server->mutex);
	return queued;
}

static enum MHD_Result
finish(struct server *server, struct MHD_Connection *connection, struct request *request, const struct page_response *page)
{
	request->answered = TRUE;
	if (page->trouble != NULL)
		log_error("%s", page->trouble->message);
	if (page->status == 200 && g_str_has_prefix(request->target, "/attachment/"))
		begin_turn(server, connection, LIMIT_WEB_DOWNLOAD_SECONDS);
	return send_response(connection, page);
}

static enum MHD_Result
handle(void *data, struct MHD_Connection *connection, const char *url, const char *method, const char *version, const char *upload, size_t *upload_size,
    void **context)
{
	struct server *server = data;
	struct request *request = *context;
	g_auto(PageResponse) page = {0};

	if (request == NULL)
		return MHD_NO;
	if (request->answered) { /* a body, which nobody asked for */
		*upload_size = 0;
		return MHD_YES;
	}
	if (request->queued)
		return finish(server, connection, request, &request->page);
	if (!is_slow(request->target, method)) {
		const struct page_request asked = {method, request->target, header_of(connection, MHD_HTTP_HEADER_IF_NONE_MATCH), clock_now()};

		answer(server, &asked, &page);
	} else if (has_body(connection))
		page_refuse(server->setup->site, 400, "A page is asked for without a body.", &page);
	else if (put_into_queue(server, connection, method, request))
		return MHD_YES;
	else
		page_refuse(server->setup->site, 503, BUSY, &page);
	return finish(server, connection, request, &page);
}

/* What libmicrohttpd has to say is about clients that went away. */
static void G_GNUC_PRINTF(2, 0) note(void *data, const char *format, va_list arguments)
{
	struct server *server = data;
	g_autofree char *text = g_strdup_vprintf(format, arguments);

	log_detail(server->setup->level, "%s", g_strchomp(text));
}

/* Targets are taken as they came. */
static size_t
leave_escaped(void *data, struct MHD_Connection *connection, char *text)
{
	return strlen(text);
}

static struct MHD_Daemon *
start(struct server *server, const struct listener *listener)
{
	const struct web_setup *setup = server->setup;

	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, server,
	    MHD_OPTION_EXTERNAL_LOGGER, note, server, MHD_OPTION_LISTEN_SOCKET, listener_fd(listener), MHD_OPTION_THREAD_POOL_SIZE, setup->workers,
	    MHD_OPTION_CONNECTION_LIMIT, setup->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, setup->each, MHD_OPTION_CONNECTION_TIMEOUT, setup->timeout,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_WEB_REQUEST_BYTES, MHD_OPTION_URI_LOG_CALLBACK, request_begin, server,
	    MHD_OPTION_NOTIFY_COMPLETED, request_end, server, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server, MHD_OPTION_UNESCAPE_CALLBACK,
	    leave_escaped, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

/* Until a signal says that it is enough. */
static void
wait_for_end(struct server *server)
{
	for (;;) {
		struct pollfd waiting = {server->setup->signal_fd, POLLIN, 0};
		struct signalfd_siginfo signal;

		poll(&waiting, 1, 1000);
		end_slow(server);
		while (read(server->setup->signal_fd, &signal, sizeof signal) == (gssize)sizeof signal)
			if (signal.ssi_signo != SIGHUP)
				return;
	}
}

static void
stop(gpointer daemon)
{
	MHD_stop_daemon(daemon);
}

/* Nothing more is made, and no connection is left suspended when the daemons end. */
static void
end_slow_pages(struct server *server, GPtrArray *threads)
{
	g_mutex_lock(&server->mutex);
	server->stopping = TRUE;
	g_mutex_unlock(&server->mutex);
	for (guint i = 0; i < threads->len; i++)
		g_async_queue_push(server->slow, END_OF_SLOW);
	for (guint i = 0; i < threads->len; i++)
		g_thread_join(g_ptr_array_index(threads, i));
}

static guint
slow_threads(const struct server *server)
{
	return MAX(server->setup->workers / 2, 2);
}

gboolean
web_serve(const struct web_setup *setup, GError **error)
{
	struct server server = {.setup = setup};
	g_autoptr(GPtrArray) daemons = g_ptr_array_new_with_free_func(stop), threads = g_ptr_array_new();
	gboolean started = TRUE;

	server.index_path = g_build_filename(setup->folder, "index.db", NULL);
	server.log_path = g_strconcat(server.index_path, "-wal", NULL);
	server.connections = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	g_mutex_init(&server.mutex);
	server.slow = g_async_queue_new();
	for (guint i = 0; i < slow_threads(&server); i++)
		g_ptr_array_add(threads, g_thread_new("slow", make_slow_ones, &server));
	for (guint i = 0; i < setup->listeners->len && started; i++) {
		struct MHD_Daemon *daemon = start(&server, g_ptr_array_index(setup->listeners, i));

		started = daemon != NULL;
		if (started)
			g_ptr_array_add(daemons, daemon);
	}
	if (started) {
		listener_notify("READY=1");
		wait_for_end(&server);
		listener_notify("STOPPING=1");
	} else
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "cannot start the server: %s", g_strerror(errno));
	end_slow_pages(&server, threads);
	g_ptr_array_set_size(daemons, 0);
	g_async_queue_unref(server.slow);
	g_hash_table_unref(server.connections);
	g_mutex_clear(&server.mutex);
	g_free(server.index_path);
	g_free(server.log_path);
	return started;
}
