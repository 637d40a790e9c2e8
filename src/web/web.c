#include "web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/owner.h"
#include "config.h"
#include "intake/site-milestones.h"
#include "intake/site.h"
#include "lmtp/listener.h"
#include "intake/downloads.h"
#include "web/server.h"
#include "web/walls.h"

#define SOCKET_MODE 0660
#define DESCRIPTORS 64 /* beside those of connections */
#define INDEX_WAIT_MS 2000
#define REMEMBERED 60 /* seconds: of counts over all */

struct web {
	char *config_path, *archive, *view;
	char **listen; /* NULL-terminated, or NULL */
	gboolean quiet, verbose, help, version;

	struct conf *conf;
	const char *folder;
	enum log_level level;
	GPtrArray *listeners, *milestones;
	char *title;
	GTimeZone *zone;
	struct downloads *downloads;
	struct index *keeper;
	guint inherited, connections;
	int signal_fd;
};

static void
web_clear(struct web *web)
{
	g_free(web->config_path);
	g_free(web->archive);
	g_free(web->view);
	g_strfreev(web->listen);
	g_clear_pointer(&web->downloads, downloads_free);
	g_clear_pointer(&web->keeper, index_close);
	g_clear_pointer(&web->listeners, g_ptr_array_unref);
	g_clear_pointer(&web->milestones, g_ptr_array_unref);
	g_free(web->title);
	g_clear_pointer(&web->zone, g_time_zone_unref);
	conf_free(web->conf);
	if (web->signal_fd >= 0)
		close(web->signal_fd);
}

/* Whatever was left behind by who started it. What stops the server comes by signalfd(2), so the signals are blocked before there is a thread. */
static gboolean
prepare_process(struct web *web, GError **error)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	struct rlimit core = {0, 0};
	sigset_t stops;

	for (int fd = open("/dev/null", O_RDWR); fd >= 0 && fd <= STDERR_FILENO; fd = open("/dev/null", O_RDWR))
		;
	web->inherited = listener_inherited();
	close_range(STDERR_FILENO + 1 + web->inherited, ~0U, 0);
	sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	umask(0007);
	setrlimit(RLIMIT_CORE, &core); /* would hold people's mail */
	sigemptyset(&stops);
	sigprocmask(SIG_SETMASK, &stops, NULL);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGHUP);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	web->signal_fd = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
	if (web->signal_fd >= 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "cannot start: %s", g_strerror(errno));
	return FALSE;
}

static void
raise_limits(struct web *web)
{
	rlim_t wanted = (rlim_t)web->conf->web.connections + DESCRIPTORS;
	struct rlimit files;

	web->connections = (guint)web->conf->web.connections;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = MIN(wanted, files.rlim_max);
	if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= wanted)
		return;
	web->connections = files.rlim_cur > 2 * DESCRIPTORS ? (guint)(files.rlim_cur - DESCRIPTORS) : DESCRIPTORS;
	log_notice(web->level, "only %u connections at once: the system gives no more than %lu descriptors", web->connections, (unsigned long)files.rlim_cur);
}

static gboolean
add_listener(struct web *web, struct listener *listener)
{
	if (listener != NULL)
		g_ptr_array_add(web->listeners, listener);
	return listener != NULL;
}

/* The N-th address of the configuration: a slip there is told as one in any other key. */
static struct listener *
listen_to_configured(struct web *web, guint n, guint mode, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct listener *listener = listener_new(g_ptr_array_index(web->conf->web.listen, n), mode, &reason);

	if (listener != NULL)
		return listener;
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_USAGE))
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "%s: %s", (char *)g_ptr_array_index(web->conf->web.listen_at, n), reason->message);
	else
		g_propagate_error(error, g_steal_pointer(&reason));
	return NULL;
}

static gboolean
listen_to_all(struct web *web, GError **error)
{
	guint mode = web->conf->web.mode >= 0 ? (guint)web->conf->web.mode : SOCKET_MODE;

	for (guint i = 0; i < web->inherited; i++)
		if (!add_listener(web, listener_adopt(STDERR_FILENO + 1 + i, error)))
			return FALSE;
	for (char **address = web->listen; address != NULL && *address != NULL; address++)
		if (!add_listener(web, listener_new(*address, mode, error)))
			return FALSE;
	/* What the command line or the service manager says comes before the configuration. */
	for (guint i = 0; web->inherited == 0 && web->listen == NULL && i < web->conf->web.listen->len; i++)
		if (!add_listener(web, listen_to_configured(web, i, mode, error)))
			return FALSE;
	/* readers come in crowds: who finds the queue full is told by his web server that nobody is there */
	for (guint i = 0; i < web->listeners->len; i++)
		(void)listen(listener_fd(g_ptr_array_index(web->listeners, i)), (int)web->connections);
	if (web->listeners->len > 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "nowhere to listen: use --listen unix:/path, or [web] listen = unix:/path in %s",
	    web->conf->file != NULL ? web->conf->file : "a configuration (postbag.conf(5))");
	return FALSE;
}

static gboolean
become_owner(struct web *web, GError **error)
{
	if (geteuid() != 0)
		return TRUE;
	for (guint i = 0; i < web->listeners->len; i++)
		if (!listener_give(g_ptr_array_index(web->listeners, i), web->folder, error))
			return FALSE;
	return owner_become(web->folder, error);
}

static gboolean
load(struct web *web, GError **error)
{
	web->conf = conf_load(web->config_path, error);
	if (web->conf == NULL || (web->folder = site_folder(web->conf, web->archive, error)) == NULL)
		return FALSE;
	if (web->view != NULL) {
		web->conf->web.staff = strcmp(web->view, "staff") == 0;
		if (!web->conf->web.staff && strcmp(web->view, "public") != 0) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "--view is \"public\" or \"staff\", not \"%s\"", web->view);
			return FALSE;
		}
	}
	web->zone = clock_zone(web->conf->timezone != NULL ? web->conf->timezone : "UTC", error);
	return web->zone != NULL;
}

/* Rules that are broken today are no reason to serve nothing. */
static void
load_milestones(struct web *web)
{
	g_autoptr(GError) reason = NULL;

	g_autofree char *title = NULL;

	if (!site_milestones(web->conf, NULL, &web->milestones, &title, &reason))
		log_error("no milestones are shown: %s", reason->message);
	web->title = site_title(web->conf, title, web->folder);
}

/* The index alone may be all that this user can read: then attachments are named and not offered. */
static void
try_downloads(struct web *web)
{
	g_autoptr(GError) reason = NULL;

	if (web->downloads == NULL || downloads_try(web->downloads, &reason))
		return;
	log_notice(web->level, "attachments are not offered: %s", reason->message);
	g_clear_pointer(&web->downloads, downloads_free);
}

/* Behind the walls nobody can make the files that readers of SQLite need beside the index: they are made now, and stay as long as somebody has them open. */
static void
keep_index(struct web *web)
{
	g_autoptr(GError) reason = NULL;

	web->keeper = index_open(web->folder, DB_READ, INDEX_WAIT_MS, &reason);
	if (web->keeper == NULL)
		log_error("%s", reason->message);
}

static guint
count_workers(const struct web *web)
{
	return web->conf->web.workers > 0 ? (guint)web->conf->web.workers : CLAMP(g_get_num_processors(), 2, 8);
}

static void
fill_site(struct web *web, struct page_site *site)
{
	static const enum page_when when[] = {[WEB_RECEIVED] = PAGE_RECEIVED, [WEB_DAY_LATER] = PAGE_DAY_LATER, [WEB_RELEASED] = PAGE_RELEASED};
	const struct conf_web *conf = &web->conf->web;

	*site = (struct page_site){
	    .title = web->title,
	    .contact = conf->contact,
	    .prefix = conf->prefix,
	    .suffix = "",
	    .address = conf->address,
	    .attachments = web->downloads != NULL,
	    .view = conf->staff ? PAGE_STAFF : PAGE_PUBLIC,
	    .when = when[conf->when],
	    .zone = web->zone,
	    .milestones = web->milestones,
	    .memory = REMEMBERED,
	    .deadline_ms = LIMIT_PAGE_MS,
	};
}

static gboolean
run(struct web *web, GError **error)
{
	struct page_site site;
	gboolean landlock, calls;

	if (!load(web, error))
		return FALSE;
	raise_limits(web);
	if (!listen_to_all(web, error) || !become_owner(web, error))
		return FALSE;
	if (web->conf->web.attachments && (web->downloads = downloads_new(web->folder, error)) == NULL)
		return FALSE;
	load_milestones(web);
	try_downloads(web);
	fill_site(web, &site);
	for (guint i = 0; i < web->listeners->len; i++)
		log_notice(
		    web->level, "listening on %s, %s view", listener_address(g_ptr_array_index(web->listeners, i)), web->conf->web.staff ? "staff" : "public");
	keep_index(web);
	walls_enter(web->folder, &landlock, &calls);
	if (!landlock || !calls)
		log_notice(web->level, "without walls of %s%s%s", landlock ? "" : "Landlock", landlock || calls ? "" : " and ", calls ? "" : "seccomp");

	const struct web_setup setup = {
	    .site = &site,
	    .folder = web->folder,
	    .downloads = web->downloads,
	    .listeners = web->listeners,
	    .connections = web->connections,
	    .each = (guint)web->conf->web.each,
	    .workers = count_workers(web),
	    .timeout = (guint)web->conf->web.timeout,
	    .signal_fd = web->signal_fd,
	    .level = web->level,
	};
	return web_serve(&setup, error);
}

int
web_main(int argc, char **argv)
{
	struct web web = {.signal_fd = -1};
	const GOptionEntry entries[] = {
	    {"config", 'C', 0, G_OPTION_ARG_FILENAME, &web.config_path, "read this configuration", "FILE"},
	    {"archive", 0, 0, G_OPTION_ARG_FILENAME, &web.archive, "serve the archive in this folder", "DIR"},
	    {"listen", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &web.listen, "listen on unix:/path, inet:127.0.0.1:port or inet:[::1]:port", "ADDRESS"},
	    {"view", 0, 0, G_OPTION_ARG_STRING, &web.view, "public, or staff: everything, for behind the site's own authentication", "VIEW"},
	    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &web.quiet, "say only what is wrong", NULL},
	    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &web.verbose, "say more", NULL},
	    {"version", 0, 0, G_OPTION_ARG_NONE, &web.version, "say which version this is", NULL},
	    {"help", 'h', 0, G_OPTION_ARG_NONE, &web.help, "explain the program", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- serve the archive's pages; postbag-web(8)");
	g_autoptr(GError) error = NULL;
	int status = EX_OK;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	web.listeners = g_ptr_array_new_with_free_func((GDestroyNotify)listener_free);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
		if (error != NULL)
			log_error("%s; see postbag-web --help", error->message);
		else
			log_error("unexpected argument \"%s\"; see postbag-web --help", argv[1]);
		status = EX_USAGE;
	} else if (web.help) {
		g_autofree char *help = g_option_context_get_help(context, FALSE, NULL);

		fputs(help, stdout);
	} else if (web.version)
		puts(PACKAGE_STRING);
	else {
		web.level = web.quiet ? LOG_QUIET : web.verbose ? LOG_VERBOSE : LOG_NORMAL;
		if (!prepare_process(&web, &error) || !run(&web, &error)) {
			log_error("%s", error->message);
			status = error_exit_status(error);
		}
	}
	web_clear(&web);
	return status;
}
