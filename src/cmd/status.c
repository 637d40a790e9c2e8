#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/boilerplate.h"
#include "archive/pack.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "cmd/app.h"
#include "cmd/status-mail.h"
#include "find/limited.h"
#include "find/totals.h"
#include "intake/convert.h"
#include "intake/failed.h"
#include "intake/keep.h"
#include "intake/retention.h"
#include "intake/spool.h"
#include "rules/ruleset.h"

#define DUE_COUNTED 10000
#define BEHIND_TOO_LONG 900 /* seconds: three sweeps missed */

struct state {
	const char *folder;
	struct totals counts;
	gint64 entries, behind, oldest_behind; /* 0: it is not known since when */
	guint spooled, failed;                 /* waiting for sweep */
	gint64 oldest_spooled, oldest_failed;
	char *rules;         /* in force */
	char *rules_trouble; /* what is wrong with the configured rule files, or NULL */
	GPtrArray *limited;  /* of struct limited_rule */
	struct sandbox_walls walls;
	GPtrArray *attachments; /* of struct totals_reason */
	gint64 boilerplate;     /* paragraphs learned */
	struct pack_state pack; /* mail.db */
	gint64 index_size;      /* bytes of index.db */
	guint due;              /* for retention to remove, counted up to DUE_COUNTED */
	gint64 documents, pdfs; /* waiting for a converter; those of them that need pdftotext */
	char *pdf_program;      /* or NULL */
	GPtrArray *digests;     /* cmd/status-mail.h */
};

static void
state_clear(struct state *state)
{
	g_free(state->rules);
	g_free(state->rules_trouble);
	g_free(state->pdf_program);
	g_clear_pointer(&state->attachments, g_ptr_array_unref);
	g_clear_pointer(&state->limited, g_ptr_array_unref);
	g_clear_pointer(&state->digests, g_ptr_array_unref);
}

static gint64
file_size(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat about;

	return stat(path, &about) == 0 ? about.st_size : 0;
}

static gboolean
look(struct app *app, struct archive *archive, struct state *state, GError **error)
{
	struct index_position position;
	g_autoptr(GPtrArray) spools = app_spools(app, state->folder);

	if (!index_position(archive->index, &position, error) || !mailstore_last(archive->store, &state->entries, error) ||
	    !totals_load(archive->index, &state->counts, error) || (state->limited = limited_load(archive->index, error)) == NULL ||
	    !pack_look(archive->store, &state->pack, error) || !boilerplate_count(archive->index, &state->boilerplate, error) ||
	    (state->digests = status_mail_load(app, archive->index, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < spools->len; i++)
		if (!spool_look(g_ptr_array_index(spools, i), &state->spooled, &state->oldest_spooled, error))
			return FALSE;
	state->attachments = totals_attachments(archive->index, &state->documents, &state->pdfs, error);
	if (state->attachments == NULL)
		return FALSE;
	state->pdf_program = convert_pdf_program();
	if (!retention_count(archive->store, archive->index, app->conf, app->now, app->zone, DUE_COUNTED, &state->due, NULL, error))
		return FALSE;
	for (guint i = 0; i < app->conf->failed->len; i++)
		if (!failed_look(g_ptr_array_index(app->conf->failed, i), &state->failed, &state->oldest_failed, error))
			return FALSE;
	state->index_size = file_size(state->folder, "index.db");
	state->behind = state->entries - position.seq;
	if (!mailstore_since(archive->store, position.seq, &state->oldest_behind, error))
		return FALSE;
	state->rules = g_strdup(position.rules);
	state->rules_trouble = app_new_rules_trouble(app, archive->store);
	return TRUE;
}

static void
print_waiting(const struct app *app, const char *label, guint waiting, gint64 oldest)
{
	g_autofree char *time = text_duration(app->now - oldest);

	printf("%-10s %u waiting", label, waiting);
	if (waiting > 0)
		printf(", the oldest for %s; postbag sweep takes %s in", time, waiting == 1 ? "it" : "them");
	putchar('\n');
}

static void
append_wall(GString *text, gboolean holds, const char *name)
{
	g_string_append_printf(text, "%s%s%s", text->len > 0 ? ", " : "", holds ? "" : "without ", name);
}

static char *
describe_walls(const struct sandbox_walls *walls)
{
	GString *text = g_string_new(NULL);

	append_wall(text, walls->landlock > 0, "landlock");
	if (walls->landlock > 0)
		g_string_append_printf(text, " %d", walls->landlock);
	append_wall(text, walls->seccomp, "seccomp");
	append_wall(text, walls->no_new_privs, "no new privileges");
	append_wall(text, walls->limits, "limits");
	return g_string_free(text, FALSE);
}

/* What is in attachments that nobody could read, and what has still to be read. */
static void
print_attachments(const struct state *state)
{
	gint64 ready = state->documents - (state->pdf_program == NULL ? state->pdfs : 0), lost = state->documents - ready;

	printf("documents  %" G_GINT64_FORMAT " to read%s\n", ready, ready > 0 ? "; postbag sweep reads them" : "");
	if (lost > 0)
		printf("documents  %" G_GINT64_FORMAT " to be read by pdftotext, which is not installed here (package poppler-utils)\n", lost);
	for (guint i = 0; i < state->attachments->len; i++) {
		const struct totals_reason *reason = state->attachments->pdata[i];
		g_autofree char *why = text_escape(reason->reason, FALSE);

		printf("documents  %" G_GINT64_FORMAT " not read: %s\n", reason->count, why);
	}
	printf("converters docx, odt, rtf, signed mail%s\n", state->pdf_program != NULL ? ", pdf" : "; no pdf: pdftotext is not installed");
}

static void
print_sizes(const struct state *state)
{
	const struct pack_state *pack = &state->pack;
	g_autofree char *mail = g_format_size((guint64)pack->file), *unused = g_format_size((guint64)pack->unused);
	g_autofree char *index = g_format_size((guint64)state->index_size), *raw = g_format_size((guint64)pack->raw),
	                *packed = g_format_size((guint64)pack->packed);
	g_autofree char *messages = text_count(pack->messages, "message", "messages");

	printf("size       mail.db %s (%s of it free), index.db %s\n", mail, unused, index);
	if (pack->blocks > 0)
		printf("packed     %s of %s, in %s\n", messages, raw, packed);
}

static void
print_text(const struct app *app, const struct state *state)
{
	g_autofree char *deliveries = text_count(state->counts.deliveries, "delivery", "deliveries");
	g_autofree char *unanswered = text_count(state->counts.unanswered, "question or consultation", "questions and consultations");
	g_autofree char *behind = text_count(state->behind, "entry", "entries");

	printf("archive    %s\n", state->folder);
	printf("messages   %" G_GINT64_FORMAT " in %s\n", state->counts.messages, deliveries);
	if (state->counts.unique < state->counts.input)
		printf("input      %" G_GINT64_FORMAT " (%" G_GINT64_FORMAT " unique)\n", state->counts.input, state->counts.unique);
	else
		printf("input      %" G_GINT64_FORMAT "\n", state->counts.input);
	printf("unread     %" G_GINT64_FORMAT "%s\n", state->counts.unread, state->counts.unread > 0 ? "; postbag rebuild --unread tries them again" : "");
	printf("held       %" G_GINT64_FORMAT "\n", state->counts.held);
	printf("unfiled    %" G_GINT64_FORMAT "\n", state->counts.unfiled);
	printf("awaiting   %s without an answer\n", unanswered);
	print_sizes(state);
	if (state->behind > 0)
		printf("index      %s behind; postbag sweep brings it up\n", behind);
	else
		printf("index      up to date\n");
	print_waiting(app, "spool", state->spooled, state->oldest_spooled);
	if (app->conf->failed->len > 0)
		print_waiting(app, "failures", state->failed, state->oldest_failed);
	status_mail_print(app, state->digests);
	print_attachments(state);
	printf("redacted   %" G_GINT64_FORMAT "\n", state->counts.redacted);
	if (state->counts.redactions_pending > 0)
		printf("redactions %" G_GINT64_FORMAT " pending: something of them may still be in the archive's files; postbag redact --verify says where\n",
		    state->counts.redactions_pending);
	if (app->conf->retention->len > 0)
		printf("retention  %u%s due; postbag sweep removes them\n", state->due, state->due < DUE_COUNTED ? "" : " or more");
	g_autofree char *walls = describe_walls(&state->walls);
	printf("sandbox    %s\n", walls);
	printf("rules      %.12s\n", *state->rules != '\0' ? state->rules : "none");
	if (state->boilerplate > 0) {
		g_autofree char *learned = text_count(state->boilerplate, "paragraph", "paragraphs");

		printf("boilerplate %s learned; postbag rules boilerplate lists %s\n", learned, state->boilerplate == 1 ? "it" : "them");
	}
	if (state->rules_trouble != NULL)
		printf("rules      %s; the last good rules stay in force\n", state->rules_trouble);
	for (guint i = 0; i < state->limited->len; i++) {
		const struct limited_rule *rule = g_ptr_array_index(state->limited, i);

		printf("limits     %s met a limit on %u message%s\n", rule->rule, rule->messages, rule->messages == 1 ? "" : "s");
	}
}

static void
print_json(const struct state *state)
{
	g_autoptr(Json) json = json_new_object();

	json_put_text(json, "archive", state->folder);
	json_put_number(json, "messages", state->counts.messages);
	json_put_number(json, "deliveries", state->counts.deliveries);
	json_put_number(json, "input", state->counts.input);
	json_put_number(json, "unique", state->counts.unique);
	json_put_number(json, "unread", state->counts.unread);
	json_put_number(json, "held", state->counts.held);
	json_put_number(json, "unfiled", state->counts.unfiled);
	json_put_number(json, "unanswered", state->counts.unanswered);
	json_put_number(json, "mail_bytes", state->pack.file);
	json_put_number(json, "mail_bytes_free", state->pack.unused);
	json_put_number(json, "index_bytes", state->index_size);
	json_put_number(json, "packed_messages", state->pack.messages);
	json_put_number(json, "packed_bytes_raw", state->pack.raw);
	json_put_number(json, "packed_bytes", state->pack.packed);
	json_put_number(json, "behind", state->behind);
	json_put_number(json, "spooled", state->spooled);
	json_put_number(json, "failures", state->failed);
	json_put(json, "digests", status_mail_json(state->digests));
	json_put_number(json, "redacted", state->counts.redacted);
	json_put_number(json, "redactions_pending", state->counts.redactions_pending);
	json_put_number(json, "retention_due", state->due);
	json_put_number(json, "documents_waiting", state->documents);
	struct json *reasons = json_new_object();

	for (guint i = 0; i < state->attachments->len; i++) {
		const struct totals_reason *reason = state->attachments->pdata[i];

		json_put_number(reasons, reason->reason, reason->count);
	}
	json_put(json, "attachments_unread", reasons);
	json_put_text(json, "pdftotext", state->pdf_program);
	json_put_number(json, "boilerplate", state->boilerplate);
	json_put_text(json, "rules", state->rules);
	json_put_text(json, "rules_trouble", state->rules_trouble);
	struct json *limited = json_new_array();

	for (guint i = 0; i < state->limited->len; i++) {
		const struct limited_rule *rule = g_ptr_array_index(state->limited, i);
		struct json *item = json_new_object();

		json_put_text(item, "rule", rule->rule);
		json_put_number(item, "messages", rule->messages);
		json_add(limited, item);
	}
	json_put(json, "limited", limited);
	struct json *walls = json_new_object();

	json_put_number(walls, "landlock", state->walls.landlock);
	json_put_boolean(walls, "seccomp", state->walls.seccomp);
	json_put_boolean(walls, "no_new_privs", state->walls.no_new_privs);
	json_put_boolean(walls, "limits", state->walls.limits);
	json_put(json, "sandbox", walls);
	g_autofree char *text = json_print(json, TRUE);
	fputs(text, stdout);
}

/* What waits for so long waits for a person. */
static gboolean
check_waiting(const struct app *app, const char *what, guint waiting, gint64 oldest, GError **error)
{
	if (waiting == 0 || app->now - oldest <= BEHIND_TOO_LONG)
		return TRUE;
	g_autofree char *time = text_duration(app->now - oldest);
	g_set_error(
	    error, POSTBAG_ERROR, POSTBAG_ERROR_RECONCILE, "%u in the %s, the oldest for %s; is postbag sweep run every five minutes?", waiting, what, time);
	return FALSE;
}

gboolean
cmd_status(struct app *app, int argc, char **argv, GError **error)
{
	struct state state = {0};
	g_auto(Archive) archive = {0};
	gboolean done, ok;

	if (!app_parse(app, "status", NULL, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "status: unexpected argument \"%s\"", argv[1]);
	app->level = MIN(app->level, LOG_NORMAL);
	(void)sandbox_try(&state.walls); /* before anything is open that a child should not have; none holds where it cannot be tried */
	state.folder = app_folder(app, error);
	ok = state.folder != NULL && app_open(app, DB_READ, &archive, error) && look(app, &archive, &state, error);
	if (ok && app->format == FORMAT_JSON)
		print_json(&state);
	else if (ok)
		print_text(app, &state);
	if (ok && state.behind > 0 && state.oldest_behind != 0 && app->now - state.oldest_behind > BEHIND_TOO_LONG) {
		g_autofree char *time = text_duration(app->now - state.oldest_behind);

		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_RECONCILE, "the index has been behind for %s; is postbag sweep run every five minutes?", time);
		ok = FALSE;
	}
	ok = ok && check_waiting(app, "spool", state.spooled, state.oldest_spooled, error) &&
	     check_waiting(app, "folder of failures", state.failed, state.oldest_failed, error) && status_mail_judge(app, state.digests, error);
	state_clear(&state);
	return ok;
}
