#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "cmd/app.h"
#include "find/details.h"
#include "find/query.h"
#include "intake/reader.h"
#include "report/decided.h"
#include "report/json-record.h"
#include "report/print-campaign.h"
#include "report/print-json.h"
#include "report/print-message.h"

#define DEFAULT_LIMIT 50 /* differing sentences of a campaign */

static gboolean
write_part(struct app *app, struct reader *reader, const char *id, const char *number, GError **error)
{
	const char *folder = app_folder(app, error);
	g_autoptr(Mailstore) store = folder != NULL ? mailstore_open(folder, DB_READ, APP_WAIT_MS, error) : NULL;
	g_autofree char *public_id = NULL, *type = NULL;
	g_autoptr(GBytes) raw = NULL;
	gint64 content;
	gsize size;

	if (store == NULL || !mailstore_resolve(store, id, &content, &public_id, error))
		return FALSE;
	raw = mailstore_read(store, content, LIMIT_READ_BYTES, error);
	if (raw == NULL)
		return FALSE;
	g_autoptr(GBytes) part = reader_part(reader, raw, number, &type, error);
	if (part == NULL)
		return FALSE;
	const char *data = g_bytes_get_data(part, &size);
	if (fwrite(data, 1, size, stdout) != size) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot write the part");
		return FALSE;
	}
	return TRUE;
}

static gboolean
write_raw(struct app *app, const char *id, GError **error)
{
	const char *folder = app_folder(app, error);
	g_autoptr(Mailstore) store = folder != NULL ? mailstore_open(folder, DB_READ, APP_WAIT_MS, error) : NULL;
	g_autofree char *public_id = NULL;
	gint64 content;

	fflush(stdout);
	return store != NULL && mailstore_resolve(store, id, &content, &public_id, error) && mailstore_write_raw(store, content, STDOUT_FILENO, error);
}

/* Where in the passages, counted from 0, and why. */
static struct json *
boilerplate_to_json(const GPtrArray *boilerplate)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < boilerplate->len; i++) {
		const struct boilerplate *span = g_ptr_array_index(boilerplate, i);
		struct json *object = json_new_object();

		json_put_number(object, "passage", span->passage);
		json_put_number(object, "offset", span->offset);
		json_put_number(object, "length", span->length);
		json_put_text(object, "of", span->kind);
		json_put_text(object, "name", span->name);
		json_put_number(object, "letters", span->letters);
		json_add(list, object);
	}
	return list;
}

static void
put_kin(struct json *json, const struct details *details)
{
	json_put_number(json, "campaign_letters", details->alike.letters);
	json_put_number(json, "campaign_authors", details->alike.authors);
	json_put_text(json, "may_supersede", details->correction != NULL ? details->correction->id : NULL);
}

/* The campaign of the letter ID: what its letters have in common, and where they differ. */
static gboolean
show_campaign(struct app *app, const char *id, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(MessageRow) row = NULL, first = NULL;
	guint different = app->limit >= 0 ? (guint)app->limit : DEFAULT_LIMIT;
	g_autofree char *text = NULL;

	if (app->format == FORMAT_CSV)
		return app_usage(error, "show: a campaign is no table; --format json has all of it");
	if (!app_open(app, DB_READ, &archive, error) || (row = message_find(archive.index, id, FALSE, error)) == NULL ||
	    (first = message_row_load(archive.index, row->campaign, FALSE, error)) == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON ? campaign_print_json(archive.index, first, different, error)
	                                  : campaign_print_text(archive.index, first, app->zone, different, error);
	if (text == NULL)
		return FALSE;
	fputs(text, stdout);
	return TRUE;
}

static gboolean
show(struct app *app, const char *id, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(MessageRow) row = NULL;
	g_auto(Details) details = {0};
	g_autoptr(GPtrArray) passages = NULL, boilerplate = NULL;
	g_autofree char *text = NULL;

	if (!app_open(app, DB_READ, &archive, error) || (row = message_find(archive.index, id, TRUE, error)) == NULL ||
	    !details_load(archive.index, row->message, &details, error) || (boilerplate = boilerplate_of(archive.index, row->message, error)) == NULL)
		return FALSE;
	if (row->unread == NULL && (passages = index_passages(archive.index, row->message, error)) == NULL)
		return FALSE;
	if (app->format == FORMAT_JSON) {
		g_autoptr(Json) json = message_to_json(row);

		json_put(json, "decisions", decisions_to_json(details.decisions));
		put_kin(json, &details);
		json_put(json, "passages", passages_to_json(passages));
		json_put(json, "boilerplate", boilerplate_to_json(boilerplate));
		text = json_print(json, TRUE);
	} else
		text = message_print(row, &details, passages, boilerplate, app->zone, app->color);
	fputs(text, stdout);
	return TRUE;
}

gboolean
cmd_show(struct app *app, int argc, char **argv, GError **error)
{
	gboolean raw = FALSE, campaign = FALSE, done;
	g_autofree char *part = NULL;
	const GOptionEntry entries[] = {
	    {"raw", 0, 0, G_OPTION_ARG_NONE, &raw, "the bytes as they came", NULL},
	    {"campaign", 0, 0, G_OPTION_ARG_NONE, &campaign, "the letters alike: what they have in common, and where they differ", NULL},
	    {"part", 0, 0, G_OPTION_ARG_STRING, &part, "one part, decoded: its number as shown", "N"},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(Reader) reader = NULL;

	if (!app_parse(app, "show", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc != 2)
		return app_usage(error, "show: expected one message id");
	if (campaign)
		return show_campaign(app, argv[1], error);
	if (part != NULL) {
		reader = reader_new(READER_ONE, NULL, error);
		return reader != NULL && write_part(app, reader, argv[1], part, error);
	}
	return raw ? write_raw(app, argv[1], error) : show(app, argv[1], error);
}

gboolean
cmd_explain(struct app *app, int argc, char **argv, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(MessageRow) row = NULL;
	g_auto(Details) details = {0};
	g_autoptr(GPtrArray) passages = NULL, boilerplate = NULL;
	g_autofree char *text = NULL;
	gboolean done;

	if (!app_parse(app, "explain", NULL, &argc, &argv, &done, error) || done)
		return done;
	if (argc != 2)
		return app_usage(error, "explain: expected one message id");
	if (!app_open(app, DB_READ, &archive, error) || (row = message_find(archive.index, argv[1], TRUE, error)) == NULL ||
	    !details_load(archive.index, row->message, &details, error) || (boilerplate = boilerplate_of(archive.index, row->message, error)) == NULL)
		return FALSE;
	if (row->unread == NULL && (passages = index_passages(archive.index, row->message, error)) == NULL)
		return FALSE;
	if (app->format == FORMAT_JSON) {
		g_autoptr(Json) json = message_to_json(row);

		json_put(json, "decisions", decisions_to_json(details.decisions));
		put_kin(json, &details);
		text = json_print(json, TRUE);
	} else
		text = message_explain(row, &details, passages, boilerplate, app->zone, app->color);
	fputs(text, stdout);
	return TRUE;
}
