#include <string.h>

#include "rules/loader.h"
#include "rules/phrase.h"

struct word_list {
	const char *name;
	guint line;
	gboolean used;
	GArray *children; /* of guint32, members and sets, until it is whole */
	guint32 set;      /* then */
};

static void
list_free(gpointer data)
{
	struct word_list *list = data;

	g_array_unref(list->children);
	g_free(list);
}

void
loader_begin_lists(struct loader *loader, const GPtrArray *sections)
{
	g_clear_pointer(&loader->lists, g_hash_table_unref);
	loader->lists = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, list_free);
	loader->list = NULL;
	loader->sections = sections;
}

void
loader_free_lists(struct loader *loader)
{
	g_clear_pointer(&loader->lists, g_hash_table_unref);
	g_clear_pointer(&loader->list, list_free);
}

static int
compare_lists(gconstpointer a, gconstpointer b)
{
	const struct word_list *x = *(const struct word_list *const *)a, *y = *(const struct word_list *const *)b;

	return x->line < y->line ? -1 : x->line > y->line;
}

void
loader_end_lists(struct loader *loader)
{
	g_autoptr(GPtrArray) unused = g_ptr_array_new();
	struct word_list *list;
	GHashTableIter iter;

	g_hash_table_iter_init(&iter, loader->lists);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&list))
		if (!list->used)
			g_ptr_array_add(unused, list);
	g_ptr_array_sort(unused, compare_lists);
	for (guint i = 0; i < unused->len; i++) {
		list = g_ptr_array_index(unused, i);
		g_ptr_array_add(loader->ruleset->warnings, g_strdup_printf("%s:%u:1: no phrase takes the list \"%s\"; write <%s> in one, or remove the list",
		                                               loader->name, list->line, list->name, list->name));
	}
}

gboolean
loader_begin_list(struct loader *loader, const struct section *section)
{
	struct word_list *list;

	if (strchr(section->name, '.') != NULL)
		return sections_fail(
		    loader->error, loader->name, section->line, 1, "expected a name of small letters, digits and hyphens, as in [words attack]");
	list = g_hash_table_lookup(loader->lists, section->name);
	if (list != NULL)
		return sections_fail(loader->error, loader->name, section->line, 1, "the list \"%s\" stands in line %u already; put the words together",
		    section->name, list->line);
	list = g_new0(struct word_list, 1);
	list->name = loader_section(loader)->name;
	list->line = section->line;
	list->children = g_array_new(FALSE, FALSE, sizeof(guint32));
	/* it stands in the table once it is whole: a list does not take in itself */
	loader->list = list;
	return TRUE;
}

gboolean
loader_end_list(struct loader *loader)
{
	struct word_list *list = g_steal_pointer(&loader->list);

	g_hash_table_insert(loader->lists, (gpointer)list->name, list);
	if (list->children->len == 0)
		return sections_fail(loader->error, loader->name, list->line, 1, "the list \"%s\" has no words; expected \"word = ...\"", list->name);
	list->set = lexicon_add_set(loader->ruleset->lexicon, list->children);
	return list->set != LEXICON_NONE || sections_fail(loader->error, loader->name, list->line, 1,
	                                        "the list \"%s\" is one of lists within lists, more than %d deep", list->name, LEXICON_DEPTH_MOST - 1);
}

/* The line of the section of the list NAME, or 0. */
static guint
line_of(const struct loader *loader, const char *name)
{
	for (guint i = 0; i < loader->sections->len; i++) {
		const struct section *section = g_ptr_array_index(loader->sections, i);

		if (strcmp(section->type, "words") == 0 && g_strcmp0(section->name, name) == 0)
			return section->line;
	}
	return 0;
}

static char *
unknown_list(const struct loader *loader, const char *name)
{
	g_autofree const char **known = NULL;
	g_autofree char *expected = NULL;
	guint line = line_of(loader, name);

	if (line > 0)
		return g_strdup_printf("the list \"%s\" begins in line %u; a list stands above the phrases that take it", name, line);
	known = (const char **)g_hash_table_get_keys_as_array(loader->lists, NULL);
	if (*known == NULL)
		return g_strdup_printf("no list \"%s\" in this file; expected [words %s] above", name, name);
	expected = loader_expected(name, known);
	return g_strdup_printf("no list \"%s\" in this file; %s", name, expected);
}

/* The list that the alternative from START to END names. *MESSAGE, which the caller frees, gets what is wrong; it is no list's name: NULL both. */
static struct word_list *
named_list(struct loader *loader, const char *start, const char *end, char **message)
{
	g_autofree char *name = phrase_list_name(start, end);
	struct word_list *list;

	*message = NULL;
	if (name == NULL)
		return NULL;
	list = g_hash_table_lookup(loader->lists, name);
	if (list == NULL)
		*message = unknown_list(loader, name);
	else
		list->used = TRUE;
	return list;
}

/* Adds the alternative from START to END of FOLDED to CHILDREN: the set of the list that it names, or a member. */
static gboolean
add_child(struct loader *loader, const char *start, const char *end, GArray *children, char **message)
{
	const struct word_list *list = named_list(loader, start, end, message);
	guint32 child;

	if (*message != NULL)
		return FALSE;
	child = list != NULL ? list->set : lexicon_add_member(loader->ruleset->lexicon, loader->ruleset->matcher, start, end);
	g_array_append_val(children, child);
	return TRUE;
}

gboolean
loader_add_to_list(struct loader *loader, const char *folded, gsize *offset, char **message)
{
	*offset = 0;
	*message = NULL;
	if (strpbrk(folded, "|~") != NULL && phrase_is_compound(folded)) {
		*offset = strcspn(folded, "|~");
		*message = g_strdup("a list's words have neither \"~\" nor \"|\"; part them by \";\"");
		return FALSE;
	}
	return add_child(loader, folded, folded + strlen(folded), loader->list->children, message);
}

/* The set of SIDE's alternatives, with LEXICON_SET; LEXICON_NONE with *OFFSET, a byte of FOLDED, and *MESSAGE when there is none. */
static guint32
seek_side(struct loader *loader, const char *folded, const struct phrase_side *side, gsize *offset, char **message)
{
	g_autoptr(GArray) children = g_array_new(FALSE, FALSE, sizeof(guint32));
	const char *cursor = side->start, *start, *end;
	guint32 set;

	while (phrase_next_alternative(side, &cursor, &start, &end))
		if (!add_child(loader, start, end, children, message)) {
			*offset = start - folded;
			return LEXICON_NONE;
		}
	set = lexicon_add_set(loader->ruleset->lexicon, children);
	if (set == LEXICON_NONE)
		*message = g_strdup_printf("lists within lists, more than %d deep", LEXICON_DEPTH_MOST - 1);
	return set;
}

gboolean
loader_seek(struct loader *loader, struct rule *rule, guint index, gsize *offset, char **message)
{
	struct lexicon *lexicon = loader->ruleset->lexicon;
	struct phrase_side sides[PHRASE_SIDES_MOST];
	struct lexicon_side sought[PHRASE_SIDES_MOST];
	guint n;

	*offset = 0;
	*message = NULL;
	if (!phrase_is_compound(rule->folded)) {
		rule->sought = lexicon_add_member(lexicon, loader->ruleset->matcher, rule->folded, rule->folded + strlen(rule->folded));
		lexicon_add_rule(lexicon, index, rule->sought);
		return TRUE;
	}
	n = phrase_sides(rule->folded, sides);
	for (guint i = 0; i < n; i++) {
		guint32 set = seek_side(loader, rule->folded, &sides[i], offset, message);

		if (set == LEXICON_NONE)
			return FALSE;
		sought[i] = (struct lexicon_side){set & LEXICON_NUMBER, sides[i].within};
	}
	if (n > 1) {
		rule->sought = lexicon_add_chain(lexicon, index, sought, n);
		return TRUE;
	}
	rule->sought = sought[0].set | LEXICON_SET;
	lexicon_add_rule(lexicon, index, rule->sought);
	return TRUE;
}
