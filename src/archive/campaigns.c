#include "archive/campaigns.h"

#include "archive/campaigns-text.h"
#include "archive/index-private.h"
#include "archive/letter-keys.h"
#include "archive/settle.h"
#include "archive/sketch.h"

#include <string.h>

#define RANK_CHARACTERS 12 /* of a public id: 60 of its bits */

/*
 * Every letter has a place in the order of public ids (its rank) and keys, and points to the smallest letter that leads one of its keys and is like it: its
 * leader, or itself. A campaign is what leads to the same letter. So what a letter belongs to depends on which letters there are, not on when they came.
 */
struct letter {
	gint64 message, rank;
	struct sketch sketch;
};

/* Letters that others are compared with are read once. */
struct pass {
	struct index *index;
	GHashTable *leaders; /* message -> struct letter */
	GArray *moved;       /* of gint64: their leader is another one now */
};

typedef struct pass Pass;

static void
pass_clear(struct pass *pass)
{
	g_hash_table_unref(pass->leaders);
	g_array_unref(pass->moved);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pass, pass_clear)

/* Sorts as strcmp sorts public ids: digits, then letters. */
static gint64
rank_of(const char *public_id)
{
	gint64 rank = 0;

	for (guint i = 0; i < RANK_CHARACTERS; i++) {
		char c = *public_id;

		rank = rank * 37 + (c == '\0' ? 0 : g_ascii_isdigit(c) ? c - '0' : g_ascii_islower(c) ? c - 'a' + 10 : 36);
		public_id += c != '\0';
	}
	return rank;
}

static gboolean
read_letter(struct stmt *stmt, struct letter *out)
{
	gsize length;
	gconstpointer sketch = stmt_blob(stmt, 2, &length);

	*out = (struct letter){.message = stmt_int(stmt, 0), .rank = stmt_int(stmt, 1)};
	out->sketch.length = MIN(length, SKETCH_BYTES);
	if (out->sketch.length > 0)
		memcpy(out->sketch.bytes, sketch, out->sketch.length);
	return TRUE;
}

/* FALSE without an error: MESSAGE is no letter. */
static gboolean
load_letter(struct index *index, gint64 message, struct letter *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT message, rank, sketch FROM letter WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	return stmt_step(stmt, error) == STMT_ROW && read_letter(stmt, out);
}

static gboolean
add_keys(struct index *index, const struct letter *letter, GError **error)
{
	gint64 keys[SKETCH_PAIRS];
	guint n = sketch_keys(&letter->sketch, keys);

	for (guint i = 0; i < n; i++)
		if (!letter_keys_add(index, keys[i], letter->rank, letter->message, error))
			return FALSE;
	return TRUE;
}

static gboolean
add_row(struct index *index, const struct letter *letter, gint64 leader, gint64 campaign, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, DB_SOON("INSERT INTO letter (message, rank, leader, campaign, sketch) VALUES (:message, :rank, :leader, :campaign, :sketch)"), error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", letter->message);
	stmt_bind_int(stmt, ":rank", letter->rank);
	stmt_bind_int(stmt, ":leader", leader);
	stmt_bind_int(stmt, ":campaign", campaign);
	stmt_bind_blob_static(stmt, ":sketch", letter->sketch.bytes, letter->sketch.length);
	return stmt_run(stmt, error);
}

static gboolean
remove_rows(struct index *index, const struct letter *letter, GError **error)
{
	gint64 keys[SKETCH_PAIRS];
	guint n = sketch_keys(&letter->sketch, keys);

	for (guint i = 0; i < n; i++)
		if (!letter_keys_remove(index, keys[i], letter->rank, letter->message, error))
			return FALSE;
	return settle_run_one(index, "DELETE FROM letter WHERE message = :message", letter->message, error);
}

static const struct letter *
get_leader(struct pass *pass, gint64 message, GError **error)
{
	struct letter *letter = g_hash_table_lookup(pass->leaders, &message);

	if (letter != NULL)
		return letter;
	letter = g_new(struct letter, 1);
	if (!load_letter(pass->index, message, letter, error)) {
		g_free(letter);
		return NULL;
	}
	g_hash_table_insert(pass->leaders, &letter->message, letter);
	return letter;
}

/* Of the letters that lead the keys of LETTER the smallest that is like it; itself when there is none. *LEADS: it leads a key that others have. */
static gboolean
find_leader(struct pass *pass, const struct letter *letter, gint64 *out, gboolean *leads, GError **error)
{
	gint64 keys[SKETCH_PAIRS], tried[SKETCH_PAIRS], best = letter->rank;
	guint n = sketch_keys(&letter->sketch, keys), n_tried = 0;

	*out = letter->message;
	*leads = FALSE;
	for (guint i = 0; i < n; i++) {
		const struct letter *leader;
		gboolean more;
		gint64 first;
		guint j = 0;

		if (!letter_keys_first(pass->index, keys[i], &first, &more, error))
			return FALSE;
		*leads |= first == letter->message && more;
		while (j < n_tried && tried[j] != first)
			j++;
		if (first == 0 || first == letter->message || j < n_tried)
			continue;
		tried[n_tried++] = first;
		leader = get_leader(pass, first, error);
		if (leader == NULL)
			return FALSE;
		if (leader->rank < best && sketch_alike(&leader->sketch, &letter->sketch)) {
			best = leader->rank;
			*out = first;
		}
	}
	return TRUE;
}

static gboolean
set_leader(struct index *index, gint64 message, gint64 leader, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "UPDATE letter SET leader = :leader WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":leader", leader);
	return stmt_run(stmt, error);
}

static gboolean
set_campaign(struct index *index, gint64 message, gint64 campaign, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "UPDATE letter SET campaign = :campaign WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":campaign", campaign);
	return settle_run(index, stmt, message, error);
}

static gboolean
lead(struct pass *pass, gint64 message, GError **error)
{
	struct letter letter;
	gint64 leader, before;
	gboolean leads;

	if (!load_letter(pass->index, message, &letter, error) || !find_leader(pass, &letter, &leader, &leads, error) ||
	    !index_get(pass->index, "SELECT leader FROM letter WHERE message = :message", message, 0, &before, error))
		return FALSE;
	if (leader == before)
		return TRUE;
	g_array_append_val(pass->moved, message);
	return set_leader(pass->index, message, leader, error);
}

/* What follows MESSAGE, directly or not, belongs where it belongs. Leaders are smaller than those they lead, so this ends. */
static gboolean
name_campaigns(struct pass *pass, GError **error)
{
	while (pass->moved->len > 0) {
		gint64 message = g_array_index(pass->moved, gint64, pass->moved->len - 1), before, campaign;
		g_autoptr(GArray) followers = NULL;

		g_array_set_size(pass->moved, pass->moved->len - 1);
		if (!index_get(pass->index, "SELECT campaign FROM letter WHERE message = :message", message, 0, &before, error) ||
		    !index_get(pass->index,
		        "SELECT CASE WHEN l.leader = l.message THEN l.message ELSE o.campaign END FROM letter AS l JOIN letter AS o ON o.message = l.leader "
		        "WHERE l.message = :message",
		        message, 0, &campaign, error))
			return FALSE;
		if (campaign == before)
			continue;
		if (!set_campaign(pass->index, message, campaign, error))
			return FALSE;
		followers = index_list(pass->index, "SELECT message FROM letter WHERE leader = :message AND leader <> message", message, error);
		if (followers == NULL)
			return FALSE;
		g_array_append_vals(pass->moved, followers->data, followers->len);
	}
	return TRUE;
}

/* The others that share a key with LETTER which it leads. */
static gboolean
list_led(struct index *index, const struct letter *letter, GHashTable *out, GError **error)
{
	gint64 keys[SKETCH_PAIRS];
	guint n = sketch_keys(&letter->sketch, keys);

	for (guint i = 0; i < n; i++) {
		g_autoptr(GArray) members = NULL;
		gboolean more;
		gint64 first;

		if (!letter_keys_first(index, keys[i], &first, &more, error))
			return FALSE;
		if (first != letter->message || !more)
			continue;
		members = letter_keys_list(index, keys[i], error);
		if (members == NULL)
			return FALSE;
		for (guint j = 0; j < members->len; j++) {
			gint64 *member = g_memdup2(&g_array_index(members, gint64, j), sizeof(gint64));

			g_hash_table_add(out, member);
		}
	}
	g_hash_table_remove(out, &letter->message);
	return TRUE;
}

/* Those of LETTERS may have another leader now. */
static gboolean
settle(struct pass *pass, GHashTable *letters, GError **error)
{
	GHashTableIter iter;
	gpointer message;

	g_hash_table_iter_init(&iter, letters);
	while (g_hash_table_iter_next(&iter, &message, NULL))
		if (!lead(pass, *(gint64 *)message, error))
			return FALSE;
	return name_campaigns(pass, error);
}

static struct pass
pass_of(struct index *index)
{
	return (struct pass){
	    .index = index,
	    .leaders = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free),
	    .moved = g_array_new(FALSE, FALSE, sizeof(gint64)),
	};
}

static gboolean
add_letter(struct index *index, const struct letter *letter, GError **error)
{
	g_autoptr(GHashTable) led = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g_auto(Pass) pass = pass_of(index);
	gint64 leader, campaign = letter->message;
	gboolean leads;

	if (letter->sketch.length == 0)
		return TRUE;
	if (!add_keys(index, letter, error) || !find_leader(&pass, letter, &leader, &leads, error))
		return FALSE;
	/* Leaders are smaller, and only the greater can change by what comes: the leader's campaign stands. */
	if (leader != letter->message && !index_get(index, "SELECT campaign FROM letter WHERE message = :message", leader, 0, &campaign, error))
		return FALSE;
	return add_row(index, letter, leader, campaign, error) && (!leads || (list_led(index, letter, led, error) && settle(&pass, led, error)));
}

static gboolean
remove_letter(struct index *index, const struct letter *letter, GError **error)
{
	g_autoptr(GHashTable) led = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g_auto(Pass) pass = pass_of(index);

	return list_led(index, letter, led, error) && remove_rows(index, letter, error) && settle(&pass, led, error);
}

/* The letter of MESSAGE as it is known; without a sketch when it is none. */
static gboolean
find_letter(struct index *index, gint64 message, struct letter *out, GError **error)
{
	gint64 known;

	*out = (struct letter){.message = message};
	if (!index_get(index, "SELECT message FROM letter WHERE message = :message", message, 0, &known, error))
		return FALSE;
	return known == 0 || load_letter(index, message, out, error);
}

gboolean
campaigns_add(struct index *index, gint64 message, const char *public_id, const struct sketch *sketch, GError **error)
{
	struct letter letter = {.message = message, .rank = rank_of(public_id), .sketch = *sketch};

	return add_letter(index, &letter, error);
}

gboolean
campaigns_refresh(struct index *index, gint64 message, GError **error)
{
	g_autofree char *text = campaigns_text_stored(index, message, error);
	g_autoptr(Stmt) stmt = NULL;
	struct letter before, now = {.message = message};

	if (text == NULL || !find_letter(index, message, &before, error))
		return FALSE;
	sketch_text(text, &now.sketch);
	if (sketch_equal(&before.sketch, &now.sketch))
		return TRUE;
	stmt = db_statement(index->db, "SELECT public_id FROM message WHERE message = :message", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	now.rank = rank_of(stmt_text(stmt, 0));
	return (before.sketch.length == 0 || remove_letter(index, &before, error)) && add_letter(index, &now, error);
}

gboolean
campaigns_remove(struct index *index, gint64 message, GError **error)
{
	struct letter letter;

	return find_letter(index, message, &letter, error) && (letter.sketch.length == 0 || remove_letter(index, &letter, error));
}
