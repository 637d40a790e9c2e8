#include "report/print-json.h"

#include <string.h>

#include "report/decided.h"
#include "report/model.h"

#define DIGEST_VERSION 1 /* raised when a name changes its meaning or goes; new names may come */

static void
put_time(struct json *object, const char *key, gint64 t)
{
	g_autofree char *text = clock_iso(t);

	json_put_text(object, key, text);
}

/* The ids ROW is filed under, those of a TIER or (NULL) all. */
static void
put_ids(struct json *object, const char *key, const struct message_row *row, const char *type, const char *tier)
{
	struct json *ids = json_new_array();

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_str_equal(filing->type, type) && (tier == NULL || g_str_equal(filing->tier, tier)))
			json_add_text(ids, filing->id);
	}
	json_put(object, key, ids);
}

static struct json *
evidence_to_json(const struct row_evidence *evidence)
{
	struct json *object = json_new_object();

	json_put_text(object, "for", evidence->id);
	json_put_text(object, "tier", evidence->tier);
	json_put_text(object, "words", evidence->words);
	json_put_text(object, "rule", evidence->rule);
	json_put_text(object, "file", evidence->file);
	json_put_number(object, "line", evidence->line);
	if (evidence->boilerplate)
		json_put_boolean(object, "boilerplate", TRUE);
	return object;
}

static void
put_evidence(struct json *object, const GPtrArray *evidence)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < evidence->len; i++)
		json_add(list, evidence_to_json(g_ptr_array_index(evidence, i)));
	json_put(object, "evidence", list);
}

/* One a line, as the index has them. */
static void
put_remarks(struct json *object, const char *text)
{
	g_auto(GStrv) remarks = g_strsplit(text != NULL ? text : "", "\n", -1);
	struct json *list = json_new_array();

	for (char **remark = remarks; *remark != NULL; remark++)
		json_add_text(list, *remark);
	json_put(object, "remarks", list);
}

struct json *
message_to_json(const struct message_row *row)
{
	struct json *object = json_new_object();
	struct json *from = json_new_object();

	json_put_text(object, "id", row->public_id);
	put_time(object, "date", row->date_effective);
	put_time(object, "received", row->received);
	json_put_text(from, "name", row->author_name);
	json_put_text(from, "address", row->author_address);
	json_put(object, "from", from);
	json_put_text(object, "subject", row->subject);
	json_put_text(object, "gist", row->gist);
	json_put_text(object, "kind", row->kind);
	json_put_text(object, "reason", row->kind_reason);
	put_ids(object, "workstreams", row, "workstream", NULL);
	put_ids(object, "topics", row, "topic", NULL);
	put_ids(object, "suggested", row, "topic", "suggested");
	put_ids(object, "intents", row, "intent", NULL);
	put_ids(object, "groups", row, "group", NULL);
	put_ids(object, "regions", row, "region", NULL);
	json_put_text(object, "lang", row->lang);
	json_put_text(object, "held", row->held);
	json_put_text(object, "unread", row->unread);
	json_put_text(object, "redacted", row->redacted);
	json_put_boolean(object, "redaction_pending", row->redaction_pending);
	if (row->answered != 0)
		put_time(object, "answered", row->answered);
	else
		json_put_text(object, "answered", NULL);
	json_put_number(object, "attachments", row->attachments);
	json_put_text(object, "copy_of", row->copy_of);
	json_put_text(object, "campaign", row->campaign_id);
	json_put_text(object, "supersedes", row->supersedes);
	json_put_text(object, "superseded_by", row->superseded_by);
	put_remarks(object, row->remarks);
	if (row->evidence != NULL)
		put_evidence(object, row->evidence);
	return object;
}

static void
put_rows(struct json *object, const char *key, const GPtrArray *rows)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < rows->len; i++)
		json_add(list, message_to_json(g_ptr_array_index(rows, i)));
	json_put(object, key, list);
}

static void
put_public_ids(struct json *object, const char *key, const GPtrArray *rows)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < rows->len; i++)
		json_add_text(list, ((const struct message_row *)g_ptr_array_index(rows, i))->public_id);
	json_put(object, key, list);
}

static void
put_ledger(struct json *object, const struct ledger *ledger)
{
	struct json *out = json_new_object();

	json_put_number(out, "received", ledger->truth + ledger->spooled);
	json_put_number(out, "truth", ledger->truth);
	json_put_number(out, "spooled", ledger->spooled);
	json_put_number(out, "rows", ledger->rows);
	for (int i = 0; i < N_KINDS; i++)
		json_put_number(out, kind_name(i), ledger->kinds[i]);
	json_put_number(out, "held", ledger->held);
	json_put_number(out, "duplicate", ledger->duplicate);
	json_put_number(out, "variant", ledger->variant);
	json_put_number(out, "unread", ledger->unread);
	json_put_number(out, "redacted", ledger->redacted);
	json_put_number(out, "behind", ledger->behind);
	json_put_number(out, "difference", ledger->difference);
	json_put(object, "ledger", out);
}

static struct json *
place_to_json(const struct digest_place *place)
{
	struct json *object = json_new_object();
	struct json *history = json_new_array();
	struct json *messages = json_new_array();

	json_put_text(object, "id", *place->id != '\0' && !place->none ? place->id : NULL);
	json_put_text(object, "title", place->none ? NULL : place->title);
	json_put_number(object, "count", place->count);
	json_put_number(object, "unique", place->unique);
	for (int i = 0; i < DIGEST_WINDOWS; i++)
		json_add_number(history, place->history[i]);
	json_put(object, "history", history);
	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		for (guint j = 0; item->letters != NULL && j < item->letters->len; j++)
			json_add_text(messages, ((const struct message_row *)g_ptr_array_index(item->letters, j))->public_id);
		if (item->letters == NULL)
			json_add_text(messages, item->row->public_id);
	}
	json_put(object, "messages", messages);
	return object;
}

static void
put_places(struct json *object, const struct digest *digest)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < digest->places->len; i++)
		json_add(list, place_to_json(g_ptr_array_index(digest->places, i)));
	json_put(object, g_str_equal(digest->by, "topic") ? "topics" : g_str_equal(digest->by, "group") ? "groups" : "workstreams", list);
	if (digest->workstream == NULL || digest->unfiled->count > 0)
		json_put(object, "unfiled", place_to_json(digest->unfiled));
}

/* In the order of their first letter. */
static void
put_campaigns(struct json *object, const struct digest *digest)
{
	g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
	struct json *list = json_new_array();

	for (guint i = 0; i < digest->rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->rows, i);
		const struct alike_counts *alike = g_hash_table_lookup(digest->campaigns, &row->campaign);
		struct json *campaign, *messages;

		if (alike == NULL || !g_hash_table_add(done, row->campaign_id))
			continue;
		campaign = json_new_object();
		messages = json_new_array();
		json_put_text(campaign, "id", row->campaign_id);
		json_put_number(campaign, "letters", alike->letters);
		json_put_number(campaign, "authors", alike->authors);
		put_time(campaign, "first", alike->first);
		for (guint j = i; j < digest->rows->len; j++) {
			const struct message_row *letter = g_ptr_array_index(digest->rows, j);

			if (letter->campaign == row->campaign)
				json_add_text(messages, letter->public_id);
		}
		json_put(campaign, "messages", messages);
		json_add(list, campaign);
	}
	json_put(object, "campaigns", list);
}

static void
put_items(struct json *object, const char *key, const GPtrArray *items)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < items->len; i++) {
		const struct list_item *item = g_ptr_array_index(items, i);
		struct json *out = json_new_object();

		json_put_text(out, "id", item->public_id);
		put_time(out, "received", item->received);
		if (item->name != NULL)
			json_put_text(out, "name", item->name);
		json_put_text(out, "reason", item->reason);
		json_add(list, out);
	}
	json_put(object, key, list);
}

static void
put_routed(struct json *object, const struct digest *digest)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < digest->routed->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->routed, i);

		for (guint j = 0; j < row->filings->len; j++) {
			const struct row_filing *filing = g_ptr_array_index(row->filings, j);
			const struct target *target = g_str_equal(filing->type, "intent") ? targets_find(digest->targets, "intent", filing->id) : NULL;
			struct json *out;

			if (target == NULL || target->route == NULL)
				continue;
			out = json_new_object();
			json_put_text(out, "id", row->public_id);
			json_put_text(out, "intent", filing->id);
			json_put_text(out, "route", target->route);
			json_add(list, out);
		}
	}
	json_put(object, "routed", list);
}

static void
put_corrections(struct json *object, const GPtrArray *corrections)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < corrections->len; i++) {
		const struct digest_correction *item = g_ptr_array_index(corrections, i);
		struct json *out = json_new_object();

		json_put_text(out, "id", item->row->public_id);
		json_put_text(out, "may_supersede", item->correction->id);
		json_put_text(out, "reason", item->correction->reason);
		json_add(list, out);
	}
	json_put(object, "corrections", list);
}

static void
put_others(struct json *object, const GPtrArray *rows)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		struct json *out = json_new_object();

		json_put_text(out, "id", row->public_id);
		json_put_text(out, "kind", row->kind);
		json_put_text(out, "copy", row->copy_kind);
		json_add(list, out);
	}
	json_put(object, "others", list);
}

static void
put_window(struct json *object, const struct digest *digest)
{
	struct json *window = json_new_object();

	put_time(window, "from", digest->window.from);
	put_time(window, "to", digest->window.to);
	json_put(object, "window", window);
}

/* What was asked for, each with its sort; null for everything. */
static void
put_wanted(struct json *object, const char *wanted)
{
	g_auto(GStrv) lines = g_strsplit(wanted != NULL ? wanted : "", "\n", -1);
	struct json *list = json_new_array();

	if (wanted == NULL) {
		json_free(list);
		json_put_text(object, "only", NULL);
		return;
	}
	for (char **line = lines; *line != NULL; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", 2);
		struct json *out;

		if (words[0] == NULL || words[1] == NULL)
			continue;
		out = json_new_object();
		json_put_text(out, "type", words[0]);
		json_put_text(out, "id", words[1]);
		json_add(list, out);
	}
	json_put(object, "only", list);
}

/* The members of OBJECT behind those that OUT has. Takes over OBJECT. */
static void
append_members(GString *out, struct json *object)
{
	g_autofree char *text = json_print(object, TRUE); /* "{\n  members\n}\n" */

	if (out->len > strlen("{\n"))
		g_string_append(out, ",\n");
	g_string_append_len(out, text + strlen("{\n"), (gssize)(strlen(text) - strlen("{\n") - strlen("\n}\n")));
	json_free(object);
}

/* A list of ROWS as one more member, each made into text by itself: as JSON in memory a message takes ten times as much. */
static void
append_rows(GString *out, const char *key, const GPtrArray *rows)
{
	g_string_append_printf(out, ",\n  \"%s\": [", key);
	for (guint i = 0; i < rows->len; i++) {
		g_autoptr(Json) row = message_to_json(g_ptr_array_index(rows, i));
		g_autofree char *text = json_print(row, TRUE);
		g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1); /* a line end within a text is written as \\n */
		g_autofree char *indented = g_strjoinv("\n    ", lines);

		g_string_append_printf(out, "%s\n    %s", i > 0 ? "," : "", indented);
	}
	g_string_append(out, rows->len > 0 ? "\n  ]" : "]");
}

char *
digest_print_json(const struct digest *digest)
{
	GString *out = g_string_new("{\n");
	struct json *object = json_new_object();

	json_put_number(object, "version", DIGEST_VERSION);
	json_put_text(object, "title", digest->title);
	json_put_text(object, "label", digest->label);
	json_put_text(object, "timezone", digest->zone_name);
	put_window(object, digest);
	json_put_text(object, "workstream", digest->workstream);
	put_wanted(object, digest->wanted);
	json_put_text(object, "by", digest->by);
	json_put_boolean(object, "empty", digest_is_empty(digest));
	json_put_text(object, "rules", *digest->rules != '\0' ? digest->rules : NULL);
	json_put_text(object, "rules_trouble", digest->rules_trouble);
	json_put_number(object, "redactions_pending", digest->redactions_pending);
	put_ledger(object, &digest->ledger);
	put_places(object, digest);
	put_campaigns(object, digest);
	append_members(out, object);
	append_rows(out, "messages", digest->rows);
	object = json_new_object();
	json_put_number(object, "awaiting_total", digest->n_awaiting);
	put_rows(object, "awaiting", digest->awaiting);
	json_put_number(object, "held_before", digest->held_before);
	put_items(object, "held", digest->held);
	put_public_ids(object, "suggested", digest->suggested);
	put_routed(object, digest);
	put_corrections(object, digest->corrections);
	put_items(object, "unread", digest->unread);
	put_items(object, "attachments", digest->attachments);
	put_others(object, digest->others);
	put_rows(object, "changed", digest->changed);
	put_public_ids(object, "late", digest->late);
	json_put(object, "decisions", decisions_to_json(digest->decisions));
	append_members(out, object);
	g_string_append(out, "\n}\n");
	return g_string_free(out, FALSE);
}
