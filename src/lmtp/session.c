#include "lmtp/session.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "intake/site.h"
#include "lmtp/dots.h"
#include "lmtp/envelope.h"

struct session {
	const struct session_policy *policy;
	GByteArray *output;
	enum { READ_COMMAND, READ_REST, READ_DATA, READ_NOTHING } reading; /* READ_REST: of a line that is refused already */
	gboolean waits, ends;
	const char *last_word; /* 421 to come after the answer, or NULL */

	GString *line;
	gboolean cr; /* the last byte of the rest was CR */

	gboolean greeted; /* by LHLO */
	char *sender;     /* NULL: no transaction */
	gboolean smtputf8;
	GPtrArray *recipients;

	struct dots dots;
	struct raw_intake *intake; /* NULL: there is none, or it failed */
	gsize charged;             /* in policy->memory */
	gint64 size;
	gboolean failed; /* the message could not be spilled */
	struct raw_message *raw;

	guint errors, commands; /* without a message */
};

static void G_GNUC_PRINTF(2, 3) reply(struct session *session, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_byte_array_append(session->output, (const guint8 *)text, strlen(text));
	g_byte_array_append(session->output, (const guint8 *)"\r\n", 2);
}

/* A command that is none, or not here: a client that sends too many of them is not a mail server. */
static void
refuse(struct session *session, const char *text)
{
	reply(session, "%s", text);
	if (++session->errors >= LIMIT_LMTP_ERRORS)
		session_end(session, "4.7.0 too many errors");
}

static void
charge(struct session *session, gsize bytes)
{
	*session->policy->memory += bytes - session->charged;
	session->charged = bytes;
}

static void
reset(struct session *session)
{
	g_clear_pointer(&session->sender, g_free);
	g_ptr_array_set_size(session->recipients, 0);
	g_clear_pointer(&session->intake, raw_intake_free);
	g_clear_pointer(&session->raw, raw_message_free);
	charge(session, 0);
	session->smtputf8 = FALSE;
}

struct session *
session_new(const struct session_policy *policy)
{
	struct session *session = g_new0(struct session, 1);

	session->policy = policy;
	session->output = g_byte_array_new();
	session->line = g_string_new(NULL);
	session->recipients = g_ptr_array_new_with_free_func(g_free);
	reply(session, "220 %s LMTP Postbag", policy->host);
	return session;
}

void
session_free(struct session *session)
{
	if (session == NULL)
		return;
	reset(session);
	g_byte_array_unref(session->output);
	g_string_free(session->line, TRUE);
	g_ptr_array_unref(session->recipients);
	g_free(session);
}

enum session_state
session_state(const struct session *session)
{
	return session->ends ? SESSION_ENDS : session->waits ? SESSION_WAITS : SESSION_TALKS;
}

GByteArray *
session_output(struct session *session)
{
	return session->output;
}

void
session_end(struct session *session, const char *reason)
{
	if (session->ends)
		return;
	if (session->waits) {
		session->last_word = reason;
		return;
	}
	reply(session, "421 %s", reason);
	session->ends = TRUE;
	session->reading = READ_NOTHING;
}

/* --- commands */

static void
on_lhlo(struct session *session, const char *argument)
{
	reset(session);
	session->greeted = TRUE;
	reply(session, "250-%s", session->policy->host);
	reply(session, "250-8BITMIME");
	reply(session, "250-ENHANCEDSTATUSCODES");
	reply(session, "250-PIPELINING");
	reply(session, "250-SIZE %" G_GINT64_FORMAT, session->policy->size);
	reply(session, "250 SMTPUTF8");
}

static void
on_helo(struct session *session, const char *argument)
{
	refuse(session, "500 5.5.1 this is LMTP, where a client says LHLO");
}

static void
on_mail(struct session *session, const char *argument)
{
	g_auto(Envelope) envelope = {0};
	const char *wrong;

	if (!session->greeted || session->sender != NULL) {
		refuse(session, session->greeted ? "503 5.5.1 MAIL was said already" : "503 5.5.1 LHLO comes first");
		return;
	}
	wrong = envelope_parse(argument, TRUE, &envelope);
	if (wrong != NULL) {
		refuse(session, wrong);
		return;
	}
	if (envelope.foreign && !envelope.smtputf8) {
		reply(session, "553 5.6.7 an address beyond ASCII needs SMTPUTF8");
		return;
	}
	if (session->policy->size > 0 && envelope.size > session->policy->size) {
		reply(session, "552 5.3.4 a message may have %" G_GINT64_FORMAT " bytes here", session->policy->size);
		return;
	}
	session->sender = text_clean(envelope.address, -1);
	session->smtputf8 = envelope.smtputf8;
	reply(session, "250 2.1.0 sender ok");
}

static void
on_rcpt(struct session *session, const char *argument)
{
	g_auto(Envelope) envelope = {0};
	const char *wrong;

	if (session->sender == NULL) {
		refuse(session, "503 5.5.1 MAIL comes first");
		return;
	}
	wrong = envelope_parse(argument, FALSE, &envelope);
	if (wrong != NULL) {
		refuse(session, wrong);
		return;
	}
	if (envelope.foreign && !session->smtputf8)
		reply(session, "553 5.6.7 an address beyond ASCII needs SMTPUTF8");
	else if (!envelope_is_allowed(envelope.address, session->policy->recipients))
		reply(session, "550 5.1.1 no such recipient here");
	else if (session->recipients->len >= LIMIT_LMTP_RECIPIENTS)
		reply(session, "452 4.5.3 too many recipients: send the others another time");
	else {
		g_ptr_array_add(session->recipients, text_clean(envelope.address, -1));
		reply(session, "250 2.1.5 recipient ok");
		session->commands--; /* part of a message to be */
	}
}

static void
on_data(struct session *session, const char *argument)
{
	/* RFC 2033 section 4.2: 503 without a recipient that was taken */
	if (session->sender == NULL || session->recipients->len == 0) {
		refuse(session, session->sender == NULL ? "503 5.5.1 MAIL comes first" : "503 5.5.1 there is no recipient");
		return;
	}
	/* Room comes and goes while a server runs. */
	session->intake = raw_intake_new(session->policy->folder != NULL ? site_spill_folder(session->policy->folder, session->policy->spool) : NULL);
	session->dots = (struct dots){0};
	session->size = 0;
	session->failed = FALSE;
	session->reading = READ_DATA;
	reply(session, "354 go on, and end with CR LF . CR LF");
}

static void
on_rset(struct session *session, const char *argument)
{
	reset(session);
	reply(session, "250 2.0.0 ok");
}

static void
on_noop(struct session *session, const char *argument)
{
	reply(session, "250 2.0.0 ok");
}

static void
on_vrfy(struct session *session, const char *argument)
{
	reply(session, "252 2.0.0 try and send it");
}

static void
on_help(struct session *session, const char *argument)
{
	reply(session, "214 2.0.0 LHLO MAIL RCPT DATA RSET NOOP VRFY QUIT: RFC 2033, postbag-lmtpd(8)");
}

static void
on_quit(struct session *session, const char *argument)
{
	reply(session, "221 2.0.0 goodbye");
	session->ends = TRUE;
	session->reading = READ_NOTHING;
}

static void
on_unoffered(struct session *session, const char *argument)
{
	refuse(session, "502 5.5.1 not offered here");
}

struct command {
	const char *name;
	enum { ARGUMENT_NONE, ARGUMENT_SOME, ARGUMENT_ANY } argument;
	void (*run)(struct session *session, const char *argument);
};

static const struct command commands[] = {
    {"LHLO", ARGUMENT_SOME, on_lhlo},
    {"MAIL", ARGUMENT_SOME, on_mail},
    {"RCPT", ARGUMENT_SOME, on_rcpt},
    {"DATA", ARGUMENT_NONE, on_data},
    {"RSET", ARGUMENT_NONE, on_rset},
    {"NOOP", ARGUMENT_ANY, on_noop},
    {"VRFY", ARGUMENT_SOME, on_vrfy},
    {"HELP", ARGUMENT_ANY, on_help},
    {"QUIT", ARGUMENT_NONE, on_quit},
    {"HELO", ARGUMENT_ANY, on_helo},
    {"EHLO", ARGUMENT_ANY, on_helo},
    {"EXPN", ARGUMENT_ANY, on_unoffered},
    {"BDAT", ARGUMENT_ANY, on_unoffered},
    {"AUTH", ARGUMENT_ANY, on_unoffered},
    {"STARTTLS", ARGUMENT_ANY, on_unoffered},
};

/* LINE is without its line end. */
static void
run_line(struct session *session, GString *line)
{
	char *argument;

	for (gsize i = 0; i < line->len; i++)
		if ((guchar)line->str[i] < 0x20 || line->str[i] == 0x7f) {
			refuse(session, "500 5.5.2 a control character stands in the line");
			return;
		}
	if (!g_utf8_validate(line->str, line->len, NULL)) {
		refuse(session, "500 5.5.2 the line is not UTF-8");
		return;
	}
	if (++session->commands > LIMIT_LMTP_COMMANDS) {
		session_end(session, "4.7.0 too many commands without a message");
		return;
	}
	g_strchomp(line->str); /* RFC 5321 section 4.1.1: space at the end is tolerated */
	argument = strchr(line->str, ' ');
	if (argument != NULL) {
		*argument++ = '\0';
		while (*argument == ' ')
			argument++;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		const struct command *command = &commands[i];

		if (g_ascii_strcasecmp(line->str, command->name) != 0)
			continue;
		if (command->argument == ARGUMENT_NONE && argument != NULL)
			refuse(session, "501 5.5.4 this command takes no argument");
		else if (command->argument == ARGUMENT_SOME && argument == NULL)
			refuse(session, "501 5.5.4 this command wants an argument");
		else
			command->run(session, argument);
		return;
	}
	refuse(session, "500 5.5.1 no such command");
}

static gsize
add_command(struct session *session, const guint8 *data, gsize length)
{
	gsize room = LIMIT_LMTP_LINE - session->line->len, part = MIN(length, room);
	const guint8 *lf = memchr(data, '\n', part);

	if (lf != NULL)
		part = lf - data + 1;
	g_string_append_len(session->line, (const char *)data, part);
	if (lf != NULL && session->line->len >= 2 && session->line->str[session->line->len - 2] == '\r') {
		g_string_truncate(session->line, session->line->len - 2);
		run_line(session, session->line);
		g_string_truncate(session->line, 0);
	} else if (lf != NULL || session->line->len == LIMIT_LMTP_LINE) {
		/* A line may come from a program that was talked into it by a message: what stands behind a bare LF is no command. */
		session->cr = session->line->str[session->line->len - 1] == '\r';
		session->reading = READ_REST;
		g_string_truncate(session->line, 0);
		refuse(session, lf != NULL ? "500 5.5.2 a line ends with CR LF" : "500 5.5.2 the line is too long");
	}
	return part;
}

static gsize
add_rest(struct session *session, const guint8 *data, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		if (data[i] == '\n' && session->cr) {
			session->reading = READ_COMMAND;
			session->cr = FALSE;
			return i + 1;
		}
		session->cr = data[i] == '\r';
	}
	return length;
}

/* --- the message */

static void
take_piece(gpointer data, const guint8 *piece, gsize length)
{
	struct session *session = data;
	const struct session_policy *policy = session->policy;
	g_autoptr(GError) error = NULL;
	gboolean ok;

	session->size += length;
	if (session->intake == NULL)
		return;
	ok = policy->size == 0 || session->size <= policy->size;
	if (ok) {
		ok = raw_intake_add(session->intake, piece, length, &error);
		charge(session, raw_intake_memory(session->intake));
	}
	/* What is small is left alone: it would gain nothing, and is most of the mail. */
	if (ok && *policy->memory > policy->memory_most && raw_intake_size(session->intake) > LIMIT_LMTP_INPUT) {
		ok = raw_intake_spill(session->intake, &error);
		charge(session, raw_intake_memory(session->intake));
	}
	if (ok)
		return;
	if (error != NULL) {
		session->failed = TRUE;
		log_error("%s", error->message);
	}
	g_clear_pointer(&session->intake, raw_intake_free);
	charge(session, 0);
}

static void
answer_all(struct session *session, const char *text)
{
	for (guint i = 0; i < session->recipients->len; i++)
		reply(session, "%s", text);
	reset(session);
}

static gsize
add_data(struct session *session, const guint8 *data, gsize length)
{
	gsize taken = dots_add(&session->dots, data, length, take_piece, session);

	if (!session->dots.end)
		return taken;
	session->commands = 0;
	if (session->intake == NULL) {
		g_autofree char *over = g_strdup_printf("552 5.3.4 a message may have %" G_GINT64_FORMAT " bytes here", session->policy->size);

		session->reading = READ_COMMAND;
		answer_all(session, session->failed ? "452 4.3.1 no room for the message: try again" : over);
		return taken;
	}
	session->raw = raw_intake_finish(g_steal_pointer(&session->intake));
	session->reading = READ_NOTHING;
	session->waits = TRUE;
	return taken;
}

gsize
session_add(struct session *session, const guint8 *data, gsize length)
{
	gsize done = 0;

	while (done < length && session->reading != READ_NOTHING && session->output->len < LIMIT_LMTP_OUTPUT) {
		const guint8 *rest = data + done;
		gsize left = length - done;

		done += session->reading == READ_COMMAND ? add_command(session, rest, left)
		        : session->reading == READ_REST  ? add_rest(session, rest, left)
		                                         : add_data(session, rest, left);
	}
	return done;
}

void
letter_clear(struct letter *letter)
{
	g_clear_pointer(&letter->raw, raw_message_free);
	g_clear_pointer(&letter->sender, g_free);
	g_clear_pointer(&letter->recipient, g_free);
}

void
session_take(struct session *session, struct letter *out)
{
	g_autoptr(GString) joined = g_string_new(NULL);

	for (guint i = 0; i < session->recipients->len; i++)
		g_string_append_printf(joined, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(session->recipients, i));
	out->raw = g_steal_pointer(&session->raw);
	out->sender = g_strdup(session->sender);
	out->recipient = g_string_free(g_steal_pointer(&joined), FALSE);
}

void
session_answer(struct session *session, enum outcome outcome, const char *id)
{
	static const char *const forms[] = {
	    [OUTCOME_KEPT] = "250 2.0.0 kept as %s",
	    [OUTCOME_AGAIN] = "250 2.0.0 kept as %s, which had come before",
	    [OUTCOME_SPOOLED] = "250 2.0.0 kept in the spool",
	    [OUTCOME_FULL] = "452 4.3.1 no room for the message: try again",
	    [OUTCOME_FAILED] = "451 4.3.0 not kept: try again",
	};
	g_autoptr(GString) text = g_string_new(forms[outcome]);

	g_string_replace(text, "%s", id != NULL ? id : "", 1);
	session->waits = FALSE;
	session->reading = READ_COMMAND;
	answer_all(session, text->str);
	if (session->last_word != NULL)
		session_end(session, session->last_word);
}
