#include "report/comments-private.h"

#include <string.h>

#include "base/text.h"
#include "find/counts.h"
#include "report/behalf.h"
#include "report/initials.h"

/* Who writes, and in whose name. One person with several addresses, or two of one name, are never made one unless somebody entered it. */

static void
letter_free(gpointer data)
{
	struct comment_letter *letter = data;

	g_free(letter->body);
	g_free(letter->key);
	g_free(letter);
}

static void
contributor_free(gpointer data)
{
	struct contributor *contributor = data;

	g_free(contributor->name);
	g_free(contributor->affiliation);
	g_free(contributor->initials);
	g_free(contributor->wanted);
	g_free(contributor->folded_name);
	g_ptr_array_unref(contributor->letters);
	g_ptr_array_unref(contributor->authors);
	g_hash_table_unref(contributor->texts);
	g_hash_table_unref(contributor->people);
	g_free(contributor);
}

/* The campaigns' numbers (of gint64, not owned): at least CAMPAIGN_LEAST letters alike, from as many authors, in these tables. */
static GHashTable *
find_campaigns(const GPtrArray *rows)
{
	g_autoptr(GHashTable) authors = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)g_hash_table_unref);
	GHashTable *campaigns = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < rows->len; i++) {
		struct message_row *row = g_ptr_array_index(rows, i);
		GHashTable *here = g_hash_table_lookup(authors, &row->campaign);

		if (here == NULL) {
			here = g_hash_table_new(g_str_hash, g_str_equal);
			g_hash_table_insert(authors, &row->campaign, here);
		}
		g_hash_table_add(here, row->author_address != NULL ? row->author_address : row->public_id);
		if (g_hash_table_size(here) >= CAMPAIGN_LEAST)
			g_hash_table_add(campaigns, &row->campaign);
	}
	return campaigns;
}

static gboolean
same_words(const char *a, const char *b)
{
	g_autofree char *left = text_fold_key(a), *right = text_fold_key(b);

	return strcmp(left, right) == 0;
}

/* "the whole Union of Tug Masters": has NAME all the words of TITLE, one behind the other? A title of one word says too little. */
static gboolean
has_title(const char *name, const char *title)
{
	g_autofree char *folded = text_fold_key(name), *sought = text_fold_key(title);
	g_autofree char *words = g_strdup_printf(" %s ", folded), *part = g_strdup_printf(" %s ", sought);

	return strchr(sought, ' ') != NULL && strstr(words, part) != NULL;
}

/* The group that NAME names by its id or title, or NULL. */
static const struct target *
find_group(const struct comments *comments, const char *name)
{
	for (guint i = 0; i < comments->targets->len; i++) {
		const struct target *target = g_ptr_array_index(comments->targets, i);

		if (strcmp(target->type, "group") == 0 && (same_words(name, target->id) || same_words(name, target->title) || has_title(name, target->title)))
			return target;
	}
	return NULL;
}

/* The one group that the letter is filed under firmly, or NULL. */
static const struct target *
firm_group(const struct comments *comments, const struct message_row *row)
{
	const struct target *group = NULL;

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (strcmp(filing->type, "group") != 0 || strcmp(filing->tier, "firm") != 0)
			continue;
		if (group != NULL)
			return NULL;
		group = targets_find(comments->targets, "group", filing->id);
	}
	return group;
}

/* The name in or behind the words by which rules found that somebody speaks for others; those of the surest tier first. */
static char *
name_in_evidence(const struct message_row *row, const struct owntext *own)
{
	static const char *const tiers[] = {"firm", "suggested", "hint"};
	gboolean one_capital = g_strcmp0(row->lang, "en") != 0 && g_strcmp0(row->lang, "de") != 0; /* these write all of a name, or every noun, with one */

	for (gsize tier = 0; tier < G_N_ELEMENTS(tiers); tier++)
		for (guint i = 0; i < row->evidence->len; i++) {
			const struct row_evidence *evidence = g_ptr_array_index(row->evidence, i);
			const char *text = owntext_passage(own, evidence->passage);
			char *name;
			gsize at;

			if (text == NULL || evidence->boilerplate || strcmp(evidence->type, "intent") != 0 || strcmp(evidence->id, "statement") != 0 ||
			    strcmp(evidence->tier, tiers[tier]) != 0)
				continue;
			name = behalf_name(text, evidence->offset, evidence->length, one_capital, &at);
			if (name != NULL)
				return name;
		}
	return NULL;
}

/* The group that the letter's own words name where it says for whom it is written (postbag-rules(5), [voice]); NULL: none. */
static const struct target *
named_group(const struct comments *comments, const struct message_row *row, const struct owntext *own)
{
	for (guint i = 0; i < row->evidence->len; i++) {
		const struct row_evidence *evidence = g_ptr_array_index(row->evidence, i);
		const struct target *target;

		if (strcmp(evidence->type, "group") != 0 || strcmp(evidence->tier, "firm") != 0 || evidence->boilerplate || evidence->words == NULL ||
		    owntext_passage(own, evidence->passage) == NULL)
			continue;
		target = find_group(comments, evidence->words);
		if (target != NULL && strcmp(target->id, evidence->id) == 0)
			return target;
	}
	return NULL;
}

/* Do the rules tell letters that speak for others? Where they do not, a group that is named alone says so. */
static gboolean
has_statements(const struct comments *comments)
{
	return targets_find(comments->targets, "intent", "statement") != NULL;
}

static void
take_group(struct comment_letter *letter, const struct target *group)
{
	letter->group = group;
	letter->found = group != NULL;
	letter->body = group != NULL ? g_strdup(group->title) : NULL;
}

static gboolean
find_body(const struct comments *comments, struct index *index, struct comment_letter *letter, GError **error)
{
	const struct message_row *row = letter->row;
	const struct entered *entered = comments_entered(comments, row->message, "on-behalf-of", NULL);
	g_auto(OwnText) own = {0};

	if (entered != NULL) {
		if (strcmp(entered->value, ENTERED_NONE) != 0)
			letter->body = g_strdup(entered->value);
	} else {
		if (!owntext_load(index, row->message, &own, error))
			return FALSE;
		letter->body = name_in_evidence(row, &own);
		letter->found = letter->body != NULL;
		if (letter->body == NULL)
			take_group(letter, named_group(comments, row, &own));
		if (letter->body == NULL && message_row_filing(row, "intent", "statement") != NULL)
			take_group(letter, firm_group(comments, row));
	}
	if (letter->body != NULL && letter->group == NULL)
		letter->group = find_group(comments, letter->body);
	return TRUE;
}

/* Only a letter that says something in somebody's name is looked into. */
static gboolean
may_be_statement(const struct comments *comments, const struct message_row *row)
{
	if (!has_statements(comments))
		return message_row_has(row, "group");
	for (guint i = 0; i < row->evidence->len; i++) {
		const struct row_evidence *evidence = g_ptr_array_index(row->evidence, i);

		if (strcmp(evidence->type, "intent") == 0 && strcmp(evidence->id, "statement") == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean
settle_letter(const struct comments *comments, struct index *index, struct comment_letter *letter, GError **error)
{
	const struct message_row *row = letter->row;
	g_autofree char *folded = NULL;

	if (letter->folded) {
		letter->key = g_strdup_printf("campaign %" G_GINT64_FORMAT, row->campaign);
		return TRUE;
	}
	if ((comments_entered(comments, row->message, "on-behalf-of", NULL) != NULL || may_be_statement(comments, row)) &&
	    !find_body(comments, index, letter, error))
		return FALSE;
	folded = text_fold_key(letter->body != NULL ? letter->body : row->author_name != NULL ? row->author_name : "");
	if (letter->group != NULL)
		letter->key = g_strdup_printf("group %s", letter->group->id);
	else if (letter->body != NULL)
		letter->key = g_strdup_printf("body %s", folded);
	else if (row->author_address == NULL && *folded == '\0')
		letter->key = g_strdup_printf("letter %s", row->public_id);
	else
		letter->key = g_strdup_printf("person %s\n%s", row->author_address != NULL ? row->author_address : "", folded);
	return TRUE;
}

static struct comment_letter *
letter_new(const struct message_row *row)
{
	struct comment_letter *letter = g_new0(struct comment_letter, 1);

	letter->row = row;
	return letter;
}

/* The key of a letter outside the tables, for the initials that were entered on it; NULL when its author has no letter in them. */
static gboolean
outside_key(const struct comments *comments, struct index *index, const struct entered *entered, GHashTable *authors, char **out, GError **error)
{
	g_autoptr(MessageRow) row = NULL;
	struct comment_letter *letter;
	gboolean settled;

	*out = NULL;
	if (entered->address == NULL || !g_hash_table_contains(authors, entered->address))
		return TRUE;
	row = message_row_load(index, entered->message, TRUE, error);
	if (row == NULL)
		return FALSE;
	letter = letter_new(row);
	settled = settle_letter(comments, index, letter, error);
	*out = g_strdup(letter->key);
	letter_free(letter);
	return settled;
}

/* key -> initials, both owned: the last that were entered on any letter of the contributor, in these tables or not. */
static GHashTable *
find_initials(const struct comments *comments, struct index *index, GError **error)
{
	g_autoptr(GHashTable) initials = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GHashTable) authors = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) letters = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < comments->letters->len; i++) {
		struct comment_letter *letter = g_ptr_array_index(comments->letters, i);

		g_hash_table_insert(letters, (gpointer)&letter->row->message, letter);
		if (letter->row->author_address != NULL)
			g_hash_table_add(authors, letter->row->author_address);
	}
	for (guint i = 0; i < comments->entered->len; i++) {
		const struct entered *entered = g_ptr_array_index(comments->entered, i);
		const struct comment_letter *letter = g_hash_table_lookup(letters, &entered->message);
		g_autofree char *key = letter != NULL ? g_strdup(letter->key) : NULL;

		if (strcmp(entered->action, "initials") != 0)
			continue;
		if (key == NULL && !outside_key(comments, index, entered, authors, &key, error))
			return NULL;
		if (key != NULL && strcmp(entered->value, ENTERED_NONE) == 0)
			g_hash_table_remove(initials, key);
		else if (key != NULL)
			g_hash_table_replace(initials, g_steal_pointer(&key), g_strdup(entered->value));
	}
	return g_steal_pointer(&initials);
}

/* "Example Org", or the groups that it is filed under firmly; NULL: neither. */
static char *
affiliation_of(const struct comments *comments, const struct message_row *row)
{
	GString *out = g_string_new(NULL);

	if (row->organization != NULL && *row->organization != '\0')
		g_string_append(out, row->organization);
	for (guint i = 0; out->len == 0 && i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		const struct target *target = strcmp(filing->type, "group") == 0 ? targets_find(comments->targets, "group", filing->id) : NULL;

		if (target != NULL && strcmp(filing->tier, "firm") == 0)
			g_string_append_printf(out, "%s%s", out->len > 0 ? "; " : "", target->title);
	}
	return g_string_free(out, out->len == 0);
}

static char *
person_name(const struct message_row *row)
{
	const char *name = row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address;

	return g_strdup(name != NULL && *name != '\0' ? name : "(no author)");
}

static struct contributor *
contributor_new(const struct comments *comments, const struct comment_letter *letter, const char *initials)
{
	struct contributor *contributor = g_new0(struct contributor, 1);
	const struct message_row *row = letter->row;

	contributor->letters = g_ptr_array_new();
	contributor->authors = g_ptr_array_new();
	contributor->texts = g_hash_table_new(g_int64_hash, g_int64_equal);
	contributor->people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	contributor->campaign = letter->folded;
	contributor->entered = initials != NULL;
	contributor->wanted = g_strdup(initials);
	if (letter->folded)
		contributor->name = g_strdup(message_row_subject(row));
	else
		contributor->affiliation = affiliation_of(comments, row);
	return contributor;
}

/* What LETTER tells of its contributor. Of several letters made one by initials, that in a body's name names it. */
static void
name_contributor(struct contributor *contributor, const struct comment_letter *letter)
{
	if (contributor->name != NULL && (letter->body == NULL || contributor->body))
		return;
	g_free(contributor->name);
	contributor->body = letter->body != NULL;
	contributor->found = letter->found;
	contributor->name = letter->group != NULL ? g_strdup(letter->group->title) : letter->body != NULL ? g_strdup(letter->body) : person_name(letter->row);
	contributor->entered = contributor->entered || (letter->body != NULL && !letter->found);
	if (contributor->wanted == NULL)
		contributor->wanted = letter->group != NULL  ? g_strdup(letter->group->id)
		                      : letter->body != NULL ? initials_of_body(letter->body)
		                                             : initials_of_person(letter->row->author_name, letter->row->author_address);
}

static void
add_letter(struct comments *comments, struct contributor *contributor, const struct message_row *row)
{
	const char *address = row->author_address != NULL ? row->author_address : row->public_id;
	/* who joins a campaign writes the same name now so, now otherwise */
	char *author = contributor->campaign ? g_strdup(address) : g_strdup_printf("%s\n%s", address, row->author_name != NULL ? row->author_name : "");

	contributor->late += comments->close != 0 && row->received >= comments->close;
	contributor->unique += g_hash_table_add(contributor->texts, (gpointer)&row->campaign);
	g_ptr_array_add(contributor->letters, (gpointer)row);
	if (g_hash_table_add(contributor->people, author))
		g_ptr_array_add(contributor->authors, (gpointer)row);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
	const struct contributor *left = *(struct contributor *const *)a, *right = *(struct contributor *const *)b;
	const char *x = left->folded_name, *y = right->folded_name;
	const struct message_row *first = g_ptr_array_index(left->letters, 0), *second = g_ptr_array_index(right->letters, 0);

	if (left->campaign != right->campaign)
		return left->campaign ? 1 : -1;
	return strcmp(x, y) != 0 ? strcmp(x, y) : strcmp(first->public_id, second->public_id);
}

/* Initials that were entered stand as they are; then those of bodies, then people's, each in the order in which their first letter came. */
static void
assign_initials(const GPtrArray *all)
{
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (int turn = 0; turn < 3; turn++)
		for (guint i = 0; i < all->len; i++) {
			struct contributor *contributor = g_ptr_array_index(all, i);
			gboolean now = turn == 0 ? contributor->entered : turn == 1 ? contributor->body : TRUE;

			if (now && contributor->initials == NULL)
				contributor->initials = initials_take(taken, contributor->wanted != NULL ? contributor->wanted : "CAMPAIGN");
		}
}

static void
find_namesakes(const GPtrArray *persons)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < persons->len; i++) {
		struct contributor *contributor = g_ptr_array_index(persons, i);

		if (contributor->campaign)
			continue;
		contributor->namesake = g_hash_table_lookup(names, contributor->folded_name);
		if (contributor->namesake == NULL)
			g_hash_table_insert(names, contributor->folded_name, contributor);
	}
}

static void
group_letters(struct comments *comments, GHashTable *initials)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) all = g_ptr_array_new();

	for (guint i = 0; i < comments->letters->len; i++) {
		struct comment_letter *letter = g_ptr_array_index(comments->letters, i);
		const char *entered = g_hash_table_lookup(initials, letter->key);
		g_autofree char *folded = entered != NULL ? g_utf8_casefold(entered, -1) : NULL;
		g_autofree char *key = entered != NULL ? g_strdup_printf("initials %s", folded) : g_strdup(letter->key);
		struct contributor *contributor = g_hash_table_lookup(known, key);

		if (contributor == NULL) {
			contributor = contributor_new(comments, letter, entered);
			g_hash_table_insert(known, g_steal_pointer(&key), contributor);
			g_ptr_array_add(all, contributor);
		}
		if (!letter->folded)
			name_contributor(contributor, letter);
		add_letter(comments, contributor, letter->row);
		letter->contributor = contributor;
	}
	assign_initials(all);
	for (guint i = 0; i < all->len; i++) {
		struct contributor *contributor = g_ptr_array_index(all, i);

		contributor->folded_name = text_fold_key(contributor->name);
		g_ptr_array_add(contributor->body ? comments->bodies : comments->persons, contributor);
	}
	g_ptr_array_sort(comments->bodies, by_name);
	g_ptr_array_sort(comments->persons, by_name);
	find_namesakes(comments->persons);
}

/* Letters in the tables: neither superseded nor elsewhere. What somebody entered a name or initials for stands by itself. */
static GPtrArray *
make_letters(const struct comments *comments, const GPtrArray *rows)
{
	g_autoptr(GHashTable) campaigns = find_campaigns(rows);
	GPtrArray *letters = g_ptr_array_new_full(rows->len, letter_free);

	for (guint i = 0; i < rows->len; i++) {
		struct message_row *row = g_ptr_array_index(rows, i);
		struct comment_letter *letter = letter_new(row);

		letter->folded = g_hash_table_contains(campaigns, &row->campaign) && comments_entered(comments, row->message, "on-behalf-of", NULL) == NULL &&
		                 comments_entered(comments, row->message, "initials", NULL) == NULL;
		g_ptr_array_add(letters, letter);
	}
	return letters;
}

/* Is ROW filed under the workstream that is asked for? */
static gboolean
is_wanted(const struct comments *comments, const struct message_row *row)
{
	return comments->workstream == NULL || message_row_filing(row, "workstream", comments->workstream) != NULL;
}

gboolean
comments_find_contributors(struct comments *comments, struct index *index, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new();
	g_autoptr(GHashTable) initials = NULL;
	g_autoptr(GHashTable) texts = g_hash_table_new(g_int64_hash, g_int64_equal);

	comments->bodies = g_ptr_array_new_with_free_func(contributor_free);
	comments->persons = g_ptr_array_new_with_free_func(contributor_free);
	for (guint i = 0; i < comments->rows->len; i++) {
		struct message_row *row = g_ptr_array_index(comments->rows, i);

		if (!is_wanted(comments, row))
			comments->elsewhere++;
		else if (row->superseded_by != NULL)
			comments->superseded++;
		else {
			g_ptr_array_add(rows, row);
			comments->unique += g_hash_table_add(texts, &row->campaign);
			comments->late += comments->close != 0 && row->received >= comments->close;
		}
	}
	comments->total = rows->len;
	comments->letters = make_letters(comments, rows);
	for (guint i = 0; i < comments->letters->len; i++)
		if (!settle_letter(comments, index, g_ptr_array_index(comments->letters, i), error))
			return FALSE;
	initials = find_initials(comments, index, error);
	if (initials == NULL)
		return FALSE;
	group_letters(comments, initials);
	return TRUE;
}
