#include "cmd/redact.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive/published.h"
#include "archive/redaction.h"
#include "archive/residue.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "cmd/decide.h"
#include "intake/follow.h"
#include "intake/redact.h"
#include "intake/sweep.h"

#define PLACES_SHOWN 20 /* files of a published folder */
#define ID_SHOWN 8
#define LOCK_POLL_US 50000

struct redacting {
	struct deciding *d;
	GStrv text;
	char *span, *address, *part;
	gboolean all, variants, dry, verify;
	struct needles *needles;
	GStrv parts;
	char *method;
	GPtrArray *plans; /* of struct redact_plan */
	GArray *copies;   /* of gint64: copies that stay as they are */
	int lock;
};

static void
redacting_clear(struct redacting *r)
{
	g_clear_pointer(&r->d, deciding_free);
	g_strfreev(r->text);
	g_strfreev(r->parts);
	g_free(r->span);
	g_free(r->address);
	g_free(r->part);
	g_free(r->method);
	needles_free(r->needles);
	g_clear_pointer(&r->plans, g_ptr_array_unref);
	g_clear_pointer(&r->copies, g_array_unref);
	if (r->lock >= 0)
		close(r->lock);
}

typedef struct redacting Redacting;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Redacting, redacting_clear)

static gboolean
add_words(struct redacting *r, const char *words, GError **error)
{
	if (r->needles == NULL)
		r->needles = needles_new();
	if (strlen(words) > LIMIT_REDACT_WORDS)
		return app_usage(error, "redact: --text is longer than %d bytes; say it in several", LIMIT_REDACT_WORDS);
	return needles_add(r->needles, words) || app_usage(error, "redact: there is no letter or digit in what is to be removed");
}

/* A line each, so that the words stand neither in the shell's history nor in the list of processes. */
static gboolean
read_words(struct redacting *r, GError **error)
{
	g_autofree char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) >= 0) {
		g_strstrip(line);
		if (*line != '\0' && !add_words(r, line, error))
			return FALSE;
	}
	return r->needles != NULL || app_usage(error, "redact: nothing on standard input");
}

static gboolean
read_text(struct redacting *r, GError **error)
{
	for (guint i = 0; r->text != NULL && r->text[i] != NULL; i++)
		if (!(strcmp(r->text[i], "-") == 0 ? read_words(r, error) : add_words(r, r->text[i], error)))
			return FALSE;
	return TRUE;
}

static gboolean
check_options(struct redacting *r, GError **error)
{
	int ways = (r->text != NULL) + (r->span != NULL) + (r->address != NULL) + (r->part != NULL) + r->all;

	if (r->verify && (ways > (r->text != NULL) || r->variants || r->dry))
		return app_usage(error, "redact: --verify takes --text alone");
	if (!r->verify && ways != 1)
		return app_usage(error, "redact: expected one of --text, --span, --address, --part and --all");
	if (!read_text(r, error))
		return FALSE;
	r->method = r->text != NULL ? g_strdup("text") : r->span != NULL ? g_strdup("span") : r->address != NULL ? g_strdup("address") : NULL;
	if (r->address != NULL)
		return (strchr(r->address, '@') != NULL && add_words(r, r->address, error)) ||
		       (*error == NULL && app_usage(error, "redact: --address expects an address, as ann@example.org"));
	if (r->part != NULL) {
		if (strspn(r->part, "0123456789.") != strlen(r->part) || *r->part == '\0')
			return app_usage(error, "redact: --part expects a number as shown, as 2 or 1.2");
		r->parts = g_strsplit(r->part, " ", 1);
		r->method = g_strdup_printf("part %s", r->part);
	}
	return TRUE;
}

/* A sweep may be about to take in, or to remove, what is looked for. */
static gboolean
lock(struct redacting *r, const char *folder, GError **error)
{
	gint64 end = g_get_monotonic_time() + APP_WAIT_MS * (gint64)1000;

	while ((r->lock = sweep_lock(folder)) < 0 && errno == EWOULDBLOCK && g_get_monotonic_time() < end)
		g_usleep(LOCK_POLL_US);
	if (r->lock >= 0 || errno != EWOULDBLOCK)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "postbag sweep is at work in %s; try again when it is done", folder);
	return FALSE;
}

/* All that came is in the index, with what its attachments say: what is not known cannot be removed. */
static gboolean
catch_up(struct redacting *r, GError **error)
{
	const struct follow_limits limits = {0};
	struct follow_documents documents;
	struct archive *archive = &r->d->archive;
	g_autoptr(Follow) follow = NULL;
	gint64 left;

	if (archive->index == NULL && (archive->index = index_open(mailstore_folder(archive->store), DB_CREATE, APP_WAIT_MS, error)) == NULL)
		return FALSE;
	follow = follow_new(archive->store, archive->index, r->d->reader);
	return follow_catch_up(follow, &limits, &left, error) && follow_read_documents(follow, NULL, &documents, error);
}

static gboolean
take_in_spools(struct redacting *r, GError **error)
{
	g_autoptr(GPtrArray) spools = app_spools(r->d->app, mailstore_folder(r->d->archive.store));

	for (guint i = 0; i < spools->len; i++) {
		guint taken;

		if (!sweep_spool(r->d->archive.store, spools->pdata[i], r->d->app->now, &taken, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
read_span(struct redacting *r, gint64 content, GError **error)
{
	g_auto(GStrv) pieces = NULL;
	guint64 from = 0, to = 0;
	char *end;

	from = g_ascii_strtoull(r->span, &end, 10);
	if (end == r->span || *end != '-' || !g_ascii_isdigit(end[1]))
		return app_usage(error, "redact: --span expects FROM-TO, characters counted from 0, as 120-160");
	to = g_ascii_strtoull(end + 1, &end, 10);
	if (*end != '\0')
		return app_usage(error, "redact: --span expects FROM-TO, characters counted from 0, as 120-160");
	pieces = redact_span(r->d->archive.index, content, from, to, error);
	for (guint i = 0; pieces != NULL && pieces[i] != NULL; i++)
		if (strspn(pieces[i], " \t\n") != strlen(pieces[i]) && !add_words(r, pieces[i], error))
			return FALSE;
	return pieces != NULL && (r->needles != NULL || app_usage(error, "redact: there is nothing but space at that span"));
}

static gboolean
add_plan(struct redacting *r, const struct redact_request *request, gint64 content, const char *public_id, GError **error)
{
	struct redact_plan *plan = redact_plan_new(r->d->archive.store, r->d->archive.index, r->d->reader, content, public_id, request, error);

	if (plan == NULL) {
		g_prefix_error(error, "%.*s: ", ID_SHOWN, public_id);
		return FALSE;
	}
	g_ptr_array_add(r->plans, plan);
	return TRUE;
}

static gboolean
add_copies(struct redacting *r, const struct redact_request *request, gint64 content, GError **error)
{
	g_autoptr(GArray) copies = index_copies(r->d->archive.index, content, error);

	for (guint i = 0; copies != NULL && i < copies->len; i++) {
		gint64 copy = g_array_index(copies, gint64, i);
		g_autoptr(GError) reason = NULL;
		g_autofree char *public_id = mailstore_public_id(r->d->archive.store, copy, error);

		if (public_id == NULL)
			return FALSE;
		if (!r->variants)
			g_array_append_val(r->copies, copy);
		else if (!add_plan(r, request, copy, public_id, &reason) && !g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
	}
	return copies != NULL;
}

/* "4f2kq7m5  removes in header field Subject: 1 place" */
static void
print_plans(struct redacting *r, const char *verb)
{
	for (guint i = 0; i < r->plans->len; i++) {
		const struct redact_plan *plan = r->plans->pdata[i];

		for (guint n = 0; plan->report[n] != NULL; n++) {
			g_autofree char *line = text_escape(plan->report[n], FALSE);

			printf("%.*s  %s %s\n", ID_SHOWN, plan->public_id, verb, line);
		}
		for (guint n = 0; plan->raw != NULL && r->needles != NULL && plan->unknown[n] != NULL; n++) {
			g_autofree char *line = text_escape(plan->unknown[n], FALSE);

			printf("%.*s  nobody knows what part %s says: look, and remove it with --part\n", ID_SHOWN, plan->public_id, line);
		}
	}
	fflush(stdout);
}

static gboolean
print_ids(struct redacting *r, const char *what, const GArray *messages, GError **error)
{
	for (guint i = 0; i < messages->len; i++) {
		g_autofree char *id = mailstore_public_id(r->d->archive.store, g_array_index(messages, gint64, i), error);

		if (id == NULL)
			return FALSE;
		printf("%.*s  %s\n", ID_SHOWN, id, what);
	}
	return TRUE;
}

/* What no program can call back is at least named. */
static gboolean
print_beyond(struct redacting *r, gint64 content, GError **error)
{
	gint64 received, issues;

	if (!mailstore_received(r->d->archive.store, content, &received, error) || !mailstore_count_issues(r->d->archive.store, received, &issues, error))
		return FALSE;
	if (issues > 0) {
		g_autofree char *digests = text_count(issues, "digest that was issued since it came", "digests that were issued since it came");

		printf("out of reach: %s\n", digests);
	}
	printf("out of reach: backups made before now (make a new one and remove the old), printed or exported text, and other people's mailboxes\n");
	return TRUE;
}

/* What is kept of digests for sending them once more. */
static void
print_issues(const struct redact_done *done)
{
	g_autofree char *changed = text_count(done->changed, "digest that was sent", "digests that were sent");
	g_autofree char *gone =
	    text_count(done->gone, "digest that was sent is no longer kept and cannot be sent", "digests that were sent are no longer kept and cannot be sent");

	if (done->changed > 0)
		printf("removed as well from what is kept of %s\n", changed);
	if (done->gone > 0)
		printf("%s again: what was removed stood in it\n", gone);
}

/* What stands in published folders until the next postbag publish: of letters that were redacted what they were, or with --verify the words themselves. */
static gboolean
print_published(struct redacting *r, GError **error)
{
	g_autoptr(GPtrArray) folders = published_folders(mailstore_folder(r->d->archive.store));

	for (guint i = 0; i < folders->len; i++) {
		const char *folder = g_ptr_array_index(folders, i);
		g_autofree char *state = g_build_filename(folder, PUBLISHED_STATE, NULL);
		g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);
		g_autoptr(GError) reason = NULL;
		g_autoptr(Published) published = r->verify ? NULL : published_open(state, FALSE, &reason);
		gboolean shown = reason != NULL;

		for (guint n = 0; published != NULL && n < r->plans->len; n++) {
			g_auto(PublishedLetter) letter = {0};

			shown |=
			    !published_letter(published, ((const struct redact_plan *)r->plans->pdata[n])->content, &letter, NULL) || letter.places != NULL;
		}
		if (r->verify && r->needles != NULL && !residue_find_published(folder, r->needles, places, error))
			return FALSE;
		for (guint n = 0; n < places->len && n < PLACES_SHOWN; n++)
			printf("published: %s/%s\n", folder, (const char *)places->pdata[n]);
		if (shown || places->len > 0)
			printf("%s still shows what was removed: run postbag publish %s\n", folder, folder);
	}
	return TRUE;
}

gboolean
redact_settle(
    struct app *app, struct archive *archive, const struct needles *extra, gint64 only, gboolean *pending, struct redact_finished *out, GError **error)
{
	g_autoptr(GPtrArray) folders = app_spools(app, mailstore_folder(archive->store));

	for (guint i = 0; i < app->conf->failed->len; i++)
		g_ptr_array_add(folders, g_strdup(app->conf->failed->pdata[i]));
	g_ptr_array_add(folders, NULL);
	if (!redact_finish(archive->store, archive->index, (const char *const *)folders->pdata, extra, only, app->now, out, error))
		return FALSE;
	*pending = out->pending > 0;
	for (guint i = 0; i < out->why->len; i++)
		log_error("%s", (const char *)out->why->pdata[i]);
	return TRUE;
}

static gboolean
settle(struct redacting *r, gint64 only, GError **error)
{
	g_auto(RedactFinished) finished = {0};
	gboolean pending;

	if (!redact_settle(r->d->app, &r->d->archive, r->verify ? r->needles : NULL, only, &pending, &finished, error) || !catch_up(r, error))
		return FALSE;
	if (r->d->app->level >= LOG_NORMAL) {
		if (!print_ids(r, "has the words too: see whether they should go there as well", finished.residue.quoting, error))
			return FALSE;
		for (guint i = 0; i < finished.residue.remarks->len; i++)
			printf("%s\n", (const char *)finished.residue.remarks->pdata[i]);
		if (finished.verified > 0)
			printf("nothing of it is found in the archive any more%s\n",
			    finished.residue.quoting->len + finished.residue.remarks->len > 0 ? ", but for what is named above" : "");
		else if (!pending)
			printf("no redaction is pending\n");
		if (!print_published(r, error))
			return FALSE;
	}
	if (!pending)
		return TRUE;
	g_set_error(
	    error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "redacted, and not finished: %u pending; the next postbag sweep tries again", finished.pending);
	return FALSE;
}

/* Words that hold a message together and say nothing of anybody: without them none could be read. */
static gboolean
check_words(struct redacting *r, GError **error)
{
	static const char structure[] =
	    "From; To; Cc; Subject; Date; Sender; Reply-To; Message-ID; In-Reply-To; References; Received; Return-Path; MIME-Version; Content-Type; "
	    "Content-Transfer-Encoding; Content-Disposition; text/plain; text/html; multipart/mixed; multipart/alternative; message/rfc822; "
	    "application/octet-stream; application/pdf; image; charset=utf-8; boundary=; inline; attachment; filename=; name=; 7bit; 8bit; base64; "
	    "quoted-printable";

	if (r->needles == NULL)
		return TRUE;
	if (needles_in_text(r->needles, r->d->note) || needles_in_text(r->needles, r->d->who))
		return app_usage(error, "redact: the note or the name has the words that are to be removed, and both stay for ever");
	return !needles_in_text(r->needles, structure) ||
	       app_usage(error, "redact: every message has these words, in its header or what tells of its parts; name more with them, or use --part or --all");
}

static gboolean
redact(struct redacting *r, GError **error)
{
	struct redact_request request = {.who = r->d->who, .note = r->d->note, .now = r->d->app->now, .reader = r->d->reader};
	struct redact_done done = {0};
	struct archive *archive = &r->d->archive;
	g_autofree char *public_id = NULL;
	gint64 content;

	if (!mailstore_resolve(archive->store, r->d->ids->pdata[0], &content, &public_id, error) || (r->span != NULL && !read_span(r, content, error)))
		return FALSE;
	request.method = r->method;
	request.needles = r->needles;
	request.parts = r->parts;
	if (!check_words(r, error) || !add_plan(r, &request, content, public_id, error) || !add_copies(r, &request, content, error))
		return FALSE;
	if (r->d->app->level >= LOG_NORMAL || r->dry)
		print_plans(r, r->dry ? "would remove" : "removes");
	if (!print_ids(r, "is a copy of it and stays as it is (--variants takes it too)", r->copies, error))
		return FALSE;
	if (r->dry)
		return TRUE;
	if (!redact_apply(archive->store, r->plans, &request, &done, error) || !catch_up(r, error))
		return FALSE;
	if (r->d->app->level >= LOG_NORMAL)
		print_issues(&done);
	return (r->d->app->level < LOG_NORMAL || print_beyond(r, content, error)) && settle(r, 0, error);
}

/* Of the message that is named, or of all that are pending. */
static gboolean
verify(struct redacting *r, gboolean named, GError **error)
{
	g_autofree char *public_id = NULL;
	gint64 content = 0;

	return (!named || mailstore_resolve(r->d->archive.store, r->d->ids->pdata[0], &content, &public_id, error)) && settle(r, content, error);
}

gboolean
cmd_redact(struct app *app, int argc, char **argv, GError **error)
{
	g_auto(Redacting) r = {.d = deciding_new(app, "redact"), .lock = -1};
	const GOptionEntry entries[] = {
	    {"text", 0, 0, G_OPTION_ARG_STRING_ARRAY, &r.text, "remove these words wherever they stand in it; -: those on standard input, a line each",
	        "WORDS"},
	    {"span", 0, 0, G_OPTION_ARG_STRING, &r.span, "remove what stands there in its text, in characters from 0", "FROM-TO"},
	    {"address", 0, 0, G_OPTION_ARG_STRING, &r.address, "remove this address", "ADDRESS"},
	    {"part", 0, 0, G_OPTION_ARG_STRING, &r.part, "remove one part: its number as shown", "N"},
	    {"all", 0, 0, G_OPTION_ARG_NONE, &r.all, "remove the whole message", NULL},
	    {"variants", 0, 0, G_OPTION_ARG_NONE, &r.variants, "the same in its copies", NULL},
	    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &r.dry, "say what would go, and change nothing", NULL},
	    {"verify", 0, 0, G_OPTION_ARG_NONE, &r.verify, "look again whether anything is left of what is pending", NULL},
	    {"by", 0, 0, G_OPTION_ARG_FILENAME, &r.d->who, "who decides; else $POSTBAG_BY, else the login name", "NAME"},
	    {"note", 0, 0, G_OPTION_ARG_FILENAME, &r.d->note, "why, for those who read it later; without the words", "WHY"},
	    G_OPTION_ENTRY_NULL,
	};
	const char *folder;
	gboolean done;

	if (!app_parse(app, "redact", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc != 2 && !(r.verify && argc == 1))
		return app_usage(error, "redact: expected one message id");
	r.plans = g_ptr_array_new_with_free_func((GDestroyNotify)redact_plan_free);
	r.copies = g_array_new(FALSE, FALSE, sizeof(gint64));
	if (!check_options(&r, error) || !deciding_add_id(r.d, argc == 2 ? argv[1] : "verify", error) || !deciding_open(r.d, !r.verify && !r.dry, error) ||
	    (folder = app_folder(app, error)) == NULL || !lock(&r, folder, error) || !take_in_spools(&r, error) || !catch_up(&r, error))
		return FALSE;
	return r.verify ? verify(&r, argc == 2, error) : redact(&r, error);
}
