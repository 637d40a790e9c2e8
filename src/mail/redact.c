#include "mail/redact-private.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "mail/charset.h"
#include "mail/document.h"
#include "mail/message-tree.h"
#include "mail/message.h"

#include <string.h>

#define QP_COLUMNS 74

void
redact_wish_clear(struct redact_wish *wish)
{
	g_clear_pointer(&wish->needles, needles_free);
	g_clear_pointer(&wish->parts, g_strfreev);
	g_free((char *)wish->notice);
	wish->notice = NULL;
}

char *
redact_wish_to_text(const struct redact_wish *wish)
{
	g_autofree char *needles = needles_to_text(wish->needles);
	static const char *const none[] = {NULL};
	g_autoptr(GVariant) variant = g_variant_ref_sink(
	    g_variant_new("(s^asbbs)", needles, wish->parts != NULL ? (const char *const *)wish->parts : none, wish->whole_body, wish->address, wish->notice));

	return g_variant_print(variant, TRUE);
}

gboolean
redact_wish_from_text(const char *text, struct redact_wish *out)
{
	g_autoptr(GVariant) variant = g_variant_parse(G_VARIANT_TYPE("(sasbbs)"), text, NULL, NULL, NULL);
	const char *needles;
	char *notice;

	if (variant == NULL)
		return FALSE;
	g_variant_get(variant, "(&s^asbbs)", &needles, &out->parts, &out->whole_body, &out->address, &notice);
	out->notice = notice;
	out->needles = needles_from_text(needles);
	return out->needles != NULL;
}

/* The first of WORDS that the removed words are not themselves part of. */
static const char *
pick_mark(const struct needles *needles, const char *first, const char *second)
{
	return !needles_in_text(needles, first) ? first : !needles_in_text(needles, second) ? second : "-";
}

static void
encode_base64(struct redacting *r, const char *text, gsize length)
{
	for (gsize at = 0; at < length; at += 57) {
		g_autofree char *line = g_base64_encode((const guchar *)text + at, MIN(57, length - at));

		redact_append(r, line, -1);
		redact_append(r, r->eol, -1);
	}
}

static void
encode_quoted_printable(struct redacting *r, const char *text, gsize length)
{
	gsize column = 0;

	for (gsize i = 0; i < length; i++) {
		guint8 c = (guint8)text[i];
		gboolean last = i + 1 == length || text[i + 1] == '\n',
		         plain = c >= 32 && c < 127 && c != '=' && !(c == ' ' && last) && !(c == '.' && column == 0);
		char hex[4];

		if (c == '\n') {
			redact_append(r, r->eol, -1);
			column = 0;
			continue;
		}
		if (column + (plain ? 1 : 3) > QP_COLUMNS) {
			redact_append(r, "=", 1);
			redact_append(r, r->eol, -1);
			column = 0;
		}
		if (plain)
			redact_append(r, text + i, 1);
		else {
			g_snprintf(hex, sizeof hex, "=%02X", c);
			redact_append(r, hex, 3);
		}
		column += plain ? 1 : 3;
	}
}

void
redact_encode(struct redacting *r, const char *text, gsize length, gboolean base64)
{
	if (base64)
		encode_base64(r, text, length);
	else
		encode_quoted_printable(r, text, length);
}

/* A line of the report on words that went from TEXT, which is NOW: as many places as have the mark more often. */
void
redact_report(struct redacting *r, const char *where, const char *text, const char *now, const char *mark)
{
	guint before = 0, after = 0;
	g_autofree char *places = NULL;

	for (const char *at = text; (at = strstr(at, mark)) != NULL; at += strlen(mark))
		before++;
	for (const char *at = now; (at = strstr(at, mark)) != NULL; at += strlen(mark))
		after++;
	places = text_count(after > before ? after - before : 1, "place", "places");
	g_string_append_printf(r->report, "in %s: %s\n", where, places);
}

/* What becomes of a part. */
struct plan {
	const struct part *part;
	const guint8 *at; /* in the message */
	char *text, *old; /* its new text, and what it was; NULL: none */
	gboolean whole;
};

static void
plan_clear(gpointer data)
{
	struct plan *plan = data;

	g_free(plan->text);
	g_free(plan->old);
}

static enum needle_form
form_of(const struct part *part)
{
	return strcmp(part->type, "text/html") == 0 || strcmp(part->type, "text/enriched") == 0 || g_str_has_suffix(part->type, "xml") ? NEEDLE_MARKUP
	                                                                                                                               : NEEDLE_PLAIN;
}

static void
mend_lines(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (*from != '\r' || from[1] != '\n')
			*to++ = *from == '\r' ? '\n' : *from;
	*to = '\0';
}

static void
plan_text(struct redacting *r, struct plan *plan, const GByteArray *bytes, gboolean is_signed)
{
	const struct needles *needles = r->wish->needles;
	g_autofree char *text = charset_to_utf8(bytes->data, bytes->len, plan->part->charset, NULL, NULL);
	g_autofree char *out = NULL;
	gsize size;

	mend_lines(text);
	if (!needles_in_bytes(needles, (const guint8 *)text, strlen(text)) && !needles_in_bytes(needles, bytes->data, bytes->len))
		return;
	out = needles_replace(needles, form_of(plan->part), text, strlen(text), r->mark, &size);
	if (is_signed || needles_in_bytes(needles, (const guint8 *)out, size))
		plan->whole = TRUE;
	else {
		plan->text = g_steal_pointer(&out);
		plan->old = g_steal_pointer(&text);
	}
}

static gboolean
document_has(struct redacting *r, const GByteArray *bytes)
{
	g_autofree char *text = NULL, *why = NULL;
	gboolean cut;

	if (needles_in_bytes(r->wish->needles, bytes->data, bytes->len))
		return TRUE;
	text = document_text(bytes->data, bytes->len, LIMIT_TEXT_BYTES, &cut, &why);
	return needles_in_text(r->wish->needles, text);
}

static void
plan_part(struct redacting *r, struct plan *plan, gboolean is_signed)
{
	const struct part *part = plan->part;
	g_autoptr(GByteArray) bytes = NULL;

	if (r->wish->parts != NULL && g_strv_contains((const char *const *)r->wish->parts, part->number)) {
		plan->whole = TRUE;
		return;
	}
	if (needles_count(r->wish->needles) == 0 || part->summary != NULL)
		return;
	bytes = part_decode(part, LIMIT_READ_BYTES, NULL);
	if (g_str_has_prefix(part->type, "text/") && document_kind(bytes->data, bytes->len) != DOCUMENT_RTF)
		plan_text(r, plan, bytes, is_signed);
	else
		plan->whole = document_has(r, bytes);
}

static const guint8 *
first_boundary(const guint8 *body, const guint8 *end)
{
	const guint8 *found = end - body > 1 && memcmp(body, "--", 2) == 0 ? body : memmem(body, (gsize)(end - body), "\n--", 3);

	return found != NULL ? found : end;
}

/* Does content stand here: behind an empty line, and up to a boundary or the end? */
static gboolean
is_content(const guint8 *at, gsize length, const guint8 *body, const guint8 *end)
{
	const guint8 *next = at + length;

	if (at < body + 2 || at[-1] != '\n' || !(at[-2] == '\n' || (at[-2] == '\r' && at[-3] == '\n')))
		return FALSE;
	if (next < end && *next == '\r')
		next++;
	if (next < end && *next == '\n')
		next++;
	return next == end || next[-1] != '\n' || (end - next > 1 && memcmp(next, "--", 2) == 0);
}

/* Where the bytes of PART are, of which the reader has a copy: other places may have the same. NULL: nowhere for certain. */
static const guint8 *
find_part(const struct part *part, gboolean only, const guint8 *at, const guint8 *body, const guint8 *end)
{
	const guint8 *boundary = first_boundary(body, end), *found;

	if (only && part->length <= (gsize)(end - body) && memcmp(body, part->raw, part->length) == 0)
		return body;
	for (at = MAX(at, boundary); at < end; at = found + 1) {
		found = memmem(at, (gsize)(end - at), part->raw, part->length);
		if (found == NULL || is_content(found, part->length, body, end))
			return found;
	}
	return NULL;
}

/* Parts in the order in which they stand, each where its bytes are; FALSE when one is not to be found there. */
static gboolean
make_plans(struct redacting *r, const struct part_list *list, const guint8 *data, gsize length, gsize body, GArray *plans)
{
	const guint8 *at = data + body, *end = data + length;
	gboolean is_signed = memmem(data, length, "multipart/signed", 16) != NULL || memmem(data, length, "Multipart/Signed", 16) != NULL;

	for (guint i = 0; i < list->parts->len; i++) {
		struct plan plan = {.part = list->parts->pdata[i]};

		if (plan.part->length == 0 || plan.part->prologue)
			continue;
		if (plan.part->raw >= data && plan.part->raw + plan.part->length <= end)
			plan.at = plan.part->raw;
		else
			plan.at = find_part(plan.part, list->parts->len == 1, at, data + body, end);
		if (plan.at == NULL && needles_count(r->wish->needles) > 0)
			plan.at = memmem(at, (gsize)(end - at), plan.part->raw, plan.part->length); /* whether the words are gone is looked at afterwards */
		if (plan.at == NULL)
			return FALSE;
		plan_part(r, &plan, is_signed);
		/* what is in a message that goes whole goes with it; one that stays is looked at part by part */
		at = plan.part->summary == NULL || plan.whole ? plan.at + plan.part->length : plan.at;
		if (plan.part->summary != NULL && !plan.whole)
			continue;
		g_array_append_val(plans, plan);
		while (plan.whole && plan.part->summary != NULL && i + 1 < list->parts->len &&
		       g_str_has_prefix(((struct part *)list->parts->pdata[i + 1])->number, plan.part->number) &&
		       ((struct part *)list->parts->pdata[i + 1])->number[strlen(plan.part->number)] == '.')
			i++;
	}
	return TRUE;
}

/* Where the header of the part whose content begins at AT begins: behind the boundary before it. */
static const guint8 *
part_header(const guint8 *start, const guint8 *at)
{
	const guint8 *line = at;

	while (line > start) {
		const guint8 *before = memrchr(start, '\n', (gsize)(line - 1 - start));

		before = before != NULL ? before + 1 : start;
		if (line - before > 2 && before[0] == '-' && before[1] == '-')
			return line;
		line = before;
	}
	return start;
}

static void
write_plan(struct redacting *r, const struct plan *plan, const guint8 *at)
{
	gboolean base64 = plan->part->encoding == ENCODING_BASE64;
	struct new_content content = {.encoding = base64 ? "base64" : "quoted-printable", .whole = plan->whole};
	const guint8 *end = plan->at + plan->part->length;
	gboolean changed = plan->whole || plan->text != NULL;

	redact_structure(r, at, plan->at, changed ? part_header(at, plan->at) : plan->at, changed ? &content : NULL);
	if (!changed) {
		redact_append(r, plan->at, (gssize)plan->part->length);
		return;
	}
	r->changed = TRUE;
	g_autofree char *name = g_strdup_printf("part %s, %s", plan->part->number, plan->part->type);
	if (plan->whole) {
		g_string_append_printf(r->report, "the whole of %s\n", name);
		redact_append(r, pick_mark(r->wish->needles, r->wish->notice, r->mark), -1);
		redact_append(r, r->eol, -1);
	} else {
		redact_report(r, name, plan->old, plan->text, r->mark);
		redact_encode(r, plan->text, strlen(plan->text), base64);
	}
	/* the line end before a boundary is the boundary's, and GMime's part may end before or behind it */
	if (end > plan->at && end[-1] == '\n' && r->out->data[r->out->len - 1] != '\n')
		redact_append(r, r->eol, -1);
}

static gboolean
has_part(const struct part_list *list, const char *number)
{
	for (guint i = 0; i < list->parts->len; i++)
		if (strcmp(((struct part *)list->parts->pdata[i])->number, number) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
check_parts(const struct redact_wish *wish, const struct part_list *list, GError **error)
{
	for (guint i = 0; wish->parts != NULL && wish->parts[i] != NULL; i++)
		if (!has_part(list, wish->parts[i])) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no part %.40s in this message: see its parts with `show`", wish->parts[i]);
			return FALSE;
		}
	return TRUE;
}

/* Part by part; FALSE without an error when they cannot be told apart in the bytes. */
static gboolean
redact_parts(struct redacting *r, const guint8 *data, gsize length, GError **error)
{
	g_autoptr(GArray) plans = g_array_new(FALSE, TRUE, sizeof(struct plan));
	g_autoptr(Record) record = record_new();
	g_autoptr(MessageTree) tree = NULL;
	struct header_block block;
	const guint8 *at = data;
	gsize body;

	g_array_set_clear_func(plans, plan_clear);
	headers_scan(data, length, &block, NULL);
	body = block.body;
	tree = message_tree_read(&block, data + body, length - body, record);
	header_block_clear(&block);
	if (!check_parts(r->wish, message_tree_parts(tree), error) || !make_plans(r, message_tree_parts(tree), data, length, body, plans))
		return FALSE;
	for (guint i = 0; i < plans->len; i++) {
		const struct plan *plan = &g_array_index(plans, struct plan, i);

		write_plan(r, plan, at);
		at = plan->at + plan->part->length;
	}
	redact_structure(r, at, data + length, data + length, NULL);
	return TRUE;
}

/* The header without what tells of content, and the notice. */
static void
redact_body(struct redacting *r, const guint8 *data, gsize length)
{
	struct new_content content = {.whole = TRUE};
	struct header_block block;
	gsize body;

	headers_scan(data, length, &block, NULL);
	body = block.body;
	header_block_clear(&block);
	redact_structure(r, data, data + body, data, &content);
	redact_append(r, pick_mark(r->wish->needles, r->wish->notice, r->mark), -1);
	redact_append(r, r->eol, -1);
	g_string_append(r->report, "the whole of the text and all parts\n");
	r->changed = TRUE;
}

/* Is any word left, for whoever reads it? */
static gboolean
is_left(struct redacting *r)
{
	g_autoptr(Record) record = NULL;

	if (needles_count(r->wish->needles) == 0)
		return FALSE;
	record = message_read(r->out->data, r->out->len);
	return needles_in_record(r->wish->needles, record) || needles_in_bytes(r->wish->needles, r->out->data, r->out->len);
}

GByteArray *
message_redact(const guint8 *data, gsize length, const struct redact_wish *wish, GString *report, GError **error)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autofree guint8 *text = g_malloc(length + 1);
	g_autoptr(GError) reason = NULL;
	struct redacting r = {.wish = wish, .out = out, .report = report};

	/* a message without one line feed has carriage returns; GMime must see what is written */
	memcpy(text, data, length);
	for (gsize i = 0; i < length && memchr(data, '\n', length) == NULL; i++)
		text[i] = text[i] == '\r' ? '\n' : text[i];
	r.eol = memmem(text, length, "\r\n", 2) != NULL ? "\r\n" : "\n";
	r.mark = wish->address ? "removed@removed.invalid" : pick_mark(wish->needles, "[removed]", "[...]");
	r.header_mark = wish->address ? r.mark : pick_mark(wish->needles, "removed", "...");
	if (!wish->whole_body && length < LIMIT_READ_BYTES && redact_parts(&r, text, length, &reason) && !is_left(&r))
		return g_steal_pointer(&out);
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	if (!wish->whole_body && needles_count(wish->needles) == 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "its parts cannot be told apart in its bytes; remove it as a whole (--all)");
		return NULL;
	}
	g_byte_array_set_size(out, 0);
	g_string_truncate(report, 0);
	redact_body(&r, text, length);
	if (is_left(&r)) {
		g_byte_array_set_size(out, 0);
		g_string_assign(report, REDACT_EVERYTHING);
		redact_append(&r, "Subject: ", -1);
		redact_append(&r, r.header_mark, -1);
		redact_append(&r, "\n\n", -1);
	}
	return g_steal_pointer(&out);
}
