#include "carrier/mime.h"

#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"
#include "find/details.h"
#include "report/print-private.h"

#define NOBODY "unknown@sender.invalid" /* RFC 2606: of a letter whose From is no address */

struct enclosing {
	const struct digest *digest;
	struct index *index;
	const struct digest_mail *mail;
	GPtrArray *messages;   /* of GBytes */
	GString *left_out;     /* a line each */
	guint named, unnamed;  /* of these lines, and those beyond LIMIT_ENCLOSED_NAMED */
	gsize bytes;           /* of all messages */
	GHashTable *campaigns; /* campaign (gint64) -> public id of its letter that is enclosed */
};

static void
enclosing_clear(struct enclosing *enclosing)
{
	g_ptr_array_unref(enclosing->messages);
	g_string_free(enclosing->left_out, TRUE);
	g_hash_table_unref(enclosing->campaigns);
}

static void
leave_out(struct enclosing *enclosing, const char *public_id, const char *why, const char *more)
{
	g_autofree char *reason = more != NULL ? print_one_line(more, COLUMNS) : NULL;

	if (enclosing->named++ >= LIMIT_ENCLOSED_NAMED) {
		enclosing->unnamed++;
		return;
	}
	g_string_append_printf(enclosing->left_out, "%s  %s%s%s\n", public_id, why, reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

/* Of a name or a subject: what would turn text round or clear a screen is shown as an escape. */
static char *
shown(const char *text)
{
	return text != NULL && *text != '\0' ? text_escape(text, FALSE) : NULL;
}

/* An address that cannot be one goes into the name, where it does no harm. */
static struct outgoing_address
address_of(const char *name, const char *address)
{
	g_autofree char *escaped = shown(name), *strange = shown(address);
	const char *why;

	if (address != NULL && address_check(address, &why))
		return (struct outgoing_address){g_steal_pointer(&escaped), g_strdup(address)};
	if (escaped != NULL && strange != NULL)
		return (struct outgoing_address){g_strdup_printf("%s (%s)", escaped, strange), g_strdup(NOBODY)};
	return (struct outgoing_address){escaped != NULL ? g_steal_pointer(&escaped) : g_steal_pointer(&strange), g_strdup(NOBODY)};
}

static void
address_clear(gpointer data)
{
	struct outgoing_address *address = data;

	g_free((char *)address->name);
	g_free((char *)address->address);
}

static GArray *
addresses_of(const struct details *details, const char *role, guint most)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct outgoing_address));

	g_array_set_clear_func(list, address_clear);
	for (guint i = 0; i < details->addresses->len && list->len < most; i++) {
		const struct detail_address *address = g_ptr_array_index(details->addresses, i);

		if (strcmp(address->role, role) == 0) {
			struct outgoing_address one = address_of(address->name, address->address);

			g_array_append_val(list, one);
		}
	}
	return list;
}

/* A Message-ID that may stand in a header as it is; another one is left out. */
static gboolean
is_message_id(const char *id)
{
	gsize length = id != NULL ? strlen(id) : 0;

	for (gsize i = 0; i < length; i++)
		if (id[i] <= ' ' || id[i] >= 0x7f || strchr("<>()[]\\,;:\"", id[i]) != NULL)
			return FALSE;
	return length > 0 && length <= LIMIT_MESSAGE_ID / 2 && strchr(id, '@') != NULL;
}

/* The text in the order of the letter. Attached text stays where it is. */
static char *
letter_text(const struct message_row *row, const GPtrArray *passages, const GPtrArray *parts)
{
	GString *text = g_string_new(NULL);

	for (guint i = 1; i < passages->len && text->len < LIMIT_ENCLOSED_TEXT; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		g_autofree char *escaped = NULL;
		g_auto(GStrv) lines = NULL;

		if (passage->kind == PASSAGE_FILENAME || passage->kind == PASSAGE_ATTACHMENT || *passage->text == '\0')
			continue;
		escaped = text_escape(passage->text, TRUE);
		lines = g_strsplit(g_strchomp(escaped), "\n", -1);
		for (guint n = 0; lines[n] != NULL; n++)
			g_string_append_printf(text, "%s%s\n", passage->kind == PASSAGE_QUOTED ? "> " : "", lines[n]);
		g_string_append_c(text, '\n');
	}
	if (text->len > LIMIT_ENCLOSED_TEXT) {
		g_string_truncate(text, (gsize)(g_utf8_find_prev_char(text->str, text->str + LIMIT_ENCLOSED_TEXT) - text->str));
		g_string_append_printf(text, "\n\n[The text goes on: postbag show %.*s]\n", ID_SHOWN, row->public_id);
	}
	for (guint i = 0; i < parts->len; i++) {
		const struct detail_part *part = g_ptr_array_index(parts, i);
		g_autofree char *name = shown(part->filename), *type = shown(part->type);
		g_autofree char *size = g_format_size((guint64)MAX(part->size, 0));

		if (part->attachment)
			g_string_append_printf(text, "[Attachment %s, not enclosed: %s%s%s, %s]\n", part->number, name != NULL ? name : "",
			    name != NULL ? ", " : "", type != NULL ? type : "", size);
	}
	return g_strchomp(g_string_free(text, FALSE));
}

static char *
link_of(const char *template, const char *public_id)
{
	g_autoptr(GString) link = g_string_new(template);

	g_string_replace(link, "{id}", public_id, 0);
	return template != NULL ? g_strdup(link->str) : NULL;
}

/* "quay, quay.crane": what it is filed under, for those who sort by it. */
static char *
keywords_of(const struct message_row *row)
{
	g_autofree char *workstreams = print_ids(row, "workstream"), *topics = print_ids(row, "topic");

	return g_strdup_printf("%s%s%s", workstreams, *workstreams != '\0' && *topics != '\0' ? ", " : "", topics);
}

/* RFC 5322 section 3.6.5, RFC 5064. */
static GBytes *
compose(struct enclosing *enclosing, const struct message_row *row, const struct details *details, const GPtrArray *passages)
{
	g_autoptr(GArray) from = addresses_of(details, "from", 1), to = addresses_of(details, "to", LIMIT_ENCLOSED_ADDRESSES),
	                  cc = addresses_of(details, "cc", LIMIT_ENCLOSED_ADDRESSES);
	g_autofree char *text = letter_text(row, passages, details->parts), *keywords = keywords_of(row), *subject = shown(row->subject);
	g_autofree char *link = link_of(enclosing->mail->link, row->public_id), *archived = link != NULL ? g_strdup_printf("<%s>", link) : NULL;
	struct outgoing_address author = address_of(row->author_name, row->author_address);
	struct outgoing_header headers[4] = {{"Postbag-Id", row->public_id}};
	guint n = 1;
	GBytes *bytes;

	if (archived != NULL)
		headers[n++] = (struct outgoing_header){"Archived-At", archived};
	if (*keywords != '\0')
		headers[n++] = (struct outgoing_header){"Keywords", keywords};
	if (from->len == 0) {
		g_array_append_val(from, author);
		author = (struct outgoing_address){0};
	}
	struct outgoing outgoing = {
	    .from_name = g_array_index(from, struct outgoing_address, 0).name,
	    .from = g_array_index(from, struct outgoing_address, 0).address,
	    .tos = to,
	    .ccs = cc,
	    .subject = subject != NULL ? subject : "",
	    .message_id = is_message_id(row->message_id) ? row->message_id : NULL,
	    .date = row->date_effective,
	    .zone = enclosing->digest->zone,
	    .headers = headers,
	    .text = text,
	    .prose = TRUE,
	};
	bytes = message_compose(&outgoing);
	address_clear(&author);
	return bytes;
}

/* Why ROW must not go out, or NULL. */
static const char *
barred(const struct message_row *row)
{
	if (row->redacted != NULL || row->redaction_pending)
		return "redacted";
	if (row->unread != NULL)
		return "could not be read";
	if (row->held != NULL)
		return "held";
	return strcmp(row->kind, "input") != 0 ? row->kind : NULL;
}

static gboolean
enclose(struct enclosing *enclosing, const struct message_row *listed, GError **error)
{
	g_autoptr(MessageRow) row = message_row_load(enclosing->index, listed->message, FALSE, error);
	const char *leader = row != NULL ? g_hash_table_lookup(enclosing->campaigns, &row->campaign) : NULL;
	g_autoptr(GPtrArray) passages = NULL;
	g_auto(Details) details = {0};
	g_autoptr(GBytes) bytes = NULL;

	if (row == NULL)
		return FALSE;
	if (barred(row) != NULL) {
		leave_out(enclosing, row->public_id, barred(row), NULL);
		return TRUE;
	}
	if (leader != NULL) {
		leave_out(enclosing, row->public_id, "says much the same as", leader);
		return TRUE;
	}
	if (enclosing->messages->len >= LIMIT_ENCLOSED || enclosing->bytes >= LIMIT_ENCLOSED_BYTES) {
		leave_out(enclosing, row->public_id, "there are too many", NULL);
		return TRUE;
	}
	passages = index_passages(enclosing->index, row->message, error);
	if (passages == NULL || !details_load(enclosing->index, row->message, &details, error))
		return FALSE;
	bytes = compose(enclosing, row, &details, passages);
	if (enclosing->bytes + g_bytes_get_size(bytes) > LIMIT_ENCLOSED_BYTES) {
		leave_out(enclosing, row->public_id, "there is no room for it", NULL);
		return TRUE;
	}
	enclosing->bytes += g_bytes_get_size(bytes);
	if (g_hash_table_contains(enclosing->digest->campaigns, &listed->campaign))
		g_hash_table_insert(enclosing->campaigns, g_memdup2(&listed->campaign, sizeof listed->campaign), g_strdup(listed->public_id));
	g_ptr_array_add(enclosing->messages, g_steal_pointer(&bytes));
	return TRUE;
}

static gboolean
enclose_all(struct enclosing *enclosing, GError **error)
{
	const struct digest *digest = enclosing->digest;
	const struct {
		const GPtrArray *items;
		const char *why;
	} lists[] = {{digest->held, "held"}, {digest->unread, "could not be read"}};
	const GPtrArray *const rows[] = {digest->rows, digest->changed};

	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint j = 0; j < lists[i].items->len; j++) {
			const struct list_item *item = g_ptr_array_index(lists[i].items, j);

			leave_out(enclosing, item->public_id, lists[i].why, item->reason);
		}
	for (guint i = 0; i < digest->others->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->others, i);

		leave_out(enclosing, row->public_id, print_state(row), NULL);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		for (guint j = 0; j < rows[i]->len; j++)
			if (!enclose(enclosing, g_ptr_array_index(rows[i], j), error))
				return FALSE;
	return TRUE;
}

/* What is enclosed, and how it was made; what is not. */
static char *
note(const struct enclosing *enclosing)
{
	g_autofree char *many = text_count(enclosing->messages->len, "message is enclosed", "messages are enclosed");
	g_autofree char *made = g_strdup_printf("%s%s", enclosing->messages->len > 0 ? many : "No message is enclosed",
	    enclosing->messages->len > 0 ? ", made anew from what was read: sender, date, subject and text, without HTML and attachments." : ".");
	g_autofree char *wrapped = text_wrap(made, COLUMNS, "");
	GString *text = g_string_new(g_strchomp(wrapped));

	g_string_append_c(text, '\n');
	if (enclosing->named > 0)
		g_string_append_printf(text, "\nNot enclosed (%u):\n%s", enclosing->named, enclosing->left_out->str);
	if (enclosing->unnamed > 0)
		g_string_append_printf(text, "and %u more\n", enclosing->unnamed);
	return g_string_free(text, FALSE);
}

static gboolean
enclose_in_view(struct enclosing *enclosing, GError **error)
{
	gboolean ok;

	if (!index_begin(enclosing->index, error))
		return FALSE;
	ok = enclose_all(enclosing, error);
	index_rollback(enclosing->index);
	return ok;
}

/* In mail a rule is of hyphens: one of box drawings is a screenful of "=E2=94=80" to whoever looks at the source. */
static char *
plain_rules(const char *text)
{
	static const char rule[] = "\u2500";
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i] != NULL; i++) {
		gsize n = strlen(lines[i]) / strlen(rule);
		g_autoptr(GString) all = g_string_new(NULL);

		while (all->len < n * strlen(rule))
			g_string_append(all, rule);
		if (n < 4 || strcmp(all->str, lines[i]) != 0)
			continue;
		memset(lines[i], '-', n);
		lines[i][n] = '\0';
	}
	return g_strjoinv("\n", lines);
}

/* What no mail server would take ends at a line; what it says at its head counts everything all the same. */
static char *
shortened(const char *text)
{
	gsize length = strlen(text), lines = 0;
	const char *end = length > LIMIT_ISSUE_TEXT ? memrchr(text, '\n', LIMIT_ISSUE_TEXT) : NULL;

	if (end == NULL)
		return g_strdup(text);
	for (const char *p = end + 1; *p != '\0'; p++)
		lines += *p == '\n';
	return g_strdup_printf("%.*s\n\n*** %" G_GSIZE_FORMAT " lines more are left out: no mail server takes a text this long.\n"
	                       "    postbag digest and postbag query show everything. ***\n",
	    (int)(end - text), text, lines);
}

GBytes *
digest_mail_compose(const struct digest *digest, struct index *index, const struct digest_mail *mail, GError **error)
{
	struct enclosing enclosing = {.digest = digest,
	    .index = index,
	    .mail = mail,
	    .messages = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref),
	    .left_out = g_string_new(NULL),
	    .campaigns = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free)};
	g_autofree char *text = digest_print_text(digest), *html = mail->html ? digest_print_html(digest) : NULL, *about = NULL;
	g_autofree char *most = shortened(text), *plain = plain_rules(most), *body = g_strconcat(plain, mail->end, NULL);
	struct outgoing outgoing = mail->head;
	GBytes *bytes = NULL;

	if (!mail->enclose || enclose_in_view(&enclosing, error)) {
		about = mail->enclose ? note(&enclosing) : NULL;
		outgoing.text = body;
		outgoing.html = html;
		outgoing.note = about;
		outgoing.enclosed = mail->enclose ? enclosing.messages : NULL;
		bytes = message_compose(&outgoing);
	}
	enclosing_clear(&enclosing);
	return bytes;
}
