#include "find/member.h"

#include "base/limits.h"

/*
 * Messages are numbered as they arrive, and whoever asks for the newest asks for numbers that are close together: so a block of numbers is looked up at once,
 * and then those beside it. Where old mail was imported, numbers and dates may have nothing to do with one another: then all are looked up at once, or one by
 * one when the words are in so many messages that a few questions are all it takes.
 */
#define BLOCK_LEAST 256
#define BLOCK_MATCHES 8 /* in a block, for each that is wanted */
#define BLOCKS_MOST 3   /* before all are looked up */
#define ASKED_MOST 64   /* single questions: a tenth of a millisecond each, since each begins the search anew */
#define COMMON 0.25     /* of all messages: four questions for a match */

struct member {
	struct index *index;
	char *expression;
	gint64 matches, last; /* LAST: the greatest number of a message */
	guint8 *bits;         /* of the numbers 0 to LAST */
	gint64 block;         /* numbers in one */
	gboolean *blocks;     /* which were looked up */
	guint loads;          /* questions after whole blocks */
	guint asks_left;
	GError *error;
};

static const char range_sql[] = "SELECT rowid FROM search WHERE search MATCH :words AND rowid >= :from AND rowid <= :to";

static struct stmt *
ask_range(struct member *member, const char *sql, gint64 from, gint64 to, GError **error)
{
	struct stmt *stmt = db_statement(index_db(member->index), sql, error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_text_static(stmt, ":words", member->expression);
	stmt_bind_int(stmt, ":from", from);
	stmt_bind_int(stmt, ":to", to);
	return stmt;
}

/* The newest of those that match tell how common they are. */
static gboolean
probe(struct member *member, GError **error)
{
	static const char sql[] =
	    "SELECT count(*), min(r), (SELECT max(message) FROM message) FROM (SELECT rowid AS r FROM search WHERE search MATCH :words ORDER BY rowid DESC"
	    " LIMIT " G_STRINGIFY(LIMIT_MEMBER_PROBE) ")";
	g_autoptr(Stmt) stmt = db_statement(index_db(member->index), sql, error);
	gint64 lowest;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":words", member->expression);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	member->matches = stmt_int(stmt, 0);
	lowest = stmt_int(stmt, 1);
	member->last = stmt_int(stmt, 2);
	if (member->matches == LIMIT_MEMBER_PROBE)
		member->matches = MAX(member->matches, (gint64)((double)member->matches * (double)member->last / (double)(member->last - lowest + 1)));
	return TRUE;
}

struct member *
member_new(struct index *index, const char *expression, GError **error)
{
	g_autoptr(Member) member = g_new0(struct member, 1);

	member->index = index;
	member->expression = g_strdup(expression);
	return probe(member, error) ? g_steal_pointer(&member) : NULL;
}

void
member_free(struct member *member)
{
	g_clear_error(&member->error);
	g_free(member->expression);
	g_free(member->bits);
	g_free(member->blocks);
	g_free(member);
}

gint64
member_matches(const struct member *member)
{
	return member->matches;
}

static gboolean
load(struct member *member, gint64 from, gint64 to)
{
	g_autoptr(Stmt) stmt = ask_range(member, range_sql, from, to, &member->error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	while ((result = stmt_step(stmt, &member->error)) == STMT_ROW) {
		gint64 number = stmt_int(stmt, 0);

		member->bits[number / 8] |= (guint8)(1U << (number % 8));
	}
	for (gint64 block = from / member->block; block <= to / member->block; block++)
		member->blocks[block] = TRUE;
	member->loads++;
	return result == STMT_END;
}

static int
ask(struct member *member, gint64 number)
{
	g_autoptr(Stmt) stmt = ask_range(member, range_sql, number, number, &member->error);
	enum stmt_result result = stmt != NULL ? stmt_step(stmt, &member->error) : STMT_ERROR;

	member->asks_left--;
	return result == STMT_ERROR ? -1 : result == STMT_ROW;
}

static int
answer(gpointer data, gint64 number)
{
	struct member *member = data;
	gint64 block = number / member->block;

	if (number < 0 || number > member->last)
		return 0;
	if (!member->blocks[block]) {
		gint64 from = block * member->block, to = MIN(from + member->block - 1, member->last);
		gboolean beside = (block > 0 && member->blocks[block - 1]) || (to < member->last && member->blocks[block + 1]);
		gboolean near = member->loads == 0 || (beside && member->loads < BLOCKS_MOST);

		if (!near && member->asks_left > 0)
			return ask(member, number);
		if (!(near ? load(member, from, to) : load(member, 0, member->last)))
			return -1;
	}
	return (member->bits[number / 8] & (1U << (number % 8))) != 0;
}

void
member_begin(struct member *member, guint wanted)
{
	double share = member->last > 0 ? (double)member->matches / (double)member->last : 1;

	member->bits = g_malloc0((gsize)member->last / 8 + 1);
	member->block = MAX((gint64)(BLOCK_MATCHES * wanted / share), BLOCK_LEAST);
	member->blocks = g_new0(gboolean, member->last / member->block + 1);
	member->asks_left = share >= COMMON && wanted <= ASKED_MOST * share ? ASKED_MOST : 0;
	db_set_found(index_db(member->index), answer, member);
}

gboolean
member_end(struct member *member, GError **error)
{
	db_set_found(index_db(member->index), NULL, NULL);
	if (member->error == NULL)
		return TRUE;
	if (error != NULL && *error == NULL)
		g_propagate_error(error, g_steal_pointer(&member->error));
	return FALSE;
}
