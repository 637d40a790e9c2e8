#include "lmtp/lmtpd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/owner.h"
#include "config.h"
#include "intake/site.h"
#include "lmtp/server.h"

#define SOCKET_MODE 0660
#define DESCRIPTORS 64 /* beside those of connections: databases, locks, pipes */

struct lmtpd {
	char *config_path, *archive;
	char **listen; /* NULL-terminated, or NULL */
	gboolean quiet, verbose, help, version;

	struct conf *conf;
	const char *folder;
	char *spool, *host;
	enum log_level level;
	GPtrArray *listeners;
	guint inherited;
	guint connections;
	int signal_fd;
};

static void
lmtpd_clear(struct lmtpd *d)
{
	g_free(d->config_path);
	g_free(d->archive);
	g_strfreev(d->listen);
	conf_free(d->conf);
	g_free(d->spool);
	g_free(d->host);
	g_clear_pointer(&d->listeners, g_ptr_array_unref);
	if (d->signal_fd >= 0)
		close(d->signal_fd);
}

/* Whatever was left behind by who started it: descriptors, signals, umask. What stops the server comes by signalfd(2), so the signals are blocked before there
 * is a thread. */
static gboolean
prepare_process(struct lmtpd *d, GError **error)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	struct rlimit core = {0, 0};
	sigset_t stops;

	for (int fd = open("/dev/null", O_RDWR); fd >= 0 && fd <= STDERR_FILENO; fd = open("/dev/null", O_RDWR))
		;
	d->inherited = listener_inherited();
	close_range(STDERR_FILENO + 1 + d->inherited, ~0U, 0);
	sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	umask(0007);
	setrlimit(RLIMIT_CORE, &core); /* would hold people's mail */
	sigemptyset(&stops);
	sigprocmask(SIG_SETMASK, &stops, NULL);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGHUP);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	d->signal_fd = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signal_fd >= 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "cannot start: %s", g_strerror(errno));
	return FALSE;
}

/* A connection needs a descriptor, and another for a large message. */
static void
raise_limits(struct lmtpd *d)
{
	rlim_t wanted = 2 * (rlim_t)d->conf->lmtp_connections + DESCRIPTORS;
	struct rlimit files;

	d->connections = d->conf->lmtp_connections;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = MIN(wanted, files.rlim_max);
	if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= wanted)
		return;
	d->connections = files.rlim_cur > DESCRIPTORS + 2 ? (files.rlim_cur - DESCRIPTORS) / 2 : 1;
	log_notice(d->level, "only %u connections at once: the system gives no more than %lu descriptors", d->connections, (unsigned long)files.rlim_cur);
}

static gboolean
add_listener(struct lmtpd *d, struct listener *listener)
{
	if (listener != NULL)
		g_ptr_array_add(d->listeners, listener);
	return listener != NULL;
}

/* The N-th address of the configuration: a slip there is told as one in any other key. */
static struct listener *
listen_to_configured(struct lmtpd *d, guint n, guint mode, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct listener *listener = listener_new(g_ptr_array_index(d->conf->lmtp_listen, n), mode, &reason);

	if (listener != NULL)
		return listener;
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_USAGE))
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "%s: %s", (char *)g_ptr_array_index(d->conf->lmtp_listen_at, n), reason->message);
	else
		g_propagate_error(error, g_steal_pointer(&reason));
	return NULL;
}

static gboolean
listen_to_all(struct lmtpd *d, GError **error)
{
	guint mode = d->conf->lmtp_mode >= 0 ? d->conf->lmtp_mode : SOCKET_MODE;

	for (guint i = 0; i < d->inherited; i++)
		if (!add_listener(d, listener_adopt(STDERR_FILENO + 1 + i, error)))
			return FALSE;
	for (char **address = d->listen; address != NULL && *address != NULL; address++)
		if (!add_listener(d, listener_new(*address, mode, error)))
			return FALSE;
	/* What the command line or the service manager says comes before the configuration. */
	for (guint i = 0; d->inherited == 0 && d->listen == NULL && i < d->conf->lmtp_listen->len; i++)
		if (!add_listener(d, listen_to_configured(d, i, mode, error)))
			return FALSE;
	if (d->listeners->len > 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "nowhere to listen: use --listen unix:/path, or [lmtp] listen = unix:/path in %s",
	    d->conf->file != NULL ? d->conf->file : "a configuration (postbag.conf(5))");
	return FALSE;
}

/* Without a folder nobody knows whom to become. */
static gboolean
become_owner(struct lmtpd *d, GError **error)
{
	struct stat about;

	if (geteuid() != 0)
		return TRUE;
	if (stat(d->folder, &about) != 0) {
		g_set_error(
		    error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "cannot see whose archive %s is: %s; postbag init makes it", d->folder, g_strerror(errno));
		return FALSE;
	}
	for (guint i = 0; i < d->listeners->len; i++)
		if (!listener_give(g_ptr_array_index(d->listeners, i), d->folder, error))
			return FALSE;
	return owner_become(d->folder, error);
}

/* For the greeting: letters, digits, dots and hyphens only (RFC 5321 section 4.1.2). */
static char *
host_name(void)
{
	char name[256] = "";

	if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != strlen(name))
		return g_strdup("localhost");
	return g_strdup(name);
}

static gboolean
run(struct lmtpd *d, GError **error)
{
	g_autoptr(Indexer) indexer = NULL;
	g_autoptr(GError) reason = NULL;
	gsize memory = 0;

	d->conf = conf_load_intake(d->config_path, error);
	if (d->conf == NULL || (d->folder = site_folder(d->conf, d->archive, error)) == NULL)
		return FALSE;
	d->spool = site_spool(d->conf, d->folder);
	d->host = host_name();
	raise_limits(d);
	if (!listen_to_all(d, error) || !become_owner(d, error))
		return FALSE;
	/* The index is nothing that a mail server should wait for. */
	indexer = indexer_new(d->conf, d->folder, d->level, &reason);
	if (indexer == NULL)
		log_error("%s; postbag sweep brings up the index", reason->message);

	const struct session_policy policy = {
	    .host = d->host,
	    .size = d->conf->lmtp_size,
	    .folder = d->folder,
	    .spool = d->spool,
	    .recipients = d->conf->lmtp_recipients,
	    .memory = &memory,
	    .memory_most = LIMIT_LMTP_MEMORY,
	    .level = d->level,
	};
	const struct server_setup setup = {
	    .policy = &policy,
	    .folder = d->folder,
	    .spool = d->spool,
	    .listeners = d->listeners,
	    .indexer = indexer,
	    .connections = d->connections,
	    .timeout = d->conf->lmtp_timeout,
	    .signal_fd = d->signal_fd,
	};
	for (guint i = 0; i < d->listeners->len; i++)
		log_notice(d->level, "listening on %s", listener_address(g_ptr_array_index(d->listeners, i)));
	return server_run(&setup, error);
}

int
lmtpd_main(int argc, char **argv)
{
	struct lmtpd d = {.signal_fd = -1};
	const GOptionEntry entries[] = {
	    {"config", 'C', 0, G_OPTION_ARG_FILENAME, &d.config_path, "read this configuration", "FILE"},
	    {"archive", 0, 0, G_OPTION_ARG_FILENAME, &d.archive, "use the archive in this folder", "DIR"},
	    {"listen", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &d.listen, "listen on unix:/path, inet:127.0.0.1:port or inet:[::1]:port", "ADDRESS"},
	    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &d.quiet, "say only what is wrong", NULL},
	    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &d.verbose, "say more", NULL},
	    {"version", 0, 0, G_OPTION_ARG_NONE, &d.version, "say which version this is", NULL},
	    {"help", 'h', 0, G_OPTION_ARG_NONE, &d.help, "explain the program", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- take in mail by LMTP; postbag-lmtpd(8)");
	g_autoptr(GError) error = NULL;
	int status = EX_OK;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	d.listeners = g_ptr_array_new_with_free_func((GDestroyNotify)listener_free);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
		if (error != NULL)
			log_error("%s; see postbag-lmtpd --help", error->message);
		else
			log_error("unexpected argument \"%s\"; see postbag-lmtpd --help", argv[1]);
		status = EX_USAGE;
	} else if (d.help) {
		g_autofree char *help = g_option_context_get_help(context, FALSE, NULL);

		fputs(help, stdout);
	} else if (d.version)
		puts(PACKAGE_STRING);
	else {
		d.level = d.quiet ? LOG_QUIET : d.verbose ? LOG_VERBOSE : LOG_NORMAL;
		if (!prepare_process(&d, &error) || !run(&d, &error)) {
			log_error("%s", error->message);
			status = error_exit_status(error);
		}
	}
	lmtpd_clear(&d);
	return status;
}
