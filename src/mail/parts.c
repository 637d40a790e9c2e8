#include "mail/parts.h"

#include "base/limits.h"
#include "mail/charset.h"
#include "mail/document.h"
#include "mail/html.h"
#include "mail/links.h"
#include "mail/passages.h"

#include <string.h>

#define SHORT_PLAIN 1000 /* bytes: a plain alternative that only says "use another program" is shorter */

struct part *
part_new(const char *type)
{
	struct part *part = g_new0(struct part, 1);

	part->type = g_strdup(type);
	part->message = part->group = -1;
	return part;
}

void
part_free(struct part *part)
{
	g_free(part->number);
	g_free(part->type);
	g_free(part->charset);
	g_free(part->filename);
	g_free(part->summary);
	g_free(part);
}

void
part_list_init(struct part_list *list)
{
	list->parts = g_ptr_array_new_with_free_func((GDestroyNotify)part_free);
	list->groups = g_array_new(FALSE, TRUE, sizeof(struct part_group));
	list->report_type = NULL;
}

void
part_list_clear(struct part_list *list)
{
	g_clear_pointer(&list->parts, g_ptr_array_unref);
	g_clear_pointer(&list->groups, g_array_unref);
	g_clear_pointer(&list->report_type, g_free);
}

static const struct part *
part_at(const struct part_list *list, guint i)
{
	return list->parts->pdata[i];
}

static gboolean
is_type(const struct part *part, const char *type)
{
	return strcmp(part->type, type) == 0;
}

static gboolean
is_html(const struct part *part)
{
	return is_type(part, "text/html");
}

/* Text that stands in the message, not beside it. */
static gboolean
is_body(const struct part *part)
{
	static const char *const others[] = {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/css", "text/javascript", "text/x-amp-html",
	    "text/xml", "text/csv", "text/rfc822-headers", "text/rtf", "text/watch-html"};

	if (!g_str_has_prefix(part->type, "text/") || part->attached || part->related || part->signature || part->encrypted ||
	    (part->filename != NULL && !part->root))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		if (is_type(part, others[i]))
			return FALSE;
	return TRUE;
}

/* Attachments whose text is read. */
static gboolean
is_readable(const struct part *part)
{
	static const char *const types[] = {"text/plain", "text/html", "text/csv", "text/markdown", "text/x-markdown", "text/enriched"};

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		if (is_type(part, types[i]))
			return !part->encrypted && !part->signature;
	return FALSE;
}

/* What a report encloses besides the message. */
static gboolean
is_report(const struct part *part)
{
	return is_type(part, "text/rfc822-headers") || is_type(part, "message/delivery-status") || is_type(part, "message/global-delivery-status") ||
	       is_type(part, "message/disposition-notification") || is_type(part, "message/feedback-report");
}

/* CR LF and CR -> LF, in place. */
static gsize
mend_lines(char *text)
{
	char *from = strchr(text, '\r'), *to = from;

	if (from == NULL)
		return strlen(text);
	for (; *from != '\0'; from++) {
		if (*from == '\r' && from[1] == '\n')
			continue;
		*to++ = *from == '\r' ? '\n' : *from;
	}
	*to = '\0';
	return (gsize)(to - text);
}

/* A part's bytes as UTF-8 with LF line ends, at most LIMIT of them. */
static char *
part_text(const struct part *part, gsize limit, gint64 *size, enum record_charset *state, char **used)
{
	g_autoptr(GByteArray) bytes = NULL;
	char *text;

	if (part->encoding == ENCODING_NONE) {
		*size = (gint64)part->length;
		text = charset_to_utf8(part->raw, MIN(limit, part->length), part->charset, state, used);
	} else {
		bytes = part_decode(part, limit, size);
		text = charset_to_utf8(bytes->data, bytes->len, part->charset, state, used);
	}
	mend_lines(text);
	return text;
}

/* The branch of GROUP that part P stands in, or -1. */
static gint
branch_in(const struct part_list *list, const struct part *part, guint group)
{
	gint at = part->group;
	guint branch = part->branch;

	while (at >= 0 && (guint)at != group) {
		const struct part_group *inner = &g_array_index(list->groups, struct part_group, at);

		at = inner->parent;
		branch = inner->parent_branch;
	}
	return at < 0 ? -1 : (gint)branch;
}

/* Words of programs that cannot write plain text. */
static gboolean
is_excuse(const char *text)
{
	static const char *const excuses[] = {"does not support html", "doesn't support html", "not support html", "html email", "html-enabled",
	    "view it in a browser", "view in browser", "view this email in", "kann keine html", "unterstützt kein html", "ne supporte pas le html",
	    "no soporta html", "cannot display html", "html version of this", "html-capable", "requires an html", "enable html", "html format",
	    "view the message", "mime-compatible", "html-compatible"};
	g_autofree char *lower = g_ascii_strdown(text, -1);

	for (gsize i = 0; i < G_N_ELEMENTS(excuses); i++)
		if (strstr(lower, excuses[i]) != NULL)
			return TRUE;
	return FALSE;
}

static gsize
visible(const char *text)
{
	gsize count = 0;

	for (; *text != '\0'; text++)
		count += (guint8)*text > ' ' && ((guint8)*text & 0xc0) != 0x80;
	return count;
}

/* TRUE when the plain alternative says about as much as the HTML: then it is read, as it needs no parser. */
static gboolean
plain_serves(const struct part *plain, const struct part *html)
{
	gint64 size;
	g_autofree char *text = part_text(plain, LIMIT_TEXT_BYTES, &size, NULL, NULL);
	g_autofree char *markup = NULL;
	gsize seen = visible(text);

	if (seen == 0)
		return FALSE;
	if (seen < SHORT_PLAIN && is_excuse(text))
		return FALSE;
	if (html->length / 4 < seen + 200)
		return TRUE;
	markup = part_text(html, LIMIT_HTML_BYTES, &size, NULL, NULL);
	return html_visible(markup, strlen(markup)) / 4 < seen + 50;
}

static void
choose_branch(const struct part_list *list, guint group)
{
	struct part_group *chosen = &g_array_index(list->groups, struct part_group, group);
	const struct part *plain = NULL, *html = NULL, *other = NULL;
	const struct part *best;

	for (guint i = 0; i < list->parts->len; i++) {
		const struct part *part = part_at(list, i);

		if (branch_in(list, part, group) < 0 || part->message != chosen->encloser || !is_body(part))
			continue;
		if (is_type(part, "text/plain"))
			plain = plain != NULL ? plain : part;
		else if (is_html(part))
			html = part;
		else
			other = part;
	}
	if (plain != NULL && html != NULL)
		best = plain_serves(plain, html) ? plain : html;
	else
		best = plain != NULL ? plain : html != NULL ? html : other;
	chosen->chosen = best != NULL ? (guint)branch_in(list, best, group) : 0;
}

/* TRUE when no multipart/alternative around PART has chosen another branch. */
static gboolean
is_chosen(const struct part_list *list, const struct part *part)
{
	gint at = part->group;
	guint branch = part->branch;

	while (at >= 0) {
		const struct part_group *group = &g_array_index(list->groups, struct part_group, at);

		if (group->chosen != branch)
			return FALSE;
		at = group->parent;
		branch = group->parent_branch;
	}
	return TRUE;
}

void
parts_kind(const struct part_list *list, struct kind_structure *structure)
{
	*structure = (struct kind_structure){.report_type = list->report_type != NULL && *list->report_type != '\0' ? list->report_type : NULL};
	for (guint i = 0; i < list->parts->len; i++) {
		const struct part *part = part_at(list, i);
		gint64 size;

		if (part->message >= 0)
			continue;
		if (is_type(part, "message/disposition-notification")) {
			structure->disposition = TRUE;
			if (structure->disposition_text == NULL)
				structure->disposition_text = part_text(part, LIMIT_HEADER_BYTES, &size, NULL, NULL);
		}
		structure->feedback = structure->feedback || is_type(part, "message/feedback-report");
		if (!is_type(part, "message/delivery-status") && !is_type(part, "message/global-delivery-status"))
			continue;
		structure->delivery_status = TRUE;
		if (structure->delivery_text == NULL)
			structure->delivery_text = part_text(part, LIMIT_HEADER_BYTES, &size, NULL, NULL);
	}
}

struct reading {
	struct part_list *list;
	struct record *record;
	struct passage_hints hints;
	GHashTable *converted; /* part number -> struct part_converted, or NULL */
	gsize left;            /* bytes of text that may still be recorded */
	gboolean cut;
};

static void
add_passage(struct reading *reading, enum record_passage_kind kind, guint part, const char *text, gsize length)
{
	if (length == 0)
		return;
	if (reading->record->passages->len >= LIMIT_PASSAGES) {
		reading->cut = TRUE;
		return;
	}
	record_add_passage(reading->record, kind, part, text, (gssize)length);
}

static void
add_split(struct reading *reading, guint part, const char *text, gsize length)
{
	guint room = LIMIT_PASSAGES - MIN(LIMIT_PASSAGES, reading->record->passages->len);
	g_autoptr(GArray) spans = passages_split(text, length, &reading->hints, MAX(room, 1));

	for (guint i = 0; i < spans->len; i++) {
		const struct passage_span *span = &g_array_index(spans, struct passage_span, i);

		if (span->kind == PASSAGE_QUOTED) {
			g_autofree char *plain = passages_unquote(text + span->start, span->length);

			add_passage(reading, span->kind, part, plain, strlen(plain));
		} else {
			add_passage(reading, span->kind, part, text + span->start, span->length);
		}
	}
}

/* How the text of a part inside an enclosed message counts. */
static enum record_passage_kind
enclosed_kind(const struct reading *reading)
{
	return reading->list->report_type != NULL || reading->record->kind == KIND_AUTO || reading->record->kind == KIND_BOUNCE ? PASSAGE_ENCLOSED
	                                                                                                                        : PASSAGE_FORWARDED;
}

/* The readable text of PART: charset, markup, flowed lines and wrapped links undone. */
static char *
readable_text(struct reading *reading, const struct part *part, struct record_part *described)
{
	gsize limit = is_html(part) ? LIMIT_HTML_BYTES : reading->left + 1;
	g_autofree char *text = part_text(part, limit, &described->size, &described->charset_state, &described->charset);
	char *unwrapped;
	gboolean stripped = FALSE;

	if (is_html(part)) {
		char *plain = html_to_text(text, strlen(text), &stripped);

		if (described->size > LIMIT_HTML_BYTES)
			record_add_remark(
			    reading->record, "part %s: over the limit of %d bytes of HTML: the rest was not read", part->number, LIMIT_HTML_BYTES);
		g_free(text);
		text = plain;
		if (stripped)
			record_add_remark(reading->record,
			    "part %s: its markup is too deep or too odd and was only stripped (the limits are %d levels and %d attributes)", part->number,
			    LIMIT_HTML_DEPTH, LIMIT_HTML_ATTRIBUTES);
	} else if (is_type(part, "text/enriched")) {
		char *plain = html_strip(text, strlen(text));

		g_free(text);
		text = plain;
	} else if (part->flowed) {
		char *plain = passages_unflow(text, strlen(text), part->delsp);

		g_free(text);
		text = plain;
	}
	unwrapped = links_unwrap(text);
	return unwrapped != NULL ? unwrapped : g_steal_pointer(&text);
}

static void
remark_charset(struct reading *reading, const struct part *part, const struct record_part *described)
{
	const char *declared = part->charset != NULL ? part->charset : "none";

	if (described->charset_state == CHARSET_REPAIRED)
		record_add_remark(reading->record, "part %s: charset %s is wrong, read as %s", part->number, declared, described->charset);
	else if (described->charset_state == CHARSET_GUESSED)
		record_add_remark(reading->record, "part %s: charset %s, read as %s", part->number,
		    part->charset != NULL ? "unknown or refused" : "not declared", described->charset);
}

static void
read_text(struct reading *reading, const struct part *part, struct record_part *described, guint index)
{
	g_autofree char *text = readable_text(reading, part, described);
	gsize length = strlen(text);

	remark_charset(reading, part, described);
	if (length > reading->left) {
		const char *cut = g_utf8_find_prev_char(text, text + reading->left + 1);

		length = cut != NULL ? (gsize)(cut - text) : 0;
		text[length] = '\0';
		described->remark = g_strdup_printf("over the limit of %d bytes of text", LIMIT_TEXT_BYTES);
		record_add_remark(reading->record, "part %s: over the limit of %d bytes of text: the rest was not read", part->number, LIMIT_TEXT_BYTES);
	}
	reading->left -= length;
	described->read = TRUE;
	if (part->message >= 0)
		add_passage(reading, enclosed_kind(reading), index, text, length);
	else if (described->attachment)
		add_passage(reading, is_report(part) ? PASSAGE_ENCLOSED : PASSAGE_ATTACHMENT, index, text, length);
	else
		add_split(reading, index, text, length);
}

static gboolean
has_suffix(const char *name, const char *suffix)
{
	return name != NULL && strlen(name) >= strlen(suffix) && g_ascii_strcasecmp(name + strlen(name) - strlen(suffix), suffix) == 0;
}

/* Why a part that is no text stays unread, or what has still to read it. BYTES: its own. */
static char *
unread_remark(const struct part *part, const GByteArray *bytes)
{
	enum document_kind kind = document_kind(bytes->data, bytes->len);

	if (part->encrypted || kind == DOCUMENT_ENCRYPTED || has_suffix(part->type, "/pgp-encrypted"))
		return g_strdup("encrypted");
	if (part->signature)
		return NULL;
	if (kind == DOCUMENT_TNEF || is_type(part, "application/ms-tnef") || is_type(part, "application/vnd.ms-tnef") ||
	    has_suffix(part->filename, "winmail.dat"))
		return g_strdup("winmail.dat: attachments in a form only Outlook reads");
	if (kind != DOCUMENT_UNKNOWN)
		return g_strdup(kind == DOCUMENT_PDF ? REMARK_WAITING_PDF : REMARK_WAITING);
	if (has_suffix(part->type, "pkcs7-mime"))
		return g_strdup("damaged");
	return g_strdup_printf("no converter for %s", part->type);
}

/* Lists a part whose text is not at hand. */
static void
list_unread(const struct part *part, struct record_part *described)
{
	g_autoptr(GByteArray) bytes = part_decode(part, LIMIT_READ_BYTES, &described->size);

	if (described->attachment && bytes->len > 0)
		described->remark = unread_remark(part, bytes);
	else if (part->encrypted)
		described->remark = g_strdup("encrypted");
}

/* A document that a converter read, or could not. */
static void
read_converted(struct reading *reading, const struct part *part, const struct part_converted *converted, struct record_part *described, guint index)
{
	const char *text = converted->text;
	gsize length = text != NULL ? strlen(text) : 0;
	g_autoptr(GByteArray) none = part_decode(part, 0, &described->size);

	described->remark = g_strdup(converted->remark);
	if (length > reading->left) {
		const char *cut = g_utf8_find_prev_char(text, text + reading->left + 1);

		length = cut != NULL ? (gsize)(cut - text) : 0;
		g_free(described->remark);
		described->remark = g_strdup_printf("over the limit of %d bytes of text", LIMIT_TEXT_BYTES);
	}
	reading->left -= length;
	described->read = length > 0;
	add_passage(reading, part->message >= 0 ? enclosed_kind(reading) : PASSAGE_ATTACHMENT, index, text, length);
}

static void
read_part(struct reading *reading, const struct part *part)
{
	struct record_part *described = record_add_part(reading->record, part->number, part->type);
	guint index = reading->record->parts->len - 1;
	gboolean body = is_body(part);
	const struct part_converted *converted = reading->converted != NULL ? g_hash_table_lookup(reading->converted, part->number) : NULL;

	described->filename = g_strdup(part->filename);
	described->attachment = !body;
	if (part->filename != NULL && !body)
		add_passage(reading, PASSAGE_FILENAME, index, part->filename, strlen(part->filename));
	if (part->summary != NULL) {
		described->read = TRUE;
		described->size = (gint64)part->length;
		add_passage(reading, enclosed_kind(reading), index, part->summary, strlen(part->summary));
	} else if ((body && is_chosen(reading->list, part)) || (!body && is_readable(part)) ||
	           (is_report(part) && enclosed_kind(reading) == PASSAGE_ENCLOSED)) {
		read_text(reading, part, described, index);
	} else if (converted != NULL)
		read_converted(reading, part, converted, described, index);
	else
		list_unread(part, described);
	if (part->prologue)
		record_add_remark(reading->record, "a multipart without parts: its text was read as it stands");
}

void
parts_read(struct part_list *list, struct record *record, gboolean reply, gboolean forward, GHashTable *converted)
{
	struct reading reading = {.list = list,
	    .record = record,
	    .hints = {.reply = reply, .forward = forward, .author = record->author_name},
	    .converted = converted,
	    .left = LIMIT_TEXT_BYTES};

	for (guint i = 0; i < list->groups->len; i++)
		choose_branch(list, i);
	record_add_passage(record, PASSAGE_SUBJECT, 0, record->subject_base != NULL ? record->subject_base : "", -1);
	for (guint i = 0; i < list->parts->len; i++)
		read_part(&reading, part_at(list, i));
	if (reading.cut)
		record_add_remark(record, "more than %d passages: the rest was not recorded", LIMIT_PASSAGES);
}
