#include "lmtp/envelope.h"

#include <string.h>

#include "base/limits.h"

#define NO_PATH_SENDER "501 5.1.7 expected MAIL FROM:<address>"
#define NO_PATH_RECIPIENT "501 5.1.3 expected RCPT TO:<address>"

void
envelope_clear(struct envelope *envelope)
{
	g_clear_pointer(&envelope->address, g_free);
}

/* The byte behind the path that begins at TEXT, '>' or a space being part of a quoted word; NULL when it does not end. */
static const char *
path_end(const char *text)
{
	gboolean quoted = FALSE;

	for (const char *p = text + 1; *p != '\0'; p++) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '>')
			return p + 1;
		else if (!quoted && (*p == ' ' || *p == '<'))
			return NULL;
	}
	return NULL;
}

static gboolean
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((guchar)*text >= 0x80)
			return FALSE;
	return TRUE;
}

/* The address of the path [TEXT, END); a source route is to be ignored (RFC 5321 appendix C). NULL when there is none. */
static char *
path_address(const char *text, const char *end)
{
	g_autofree char *inner = g_strndup(text + 1, end - text - 2);
	const char *address = inner;

	if (*address == '@') {
		address = strchr(address, ':');
		if (address == NULL)
			return NULL;
		address++;
	}
	if (strlen(address) > LIMIT_LMTP_ADDRESS)
		return NULL;
	return g_strdup(address);
}

static gboolean
parse_size(const char *value, gint64 *out)
{
	guint64 size;
	gsize digits = value != NULL ? strspn(value, "0123456789") : 0;

	/* RFC 1870 section 4: up to 20 digits, which is more than fits. */
	if (digits == 0 || digits > 20 || value[digits] != '\0')
		return FALSE;
	size = g_ascii_strtoull(value, NULL, 10);
	*out = MIN(size, (guint64)G_MAXINT64);
	return TRUE;
}

static const char *
parse_parameter(const char *name, const char *value, struct envelope *out, gboolean *body)
{
	if (g_ascii_strcasecmp(name, "SIZE") == 0) {
		if (out->size >= 0 || !parse_size(value, &out->size))
			return "501 5.5.4 expected SIZE=number once";
	} else if (g_ascii_strcasecmp(name, "BODY") == 0) {
		if (*body || value == NULL || (g_ascii_strcasecmp(value, "7BIT") != 0 && g_ascii_strcasecmp(value, "8BITMIME") != 0))
			return "501 5.5.4 expected BODY=7BIT or BODY=8BITMIME once";
		*body = TRUE;
	} else if (g_ascii_strcasecmp(name, "SMTPUTF8") == 0) {
		if (out->smtputf8 || value != NULL)
			return "501 5.5.4 expected SMTPUTF8 once and without a value";
		out->smtputf8 = TRUE;
	} else
		return "555 5.5.4 unknown parameter";
	return NULL;
}

static const char *
parse_parameters(const char *text, gboolean sender, struct envelope *out)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	gboolean body = FALSE;

	for (guint i = 0; words[i] != NULL; i++) {
		char *equals = strchr(words[i], '=');
		const char *wrong;

		if (words[i][0] == '\0')
			continue;
		if (!sender)
			return "555 5.5.4 unknown parameter";
		if (equals != NULL)
			*equals = '\0';
		wrong = parse_parameter(words[i], equals != NULL ? equals + 1 : NULL, out, &body);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

const char *
envelope_parse(const char *text, gboolean sender, struct envelope *out)
{
	const char *keyword = sender ? "FROM:" : "TO:", *no_path = sender ? NO_PATH_SENDER : NO_PATH_RECIPIENT, *end, *wrong;
	g_auto(Envelope) found = {.size = -1};

	if (g_ascii_strncasecmp(text, keyword, strlen(keyword)) != 0)
		return sender ? "501 5.5.2 expected MAIL FROM:<address>" : "501 5.5.2 expected RCPT TO:<address>";
	text += strlen(keyword);
	/* RFC 5321 section 3.3 forbids the space, and half the world writes it. */
	while (*text == ' ')
		text++;
	if (*text != '<' || (end = path_end(text)) == NULL || (*end != '\0' && *end != ' '))
		return no_path;
	found.address = path_address(text, end);
	if (found.address == NULL || (!sender && *found.address == '\0'))
		return no_path;
	found.foreign = !is_ascii(found.address);
	wrong = parse_parameters(end, sender, &found);
	if (wrong != NULL)
		return wrong;
	*out = found;
	found.address = NULL;
	return NULL;
}

gboolean
envelope_is_allowed(const char *address, const GPtrArray *allowed)
{
	g_autofree char *folded = g_utf8_casefold(address, -1);
	const char *domain = strrchr(folded, '@');

	if (allowed == NULL || allowed->len == 0)
		return TRUE;
	for (guint i = 0; i < allowed->len; i++) {
		g_autofree char *other = g_utf8_casefold(g_ptr_array_index(allowed, i), -1);

		if (strcmp(folded, other) == 0 || (*other == '@' && domain != NULL && strcmp(domain, other) == 0))
			return TRUE;
	}
	return FALSE;
}
