#include "find/compile.h"

#include "base/record.h"

#include <string.h>

struct compiler {
	GString *where;
	GPtrArray *binds;
	const char *message, *date; /* the driving table's columns */
	gboolean uses_message;      /* something asks for the row m */
	const GPtrArray *conjuncts; /* what every match must fulfil */
	char *words;                /* the search that every match must fulfil, FTS5's expression; NULL: none */
	guint words_bind;
	gsize words_at, words_end; /* its place in where */
	gboolean words_only;       /* and nothing else is asked */
};

static void
bind_free(struct query_bind *bind)
{
	g_free(bind->name);
	g_free(bind->text);
	g_free(bind);
}

static struct query_bind *
add_bind(struct compiler *compiler)
{
	struct query_bind *bind = g_new0(struct query_bind, 1);

	g_ptr_array_add(compiler->binds, bind);
	bind->name = g_strdup_printf(":v%u", compiler->binds->len);
	g_string_append(compiler->where, bind->name);
	return bind;
}

/* Each appends a piece of SQL, or a parameter for a value. */
static void
put(struct compiler *compiler, const char *sql)
{
	g_string_append(compiler->where, sql);
}

static void
put_text(struct compiler *compiler, const char *text)
{
	add_bind(compiler)->text = g_strdup(text);
}

static void
put_number(struct compiler *compiler, gint64 number)
{
	add_bind(compiler)->number = number;
}

static void
put_row(struct compiler *compiler, const char *column)
{
	compiler->uses_message = TRUE;
	g_string_append_printf(compiler->where, "m.%s", column);
}

static gboolean
has_fts(const struct node *node)
{
	return node->type == NODE_TERM && node->term->type == TERM_WORDS;
}

/* Can the search index alone answer NODE? A negation it can only take away from something. */
static gboolean
is_search(const struct node *node)
{
	gboolean positive = FALSE;

	if (node->type == NODE_TERM)
		return has_fts(node);
	if (node->type == NODE_NOT)
		return FALSE;
	for (guint i = 0; i < node->children->len; i++) {
		const struct node *child = g_ptr_array_index(node->children, i);

		if (is_search(child))
			positive = TRUE;
		else if (node->type == NODE_OR || child->type != NODE_NOT || !is_search(g_ptr_array_index(child->children, 0)))
			return FALSE;
	}
	return positive;
}

/* The FTS5 expression of NODE, for which is_search holds. */
static char *
search_expression(const struct node *node)
{
	GString *out;
	const char *between = "";

	if (node->type == NODE_TERM)
		return g_strdup(node->term->fts);
	out = g_string_new("(");
	for (int negated = 0; negated <= 1; negated++) {
		for (guint i = 0; i < node->children->len; i++) {
			const struct node *child = g_ptr_array_index(node->children, i);
			g_autofree char *inner = NULL;

			if ((child->type == NODE_NOT) != negated)
				continue;
			inner = search_expression(negated ? g_ptr_array_index(child->children, 0) : child);
			if (negated) {
				g_string_prepend_c(out, '(');
				g_string_append_printf(out, ") NOT %s", inner);
			} else {
				g_string_append_printf(out, "%s%s", between, inner);
			}
			between = node->type == NODE_OR ? " OR " : " AND ";
		}
	}
	g_string_append_c(out, ')');
	return g_string_free(out, FALSE);
}

static void
put_search(struct compiler *compiler, const char *expression)
{
	g_string_append_printf(compiler->where, "%s IN (SELECT rowid FROM search WHERE search MATCH ", compiler->message);
	put_text(compiler, expression);
	put(compiler, ")");
}

/* A LIKE pattern for TEXT anywhere, with \ as its escape. */
static char *
like_pattern(const char *text)
{
	GString *out = g_string_new("%");

	for (; *text != '\0'; text++) {
		if (*text == '%' || *text == '_' || *text == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '%');
	return g_string_free(out, FALSE);
}

/* All of TEXTS in the SQL expression WHO. LIKE knows letter case in ASCII only; a name with other letters has matched in the search index, folded. */
static void
put_names(struct compiler *compiler, const char *who, char **texts)
{
	for (char **text = texts; *text != NULL; text++) {
		g_autofree char *pattern = like_pattern(*text);

		g_string_append_printf(compiler->where, "%s(%s LIKE ", text == texts ? "" : " AND ", who);
		put_text(compiler, pattern);
		g_string_append_printf(compiler->where, " ESCAPE '\\' OR %s GLOB '*[^ -~]*')", who);
	}
}

/* A name, and an address, in the columns; of a name that is an address itself SHY has nothing, of an address the @ and the domain. */
#define PERSON(NAME, ADDRESS) "(coalesce(" NAME ", '') || ' ' || coalesce(" ADDRESS ", ''))"
#define SHY_PERSON(NAME, ADDRESS)                                                                                                                              \
	"(CASE WHEN " NAME " GLOB '*[@\uff20\ufe6b]*' OR instr(" NAME ", '%40') THEN '' ELSE coalesce(" NAME ", '') END || ' ' || substr(coalesce(" ADDRESS    \
	", ''), length(rtrim(coalesce(" ADDRESS ", ''), replace(coalesce(" ADDRESS ", ''), '@', '')))))"

/* Roles in view address (enum record_role, which the preprocessor does not know). */
#define ADDRESS_FROM 0
#define ADDRESS_TO 3
#define ADDRESS_CC 4
G_STATIC_ASSERT(ROLE_FROM == ADDRESS_FROM && ROLE_TO == ADDRESS_TO && ROLE_CC == ADDRESS_CC);

/* The search index knows people's words, not their roles: it finds the few, the rows decide. */
static void
put_person(struct compiler *compiler, const struct term *term)
{
	put(compiler, "(");
	put_search(compiler, term->fts);
	put(compiler, " AND (");
	if (term->type == TERM_FROM) {
		compiler->uses_message = TRUE;
		put_names(compiler, term->shy ? SHY_PERSON("m.author_name", "m.author_address") : PERSON("m.author_name", "m.author_address"), term->texts);
		put(compiler, " OR ");
	}
	g_string_append_printf(compiler->where,
	    "EXISTS (SELECT 1 FROM addressed AS d CROSS JOIN json_each(d.people) AS n CROSS JOIN person AS a WHERE d.message = %s AND n.value & 7 IN (%s) AND "
	    "a.person = n.value >> 3 AND ",
	    compiler->message, term->type == TERM_FROM ? G_STRINGIFY(ADDRESS_FROM) : G_STRINGIFY(ADDRESS_TO) ", " G_STRINGIFY(ADDRESS_CC));
	put_names(compiler, term->shy ? SHY_PERSON("a.name", "a.address") : PERSON("a.name", "a.address"), term->texts);
	put(compiler, ")))");
}

/* One id is looked up by the whole key; a range of ids among the message's own filings. */
static void
put_filing(struct compiler *compiler, const struct term *term)
{
	if (term->last == NULL) {
		put(compiler, "EXISTS (SELECT 1 FROM filing AS x WHERE x.type = ");
		put_text(compiler, term->name);
		put(compiler, " AND x.id = ");
		put_text(compiler, term->text);
		g_string_append_printf(compiler->where, " AND x.date = %s AND x.message = %s)", compiler->date, compiler->message);
		return;
	}
	g_string_append_printf(
	    compiler->where, "EXISTS (SELECT 1 FROM filing AS x INDEXED BY filing_message WHERE x.message = %s AND x.type = ", compiler->message);
	put_text(compiler, term->name);
	put(compiler, " AND x.id >= ");
	put_text(compiler, term->text);
	put(compiler, " AND x.id < ");
	put_text(compiler, term->last);
	put(compiler, ")");
}

static void
put_range(struct compiler *compiler, const char *column, const struct term *term)
{
	const char *and = "";

	put(compiler, "(");
	if (term->from != G_MININT64) {
		g_string_append_printf(compiler->where, "%s >= ", column);
		put_number(compiler, term->from);
		and = " AND ";
	}
	if (term->to != G_MAXINT64) {
		g_string_append_printf(compiler->where, "%s%s < ", and, column);
		put_number(compiler, term->to);
	}
	put(compiler, ")");
}

static void
put_campaign(struct compiler *compiler, const struct term *term)
{
	put_row(compiler, "message");
	put(compiler, " IN (SELECT ");
	put_number(compiler, term->number);
	put(compiler, " UNION ALL SELECT l.message FROM letter AS l WHERE l.campaign = ");
	put_number(compiler, term->number);
	put(compiler, " AND l.campaign <> l.message)");
}

/* A condition on one column that may be NULL. */
static void
put_equal(struct compiler *compiler, const char *column, const char *text)
{
	put(compiler, "(");
	put_row(compiler, column);
	put(compiler, " = ");
	put_text(compiler, text);
	put(compiler, " AND ");
	put_row(compiler, column);
	put(compiler, " IS NOT NULL)"); /* never NULL itself: what is excluded by NOT stays true or false */
}

static void
put_term(struct compiler *compiler, const struct term *term)
{
	switch (term->type) {
	case TERM_WORDS:
		put_search(compiler, term->fts);
		break;
	case TERM_FROM:
	case TERM_TO:
		put_person(compiler, term);
		break;
	case TERM_FILING:
		put_filing(compiler, term);
		break;
	case TERM_DATE:
		put_range(compiler, compiler->date, term);
		break;
	case TERM_RECEIVED:
		compiler->uses_message = TRUE;
		put_range(compiler, "m.received", term);
		break;
	case TERM_STATE:
		compiler->uses_message = TRUE;
		g_string_append_printf(compiler->where, "(%s)", term->sql);
		break;
	case TERM_KIND:
		put_equal(compiler, "kind", term->text);
		break;
	case TERM_LANG:
		put_equal(compiler, "lang", term->text);
		break;
	case TERM_MESSAGE_ID:
		put(compiler, "(");
		put_row(compiler, "id_hash");
		put(compiler, " = ");
		put_number(compiler, index_hash(term->text));
		put(compiler, " AND ");
		put_equal(compiler, "message_id", term->text);
		put(compiler, ")");
		break;
	case TERM_THREAD:
		put_row(compiler, "thread");
		put(compiler, " = ");
		put_number(compiler, term->number);
		break;
	case TERM_CAMPAIGN:
		put_campaign(compiler, term);
		break;
	case TERM_ID:
		put(compiler, "(");
		put_row(compiler, "public_id");
		put(compiler, " >= ");
		put_text(compiler, term->text);
		put(compiler, " AND m.public_id < ");
		put_text(compiler, term->last);
		put(compiler, ")");
		break;
	}
}

static void put_node(struct compiler *compiler, const struct node *node);

/* Words that stand together become one question to the search index. */
static void
put_and(struct compiler *compiler, const GPtrArray *children)
{
	g_autoptr(GPtrArray) searched = g_ptr_array_new();
	gboolean positive = FALSE;
	const char *and = "";

	for (guint i = 0; i < children->len; i++)
		positive = positive || is_search(g_ptr_array_index(children, i));
	for (guint i = 0; i < children->len; i++) {
		const struct node *child = g_ptr_array_index(children, i);

		if (is_search(child) || (positive && child->type == NODE_NOT && is_search(g_ptr_array_index(child->children, 0))))
			g_ptr_array_add(searched, (gpointer)child);
	}
	if (searched->len > 0 && positive) {
		struct node together = {.type = NODE_AND, .children = searched};
		g_autofree char *expression = search_expression(&together);

		if (compiler->words == NULL && children == compiler->conjuncts) {
			compiler->words_at = compiler->where->len;
			put_search(compiler, expression);
			compiler->words_end = compiler->where->len;
			compiler->words = g_steal_pointer(&expression);
			compiler->words_bind = compiler->binds->len - 1;
			compiler->words_only = searched->len == children->len;
		} else {
			put_search(compiler, expression);
		}
		and = " AND ";
	}
	for (guint i = 0; i < children->len; i++) {
		const struct node *child = g_ptr_array_index(children, i);

		if (g_ptr_array_find(searched, child, NULL))
			continue;
		put(compiler, and);
		put_node(compiler, child);
		and = " AND ";
	}
}

static void
put_node(struct compiler *compiler, const struct node *node)
{
	g_autofree char *expression = NULL;

	if (node->type == NODE_TERM) {
		put_term(compiler, node->term);
		return;
	}
	if (is_search(node)) {
		expression = search_expression(node);
		put_search(compiler, expression);
		return;
	}
	put(compiler, node->type == NODE_NOT ? "NOT (" : "(");
	if (node->type == NODE_AND) {
		put_and(compiler, node->children);
	} else {
		for (guint i = 0; i < node->children->len; i++) {
			put(compiler, i > 0 ? " OR " : "");
			put_node(compiler, g_ptr_array_index(node->children, i));
		}
	}
	put(compiler, ")");
}

/* A term of that type that every match must fulfil, or NULL. */
static const struct node *
required_term(const GPtrArray *conjuncts, enum term_type type)
{
	for (guint i = 0; i < conjuncts->len; i++) {
		const struct node *node = g_ptr_array_index(conjuncts, i);

		if (node->type == NODE_TERM && node->term->type == type && (type != TERM_FILING || node->term->last == NULL))
			return node;
	}
	return NULL;
}

/* The same conditions, but whether a message has the words is asked of each that comes by. */
static void
put_walks(const struct compiler *compiler, const char *from, struct compiled *out)
{
	const char *where = compiler->where->str, *message = compiler->message, *date = compiler->date;
	g_autofree char *asked = g_strdup_printf("%.*sfound(%s)%s", (int)compiler->words_at, where, message, where + compiler->words_end);

	out->walked[QUERY_NEWEST] = g_strdup_printf("SELECT %s %s%s ORDER BY %s DESC, %s DESC LIMIT :limit", message, from, asked, date, message);
	out->walked[QUERY_OLDEST] = g_strdup_printf("SELECT %s %s%s ORDER BY %s, %s LIMIT :limit", message, from, asked, date, message);
	out->words = g_strdup(compiler->words);
	out->words_bind = compiler->words_bind;
}

/* The statements for each order, over what stands in where. */
static void
put_orders(const struct compiler *compiler, gboolean filing, gboolean by_received, struct compiled *out)
{
	static const char filings[] = "FROM filing AS f", both[] = "FROM filing AS f CROSS JOIN message AS m ON m.message = f.message";
	const char *narrow = !filing ? "FROM message AS m" : compiler->uses_message ? both : filings, *wide = filing ? both : narrow;
	const char *date = by_received ? "m.received" : compiler->date, *tie = compiler->message, *where = compiler->where->str;

	out->ordered[QUERY_NEWEST] = g_strdup_printf("SELECT %s %s%s ORDER BY %s DESC, %s DESC LIMIT :limit", tie, narrow, where, date, tie);
	out->ordered[QUERY_OLDEST] = g_strdup_printf("SELECT %s %s%s ORDER BY %s, %s LIMIT :limit", tie, narrow, where, date, tie);
	out->ordered[QUERY_ARRIVED] = g_strdup_printf("SELECT %s %s%s ORDER BY m.received DESC, %s DESC LIMIT :limit", tie, wide, where, tie);
	out->ordered[QUERY_AUTHOR] = g_strdup_printf("SELECT %s %s%s ORDER BY coalesce(nullif(m.author_name, ''), m.author_address, '') COLLATE NOCASE,"
	                                             " m.date_effective DESC, %s DESC LIMIT :limit",
	    tie, wide, where, tie);
	out->ordered[QUERY_SUBJECT] = g_strdup_printf(
	    "SELECT %s %s%s ORDER BY coalesce(m.subject_base, '') COLLATE NOCASE, m.date_effective DESC, %s DESC LIMIT :limit", tie, wide, where, tie);
	out->ordered[QUERY_LARGEST] =
	    g_strdup_printf("SELECT %s %s%s ORDER BY m.size DESC, m.date_effective DESC, %s DESC LIMIT :limit", tie, wide, where, tie);
	if (compiler->words != NULL && !filing && compiler->words_only)
		out->count = g_strdup_printf(
		    "SELECT count(*) FROM search WHERE search MATCH :v%u", compiler->words_bind + 1); /* each row of the search index is a message's */
	else
		out->count = g_strdup_printf("SELECT count(*) %s%s", narrow, where);
	if (compiler->words != NULL && !by_received)
		put_walks(compiler, filing ? narrow : "FROM message AS m INDEXED BY message_date", out);
}

/*
 * What leads decides the cost. A window of received: its index, and its order. One filing: that table's key, which is in order of date, so that
 * "the newest 50" read 50 entries. Else the index of dates, or whatever SQLite finds narrower (words, a thread, an id).
 */
static void
compile(struct compiler *compiler, GPtrArray *conjuncts, struct compiled *out)
{
	gboolean by_received = required_term(conjuncts, TERM_RECEIVED) != NULL;
	const struct node *filing = by_received ? NULL : required_term(conjuncts, TERM_FILING);

	compiler->message = filing != NULL ? "f.message" : "m.message";
	compiler->date = filing != NULL ? "f.date" : "m.date_effective";
	if (filing != NULL) {
		put(compiler, " WHERE f.type = ");
		put_text(compiler, filing->term->name);
		put(compiler, " AND f.id = ");
		put_text(compiler, filing->term->text);
		g_ptr_array_remove(conjuncts, (gpointer)filing);
	}
	compiler->conjuncts = conjuncts;
	if (conjuncts->len > 0) {
		put(compiler, filing != NULL ? " AND " : " WHERE ");
		put_and(compiler, conjuncts);
	}
	put_orders(compiler, filing != NULL, by_received, out);
}

void
query_compile(const struct node *tree, struct compiled *out)
{
	struct compiler compiler = {.where = g_string_new(NULL), .binds = g_ptr_array_new_with_free_func((GDestroyNotify)bind_free)};
	g_autoptr(GPtrArray) conjuncts = g_ptr_array_new();

	if (tree != NULL && tree->type == NODE_AND)
		g_ptr_array_extend(conjuncts, tree->children, NULL, NULL);
	else if (tree != NULL)
		g_ptr_array_add(conjuncts, (gpointer)tree);
	compile(&compiler, conjuncts, out);
	out->binds = compiler.binds;
	g_string_free(compiler.where, TRUE);
	g_free(compiler.words);
}

void
compiled_clear(struct compiled *compiled)
{
	for (int i = 0; i < N_QUERY_ORDERS; i++)
		g_clear_pointer(&compiled->ordered[i], g_free);
	g_clear_pointer(&compiled->count, g_free);
	g_clear_pointer(&compiled->walked[QUERY_NEWEST], g_free);
	g_clear_pointer(&compiled->walked[QUERY_OLDEST], g_free);
	g_clear_pointer(&compiled->words, g_free);
	g_clear_pointer(&compiled->binds, g_ptr_array_unref);
}
