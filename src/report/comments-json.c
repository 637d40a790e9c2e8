#include "report/comments-private.h"

#include <string.h>

#include "base/json.h"

#define VERSION 1 /* postbag(1) describes it */

static void
put_time(struct json *object, const char *key, gint64 t)
{
	g_autofree char *iso = t != 0 ? clock_iso(t) : NULL;

	json_put_text(object, key, iso);
}

static struct json *
ids_of(const GPtrArray *rows)
{
	struct json *ids = json_new_array();

	for (guint i = 0; i < rows->len; i++)
		json_add_text(ids, ((const struct message_row *)g_ptr_array_index(rows, i))->public_id);
	return ids;
}

static struct json *
authors_of(const GPtrArray *rows)
{
	struct json *authors = json_new_array();

	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		struct json *author = json_new_object();

		json_put_text(author, "name", row->author_name);
		json_put_text(author, "address", row->author_address);
		json_add(authors, author);
	}
	return authors;
}

static struct json *
contributor_to_json(const struct contributor *contributor)
{
	struct json *object = json_new_object();
	const struct message_row *first = g_ptr_array_index(contributor->letters, 0);

	json_put_text(object, "type", contributor->body ? "organization" : contributor->campaign ? "campaign" : "individual");
	json_put_text(object, "name", contributor->name);
	json_put_text(object, "initials", contributor->initials);
	json_put_text(object, "affiliation", contributor->affiliation);
	json_put(object, "authors", authors_of(contributor->authors));
	json_put_text(object, "name_from", contributor->found ? "found" : contributor->entered ? "entered" : "header");
	json_put_text(object, "namesake", contributor->namesake != NULL ? contributor->namesake->initials : NULL);
	json_put_number(object, "letters", contributor->letters->len);
	json_put_number(object, "unique", contributor->unique);
	json_put_number(object, "late", contributor->late);
	put_time(object, "received", first->received);
	json_put(object, "ids", ids_of(contributor->letters));
	return object;
}

static struct json *
contributors_to_json(const struct comments *comments)
{
	struct json *array = json_new_array();
	const GPtrArray *const lists[] = {comments->bodies, comments->persons};

	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint j = 0; j < lists[i]->len; j++)
			json_add(array, contributor_to_json(g_ptr_array_index(lists[i], j)));
	return array;
}

static struct json *
position_to_json(const struct entered *position)
{
	struct json *object = json_new_object();

	json_put_text(object, "words", position->value);
	json_put_text(object, "who", position->who);
	json_put_text(object, "note", position->note);
	put_time(object, "at", position->at);
	return object;
}

static struct json *
comment_to_json(const struct comment *comment)
{
	struct json *object = json_new_object(), *sections = json_new_array();

	for (guint i = 0; i < comment->sections->len; i++)
		json_add_text(sections, g_ptr_array_index(comment->sections, i));
	json_put_text(object, "key", comment->key);
	json_put_text(object, "initials", comment->contributor->initials);
	json_put(object, "sections", sections);
	json_put_text(object, "filing", comment->suggested ? "suggested" : "firm");
	json_put_text(object, "quote", comment->quote);
	json_put_text(object, "quote_from", comment->quote == NULL ? NULL : comment->attached ? "attachment" : "letter");
	json_put_boolean(object, "quote_chosen", comment->chosen);
	if (comment->position != NULL)
		json_put(object, "position", position_to_json(comment->position));
	else
		json_put_text(object, "position", NULL);
	json_put_number(object, "letters", comment->letters->len);
	json_put_number(object, "people", comment->authors);
	json_put_number(object, "late", comment->late);
	put_time(object, "received", comment->row->received);
	json_put_text(object, "lang", comment->row->lang);
	json_put(object, "ids", ids_of(comment->letters));
	return object;
}

static struct json *
place_to_json(const struct comment_place *place)
{
	struct json *object = json_new_object(), *comments = json_new_array();
	gboolean topic = strcmp(place->type, "topic") == 0;

	for (guint i = 0; i < place->comments->len; i++)
		json_add(comments, comment_to_json(g_ptr_array_index(place->comments, i)));
	json_put_text(object, "topic", topic ? place->id : NULL);
	json_put_text(object, "title", topic ? place->title : NULL);
	json_put_number(object, "letters", place->total);
	json_put_number(object, "unique", place->unique);
	json_put(object, "comments", comments);
	return object;
}

static struct json *
workstreams_to_json(const struct comments *comments)
{
	struct json *array = json_new_array();

	for (guint i = 0; i < comments->workstreams->len; i++) {
		const struct comment_workstream *workstream = g_ptr_array_index(comments->workstreams, i);
		struct json *object = json_new_object(), *places = json_new_array();

		for (guint j = 0; j < workstream->places->len; j++)
			json_add(places, place_to_json(g_ptr_array_index(workstream->places, j)));
		json_put_text(object, "workstream", *workstream->id != '\0' ? workstream->id : NULL);
		json_put_text(object, "title", workstream->title);
		json_put_number(object, "letters", workstream->total);
		json_put_number(object, "unique", workstream->unique);
		json_put(object, "places", places);
		json_add(array, object);
	}
	return array;
}

static struct json *
sections_to_json(const struct comments *comments)
{
	struct json *array = json_new_array();

	for (guint i = 0; i < comments->sections->len; i++) {
		const struct comment_section *section = g_ptr_array_index(comments->sections, i);
		struct json *object = json_new_object(), *initials = json_new_array();

		for (guint j = 0; j < section->comments->len; j++)
			json_add_text(initials, ((const struct comment *)g_ptr_array_index(section->comments, j))->contributor->initials);
		json_put_text(object, "section", section->id);
		json_put_text(object, "title", section->title);
		json_put(object, "initials", initials);
		json_add(array, object);
	}
	return array;
}

static struct json *
counts_to_json(const struct comments *comments)
{
	struct json *object = json_new_object(), *array = json_new_array();
	struct comments_left left[COMMENTS_REASONS];
	guint n = comments_left_out(comments, left);

	for (guint i = 0; i < n; i++) {
		struct json *reason = json_new_object();

		json_put_text(reason, "reason", left[i].name);
		json_put_number(reason, "letters", left[i].count);
		json_add(array, reason);
	}
	json_put_number(object, "received", comments_received(comments));
	json_put_number(object, "letters", comments->total);
	json_put_number(object, "unique", comments->unique);
	json_put_number(object, "late", comments->late);
	json_put(object, "left_out", array);
	json_put_number(object, "difference", comments_difference(comments));
	return object;
}

char *
comments_print_json(const struct comments *comments)
{
	g_autoptr(Json) object = json_new_object();
	struct json *window = json_new_object();
	struct json *document = json_new_object();

	json_put_number(object, "version", VERSION);
	json_put_text(object, "report", "comments");
	json_put_text(object, "title", comments->title);
	json_put_text(object, "workstream", comments->workstream);
	json_put_text(object, "label", comments->label);
	put_time(window, "from", comments->window.from);
	put_time(window, "to", comments->window.to);
	json_put(object, "window", window);
	put_time(object, "close", comments->close);
	json_put_text(object, "timezone", comments->zone_name);
	json_put_text(document, "id", comments->document_id);
	json_put_text(document, "title", comments->document_title);
	json_put(object, "document", document);
	json_put(object, "counts", counts_to_json(comments));
	json_put(object, "contributors", contributors_to_json(comments));
	json_put(object, "workstreams", workstreams_to_json(comments));
	json_put(object, "sections", sections_to_json(comments));
	return json_print(object, TRUE);
}
