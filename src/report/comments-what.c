#include "report/comments-private.h"

#include <string.h>

/* What is said, on what: letters by workstream and topic. */

static void
comment_free(gpointer data)
{
	struct comment *comment = data;

	g_ptr_array_unref(comment->letters);
	g_ptr_array_unref(comment->sections);
	g_free(comment->key);
	g_free(comment->quote);
	g_free(comment);
}

static void
place_free(gpointer data)
{
	struct comment_place *place = data;

	g_ptr_array_unref(place->comments);
	g_free(place);
}

static void
workstream_free(gpointer data)
{
	struct comment_workstream *workstream = data;

	g_ptr_array_unref(workstream->places);
	g_free(workstream);
}

static void
section_free(gpointer data)
{
	struct comment_section *section = data;

	g_ptr_array_unref(section->comments);
	g_free(section);
}

/* Letters alike of one contributor are one comment. */
static char *
fold_key(const struct comment_letter *letter)
{
	return g_strdup_printf("%s %" G_GINT64_FORMAT, letter->contributor->initials, letter->row->campaign);
}

struct placing { /* a place, while it is filled */
	struct comment_place *place;
	GHashTable *comments, *texts;
};

static void
placing_free(gpointer data)
{
	struct placing *placing = data;

	g_hash_table_unref(placing->comments);
	g_hash_table_unref(placing->texts);
	g_free(placing);
}

static gboolean
place_letter(struct comment_reading *reading, struct placing *placing, const struct comment_letter *letter, const struct row_filing *filing, GError **error)
{
	g_autofree char *key = fold_key(letter);
	struct comment *comment = g_hash_table_lookup(placing->comments, key);

	placing->place->total++;
	placing->place->unique += g_hash_table_add(placing->texts, (gpointer)&letter->row->campaign);
	if (comment == NULL) {
		comment = g_new0(struct comment, 1);
		comment->contributor = letter->contributor;
		comment->row = letter->row;
		comment->letters = g_ptr_array_new();
		comment->sections = g_ptr_array_new_with_free_func(g_free);
		comment->suggested = filing != NULL && strcmp(filing->tier, "suggested") == 0;
		g_ptr_array_add(placing->place->comments, comment);
		g_hash_table_insert(placing->comments, g_steal_pointer(&key), comment);
		if (!comment_fill(reading, placing->place, comment, error))
			return FALSE;
	}
	comment->suggested = comment->suggested && filing != NULL && strcmp(filing->tier, "suggested") == 0;
	g_ptr_array_add(comment->letters, (gpointer)letter->row);
	comment->late += reading->comments->close != 0 && letter->row->received >= reading->comments->close;
	return TRUE;
}

static struct placing *
placing_at(GHashTable *placings, const char *type, const char *id, const char *title)
{
	g_autofree char *key = g_strdup_printf("%s %s", type, id);
	struct placing *placing = g_hash_table_lookup(placings, key);

	if (placing == NULL) {
		placing = g_new0(struct placing, 1);
		placing->place = g_new0(struct comment_place, 1);
		placing->place->type = type;
		placing->place->id = id;
		placing->place->title = title;
		placing->place->comments = g_ptr_array_new_with_free_func(comment_free);
		placing->comments = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
		placing->texts = g_hash_table_new(g_int64_hash, g_int64_equal);
		g_hash_table_insert(placings, g_steal_pointer(&key), placing);
	}
	return placing;
}

static struct comment_workstream *
workstream_at(struct comments *comments, const char *id)
{
	const struct target *target = targets_find(comments->targets, "workstream", id);
	struct comment_workstream *workstream;

	for (guint i = 0; i < comments->workstreams->len; i++) {
		workstream = g_ptr_array_index(comments->workstreams, i);
		if (strcmp(workstream->id, id) == 0)
			return workstream;
	}
	workstream = g_new0(struct comment_workstream, 1);
	workstream->id = target != NULL ? target->id : id;
	workstream->title = target != NULL ? target->title : NULL;
	workstream->places = g_ptr_array_new_with_free_func(place_free);
	g_ptr_array_add(comments->workstreams, workstream);
	return workstream;
}

/* The workstream of topic FILING: its parent, or the topic's own id where no rules know it any more. */
static const char *
parent_of(const struct comments *comments, const struct row_filing *filing)
{
	const struct target *target = targets_find(comments->targets, "topic", filing->id);

	return target != NULL && target->parent != NULL ? target->parent : filing->id;
}

/* Is ROW filed under a topic of the workstream ID? */
static gboolean
has_topic(const struct comments *comments, const struct message_row *row, const char *id)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (strcmp(filing->type, "topic") == 0 && strcmp(parent_of(comments, filing), id) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean
is_place(const struct comments *comments, const struct message_row *row, const struct row_filing *filing)
{
	const char *wanted = comments->workstream;

	if (strcmp(filing->type, "topic") == 0)
		return wanted == NULL || strcmp(parent_of(comments, filing), wanted) == 0;
	return strcmp(filing->type, "workstream") == 0 && (wanted == NULL || strcmp(filing->id, wanted) == 0) && !has_topic(comments, row, filing->id);
}

static gboolean
place_row(struct comments *comments, struct index *index, GHashTable *placings, const struct comment_letter *letter, GError **error)
{
	struct comment_reading reading = {.comments = comments, .index = index, .row = letter->row};
	gboolean placed = FALSE, ok = TRUE;

	for (guint i = 0; ok && i < letter->row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(letter->row->filings, i);
		const struct target *target = targets_find(comments->targets, filing->type, filing->id);
		struct placing *placing;

		if (!is_place(comments, letter->row, filing))
			continue;
		placed = TRUE;
		placing = placing_at(placings, filing->type, filing->id, target != NULL ? target->title : NULL);
		ok = place_letter(&reading, placing, letter, filing, error);
	}
	if (ok && !placed && comments->workstream == NULL)
		ok = place_letter(&reading, placing_at(placings, "", "", NULL), letter, NULL, error);
	owntext_clear(&reading.own);
	return ok;
}

static gint
by_contributor(const struct comment *left, const struct comment *right)
{
	if (left->contributor->body != right->contributor->body)
		return left->contributor->body ? -1 : 1;
	if (left->row->received != right->row->received)
		return left->row->received < right->row->received ? -1 : 1;
	return strcmp(left->row->public_id, right->row->public_id);
}

/* By section, those without one last; then bodies before people, as they came. */
static gint
by_section(gconstpointer a, gconstpointer b)
{
	const struct comment *left = *(struct comment *const *)a, *right = *(struct comment *const *)b;
	gint order = 0;

	if ((left->sections->len == 0) != (right->sections->len == 0))
		return left->sections->len == 0 ? 1 : -1;
	if (left->sections->len > 0)
		order = mentions_compare(g_ptr_array_index(left->sections, 0), g_ptr_array_index(right->sections, 0));
	return order != 0 ? order : by_contributor(left, right);
}

static gboolean
finish_place(struct comments *comments, struct index *index, struct comment_place *place, GError **error)
{
	for (guint i = 0; i < place->comments->len; i++)
		if (!comment_finish(comments, index, *place->id != '\0' ? place->id : NULL, g_ptr_array_index(place->comments, i), error))
			return FALSE;
	g_ptr_array_sort(place->comments, by_section);
	return TRUE;
}

/* Places in the order of the targets, then those that no rules know, by their ids. */
static gint
by_target(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct comments *comments = data;
	const struct comment_place *left = (*(struct placing *const *)a)->place, *right = (*(struct placing *const *)b)->place;
	const struct target *first = targets_find(comments->targets, left->type, left->id), *second = targets_find(comments->targets, right->type, right->id);

	if ((strcmp(left->type, "topic") == 0) != (strcmp(right->type, "topic") == 0)) /* what is on none of the topics comes behind them */
		return strcmp(left->type, "topic") == 0 ? -1 : 1;
	if ((first == NULL) != (second == NULL))
		return first == NULL ? 1 : -1;
	if (first != NULL && first->current != second->current)
		return first->current ? -1 : 1;
	if (first != NULL && first->position != second->position)
		return first->position < second->position ? -1 : 1;
	return (*left->id == '\0') != (*right->id == '\0') ? (*left->id == '\0' ? 1 : -1) : strcmp(left->id, right->id);
}

/* The same of workstreams. */
static gint
by_workstream(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct comments *comments = data;
	const struct comment_workstream *left = *(struct comment_workstream *const *)a, *right = *(struct comment_workstream *const *)b;
	const struct target *first = targets_find(comments->targets, "workstream", left->id),
	                    *second = targets_find(comments->targets, "workstream", right->id);

	if ((*left->id == '\0') != (*right->id == '\0'))
		return *left->id == '\0' ? 1 : -1;
	if ((first == NULL) != (second == NULL))
		return first == NULL ? 1 : -1;
	if (first == NULL || first->current != second->current)
		return first == NULL ? strcmp(left->id, right->id) : first->current ? -1 : 1;
	return first->position < second->position ? -1 : first->position > second->position;
}

/* How many letters there are under each workstream, each once however many of its topics they are on. */
static void
count_workstream(struct comment_workstream *workstream)
{
	g_autoptr(GHashTable) letters = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(GHashTable) texts = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < workstream->places->len; i++) {
		const struct comment_place *place = g_ptr_array_index(workstream->places, i);

		for (guint j = 0; j < place->comments->len; j++) {
			const struct comment *comment = g_ptr_array_index(place->comments, j);

			for (guint k = 0; k < comment->letters->len; k++) {
				struct message_row *row = g_ptr_array_index(comment->letters, k);

				g_hash_table_add(letters, &row->message);
				g_hash_table_add(texts, &row->campaign);
			}
		}
	}
	workstream->total = g_hash_table_size(letters);
	workstream->unique = g_hash_table_size(texts);
}

static void
add_to_section(GHashTable *known, GPtrArray *sections, const struct comments *comments, const char *id, struct comment *comment)
{
	struct comment_section *section = g_hash_table_lookup(known, id);

	if (section == NULL) {
		section = g_new0(struct comment_section, 1);
		section->id = id;
		section->title = comments->mentions != NULL ? mentions_title(comments->mentions, id) : NULL;
		section->comments = g_ptr_array_new();
		g_hash_table_insert(known, (gpointer)id, section);
		g_ptr_array_add(sections, section);
	}
	for (guint i = 0; i < section->comments->len; i++)
		if (((struct comment *)g_ptr_array_index(section->comments, i))->contributor == comment->contributor)
			return;
	g_ptr_array_add(section->comments, comment);
}

static gint
by_id(gconstpointer a, gconstpointer b)
{
	return mentions_compare((*(struct comment_section *const *)a)->id, (*(struct comment_section *const *)b)->id);
}

static void
gather_sections(struct comments *comments)
{
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < comments->workstreams->len; i++) {
		const struct comment_workstream *workstream = g_ptr_array_index(comments->workstreams, i);

		for (guint j = 0; j < workstream->places->len; j++) {
			const struct comment_place *place = g_ptr_array_index(workstream->places, j);

			for (guint k = 0; k < place->comments->len; k++) {
				struct comment *comment = g_ptr_array_index(place->comments, k);

				for (guint l = 0; l < comment->sections->len; l++)
					add_to_section(known, comments->sections, comments, g_ptr_array_index(comment->sections, l), comment);
			}
		}
	}
	g_ptr_array_sort(comments->sections, by_id);
}

gboolean
comments_find_places(struct comments *comments, struct index *index, GError **error)
{
	g_autoptr(GHashTable) placings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, placing_free);
	g_autoptr(GPtrArray) sorted = g_ptr_array_new();
	GHashTableIter iter;
	gpointer placing;
	gboolean ok = TRUE;

	comments->workstreams = g_ptr_array_new_with_free_func(workstream_free);
	comments->sections = g_ptr_array_new_with_free_func(section_free);
	for (guint i = 0; ok && i < comments->letters->len; i++)
		ok = place_row(comments, index, placings, g_ptr_array_index(comments->letters, i), error);
	g_hash_table_iter_init(&iter, placings);
	while (g_hash_table_iter_next(&iter, NULL, &placing))
		g_ptr_array_add(sorted, placing);
	g_ptr_array_sort_with_data(sorted, by_target, comments);
	for (guint i = 0; i < sorted->len; i++) {
		struct comment_place *place = ((struct placing *)g_ptr_array_index(sorted, i))->place;
		const struct target *target = targets_find(comments->targets, place->type, place->id);
		const char *parent = strcmp(place->type, "topic") != 0 ? place->id : target != NULL && target->parent != NULL ? target->parent : place->id;

		g_ptr_array_add(workstream_at(comments, parent)->places, place);
		ok = ok && finish_place(comments, index, place, error);
	}
	g_ptr_array_sort_with_data(comments->workstreams, by_workstream, comments);
	for (guint i = 0; i < comments->workstreams->len; i++)
		count_workstream(g_ptr_array_index(comments->workstreams, i));
	gather_sections(comments);
	return ok;
}
