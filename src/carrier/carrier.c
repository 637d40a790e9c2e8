#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "carrier/carrier.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/address.h"
#include "base/conf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "carrier/outcome.h"
#include "carrier/sendmail.h"
#include "carrier/curl.h"

struct carrier {
	char *config_path, *to;
	gboolean version, help;
	struct conf *conf;
};

/* Standard input, whole. */
static GBytes *
read_message(GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	guint8 block[65536];
	gssize n;

	while ((n = read(STDIN_FILENO, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot read the message: %s", g_strerror(errno));
			return NULL;
		}
		if (bytes->len + (gsize)n > LIMIT_OUTGOING_BYTES) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the message is longer than %d bytes", LIMIT_OUTGOING_BYTES);
			return NULL;
		}
		g_byte_array_append(bytes, block, (guint)n);
	}
	if (bytes->len == 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "there is no message on standard input");
		return NULL;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

/* Every server takes seven bits in lines of at most 998 (RFC 5321 section 4.5.3.1.6), so nothing has to be asked of one. */
static gboolean
check_message(GBytes *message, GError **error)
{
	gsize length, line = 0;
	const guint8 *data = g_bytes_get_data(message, &length);

	for (gsize i = 0; i < length; i++) {
		line = data[i] == '\n' ? 0 : line + (data[i] != '\r');
		if (data[i] == 0 || data[i] > 127 || line > 998) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA,
			    "byte %" G_GSIZE_FORMAT " of the message: expected ASCII without NUL in lines of at most 998 bytes", i);
			return FALSE;
		}
	}
	return TRUE;
}

/* The path of the file that holds the password; caller frees. */
static char *
password_path(const struct conf_mail *mail, GError **error)
{
	const char *folder = g_getenv("CREDENTIALS_DIRECTORY");

	if (mail->password_file != NULL)
		return g_strdup(mail->password_file);
	if (folder != NULL && *folder != '\0' && strchr(mail->credential, '/') == NULL)
		return g_build_filename(folder, mail->credential, NULL);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG,
	    "no credential \"%s\": $CREDENTIALS_DIRECTORY is %s; see LoadCredential= in systemd.exec(5), or use password-file", mail->credential,
	    folder != NULL ? folder : "not set");
	return NULL;
}

static void
forget(char *password)
{
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	g_free(password);
}

/* The first line of that file. */
static gboolean
load_password(const struct conf_mail *mail, char **out, GError **error)
{
	g_autofree char *path = NULL;
	char *password;
	gsize length;

	if (mail->user == NULL)
		return TRUE;
	path = password_path(mail, error);
	if (path == NULL || !file_read(path, LIMIT_PASSWORD_BYTES, &password, &length, error))
		return FALSE;
	password[strcspn(password, "\r\n")] = '\0';
	if (*password != '\0') {
		*out = password;
		return TRUE;
	}
	forget(password);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "%s: no password in its first line", path);
	return FALSE;
}

static gboolean
send_message(const struct conf_mail *mail, const char *to, GBytes *message, struct outcome *out, GError **error)
{
	char *password = NULL;
	struct smtp_server server = {
	    .url = mail->server, .starttls = mail->starttls, .ca_file = mail->ca_file, .user = mail->user, .timeout = (guint)mail->timeout};

	if (mail->sendmail != NULL) {
		sendmail_send(mail->sendmail, mail->sender, to, message, (guint)mail->timeout, out);
		return TRUE;
	}
	if (!load_password(mail, &password, error))
		return FALSE;
	server.password = password;
	smtp_send(&server, mail->sender, to, message, out);
	forget(password);
	return TRUE;
}

static gboolean
carry(struct carrier *carrier, struct outcome *out, GError **error)
{
	g_autoptr(GBytes) message = NULL;
	const char *why;

	if (carrier->to == NULL || !address_check(carrier->to, &why)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "--to: %s", carrier->to == NULL ? "whom the message goes to is missing" : why);
		return FALSE;
	}
	carrier->conf = conf_load(carrier->config_path, error);
	if (carrier->conf == NULL)
		return FALSE;
	if (carrier->conf->mail.line == 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "no [mail] section says how mail goes out; see postbag.conf(5)");
		return FALSE;
	}
	message = read_message(error);
	return message != NULL && check_message(message, error) && send_message(&carrier->conf->mail, carrier->to, message, out, error);
}

static int
run(struct carrier *carrier)
{
	g_auto(Outcome) outcome = {0};
	g_autoptr(GError) error = NULL;

	if (!carry(carrier, &outcome, &error)) {
		log_error("%s", error->message);
		return error_exit_status(error);
	}
	/* the status tells even where the words cannot be written */
	printf("%s %s\n", outcome_name(outcome.state), outcome.words);
	return outcome_status(outcome.state);
}

int
carrier_main(int argc, char **argv)
{
	struct carrier carrier = {0};
	const GOptionEntry entries[] = {
	    {"config", 'C', 0, G_OPTION_ARG_FILENAME, &carrier.config_path, "read this configuration", "FILE"},
	    {"to", 0, 0, G_OPTION_ARG_STRING, &carrier.to, "whom the message on standard input goes to", "ADDRESS"},
	    {"version", 0, 0, G_OPTION_ARG_NONE, &carrier.version, "say which version this is", NULL},
	    {"help", 'h', 0, G_OPTION_ARG_NONE, &carrier.help, "explain the program", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- carry a message away; postbag-carrier(8)");
	g_autoptr(GError) error = NULL;
	int status = EX_OK;

	signal(SIGPIPE, SIG_IGN);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
		log_error("%s%s; see postbag-carrier --help", error != NULL ? error->message : "unexpected argument ", error != NULL ? "" : argv[1]);
		status = EX_USAGE;
	} else if (carrier.help) {
		g_autofree char *help = g_option_context_get_help(context, FALSE, NULL);

		fputs(help, stdout);
	} else if (carrier.version)
		puts(PACKAGE_STRING);
	else
		status = run(&carrier);
	conf_free(carrier.conf);
	g_free(carrier.config_path);
	g_free(carrier.to);
	return status;
}
