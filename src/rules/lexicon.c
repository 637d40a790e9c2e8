#include "rules/lexicon.h"

#include <string.h>

struct use {
	guint32 child, owner;
};

struct set_draft {
	guint32 size;
	guint8 depth;
};

struct lexicon_draft {
	GPtrArray *texts;       /* of const char *, by member */
	GStringChunk *chunk;    /* texts that were parts of longer ones */
	GHashTable *known;      /* text -> member + 1 */
	GHashTable *known_sets; /* GBytes of its children -> set + 1 */
	GArray *members, *sets, *sides, *chains, *uses, *loose;
	GArray *set_drafts; /* of struct set_draft */
	GArray *use_drafts; /* of struct use */
	GString *literal;   /* room for one */
};

static GArray *
array_of(gsize size)
{
	return g_array_new(FALSE, TRUE, size);
}

struct lexicon *
lexicon_new(void)
{
	struct lexicon *lexicon = g_new0(struct lexicon, 1);
	struct lexicon_draft *draft = g_new0(struct lexicon_draft, 1);

	draft->texts = g_ptr_array_new();
	draft->chunk = g_string_chunk_new(16384);
	draft->known = g_hash_table_new(g_str_hash, g_str_equal);
	draft->known_sets = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
	draft->members = array_of(sizeof(struct lexicon_member));
	draft->sets = array_of(sizeof(struct lexicon_set));
	draft->sides = array_of(sizeof(struct lexicon_side));
	draft->chains = array_of(sizeof(struct lexicon_chain));
	draft->uses = array_of(sizeof(guint32));
	draft->loose = array_of(sizeof(guint32));
	draft->set_drafts = array_of(sizeof(struct set_draft));
	draft->use_drafts = array_of(sizeof(struct use));
	draft->literal = g_string_new(NULL);
	lexicon->draft = draft;
	lexicon_seal(lexicon);
	return lexicon;
}

static void
draft_free(struct lexicon_draft *draft)
{
	g_ptr_array_unref(draft->texts);
	g_string_chunk_free(draft->chunk);
	g_hash_table_unref(draft->known);
	g_hash_table_unref(draft->known_sets);
	g_array_unref(draft->members);
	g_array_unref(draft->sets);
	g_array_unref(draft->sides);
	g_array_unref(draft->chains);
	g_array_unref(draft->uses);
	g_array_unref(draft->loose);
	g_array_unref(draft->set_drafts);
	g_array_unref(draft->use_drafts);
	g_string_free(draft->literal, TRUE);
	g_free(draft);
}

void
lexicon_free(struct lexicon *lexicon)
{
	if (lexicon == NULL)
		return;
	g_clear_pointer(&lexicon->draft, draft_free);
	g_free(lexicon);
}

guint32
lexicon_add_member(struct lexicon *lexicon, struct matcher *matcher, const char *start, const char *end)
{
	struct lexicon_draft *draft = lexicon->draft;
	const char *text = *end == '\0' ? start : g_string_chunk_insert_len(draft->chunk, start, end - start);
	guint32 number = GPOINTER_TO_UINT(g_hash_table_lookup(draft->known, text));
	struct phrase_literal literal = {.text = draft->literal};
	struct lexicon_member member = {0};

	if (number > 0)
		return number - 1;
	number = draft->members->len;
	g_hash_table_insert(draft->known, (gpointer)text, GUINT_TO_POINTER(number + 1));
	g_ptr_array_add(draft->texts, (gpointer)text);
	member.text = number;
	if (phrase_literal(text, &literal)) {
		matcher_add_member(matcher, number, literal.text->str, literal.text->len, literal.edges);
		member.at_start = literal.at_start;
	} else {
		g_array_append_val(draft->loose, number);
	}
	g_array_append_val(draft->members, member);
	return number;
}

static int
compare_numbers(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

	return x < y ? -1 : x > y;
}

static void
remove_doubles(GArray *numbers)
{
	guint kept = 0;

	g_array_sort(numbers, compare_numbers);
	for (guint i = 0; i < numbers->len; i++)
		if (i == 0 || g_array_index(numbers, guint32, i) != g_array_index(numbers, guint32, kept - 1))
			g_array_index(numbers, guint32, kept++) = g_array_index(numbers, guint32, i);
	g_array_set_size(numbers, kept);
}

static void
add_use(struct lexicon *lexicon, guint32 child, guint32 owner)
{
	struct use use = {child, owner};

	g_array_append_val(lexicon->draft->use_drafts, use);
}

guint32
lexicon_add_set(struct lexicon *lexicon, GArray *children)
{
	struct lexicon_draft *draft = lexicon->draft;
	struct set_draft made = {0, 1};
	guint32 number = draft->sets->len;
	g_autoptr(GBytes) key = NULL;
	gpointer known;

	remove_doubles(children);
	if (children->len == 1 && (g_array_index(children, guint32, 0) & LEXICON_SET) != 0)
		return g_array_index(children, guint32, 0);
	key = g_bytes_new(children->data, children->len * sizeof(guint32));
	known = g_hash_table_lookup(draft->known_sets, key);
	if (known != NULL)
		return (GPOINTER_TO_UINT(known) - 1) | LEXICON_SET;
	for (guint i = 0; i < children->len; i++) {
		guint32 child = g_array_index(children, guint32, i);
		const struct set_draft *set = (child & LEXICON_SET) != 0 ? &g_array_index(draft->set_drafts, struct set_draft, child & LEXICON_NUMBER) : NULL;

		made.size += set != NULL ? set->size : 1;
		made.depth = MAX(made.depth, set != NULL ? set->depth + 1 : 1);
	}
	if (made.depth > LEXICON_DEPTH_MOST)
		return LEXICON_NONE;
	for (guint i = 0; i < children->len; i++)
		add_use(lexicon, g_array_index(children, guint32, i), number | LEXICON_SET);
	g_hash_table_insert(draft->known_sets, g_steal_pointer(&key), GUINT_TO_POINTER(number + 1));
	g_array_append_val(draft->set_drafts, made);
	g_array_set_size(draft->sets, number + 1);
	return number | LEXICON_SET;
}

void
lexicon_add_rule(struct lexicon *lexicon, guint32 rule, guint32 child)
{
	add_use(lexicon, child, rule);
}

guint32
lexicon_add_chain(struct lexicon *lexicon, guint32 rule, const struct lexicon_side *sides, guint n)
{
	struct lexicon_draft *draft = lexicon->draft;
	struct lexicon_chain chain = {rule, draft->sides->len, n};
	guint32 number = draft->chains->len | LEXICON_CHAIN, rarest = sides[0].set;

	/* the smallest of its sets is looked up for it */
	for (guint i = 1; i < n; i++)
		if (g_array_index(draft->set_drafts, struct set_draft, sides[i].set).size < g_array_index(draft->set_drafts, struct set_draft, rarest).size)
			rarest = sides[i].set;
	add_use(lexicon, rarest | LEXICON_SET, number);
	g_array_append_vals(draft->sides, sides, n);
	g_array_append_val(draft->chains, chain);
	return number;
}

/* Where the uses of child NUMBER begin: to be read once all are counted, and to be moved on as they are set down. */
static guint32 *
count_of(GArray *counts, guint n_members, guint32 number)
{
	return &g_array_index(counts, guint32, (number & LEXICON_SET) != 0 ? n_members + (number & LEXICON_NUMBER) : number);
}

/* The uses in the order of members and sets, those of one in the order in which they were added. */
static void
order_uses(struct lexicon_draft *draft)
{
	guint n_members = draft->members->len, n_sets = draft->sets->len, total = 0;
	g_autoptr(GArray) starts = array_of(sizeof(guint32));

	g_array_set_size(starts, n_members + n_sets);
	for (guint i = 0; i < draft->use_drafts->len; i++)
		++*count_of(starts, n_members, g_array_index(draft->use_drafts, struct use, i).child);
	for (guint i = 0; i < n_members + n_sets; i++) {
		guint32 n = g_array_index(starts, guint32, i);

		if (i < n_members) {
			g_array_index(draft->members, struct lexicon_member, i).first_use = total;
			g_array_index(draft->members, struct lexicon_member, i).n_uses = n;
		} else {
			g_array_index(draft->sets, struct lexicon_set, i - n_members) = (struct lexicon_set){total, n};
		}
		g_array_index(starts, guint32, i) = total;
		total += n;
	}
	g_array_set_size(draft->uses, total);
	for (guint i = 0; i < draft->use_drafts->len; i++) {
		const struct use *use = &g_array_index(draft->use_drafts, struct use, i);

		g_array_index(draft->uses, guint32, (*count_of(starts, n_members, use->child))++) = use->owner;
	}
}

void
lexicon_seal(struct lexicon *lexicon)
{
	struct lexicon_draft *draft = lexicon->draft;

	order_uses(draft);
	lexicon->members = (const struct lexicon_member *)draft->members->data;
	lexicon->sets = (const struct lexicon_set *)draft->sets->data;
	lexicon->sides = (const struct lexicon_side *)draft->sides->data;
	lexicon->chains = (const struct lexicon_chain *)draft->chains->data;
	lexicon->uses = (const guint32 *)draft->uses->data;
	lexicon->loose = (const guint32 *)draft->loose->data;
	lexicon->n_members = draft->members->len;
	lexicon->n_sets = draft->sets->len;
	lexicon->n_sides = draft->sides->len;
	lexicon->n_chains = draft->chains->len;
	lexicon->n_uses = draft->uses->len;
	lexicon->n_loose = draft->loose->len;
}

const char *
lexicon_text(const struct lexicon *lexicon, guint32 member)
{
	guint32 text = lexicon->members[member].text;

	if (lexicon->draft != NULL)
		return g_ptr_array_index(lexicon->draft->texts, text);
	return text < lexicon->strings_length ? lexicon->strings + text : "";
}

static void
add_children(const struct lexicon *lexicon, GPtrArray *children, guint32 child, guint32 first_use, guint32 n_uses)
{
	for (guint32 i = first_use; i < first_use + n_uses && i < lexicon->n_uses; i++) {
		guint32 owner = lexicon->uses[i];

		if ((owner & LEXICON_SET) != 0 && (owner & LEXICON_NUMBER) < children->len)
			g_array_append_val((GArray *)g_ptr_array_index(children, owner & LEXICON_NUMBER), child);
	}
}

GPtrArray *
lexicon_children(const struct lexicon *lexicon)
{
	GPtrArray *children = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

	for (guint32 i = 0; i < lexicon->n_sets; i++)
		g_ptr_array_add(children, array_of(sizeof(guint32)));
	for (guint32 i = 0; i < lexicon->n_members; i++)
		add_children(lexicon, children, i, lexicon->members[i].first_use, lexicon->members[i].n_uses);
	for (guint32 i = 0; i < lexicon->n_sets; i++)
		add_children(lexicon, children, i | LEXICON_SET, lexicon->sets[i].first_use, lexicon->sets[i].n_uses);
	return children;
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The texts of the members that SET holds, by itself and through others, each once and in their order, whatever their numbers are. */
static void
expand_set(const struct lexicon *lexicon, const GPtrArray *children, guint32 set, GString *out)
{
	g_autoptr(GArray) work = array_of(sizeof(guint32));
	g_autoptr(GPtrArray) texts = g_ptr_array_new();

	g_array_append_val(work, set);
	for (guint i = 0; i < work->len; i++) {
		const GArray *held = g_ptr_array_index(children, g_array_index(work, guint32, i));

		for (guint j = 0; j < held->len; j++) {
			guint32 child = g_array_index(held, guint32, j), number = child & LEXICON_NUMBER;

			if ((child & LEXICON_SET) != 0)
				g_array_append_val(work, number);
			else
				g_ptr_array_add(texts, (gpointer)lexicon_text(lexicon, child));
		}
	}
	g_ptr_array_sort(texts, compare_texts);
	for (guint i = 0; i < texts->len; i++)
		if (i == 0 || strcmp(g_ptr_array_index(texts, i), g_ptr_array_index(texts, i - 1)) != 0)
			g_string_append_printf(out, "%s%s", i > 0 ? " | " : "", (const char *)g_ptr_array_index(texts, i));
}

char *
lexicon_expand(const struct lexicon *lexicon, const GPtrArray *children, guint32 sought)
{
	guint32 number = sought & LEXICON_NUMBER;
	GString *out = g_string_new(NULL);
	const struct lexicon_chain *chain;

	if ((sought & LEXICON_SET) != 0) {
		expand_set(lexicon, children, number, out);
		return g_string_free(out, FALSE);
	}
	if ((sought & LEXICON_CHAIN) == 0) {
		g_string_append(out, lexicon_text(lexicon, number));
		return g_string_free(out, FALSE);
	}
	chain = &lexicon->chains[number];
	for (guint i = 0; i < chain->n_sides; i++) {
		const struct lexicon_side *side = &lexicon->sides[chain->first_side + i];

		if (i > 0 && side->within == PHRASE_SENTENCE)
			g_string_append(out, " ~s ");
		else if (i > 0)
			g_string_append_printf(out, " ~%u ", side->within);
		expand_set(lexicon, children, side->set, out);
	}
	return g_string_free(out, FALSE);
}
