#include "report/json-record.h"

struct json *
passages_to_json(const GPtrArray *passages)
{
	struct json *array = json_new_array();

	for (guint i = 0; passages != NULL && i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		struct json *object = json_new_object();

		json_put_text(object, "kind", passage_kind_name(passage->kind));
		json_put_text(object, "text", passage->text);
		json_add(array, object);
	}
	return array;
}

/* The ids of RECORD's filings of that type; with SUGGESTED only those. */
static struct json *
ids(const struct record *record, enum record_target type, gboolean suggested)
{
	struct json *array = json_new_array();

	for (guint i = 0; record != NULL && i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		if (filing->type == type && (!suggested || filing->tier == TIER_SUGGESTED))
			json_add_text(array, filing->id);
	}
	return array;
}

static struct json *
evidence(const struct record *record)
{
	struct json *array = json_new_array();

	for (guint i = 0; record != NULL && i < record->evidence->len; i++) {
		const struct record_evidence *piece = g_ptr_array_index(record->evidence, i);
		struct json *object = json_new_object();

		json_put_text(object, "for", piece->id);
		json_put_text(object, "tier", tier_name(piece->tier));
		json_put_text(object, "key", piece->key);
		json_put_text(object, "words", piece->words);
		json_put_text(object, "rule", piece->rule);
		json_put_text(object, "file", piece->file);
		json_put_number(object, "line", piece->line);
		if (piece->passage >= 0) {
			const struct record_passage *passage = g_ptr_array_index(record->passages, piece->passage);

			json_put_text(object, "passage", passage_kind_name(passage->kind));
			json_put_number(object, "offset", piece->offset);
		}
		json_add(array, object);
	}
	return array;
}

static struct json *
remarks(const struct record *record)
{
	struct json *array = json_new_array();

	for (guint i = 0; record != NULL && i < record->remarks->len; i++)
		json_add_text(array, g_ptr_array_index(record->remarks, i));
	return array;
}

struct json *
record_to_json(const char *file, const char *id, const struct record *record, const char *unread)
{
	struct json *object = json_new_object();

	json_put_text(object, "file", file);
	json_put_text(object, "id", id);
	json_put_text(object, "kind", record != NULL ? kind_name(record->kind) : NULL);
	json_put_text(object, "reason", record != NULL ? record->kind_reason : NULL);
	json_put(object, "workstreams", ids(record, TARGET_WORKSTREAM, FALSE));
	json_put(object, "topics", ids(record, TARGET_TOPIC, FALSE));
	json_put(object, "suggested", ids(record, TARGET_TOPIC, TRUE));
	json_put(object, "intents", ids(record, TARGET_INTENT, FALSE));
	json_put(object, "groups", ids(record, TARGET_GROUP, FALSE));
	json_put(object, "regions", ids(record, TARGET_REGION, FALSE));
	json_put_text(object, "lang", record != NULL ? record->lang : NULL);
	json_put_text(object, "held", record != NULL && record->held ? record->held_reason : NULL);
	json_put_text(object, "unread", unread);
	json_put(object, "remarks", remarks(record));
	json_put(object, "evidence", evidence(record));
	return object;
}
