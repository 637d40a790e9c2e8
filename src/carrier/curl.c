#include "carrier/curl.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

/* How long a server is waited for once QUIT is said: how it went is known by then, and libcurl would wait for one that hangs for two minutes. */
#define FAREWELL_SECONDS 1L

struct upload {
	const char *data;
	gsize length, done;
	gboolean cr;       /* a CR was given whose LF comes next */
	gboolean whole;    /* libcurl was told that this is the end: what goes wrong from here on may have gone right */
	char last[512];    /* the server's last line, or the first that refused the last command: a farewell may follow it */
	gboolean answered; /* it came after the end of the message */
	gboolean gone;     /* QUIT was said: the answer to that is nobody's */
	gboolean named;    /* the recipient was named: what is refused before is refused to us, not to him */
};

/* Lines end with CR LF on their way, whatever they end with here. */
static size_t
give(char *buffer, size_t size, size_t count, void *data)
{
	struct upload *upload = data;
	size_t room = size * count, n = 0;

	while (n < room && (upload->cr || upload->done < upload->length)) {
		char c = upload->cr ? '\n' : upload->data[upload->done];

		if (!upload->cr && c == '\n' && (upload->done == 0 || upload->data[upload->done - 1] != '\r')) {
			buffer[n++] = '\r';
			upload->cr = TRUE;
			continue;
		}
		buffer[n++] = c;
		upload->cr = FALSE;
		upload->done++;
	}
	upload->whole = upload->whole || n == 0;
	return n;
}

static size_t
hear(char *line, size_t size, size_t count, void *data)
{
	struct upload *upload = data;
	gsize length = MIN(size * count, sizeof upload->last - 1);

	if (upload->gone || upload->last[0] == '4' || upload->last[0] == '5')
		return size * count;
	memcpy(upload->last, line, length);
	upload->last[length] = '\0';
	upload->answered = upload->whole;
	return size * count;
}

/* Sees which commands are sent; nothing of them is kept, for one of them has the password. */
static int
watch(CURL *curl, curl_infotype type, char *text, size_t length, void *data)
{
	struct upload *upload = data;

	if (type != CURLINFO_HEADER_OUT || length <= 4)
		return 0;
	upload->named = upload->named || memcmp(text, "RCPT", 4) == 0;
	/* What goes on after a refusal (of EHLO, or of one way to log in) was not refused. */
	if (memcmp(text, "QUIT", 4) != 0)
		upload->last[0] = '\0';
	else {
		upload->gone = TRUE;
		curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, FAREWELL_SECONDS);
	}
	return 0;
}

static CURL *
prepare(const struct smtp_server *server, struct upload *upload, char trouble[CURL_ERROR_SIZE])
{
	CURL *curl = curl_easy_init();
	gboolean ok = curl != NULL;

	ok = ok && curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK && curl_easy_setopt(curl, CURLOPT_URL, server->url) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, trouble) == CURLE_OK && curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
	/* Nothing but the configuration decides where mail goes. */
	ok = ok && curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK && curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)server->timeout) == CURLE_OK;
	/* Closed by this handle, which says for how long, and not later by one of libcurl's own. */
	ok = ok && curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(server->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE)) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK && curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
	if (server->ca_file != NULL)
		ok = ok && curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca_file) == CURLE_OK && curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK;
	if (server->user != NULL)
		ok = ok && curl_easy_setopt(curl, CURLOPT_USERNAME, server->user) == CURLE_OK &&
		     curl_easy_setopt(curl, CURLOPT_PASSWORD, server->password) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK && curl_easy_setopt(curl, CURLOPT_READFUNCTION, give) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_READDATA, upload) == CURLE_OK && curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_HEADERDATA, upload) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L) == CURLE_OK && curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch) == CURLE_OK;
	ok = ok && curl_easy_setopt(curl, CURLOPT_DEBUGDATA, upload) == CURLE_OK;
	if (ok)
		return curl;
	if (curl != NULL)
		curl_easy_cleanup(curl);
	return NULL;
}

static void
judge(CURLcode code, long response, const struct upload *upload, const char *trouble, struct outcome *out)
{
	g_autofree char *words = NULL;

	if (code == CURLE_OK) {
		outcome_set(out, OUTCOME_SENT, upload->last[0] != '\0' ? upload->last : "taken");
		return;
	}
	/* An answer to the message itself, or to what comes before it. */
	if (response >= 400 && response < 600 && (!upload->whole || upload->answered)) {
		words = upload->last[0] != '\0' ? g_strdup(upload->last) : g_strdup_printf("%ld %s", response, trouble);
		/* A login or a sender that is refused is a matter of the configuration, which will be mended: neither message nor recipient is at fault. */
		outcome_set(out, response >= 500 && upload->named ? OUTCOME_REFUSED : OUTCOME_DEFERRED, words);
		return;
	}
	words = g_strdup(*trouble != '\0' ? trouble : curl_easy_strerror(code));
	outcome_set(out, upload->whole ? OUTCOME_UNKNOWN : OUTCOME_DEFERRED, words);
}

void
smtp_send(const struct smtp_server *server, const char *sender, const char *recipient, GBytes *message, struct outcome *out)
{
	char trouble[CURL_ERROR_SIZE] = "";
	struct upload upload = {0};
	struct curl_slist *recipients = NULL;
	CURL *curl = NULL;
	CURLcode code;
	long response = 0;

	upload.data = g_bytes_get_data(message, &upload.length);
	recipients = curl_slist_append(NULL, recipient);
	if (recipients != NULL)
		curl = prepare(server, &upload, trouble);
	if (curl == NULL || curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender) != CURLE_OK || curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients) != CURLE_OK)
		outcome_set(out, OUTCOME_DEFERRED, "libcurl cannot be prepared: is it built without SMTP or TLS?");
	else {
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response);
		if (upload.last[0] == '4' || upload.last[0] == '5') /* not what was said to QUIT */
			response = strtol(upload.last, NULL, 10);
		judge(code, response, &upload, trouble, out);
	}
	curl_slist_free_all(recipients);
	if (curl != NULL)
		curl_easy_cleanup(curl);
}
