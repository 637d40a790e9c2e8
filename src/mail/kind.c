#include "mail/kind.h"

#include "base/limits.h"
#include "mail/headers.h"

#include <string.h>

enum test {
	TEST_PRESENT, /* the field is there with any value */
	TEST_EQUALS,  /* its value up to ';' or a blank is the word */
	TEST_BEGINS,
	TEST_CONTAINS,
	TEST_NOT, /* its value up to ';' is there and not the word */
};

struct signal {
	const char *header;
	enum test test;
	const char *word;
	enum record_kind kind;
};

/*
 * One field that settles the kind, the first match winning. X-Auto-Response-Suppress and Precedence: list or bulk stand on ordinary list and
 * personal mail as well and so are absent.
 */
static const struct signal signals[] = {
    {"X-Failed-Recipients", TEST_PRESENT, NULL, KIND_BOUNCE},
    {"Auto-Submitted", TEST_BEGINS, "auto-", KIND_AUTO}, /* RFC 3834 section 5 */
    {"X-Autoreply", TEST_NOT, "no", KIND_AUTO},
    {"X-Auto-Reply", TEST_NOT, "no", KIND_AUTO},
    {"X-Autorespond", TEST_PRESENT, NULL, KIND_AUTO},
    {"X-Autoresponder", TEST_PRESENT, NULL, KIND_AUTO},
    {"X-Autoreply-From", TEST_PRESENT, NULL, KIND_AUTO},
    {"X-AutoReply-Processed", TEST_PRESENT, NULL, KIND_AUTO},
    {"X-Vacation", TEST_PRESENT, NULL, KIND_AUTO},
    {"Delivered-To", TEST_EQUALS, "autoresponder", KIND_AUTO},
    {"X-Mail-Autoreply", TEST_PRESENT, NULL, KIND_AUTO},
    {"X-POST-MessageClass", TEST_CONTAINS, "autoresponder", KIND_AUTO},
    {"X-MS-Exchange-Generated-Message-Source", TEST_CONTAINS, "mailbox rules agent", KIND_AUTO},
    {"X-MS-Exchange-Inbox-Rules-Loop", TEST_PRESENT, NULL, KIND_AUTO},
    {"X-FC-MachineGenerated", TEST_EQUALS, "true", KIND_AUTO},
    {"Preference", TEST_EQUALS, "auto_reply", KIND_AUTO},
    {"Precedence", TEST_EQUALS, "auto_reply", KIND_AUTO},
    {"Precedence", TEST_EQUALS, "auto-reply", KIND_AUTO},
    {"X-Precedence", TEST_EQUALS, "auto_reply", KIND_AUTO},
    {"X-List-Administrivia", TEST_EQUALS, "yes", KIND_ADMIN},
    {"X-Mailman-Command", TEST_PRESENT, NULL, KIND_ADMIN},
    {"X-Ezmlm-Confirm", TEST_PRESENT, NULL, KIND_ADMIN},
};

/* Commands to a list manager, alone in the subject. */
static const char *const list_commands[] = {"subscribe", "unsubscribe", "join", "leave", "signoff", "remove", "confirm"};

/* Local parts and names that only bounces come from. */
static const char *const daemons[] = {
    "mailer-daemon", "mail-daemon", "mailerdaemon", "mail.delivery.system", "mail delivery system", "mail delivery subsystem", "mail daemon", "mailer daemon"};

static const char *
value_of(const struct record *record, const char *name)
{
	for (guint i = 0; i < record->headers->len; i++) {
		const struct record_header *header = record->headers->pdata[i];

		if (g_ascii_strcasecmp(header->name, name) == 0)
			return header->value;
	}
	return NULL;
}

static gboolean
first_word_is(const char *value, const char *word)
{
	gsize length = strlen(word);

	return g_ascii_strncasecmp(value, word, length) == 0 && (value[length] == '\0' || strchr("; (\t", value[length]) != NULL);
}

static gboolean
contains(const char *value, const char *word)
{
	g_autofree char *lower = g_ascii_strdown(value, -1);

	return strstr(lower, word) != NULL;
}

static gboolean
signal_matches(const struct signal *signal, const char *value)
{
	switch (signal->test) {
	case TEST_PRESENT:
		return TRUE;
	case TEST_EQUALS:
		return first_word_is(value, signal->word);
	case TEST_BEGINS:
		return g_ascii_strncasecmp(value, signal->word, strlen(signal->word)) == 0;
	case TEST_CONTAINS:
		return contains(value, signal->word);
	case TEST_NOT:
		return !first_word_is(value, signal->word);
	}
	return FALSE;
}

static void
set_kind(struct record *record, enum record_kind kind, char *reason)
{
	record->kind = kind;
	g_free(record->kind_reason);
	record->kind_reason = reason;
}

static gboolean
by_header(struct record *record)
{
	for (guint i = 0; i < record->headers->len; i++) {
		const struct record_header *header = record->headers->pdata[i];

		for (gsize j = 0; j < G_N_ELEMENTS(signals); j++) {
			g_autofree char *value = NULL;

			if ((header->name[0] | 0x20) != (signals[j].header[0] | 0x20) || g_ascii_strcasecmp(header->name, signals[j].header) != 0 ||
			    !signal_matches(&signals[j], header->value))
				continue;
			value = g_utf8_substring(header->value, 0, MIN(g_utf8_strlen(header->value, -1), 60));
			set_kind(record, signals[j].kind, g_strdup_printf("%s: %s", signals[j].header, value));
			return TRUE;
		}
	}
	return FALSE;
}

/* The address in "rfc822; a@b" or "<a@b>" up to the end of the line, or NULL. */
static char *
status_address(const char *value)
{
	const char *end = value + strcspn(value, "\r\n"), *type = memchr(value, ';', (gsize)(end - value));
	g_autofree char *address = g_strndup(type != NULL ? type + 1 : value, (gsize)(end - (type != NULL ? type + 1 : value)));
	char *close;

	g_strstrip(address);
	if (*address == '<')
		memmove(address, address + 1, strlen(address));
	if ((close = strpbrk(address, "> ")) != NULL)
		*close = '\0';
	return strchr(address, '@') != NULL && strlen(address) < LIMIT_MESSAGE_ID ? header_decode(address, strlen(address)) : NULL;
}

static void
add_failed(struct record *record, const char *address)
{
	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *known = record->addresses->pdata[i];

		if (known->role == ROLE_FAILED && g_ascii_strcasecmp(known->address, address) == 0)
			return;
	}
	if (record->addresses->len < LIMIT_ADDRESSES)
		record_add_address(record, ROLE_FAILED, NULL, address);
}

/* Adds the recipient of one group of a delivery report unless the group says that the delivery succeeded. */
static void
end_group(struct record *record, char **address, gboolean *succeeded)
{
	if (*address != NULL && !*succeeded)
		add_failed(record, *address);
	g_clear_pointer(address, g_free);
	*succeeded = FALSE;
}

/* Failed recipients of a delivery-status text: groups of fields with an empty line between them (RFC 3464 section 2.1). */
static void
read_status(struct record *record, const char *text)
{
	char *address = NULL;
	gboolean succeeded = FALSE;

	for (const char *line = text, *end; line != NULL && *line != '\0'; line = end != NULL ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (*line == '\n')
			end_group(record, &address, &succeeded);
		if (g_ascii_strncasecmp(line, "Action:", 7) == 0) {
			const char *action = line + 7 + strspn(line + 7, " \t");

			succeeded = g_ascii_strncasecmp(action, "delivered", 9) == 0 || g_ascii_strncasecmp(action, "relayed", 7) == 0 ||
			            g_ascii_strncasecmp(action, "expanded", 8) == 0;
		} else if (address == NULL && g_ascii_strncasecmp(line, "Final-Recipient:", 16) == 0) {
			address = status_address(line + 16);
		} else if (address == NULL && g_ascii_strncasecmp(line, "Original-Recipient:", 19) == 0) {
			address = status_address(line + 19);
		}
	}
	end_group(record, &address, &succeeded);
}

/* Whether a receipt says that nobody read the message: "Disposition: mode; deleted" and the like (RFC 8098 section 3.2.6). */
static gboolean
is_unread(const char *text)
{
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		const char *type;

		line += *line == '\n';
		if (g_ascii_strncasecmp(line, "Disposition:", 12) != 0)
			continue;
		type = line + 12 + strcspn(line + 12, ";\n");
		type += strspn(type, "; \t");
		return g_ascii_strncasecmp(type, "deleted", 7) == 0 || g_ascii_strncasecmp(type, "denied", 6) == 0 ||
		       g_ascii_strncasecmp(type, "failed", 6) == 0;
	}
	return FALSE;
}

static void
read_failed_header(struct record *record)
{
	const char *value = value_of(record, "X-Failed-Recipients");
	g_auto(GStrv) addresses = value != NULL ? g_strsplit_set(value, ", \t", LIMIT_ADDRESSES) : NULL;

	for (guint i = 0; addresses != NULL && addresses[i] != NULL; i++)
		if (strchr(addresses[i], '@') != NULL)
			add_failed(record, addresses[i]);
}

static gboolean
by_structure(struct record *record, const struct kind_structure *structure)
{
	const char *report = structure->report_type;

	if (structure->delivery_status || (report != NULL && strcmp(report, "delivery-status") == 0)) {
		if (structure->delivery_text != NULL)
			read_status(record, structure->delivery_text);
		set_kind(record, KIND_BOUNCE, g_strdup("delivery report (RFC 3464)"));
		return TRUE;
	}
	if (structure->disposition || (report != NULL && strcmp(report, "disposition-notification") == 0)) {
		if (structure->disposition_text != NULL && is_unread(structure->disposition_text))
			read_status(record, structure->disposition_text);
		set_kind(record, KIND_BOUNCE, g_strdup("read receipt (RFC 8098)"));
		return TRUE;
	}
	if (structure->feedback || (report != NULL && strcmp(report, "feedback-report") == 0)) {
		set_kind(record, KIND_ADMIN, g_strdup("abuse report (RFC 5965)"));
		return TRUE;
	}
	return FALSE;
}

static gboolean
is_local_part(const char *address, const char *local)
{
	gsize length = strlen(local);

	return address != NULL && g_ascii_strncasecmp(address, local, length) == 0 && (address[length] == '@' || address[length] == '\0');
}

/* Servers that know no delivery reports: a mail daemon's name is nobody's, a postmaster's needs the empty envelope sender as well. */
static gboolean
by_daemon(struct record *record)
{
	const char *path = value_of(record, "Return-Path"), *address = record->author_address, *name = record->author_name;

	for (gsize i = 0; i < G_N_ELEMENTS(daemons); i++) {
		if (!is_local_part(address, daemons[i]) && (name == NULL || g_ascii_strcasecmp(name, daemons[i]) != 0))
			continue;
		set_kind(record, KIND_BOUNCE, g_strdup_printf("from %s", daemons[i]));
		return TRUE;
	}
	if (!is_local_part(address, "postmaster") || path == NULL || strcmp(path, "<>") != 0)
		return FALSE;
	set_kind(record, KIND_BOUNCE, g_strdup("from postmaster with an empty Return-Path"));
	return TRUE;
}

static gboolean
by_command(struct record *record)
{
	for (gsize i = 0; i < G_N_ELEMENTS(list_commands) && record->subject_base != NULL; i++) {
		gsize length = strlen(list_commands[i]);
		const char *rest = record->subject_base + length;

		if (g_ascii_strncasecmp(record->subject_base, list_commands[i], length) != 0)
			continue;
		/* "confirm" is one with its token only; the others alone */
		if (strcmp(list_commands[i], "confirm") == 0
		        ? *rest == ' ' && strlen(rest + 1) >= 20 && strspn(rest + 1, "0123456789abcdef") == strlen(rest + 1)
		        : *rest == '\0') {
			set_kind(record, KIND_ADMIN, g_strdup_printf("a list command: %s", list_commands[i]));
			return TRUE;
		}
	}
	return FALSE;
}

void
kind_read(struct record *record, const struct kind_structure *structure)
{
	if (by_structure(record, structure) || by_daemon(record) || by_header(record) || by_command(record)) {
		if (record->kind == KIND_BOUNCE)
			read_failed_header(record);
	}
}
