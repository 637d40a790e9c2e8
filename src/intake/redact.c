#include "intake/redact.h"

#include <string.h>

#include "archive/pack.h"
#include "archive/redaction.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/redact-issues.h"
#include "mail/redact.h"

#define NOTICE "This part was removed from the message."
#define SAMPLES 48      /* lines of a message that are looked for after it went whole */
#define SAMPLES_FEW 6   /* where hundreds go at once */
#define SAMPLE_BYTES 24 /* a line shorter than that is anybody's */

void
redact_plan_free(struct redact_plan *plan)
{
	if (plan == NULL)
		return;
	g_free(plan->public_id);
	g_free(plan->value);
	g_clear_pointer(&plan->raw, g_bytes_unref);
	g_strfreev(plan->report);
	g_strfreev(plan->unknown);
	g_strfreev(plan->told);
	g_strfreev(plan->alone);
	needles_free(plan->needles);
	g_free(plan);
}

static struct needles *
copy_needles(const struct needles *needles)
{
	g_autofree char *text = needles_to_text(needles);

	return needles_from_text(text);
}

/* One that stands in what is left as well would be found for ever. */
static void
add_sample(struct needles *needles, const char *line, GBytes *left)
{
	g_autoptr(Needles) alone = needles_new();
	gsize length = 0;
	const guint8 *data = left != NULL ? g_bytes_get_data(left, &length) : NULL;

	if (left == NULL || (needles_add_sample(alone, line) && !needles_in_bytes(alone, data, length)))
		needles_add_sample(needles, line);
}

/* Lines of TEXT that stand for it; quoted ones are somebody else's. LEFT: of the message, or NULL. */
static void
add_samples(struct needles *needles, const char *text, GBytes *left, guint most)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint n = g_strv_length(lines), step = MAX(1, n / most);

	for (guint i = 0; i < n && needles_count(needles) < most; i++)
		if (lines[i][0] != '>' && strlen(lines[i]) >= SAMPLE_BYTES && (i % step == 0 || n < 4 * most))
			add_sample(needles, lines[i], left);
}

/* The author's own text, and what was attached, of the parts NUMBERS (NULL: all). */
static gboolean
sample_text(struct index *index, gint64 content, GStrv numbers, const GPtrArray *passages, GBytes *left, guint most, struct needles *needles, GError **error)
{
	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = passages->pdata[i];
		g_autoptr(GError) reason = NULL;
		g_autofree char *number = NULL;

		if (passage->kind == PASSAGE_QUOTED || passage->kind == PASSAGE_FOOTER || passage->kind == PASSAGE_SIGNATURE)
			continue;
		if (numbers != NULL && passage->kind == PASSAGE_SUBJECT)
			continue;
		number = numbers != NULL ? index_part_number(index, content, passage->part, &reason) : NULL;
		if (reason != NULL) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
		if (numbers == NULL || (number != NULL && g_strv_contains((const char *const *)numbers, number)))
			add_samples(needles, passage->text, left, most);
	}
	return TRUE;
}

/* Where nothing of it can be read its encoded bytes stand for it: what differs between OLD and NEW (NULL: all) but for the header. */
static void
sample_bytes(GBytes *old, GBytes *new, guint most, struct needles *needles)
{
	gsize length, new_length = 0, from = 0;
	const char *data = g_bytes_get_data(old, &length);
	const char *other = new != NULL ? g_bytes_get_data(new, &new_length) : NULL;
	const char *body = g_strstr_len(data, (gssize)length, "\n\n");
	g_autofree char *text = NULL;

	while (other != NULL && from < MIN(length, new_length) && data[from] == other[from])
		from++;
	if (body != NULL && other == NULL)
		from = (gsize)(body - data);
	while (other != NULL && length > from && new_length > from && data[length - 1] == other[new_length - 1]) {
		length--;
		new_length--;
	}
	text = g_utf8_make_valid(data + from, (gssize)MIN(length - from, LIMIT_TEXT_BYTES));
	add_samples(needles, text, new, most);
}

/* Attachments whose text has the words, in whatever they are: of a PDF only the index knows. */
static GStrv
parts_that_have(struct index *index, gint64 content, const struct redact_request *request, const GPtrArray *passages, GError **error)
{
	g_autoptr(GStrvBuilder) numbers = g_strv_builder_new();

	for (guint i = 0; request->parts != NULL && request->parts[i] != NULL; i++)
		g_strv_builder_add(numbers, request->parts[i]);
	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = passages->pdata[i];
		g_autoptr(GError) reason = NULL;
		g_autofree char *number = NULL, *type = NULL;

		if (passage->kind != PASSAGE_ATTACHMENT || request->needles == NULL || !needles_in_text(request->needles, passage->text))
			continue;
		number = index_part_number(index, content, passage->part, &reason);
		type = number != NULL ? index_part_type(index, content, passage->part, &reason) : NULL;
		if (reason != NULL) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return NULL;
		}
		if (type != NULL && !g_str_has_prefix(type, "text/"))
			g_strv_builder_add(numbers, number);
	}
	return g_strv_builder_end(numbers);
}

gboolean
redact_is_clean(struct reader *reader, GBytes *bytes, const struct needles *needles)
{
	g_auto(Reading) reading = {0};
	gsize length;
	const guint8 *data = g_bytes_get_data(bytes, &length);

	if (needles == NULL)
		return TRUE;
	if (needles_in_bytes(needles, data, length))
		return FALSE;
	reader_submit(reader, 0, bytes, 0);
	if (!reader_collect(reader, -1, &reading) || reading.record == NULL)
		return FALSE;
	return !needles_in_record(needles, reading.record);
}

static GBytes *
redact_bytes(struct reader *reader, GBytes *old, struct redact_wish *wish, const struct needles *needles, char **report, GError **error)
{
	for (int body = 0; body < 2; body++) {
		g_autofree char *text = NULL;
		g_autoptr(GBytes) out = NULL;

		wish->whole_body = body != 0;
		text = redact_wish_to_text(wish);
		g_clear_pointer(report, g_free);
		out = reader_redact(reader, old, text, report, error);
		if (out == NULL)
			return NULL;
		if (strcmp(*report, REDACT_EVERYTHING) == 0) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA,
			    "the words cannot be taken out safely, the whole letter would go; give more of them, or --all");
			return NULL;
		}
		if (redact_is_clean(reader, out, needles))
			return g_steal_pointer(&out);
	}
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "it cannot be taken apart so that the words are gone for certain; remove it as a whole (--all)");
	return NULL;
}

/* Its bytes stay as they are: are the words at least in what came with it? */
static gboolean
plan_deliveries(struct redact_plan *plan, struct mailstore *store, const struct redact_request *request, char **report, GError **error)
{
	gboolean have = FALSE;

	if (request->needles != NULL && !mailstore_deliveries_have(store, plan->content, request->needles, &have, error))
		return FALSE;
	g_free(*report);
	*report = g_strdup("the envelope, or the header of a later copy");
	if (!have)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "the words are not in it");
	return have;
}

static gboolean
plan_rest(struct redact_plan *plan, struct mailstore *store, struct index *index, struct reader *reader, GBytes *old, const struct redact_request *request,
    const GPtrArray *passages, GError **error)
{
	g_autoptr(Needles) none = needles_new();
	g_auto(GStrv) parts = parts_that_have(index, plan->content, request, passages, error);
	struct redact_wish wish = {.needles = request->needles != NULL ? (struct needles *)request->needles : none,
	    .parts = parts,
	    .address = strcmp(request->method, "address") == 0,
	    .notice = NOTICE};
	g_autofree char *report = NULL;

	if (parts == NULL)
		return FALSE;
	plan->raw = redact_bytes(reader, old, &wish, request->needles, &report, error);
	if (plan->raw == NULL)
		return FALSE;
	if (g_bytes_equal(plan->raw, old) && !plan_deliveries(plan, store, request, &report, error))
		return FALSE;
	g_strchomp(report);
	plan->report = g_strsplit(report, "\n", -1);
	return TRUE;
}

struct redact_plan *
redact_plan_new(struct mailstore *store, struct index *index, struct reader *reader, gint64 content, const char *public_id,
    const struct redact_request *request, GError **error)
{
	static const char *const everything[] = {"everything", NULL};
	g_autoptr(RedactPlan) plan = g_new0(struct redact_plan, 1);
	g_autoptr(GBytes) old = mailstore_read(store, content, request->method != NULL ? LIMIT_HANDED_BYTES : LIMIT_RAW_CHUNK, error);
	g_autoptr(GPtrArray) passages = old != NULL ? index_passages(index, content, error) : NULL;
	guint most = request->key != NULL ? SAMPLES_FEW : SAMPLES;

	if (passages == NULL)
		return NULL;
	plan->content = content;
	plan->public_id = g_strdup(public_id);
	plan->unknown = index_unknown_parts(index, content, error);
	if (plan->unknown == NULL)
		return NULL;
	if (request->method == NULL) {
		plan->report = g_strdupv((char **)everything);
		plan->value = index_tombstone_value(index, content, error);
		if (plan->value == NULL || (plan->told = index_told(index, content, &plan->alone, error)) == NULL)
			return NULL;
	} else {
		plan->value = g_strdup(request->method);
		if (!plan_rest(plan, store, index, reader, old, request, passages, error))
			return NULL;
	}
	plan->needles = request->needles != NULL ? copy_needles(request->needles) : request->key != NULL ? needles_new_like(request->key) : needles_new();
	if (request->needles == NULL && !sample_text(index, content, request->parts, passages, plan->raw, most, plan->needles, error))
		return NULL;
	if (needles_count(plan->needles) == 0)
		sample_bytes(old, plan->raw, most, plan->needles);
	return g_steal_pointer(&plan);
}

GStrv
redact_span(struct index *index, gint64 content, guint64 from, guint64 to, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, content, error);
	g_autoptr(GStrvBuilder) pieces = g_strv_builder_new();
	guint64 at = 0;

	if (passages == NULL)
		return NULL;
	for (guint i = 1; i < passages->len; i++) {
		const struct record_passage *passage = passages->pdata[i];
		guint64 length = (guint64)g_utf8_strlen(passage->text, -1);

		if (passage->kind == PASSAGE_FILENAME || *passage->text == '\0')
			continue;
		if (from < at + length && to > at) {
			g_autofree char *piece = g_utf8_substring(passage->text, (glong)(from > at ? from - at : 0), (glong)(MIN(to, at + length) - at));

			g_strv_builder_add(pieces, piece);
		}
		at += length;
	}
	if (to > from && to <= at)
		return g_strv_builder_end(pieces);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "its text has %" G_GUINT64_FORMAT " characters: expected --span FROM-TO within them", at);
	return NULL;
}

static gboolean
apply_one(struct mailstore *store, const struct redact_plan *plan, const struct redact_request *request, GError **error)
{
	struct redaction redaction = {.content = plan->content,
	    .at = request->now,
	    .who = request->who,
	    .note = request->note,
	    .value = plan->value,
	    .raw = plan->raw,
	    .needles = plan->needles};
	gint64 seq;

	return mailstore_redact(store, &redaction, &seq, error) && redaction_save(mailstore_folder(store), seq, plan->needles, error);
}

gboolean
redact_apply(struct mailstore *store, const GPtrArray *plans, const struct redact_request *request, struct redact_done *done, GError **error)
{
	struct redact_done counts = {0};

	/* Block by block before the one transaction, which keeps deliveries waiting. */
	for (guint i = 0; i < plans->len; i++)
		if (!mailstore_loosen_now(store, ((const struct redact_plan *)plans->pdata[i])->content, error))
			return FALSE;
	if (!mailstore_begin(store, error))
		return FALSE;
	for (guint i = 0; i < plans->len; i++) {
		const struct redact_plan *plan = plans->pdata[i];

		if (!apply_one(store, plan, request, error)) {
			g_prefix_error(error, "nothing is changed, because of %s: ", plan->public_id);
			mailstore_rollback(store);
			return FALSE;
		}
	}
	if (!redact_issues(store, plans, request, &counts.changed, &counts.gone, error)) {
		g_prefix_error(error, "nothing is changed, because of a digest that was sent: ");
		mailstore_rollback(store);
		return FALSE;
	}
	if (done != NULL)
		*done = counts;
	return mailstore_commit(store, error);
}
