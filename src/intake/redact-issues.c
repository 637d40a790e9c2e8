#include "intake/redact-issues.h"

#include <string.h>

#include "archive/issues.h"
#include "archive/redaction.h"
#include "base/error.h"
#include "mail/redact.h"

#define NOTICE "This part was removed from the digest."
#define ID_TOLD 8 /* letters of an id that a digest has at least */

/* What an issue is known by that tells of a message. */
struct signs {
	GPtrArray *texts;            /* of struct needles: words, or lines of the letters */
	struct needles *ids, *names; /* one of the first and one of the second */
};

static void
signs_clear(struct signs *signs)
{
	g_ptr_array_unref(signs->texts);
	needles_free(signs->ids);
	needles_free(signs->names);
}

static void
add_text(struct signs *signs, const struct needles *needles)
{
	struct needles *own;

	for (guint i = 0; i < signs->texts->len; i++)
		if (needles_merge(signs->texts->pdata[i], needles))
			return;
	own = needles_new_like(needles);
	(void)needles_merge(own, needles);
	g_ptr_array_add(signs->texts, own);
}

static void
add_words(struct signs *signs, GStrv words)
{
	g_autoptr(Needles) needles = needles_new();

	for (guint i = 0; words != NULL && words[i] != NULL; i++)
		needles_add(needles, words[i]);
	if (needles_count(needles) > 0)
		g_ptr_array_add(signs->texts, g_steal_pointer(&needles));
}

static void
make_signs(struct signs *signs, const GPtrArray *plans)
{
	*signs = (struct signs){g_ptr_array_new_with_free_func((GDestroyNotify)needles_free), needles_new(), needles_new()};
	for (guint i = 0; i < plans->len; i++) {
		const struct redact_plan *plan = plans->pdata[i];
		g_autofree char *id = g_strndup(plan->public_id, ID_TOLD);

		add_text(signs, plan->needles);
		if (plan->told == NULL)
			continue;
		needles_add(signs->ids, id);
		add_words(signs, plan->alone);
		for (guint n = 0; plan->told[n] != NULL; n++)
			needles_add(signs->names, plan->told[n]);
	}
}

static gboolean
tells(const struct signs *signs, GBytes *message)
{
	gsize length;
	const guint8 *data = g_bytes_get_data(message, &length);

	for (guint i = 0; i < signs->texts->len; i++)
		if (needles_in_bytes(signs->texts->pdata[i], data, length))
			return TRUE;
	return needles_count(signs->ids) > 0 && needles_count(signs->names) > 0 && needles_in_bytes(signs->ids, data, length) &&
	       needles_in_bytes(signs->names, data, length);
}

/* What is left of MESSAGE without the words; NULL where they are not known, or do not come out. */
static GBytes *
without_words(GBytes *message, const struct redact_request *request)
{
	struct redact_wish wish = {.needles = (struct needles *)request->needles, .address = g_strcmp0(request->method, "address") == 0, .notice = NOTICE};
	g_autofree char *text = NULL, *report = NULL;
	g_autoptr(GBytes) out = NULL;

	if (request->needles == NULL || request->reader == NULL)
		return NULL;
	text = redact_wish_to_text(&wish);
	out = reader_redact(request->reader, message, text, &report, NULL);
	return out != NULL && strcmp(report, REDACT_EVERYTHING) != 0 && redact_is_clean(request->reader, out, request->needles) ? g_steal_pointer(&out) : NULL;
}

static gboolean
redact_issue(struct mailstore *store, gint64 seq, const struct signs *signs, const struct redact_request *request, guint *changed, guint *gone, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) message = issues_message(store, seq, &reason), left = NULL;

	/* One that cannot be unpacked cannot be searched either. */
	if (message == NULL && g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT))
		return TRUE;
	if (message != NULL && !tells(signs, message))
		return TRUE;
	left = message != NULL ? without_words(message, request) : NULL;
	*(left != NULL ? changed : gone) += 1;
	return mailstore_replace_issue(store, seq, left, error);
}

gboolean
redact_issues(struct mailstore *store, const GPtrArray *plans, const struct redact_request *request, guint *changed, guint *gone, GError **error)
{
	g_autoptr(GArray) issues = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GArray) contents = g_array_new(FALSE, FALSE, sizeof(gint64));
	struct signs signs;
	gboolean ok = TRUE;

	*changed = *gone = 0;
	for (guint i = 0; i < plans->len; i++)
		g_array_append_val(contents, ((const struct redact_plan *)plans->pdata[i])->content);
	ok = mailstore_issues_with(store, contents, issues, error);
	if (!ok || issues->len == 0)
		return ok;
	make_signs(&signs, plans);
	for (guint i = 0; ok && i < issues->len; i++)
		ok = redact_issue(store, g_array_index(issues, gint64, i), &signs, request, changed, gone, error);
	signs_clear(&signs);
	return ok;
}
