#include "pages/private.h"

#include "base/clock.h"
#include "report/print-json.h"

#include <string.h>

void
json_text(struct page *page, struct json *object, const char *key, const char *text)
{
	g_autofree char *plain = markup_plain(page->site, text);

	json_put_text(object, key, plain);
}

void
json_time(struct json *object, const char *key, gint64 t)
{
	g_autofree char *iso = t != 0 ? clock_iso(t) : NULL;

	json_put_text(object, key, iso);
}

static void
put_ids(struct json *object, const char *key, const struct message_row *row, const char *type, gboolean suggested)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (strcmp(filing->type, type) == 0 && (!suggested || strcmp(filing->tier, "suggested") == 0))
			json_add_text(list, filing->id);
	}
	json_put(object, key, list);
}

/* Of the evidence what was found and for what; how the rule reads is for staff. */
static void
put_evidence(struct page *page, struct json *object, const struct message_row *row)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < row->evidence->len; i++) {
		const struct row_evidence *evidence = g_ptr_array_index(row->evidence, i);
		struct json *piece;

		if (evidence->boilerplate || (strcmp(evidence->tier, "firm") != 0 && strcmp(evidence->tier, "suggested") != 0))
			continue;
		piece = json_new_object();
		json_put_text(piece, "for", evidence->id);
		json_put_text(piece, "tier", evidence->tier);
		json_text(page, piece, "words", evidence->words);
		json_add(list, piece);
	}
	json_put(object, "evidence", list);
}

/* The names are those of `postbag query --format json`; the public gets fewer of them. */
struct json *
json_message(struct page *page, const struct message_row *row)
{
	struct json *object, *from;

	if (page->site->view == PAGE_STAFF)
		return message_to_json(row);
	object = json_new_object();
	json_put_text(object, "id", row->public_id);
	json_time(object, "received", row->received);
	if (g_strcmp0(row->redacted, "whole") == 0) {
		json_put_text(object, "redacted", "whole");
		return object;
	}
	json_time(object, "date", row->date_effective);
	from = json_new_object();
	json_text(page, from, "name", row->author_name);
	json_text(page, from, "address", row->author_address);
	json_put(object, "from", from);
	json_text(page, object, "subject", row->subject);
	json_text(page, object, "gist", row->gist);
	json_put_text(object, "kind", row->kind);
	put_ids(object, "workstreams", row, "workstream", FALSE);
	put_ids(object, "topics", row, "topic", FALSE);
	put_ids(object, "suggested", row, "topic", TRUE);
	put_ids(object, "intents", row, "intent", FALSE);
	put_ids(object, "groups", row, "group", FALSE);
	put_ids(object, "regions", row, "region", FALSE);
	json_text(page, object, "lang", row->lang);
	json_time(object, "answered", row->answered);
	json_put_number(object, "attachments", row->attachments);
	json_put_text(object, "redacted", row->redacted);
	if (row->evidence != NULL)
		put_evidence(page, object, row);
	return object;
}

void
json_rows(struct page *page, const char *key, const GPtrArray *rows)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < rows->len; i++)
		json_add(list, json_message(page, g_ptr_array_index(rows, i)));
	json_put(page->json, key, list);
}
