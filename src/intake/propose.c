#include "intake/propose.h"

#include <string.h>

#include "archive/index-ask.h"

#define NOTS_MOST 500    /* phrases tried as `not`: each is looked for in every message of the target */
#define NOT_LEAST 2      /* messages filed wrongly that have it: what stands beside a match once tells nothing */
#define NOT_PRECISION 90 /* in a hundred of the messages that have it, it must be right for */

struct proposing {
	struct index *index;
	const struct propose_query *query;
	struct proposals *out;
	struct suggest *suggest;
	GArray *labels;   /* of struct index_label */
	gboolean reads;   /* there are words to be counted */
	GHashTable *nots; /* phrase -> struct proposal, of OUT's list */
};

static void
proposal_free(gpointer data)
{
	struct proposal *proposal = data;

	g_free(proposal->words);
	g_free(proposal->lang);
	g_free(proposal->example);
	g_free(proposal->example_id);
	g_free(proposal);
}

void
proposals_clear(struct proposals *proposals)
{
	g_clear_pointer(&proposals->list, g_ptr_array_unref);
}

static gboolean
is_own(const struct record_passage *passage)
{
	return passage->kind == PASSAGE_SUBJECT || passage->kind == PASSAGE_NEW;
}

/* What the author of MESSAGE wrote: of char *. */
static GPtrArray *
load_texts(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, message, error);
	GPtrArray *texts = passages != NULL ? g_ptr_array_new_with_free_func(g_free) : NULL;

	for (guint i = 0; texts != NULL && i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);

		if (is_own(passage))
			g_ptr_array_add(texts, g_strdup(passage->text));
	}
	return texts;
}

static gboolean
is_missed(const struct index_label *label)
{
	return label->belongs && !label->ruled;
}

static gboolean
is_wrong(const struct index_label *label)
{
	return !label->belongs && label->ruled;
}

static void
drop_unwanted(GArray *labels, GHashTable *only)
{
	for (guint i = labels->len; only != NULL && i-- > 0;)
		if (!g_hash_table_contains(only, &g_array_index(labels, struct index_label, i).message))
			g_array_remove_index(labels, i);
}

/* The last or the first word of FOLDED, which stands beside a match on the same line; NULL: none. */
static char *
neighbour(const char *folded, gboolean last)
{
	const char *line = last ? strrchr(folded, '\n') : folded, *space;
	gsize length;

	line = line == NULL ? folded : last ? line + 1 : line;
	length = strcspn(line, "\n");
	space = last ? g_strrstr_len(line, (gssize)length, " ") : g_strstr_len(line, (gssize)length, " ");
	if (last)
		return space != NULL ? g_strndup(space + 1, length - (space + 1 - line)) : g_strndup(line, length);
	return g_strndup(line, space != NULL ? (gsize)(space - line) : length);
}

static void
add_not(struct proposing *at, const char *first, const char *second, const char *text, gint64 message)
{
	g_autofree char *words = g_strdup_printf("%s %s", first, second), *public_id = NULL, *subject = NULL;
	struct proposal *proposal;

	if (*first == '\0' || *second == '\0' || g_hash_table_size(at->nots) >= NOTS_MOST || g_hash_table_contains(at->nots, words) ||
	    suggest_is_known(at->query->ruleset, at->query->type, at->query->id, TRUE, words))
		return;
	proposal = g_new0(struct proposal, 1);
	proposal->key = "not";
	proposal->example = suggest_example(text, words);
	if (index_name(at->index, message, &public_id, &subject, NULL))
		proposal->example_id = g_steal_pointer(&public_id);
	proposal->words = g_steal_pointer(&words);
	g_hash_table_insert(at->nots, proposal->words, proposal);
}

/* A `not` hides words that hold the match: the match with the word before it, and with the one after. */
static void
add_nots_around(struct proposing *at, const char *text, const struct index_place *place, gint64 message)
{
	gsize bytes = strlen(text), end = (gsize)place->offset + place->length;
	g_autofree char *head = NULL, *match = NULL, *tail = NULL, *before = NULL, *after = NULL, *folded = NULL;
	const char *from;

	if (end > bytes || place->length == 0)
		return;
	for (from = text + place->offset; from > text && text + place->offset - from < 80 && strchr(".!?", from[-1]) == NULL;)
		from = g_utf8_prev_char(from);
	head = g_strndup(from, text + place->offset - from);
	match = g_strndup(text + place->offset, place->length);
	tail = g_strndup(text + end, MIN(bytes - end, (gsize)80));
	if (!g_utf8_validate(tail, -1, NULL))
		*(char *)g_utf8_find_prev_char(tail, tail + strlen(tail)) = '\0';
	folded = suggest_fold(match);
	g_strstrip(folded);
	/* What is not joined to the match by a blank is no phrase with it. */
	if (head[0] != '\0' && strchr(" -\n", head[strlen(head) - 1]) != NULL && strchr(folded, '\n') == NULL) {
		g_autofree char *line = suggest_fold(head);

		before = neighbour(g_strchomp(line), TRUE);
		add_not(at, before, folded, text, message);
	}
	if (tail[0] != '\0' && strchr(" -\n", tail[0]) != NULL && strchr(folded, '\n') == NULL) {
		g_autofree char *line = suggest_fold(tail + 1);

		after = neighbour(line, FALSE);
		add_not(at, folded, after, text, message);
	}
}

static gboolean
add_nots_of(struct proposing *at, gint64 message, GError **error)
{
	g_autoptr(GArray) places = index_places(at->index, message, at->query->type, at->query->id, error);
	g_autoptr(GPtrArray) passages = places != NULL ? index_passages(at->index, message, error) : NULL;

	for (guint i = 0; passages != NULL && i < places->len; i++) {
		const struct index_place *place = &g_array_index(places, struct index_place, i);
		const struct record_passage *passage = place->passage < passages->len ? g_ptr_array_index(passages, place->passage) : NULL;

		if (passage != NULL && is_own(passage))
			add_nots_around(at, passage->text, place, message);
	}
	return passages != NULL;
}

static gboolean
add_candidates(struct proposing *at, GError **error)
{
	for (guint i = 0; i < at->labels->len; i++) {
		const struct index_label *label = &g_array_index(at->labels, struct index_label, i);

		at->reads = at->reads || is_wrong(label) || is_missed(label);
		if (is_wrong(label) && !add_nots_of(at, label->message, error))
			return FALSE;
		if (is_missed(label)) {
			g_autoptr(GPtrArray) texts = load_texts(at->index, label->message, error);

			if (texts == NULL)
				return FALSE;
			for (guint j = 0; j < texts->len; j++)
				suggest_add_candidates(at->suggest, g_ptr_array_index(texts, j));
		}
	}
	return TRUE;
}

static void
count_nots(struct proposing *at, const struct index_label *label, const GPtrArray *texts)
{
	GHashTableIter iter;
	gpointer proposal;

	if (g_hash_table_size(at->nots) == 0 || (!label->belongs && !is_wrong(label)))
		return;
	for (g_hash_table_iter_init(&iter, at->nots); g_hash_table_iter_next(&iter, NULL, &proposal);) {
		struct proposal *one = proposal;
		gboolean has = FALSE;

		for (guint i = 0; i < texts->len && !has; i++)
			has = suggest_has(g_ptr_array_index(texts, i), one->words);
		one->belong += has && label->belongs;
		one->others += has && is_wrong(label);
	}
}

static gboolean
count_messages(struct proposing *at, GError **error)
{
	for (guint i = 0; i < at->labels->len; i++) {
		const struct index_label *label = &g_array_index(at->labels, struct index_label, i);
		enum suggest_class is = is_missed(label) ? SUGGEST_MISSED : label->belongs ? SUGGEST_FOUND : SUGGEST_OTHER;
		g_autoptr(GPtrArray) texts = at->reads ? load_texts(at->index, label->message, error) : g_ptr_array_new();
		g_autoptr(GPtrArray) folded = g_ptr_array_new_with_free_func(g_free);

		if (texts == NULL)
			return FALSE;
		suggest_count(at->suggest, is, texts, label->lang);
		for (guint j = 0; g_hash_table_size(at->nots) > 0 && j < texts->len; j++)
			g_ptr_array_add(folded, suggest_fold(g_ptr_array_index(texts, j)));
		count_nots(at, label, folded);
		at->out->wrong += is_wrong(label);
	}
	at->out->missed = suggest_total(at->suggest, SUGGEST_MISSED);
	at->out->belong = at->out->missed + suggest_total(at->suggest, SUGGEST_FOUND);
	at->out->others = suggest_total(at->suggest, SUGGEST_OTHER);
	return TRUE;
}

/* A sentence of the first missed message that has the words. */
static gboolean
find_example(struct proposing *at, struct proposal *proposal, GError **error)
{
	for (guint i = 0; i < at->labels->len && proposal->example == NULL; i++) {
		const struct index_label *label = &g_array_index(at->labels, struct index_label, i);
		g_autoptr(GPtrArray) texts = NULL;
		g_autofree char *subject = NULL;

		if (!is_missed(label))
			continue;
		if ((texts = load_texts(at->index, label->message, error)) == NULL)
			return FALSE;
		/* The subject comes first, and a sentence of the text says more. */
		for (guint j = texts->len; j-- > 0 && proposal->example == NULL;)
			proposal->example = suggest_example(g_ptr_array_index(texts, j), proposal->words);
		if (proposal->example != NULL && !index_name(at->index, label->message, &proposal->example_id, &subject, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
take_words(struct proposing *at, GError **error)
{
	g_autoptr(GArray) best = suggest_best(at->suggest, at->query->ruleset, at->query->type, at->query->id, at->query->most);

	for (guint i = 0; i < best->len; i++) {
		const struct suggestion *from = &g_array_index(best, struct suggestion, i);
		struct proposal *to = g_new0(struct proposal, 1);

		to->key = from->key;
		to->words = g_strdup(from->words);
		to->lang = g_strdup(from->lang);
		to->missed = from->in[SUGGEST_MISSED];
		to->belong = from->in[SUGGEST_MISSED] + from->in[SUGGEST_FOUND];
		to->others = from->in[SUGGEST_OTHER];
		to->precision = from->precision;
		to->ratio = from->ratio;
		to->chance = from->chance >= SUGGEST_CHANCE;
		g_ptr_array_add(at->out->list, to);
		if (!find_example(at, to, error))
			return FALSE;
	}
	return TRUE;
}

static gint
compare_nots(gconstpointer a, gconstpointer b)
{
	const struct proposal *x = a, *y = b;

	if (x->others != y->others)
		return x->others > y->others ? -1 : 1;
	return x->belong != y->belong ? (x->belong < y->belong ? -1 : 1) : strcmp(x->words, y->words);
}

static void
take_nots(struct proposing *at)
{
	g_autoptr(GList) all = g_list_sort(g_hash_table_get_values(at->nots), compare_nots);
	guint n = 0;

	for (const GList *item = all; item != NULL; item = item->next) {
		struct proposal *one = item->data;

		one->precision = one->others > 0 ? one->others * 100 / (one->others + one->belong) : 0;
		if (one->others < NOT_LEAST || one->precision < NOT_PRECISION || (at->query->most > 0 && n >= at->query->most))
			continue;
		g_hash_table_steal(at->nots, one->words);
		g_ptr_array_add(at->out->list, one);
		n++;
	}
}

gboolean
propose(struct index *index, const struct propose_query *query, struct proposals *out, GError **error)
{
	g_autoptr(Suggest) suggest = suggest_new();
	g_autoptr(GArray) labels = index_labels(index, query->type, query->id, error);
	g_autoptr(GHashTable) nots = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, proposal_free);
	struct proposing at = {index, query, out, suggest, labels, FALSE, nots};

	*out = (struct proposals){.list = g_ptr_array_new_with_free_func(proposal_free)};
	if (labels == NULL)
		return FALSE;
	drop_unwanted(labels, query->only);
	if (!add_candidates(&at, error) || !count_messages(&at, error) || !take_words(&at, error))
		return FALSE;
	take_nots(&at);
	return TRUE;
}
