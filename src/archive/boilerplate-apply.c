#include "archive/boilerplate.h"

#include "archive/campaigns.h"
#include "archive/index-private.h"
#include "archive/paragraphs.h"
#include "archive/settle.h"
#include "base/limits.h"

#include <string.h>

#define HINTS 2 /* different ones file */
#define GONE 3  /* a tier below all that file */

/* One of the rules' filings: TIER is what is left of it. */
struct ground {
	char *type, *id;
	int was, tier;
	guint n;     /* pieces of evidence */
	guint lost;  /* of them in boilerplate */
	guint heads; /* of these at the head of the letter */
};

/* A piece of evidence. */
struct piece {
	guint ground; /* index */
	int tier;
	char *key, *rule;
	gboolean lost;
};

struct grounds {
	GArray *filings, *pieces;
};

static void
ground_clear(gpointer data)
{
	struct ground *ground = data;

	g_free(ground->type);
	g_free(ground->id);
}

static void
piece_clear(gpointer data)
{
	struct piece *piece = data;

	g_free(piece->key);
	g_free(piece->rule);
}

static void
grounds_clear(struct grounds *grounds)
{
	g_clear_pointer(&grounds->filings, g_array_unref);
	g_clear_pointer(&grounds->pieces, g_array_unref);
}

typedef struct grounds Grounds;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Grounds, grounds_clear)

/* firm 0, suggested 1; all else files nothing by itself */
static int
tier_number(const char *tier)
{
	return strcmp(tier, "firm") == 0 ? 0 : strcmp(tier, "suggested") == 0 ? 1 : strcmp(tier, "hint") == 0 ? 2 : GONE;
}

static gboolean
load_filings(struct index *index, gint64 message, struct grounds *grounds, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT type, id, tier FROM filing WHERE message = :message AND by = 'rules' ORDER BY type, id", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		int tier = tier_number(stmt_text(stmt, 2));
		struct ground ground = {.type = g_strdup(stmt_text(stmt, 0)), .id = g_strdup(stmt_text(stmt, 1)), .was = tier, .tier = tier};

		g_array_append_val(grounds->filings, ground);
	}
	return result == STMT_END;
}

static struct ground *
find_ground(const struct grounds *grounds, const char *type, const char *id)
{
	for (guint i = 0; i < grounds->filings->len; i++) {
		struct ground *ground = &g_array_index(grounds->filings, struct ground, i);

		if ((type == NULL || strcmp(ground->type, type) == 0) && strcmp(ground->id, id) == 0)
			return ground;
	}
	return NULL;
}

#define IN_BOILERPLATE                                                                                                                                         \
	"(SELECT 1 + (p.place = 'head') FROM paragraph AS p WHERE p.message = e.message AND p.scope <> 0 AND p.passage = e.passage AND e.\"offset\" >= "       \
	"p.\"offset\" AND "                                                                                                                                    \
	"e.\"offset\" < p.\"offset\" + p.length)"

static gboolean
load_pieces(struct index *index, gint64 message, struct grounds *grounds, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, "SELECT type, id, tier, key, rule, coalesce(" IN_BOILERPLATE ", 0) FROM proof AS e WHERE message = :message ORDER BY n", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct ground *ground = find_ground(grounds, stmt_text(stmt, 0), stmt_text(stmt, 1));
		struct piece piece = {.tier = tier_number(stmt_text(stmt, 2)), .lost = stmt_int(stmt, 5) != 0};

		if (ground == NULL || piece.tier == GONE)
			continue;
		ground->n++;
		ground->lost += piece.lost;
		ground->heads += stmt_int(stmt, 5) == 2;
		piece.ground = (guint)(ground - &g_array_index(grounds->filings, struct ground, 0));
		piece.key = g_strdup(stmt_text(stmt, 3));
		piece.rule = g_strdup(stmt_text(stmt, 4));
		g_array_append_val(grounds->pieces, piece);
	}
	return result == STMT_END;
}

/* What PIECE files under by itself. Conditions ("attachment = yes") go with words, and "outweighed by" is against it. */
static int
piece_tier(const struct grounds *grounds, const struct piece *piece)
{
	static const char *const no_ground[] = {"attachment", "words", "filed", "outweighed by"};
	const struct ground *from;

	if (piece->lost || piece->tier > 1)
		return GONE;
	for (gsize i = 0; i < G_N_ELEMENTS(no_ground); i++)
		if (strcmp(piece->key, no_ground[i]) == 0)
			return GONE;
	if (strcmp(piece->key, "topic") != 0 && strcmp(piece->key, "maps") != 0)
		return strcmp(piece->key, "hint") == 0 ? GONE : piece->tier;
	from = find_ground(grounds, strcmp(piece->key, "topic") == 0 ? "topic" : NULL, piece->rule);
	return from == NULL ? piece->tier : from->tier == GONE ? GONE : MAX(piece->tier, from->tier);
}

/* The best of what is left; hints file together. */
static int
ground_tier(const struct grounds *grounds, guint number)
{
	g_autoptr(GHashTable) hints = g_hash_table_new(g_str_hash, g_str_equal);
	int best = GONE;

	for (guint i = 0; i < grounds->pieces->len; i++) {
		const struct piece *piece = &g_array_index(grounds->pieces, struct piece, i);

		if (piece->ground != number)
			continue;
		best = MIN(best, piece_tier(grounds, piece));
		if (!piece->lost && (piece->tier == 2 || strcmp(piece->key, "hint") == 0))
			g_hash_table_add(hints, piece->rule);
	}
	return best == GONE && g_hash_table_size(hints) >= HINTS ? 1 : best;
}

/* Of a rule only so many matches in a text are recorded: those at its head may have left no room for what stands below. */
static gboolean
is_unsure(const struct ground *ground)
{
	return ground->heads >= LIMIT_EVIDENCE_PER_RULE;
}

static gboolean
is_derived(const struct grounds *grounds, guint number)
{
	for (guint i = 0; i < grounds->pieces->len; i++) {
		const struct piece *piece = &g_array_index(grounds->pieces, struct piece, i);

		if (piece->ground == number && (strcmp(piece->key, "topic") == 0 || strcmp(piece->key, "maps") == 0))
			return TRUE;
	}
	return FALSE;
}

/* Filings that lost ground, and those that follow from them; until nothing changes, for what follows may follow from what follows. */
static void
weigh(struct grounds *grounds)
{
	gboolean changed = TRUE;

	for (guint round = 0; changed && round <= grounds->filings->len; round++) {
		changed = FALSE;
		for (guint i = 0; i < grounds->filings->len; i++) {
			struct ground *ground = &g_array_index(grounds->filings, struct ground, i);
			int tier;

			if (ground->n == 0 || is_unsure(ground) || (ground->lost == 0 && !is_derived(grounds, i)))
				continue;
			tier = MAX(ground_tier(grounds, i), ground->was);
			changed |= tier != ground->tier;
			ground->tier = tier;
		}
	}
}

static gboolean
run_filing(struct index *index, const char *sql, gint64 message, const struct ground *ground, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":type", ground->type);
	stmt_bind_text_static(stmt, ":id", ground->id);
	return settle_run(index, stmt, message, error);
}

/* A hold goes with its intent, unless another intent that holds is left. */
static gboolean
set_hold(struct index *index, gint64 message, GError **error)
{
	return index_run(index,
	           "INSERT INTO set_aside_hold (message, held) SELECT m.message, m.held FROM message AS m JOIN set_aside AS s ON s.message = m.message AND "
	           "s.type = 'intent' AND m.held = 'intent ' || s.id WHERE m.message = :message AND NOT EXISTS "
	           "(SELECT 1 FROM filing AS f WHERE f.message = m.message AND f.type = 'intent' AND f.id = s.id)",
	           message, error) &&
	       settle_run_one(index,
	           "UPDATE message AS m SET held = (SELECT 'intent ' || f.id FROM filing AS f JOIN target AS t ON t.type = f.type AND t.id = f.id "
	           "WHERE f.message = m.message AND f.type = 'intent' AND f.by = 'rules' AND t.hold ORDER BY t.position, t.id LIMIT 1) "
	           "WHERE message = :message AND message IN (SELECT message FROM set_aside_hold)",
	           message, error);
}

static gboolean
set_aside(struct index *index, gint64 message, GError **error)
{
	g_auto(Grounds) grounds = {g_array_new(FALSE, FALSE, sizeof(struct ground)), g_array_new(FALSE, FALSE, sizeof(struct piece))};

	g_array_set_clear_func(grounds.filings, ground_clear);
	g_array_set_clear_func(grounds.pieces, piece_clear);
	if (!load_filings(index, message, &grounds, error) || !load_pieces(index, message, &grounds, error))
		return FALSE;
	weigh(&grounds);
	for (guint i = 0; i < grounds.filings->len; i++) {
		const struct ground *ground = &g_array_index(grounds.filings, struct ground, i);

		if (ground->tier == ground->was)
			continue;
		if (!run_filing(index,
		        "INSERT INTO set_aside (message, type, id, tier, taxonomy) SELECT message, type, id, tier, taxonomy FROM filing "
		        "WHERE message = :message AND type = :type AND id = :id AND by = 'rules'",
		        message, ground, error) ||
		    !run_filing(index,
		        ground->tier == GONE ? "DELETE FROM filing WHERE message = :message AND type = :type AND id = :id AND by = 'rules'"
		                             : "UPDATE filing SET tier = 'suggested' WHERE message = :message AND type = :type AND id = :id AND by = 'rules'",
		        message, ground, error))
			return FALSE;
	}
	return set_hold(index, message, error);
}

/* In which scope a paragraph of MESSAGE is boilerplate: learned for its author, his domain, its list or all mail. */
#define LEARNED_SCOPE                                                                                                                                          \
	"(SELECT b.scope FROM boilerplate AS b JOIN message AS m ON m.message = p.message WHERE b.hash = p.hash AND b.name = CASE b.kind "                     \
	"WHEN 'author' THEN lower(m.author_address) WHEN 'domain' THEN lower(substr(m.author_address, instr(m.author_address, '@') + 1)) "                     \
	"WHEN 'list' THEN lower(m.list_id) ELSE '' END ORDER BY b.kind = 'all', b.kind = 'author', b.kind = 'list', b.scope LIMIT 1)"

/* Marks MESSAGE's paragraphs: at the foot, one above another that counts does count. *ANY: some are boilerplate; *TURNED: the marks are others than before. */
static gboolean
mark(struct index *index, gint64 message, gboolean *any, gboolean *turned, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, "SELECT n, place = 'foot', scope, coalesce(" LEARNED_SCOPE ", 0) FROM paragraph AS p WHERE message = :message ORDER BY n", error);
	g_autoptr(Stmt) set = stmt != NULL ? db_statement(index->db, "UPDATE paragraph SET scope = :scope WHERE message = :message AND n = :n", error) : NULL;
	gint64 marks[8][2];
	gboolean chain = TRUE;
	enum stmt_result result;
	guint n = 0;

	if (set == NULL)
		return FALSE;
	*any = *turned = FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW && n < G_N_ELEMENTS(marks)) {
		gboolean foot = stmt_int(stmt, 1) != 0;
		gint64 scope = foot && !chain ? 0 : stmt_int(stmt, 3);

		if (foot && scope == 0)
			chain = FALSE;
		*any |= scope != 0;
		if (scope == stmt_int(stmt, 2))
			continue;
		marks[n][0] = stmt_int(stmt, 0);
		marks[n++][1] = scope;
	}
	*turned = n > 0;
	stmt_bind_int(set, ":message", message);
	for (guint i = 0; i < n; i++) {
		stmt_bind_int(set, ":n", marks[i][0]);
		stmt_bind_int(set, ":scope", marks[i][1]);
		if (!settle_run(index, set, message, error))
			return FALSE;
	}
	return result != STMT_ERROR;
}

static gboolean
set_gist(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, message, error), left = NULL;
	g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(struct paragraph));
	g_autoptr(Stmt) stmt = NULL, row = NULL;
	g_autofree char *gist = NULL;
	enum stmt_result result;

	if (passages == NULL)
		return FALSE;
	stmt = db_statement(index->db, "SELECT passage, \"offset\", length FROM paragraph WHERE message = :message AND scope <> 0", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct paragraph span = {.passage = (guint)stmt_int(stmt, 0), .offset = (guint)stmt_int(stmt, 1), .length = (guint)stmt_int(stmt, 2)};

		g_array_append_val(spans, span);
	}
	if (result == STMT_ERROR || (row = db_statement(index->db, "SELECT subject_base FROM message WHERE message = :message", error)) == NULL)
		return FALSE;
	stmt_bind_int(row, ":message", message);
	if (stmt_step(row, error) != STMT_ROW)
		return FALSE;
	left = paragraphs_without(passages, spans);
	gist = index_make_gist(left, stmt_text(row, 0));
	stmt_done(g_steal_pointer(&stmt));
	stmt = db_statement(index->db, "UPDATE message SET gist = :gist WHERE message = :message", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":gist", gist);
	stmt_bind_int(stmt, ":message", message);
	return settle_run(index, stmt, message, error);
}

gboolean
boilerplate_lift(struct index *index, gint64 message, gboolean *any, GError **error)
{
	gint64 found;

	*any = FALSE;
	if (!index_get(index,
	        "SELECT 1 FROM paragraph WHERE message = :message AND scope <> 0 UNION ALL SELECT 1 FROM set_aside WHERE message = :message LIMIT 1", message,
	        0, &found, error))
		return FALSE;
	*any = found != 0;
	return !*any ||
	       (settle_run_one(index, "UPDATE message AS m SET held = s.held FROM set_aside_hold AS s WHERE s.message = m.message AND m.message = :message",
	            message, error) &&
	           index_run(index,
	               "DELETE FROM overruled WHERE message = :message AND (type, id) IN (SELECT type, id FROM set_aside WHERE message = :message)", message,
	               error) &&
	           settle_run_one(index,
	               "INSERT OR REPLACE INTO filing (type, id, message, date, tier, by, taxonomy) SELECT s.type, s.id, s.message, m.date_effective, s.tier, "
	               "'rules', s.taxonomy FROM set_aside AS s JOIN message AS m USING (message) WHERE s.message = :message",
	               message, error) &&
	           index_run(index, "DELETE FROM set_aside WHERE message = :message", message, error) &&
	           index_run(index, "DELETE FROM set_aside_hold WHERE message = :message", message, error));
}

gboolean
boilerplate_settle(struct index *index, gint64 message, GError **error)
{
	gboolean lifted, any, turned;

	if (!boilerplate_lift(index, message, &lifted, error) || !mark(index, message, &any, &turned, error))
		return FALSE;
	if (any && !set_aside(index, message, error))
		return FALSE;
	return !turned || (set_gist(index, message, error) && campaigns_refresh(index, message, error));
}

gboolean
boilerplate_settle_all(struct index *index, GError **error)
{
	g_autoptr(GArray) messages = index_list(index, "SELECT message FROM set_aside_hold WHERE :message = 0", 0, error);

	if (messages == NULL)
		return FALSE;
	for (guint i = 0; i < messages->len; i++)
		if (!index_apply_decisions(index, g_array_index(messages, gint64, i), error))
			return FALSE;
	return TRUE;
}
