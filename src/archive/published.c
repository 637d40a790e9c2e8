#include "archive/published.h"

#include <string.h>

#define WAIT_MS 2000 /* nobody else has it open while the folder's lock is held */

struct published {
	struct db *db;
};

struct published *
published_open(const char *folder, gboolean make, GError **error)
{
	struct published *published;
	gboolean older = FALSE;
	struct db *db;
	int from, to;

	/* a folder where nothing is yet is no failure: it is made */
	if (make && db_is_older(folder, DB_PUBLISHED, &older, NULL) && older && !db_upgrade(folder, DB_PUBLISHED, WAIT_MS, &from, &to, error))
		return NULL;
	db = db_open(folder, DB_PUBLISHED, make ? DB_CREATE : DB_READ, WAIT_MS, error);
	if (db == NULL)
		return NULL;
	published = g_new0(struct published, 1);
	published->db = db;
	return published;
}

void
published_close(struct published *published)
{
	db_close(published->db);
	g_free(published);
}

gboolean
published_begin(struct published *published, GError **error)
{
	return db_begin(published->db, error);
}

gboolean
published_commit(struct published *published, GError **error)
{
	return db_commit(published->db, error);
}

void
published_rollback(struct published *published)
{
	db_rollback(published->db);
}

gboolean
published_state(struct published *published, struct published_state *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "SELECT uuid, born, key, change, at, whole FROM state", error);
	enum stmt_result result = stmt != NULL ? stmt_step(stmt, error) : STMT_ERROR;

	if (result == STMT_ERROR)
		return FALSE;
	*out = (struct published_state){0};
	if (result == STMT_END)
		return TRUE;
	g_strlcpy(out->uuid, stmt_text(stmt, 0), sizeof(out->uuid));
	g_strlcpy(out->born, stmt_text(stmt, 1), sizeof(out->born));
	g_strlcpy(out->key, stmt_text(stmt, 2), sizeof(out->key));
	out->change = stmt_int(stmt, 3);
	out->at = stmt_int(stmt, 4);
	out->whole = stmt_int(stmt, 5) != 0;
	return TRUE;
}

gboolean
published_set_state(struct published *published, const struct published_state *state, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db,
	    "INSERT OR REPLACE INTO state (one, uuid, born, key, change, at, whole) VALUES (1, :uuid, :born, :key, :change, :at, :whole)", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":uuid", state->uuid);
	stmt_bind_text(stmt, ":born", state->born);
	stmt_bind_text(stmt, ":key", state->key);
	stmt_bind_int(stmt, ":change", state->change);
	stmt_bind_int(stmt, ":at", state->at);
	stmt_bind_int(stmt, ":whole", state->whole);
	return stmt_run(stmt, error);
}

gboolean
published_file(struct published *published, const char *path, gboolean *known, char **sum, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "SELECT sum FROM file WHERE path = :path", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":path", path);
	result = stmt_step(stmt, error);
	if (result == STMT_ERROR)
		return FALSE;
	*known = result == STMT_ROW;
	*sum = *known ? g_strdup(stmt_text(stmt, 0)) : NULL;
	return TRUE;
}

gboolean
published_set_file(struct published *published, const char *path, const char *sum, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "INSERT OR REPLACE INTO file (path, sum) VALUES (:path, :sum)", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":path", path);
	stmt_bind_text(stmt, ":sum", sum);
	return stmt_run(stmt, error);
}

gboolean
published_forget_file(struct published *published, const char *path, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "DELETE FROM file WHERE path = :path", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":path", path);
	return stmt_run(stmt, error);
}

GPtrArray *
published_files(struct published *published, const char *prefix, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "SELECT path FROM file WHERE path >= :prefix ORDER BY path", error);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":prefix", prefix);
	while ((result = stmt_step(stmt, error)) == STMT_ROW && g_str_has_prefix(stmt_text(stmt, 0), prefix))
		g_ptr_array_add(files, g_strdup(stmt_text(stmt, 0)));
	return result != STMT_ERROR ? g_steal_pointer(&files) : NULL;
}

gboolean
published_count(struct published *published, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "SELECT count(*) FROM file", error);

	if (stmt == NULL || stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}

void
published_letter_clear(struct published_letter *letter)
{
	g_clear_pointer(&letter->places, g_free);
	g_clear_pointer(&letter->thread, g_free);
	g_clear_pointer(&letter->campaign, g_free);
}

gboolean
published_letter(struct published *published, gint64 message, struct published_letter *out, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result;

	*out = (struct published_letter){0};
	if (published == NULL)
		return TRUE;
	stmt = db_statement(
	    published->db, "SELECT places, thread, campaign, thread_number, campaign_number, date, face FROM letter WHERE message = :message", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	if (result == STMT_ROW)
		*out = (struct published_letter){g_strdup(stmt_text(stmt, 0)), g_strdup(stmt_text(stmt, 1)), g_strdup(stmt_text(stmt, 2)), stmt_int(stmt, 3),
		    stmt_int(stmt, 4), stmt_int(stmt, 5), stmt_int(stmt, 6)};
	return result != STMT_ERROR;
}

gboolean
published_set_letter(struct published *published, gint64 message, const struct published_letter *letter, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db,
	    letter->places == NULL ? "DELETE FROM letter WHERE message = :message"
	                           : "INSERT OR REPLACE INTO letter (message, places, thread, campaign, thread_number, campaign_number, date, face)"
	                             " VALUES (:message, :places, :thread, :campaign, :thread_number, :campaign_number, :date, :face)",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (letter->places != NULL) {
		stmt_bind_text(stmt, ":places", letter->places);
		stmt_bind_text(stmt, ":thread", letter->thread);
		stmt_bind_text(stmt, ":campaign", letter->campaign);
		stmt_bind_int(stmt, ":thread_number", letter->thread_number);
		stmt_bind_int(stmt, ":campaign_number", letter->campaign_number);
		stmt_bind_int(stmt, ":date", letter->date);
		stmt_bind_int(stmt, ":face", letter->face);
	}
	return stmt_run(stmt, error);
}

gboolean
published_forget_letters(struct published *published, GError **error)
{
	return db_execute(published->db, "DELETE FROM letter", error);
}

gboolean
published_count_letters(struct published *published, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "SELECT count(*) FROM letter", error);

	if (stmt == NULL || stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}

GArray *
published_kin(struct published *published, gboolean campaign, gint64 number, const char *path, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db,
	    campaign ? "SELECT message FROM letter WHERE campaign_number = :number AND campaign IS NOT :path ORDER BY message"
	             : "SELECT message FROM letter WHERE thread_number = :number AND thread IS NOT :path ORDER BY message",
	    error);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":number", number);
	stmt_bind_text(stmt, ":path", path);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 message = stmt_int(stmt, 0);

		g_array_append_val(numbers, message);
	}
	return result == STMT_END ? g_steal_pointer(&numbers) : NULL;
}

GArray *
published_pieces(struct published *published, const char *path, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "SELECT name, size, letters, sum FROM piece WHERE path = :path ORDER BY n", error);
	g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(struct published_piece));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":path", path);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct published_piece piece = {.size = stmt_int(stmt, 1), .letters = stmt_int(stmt, 2)};

		g_strlcpy(piece.name, stmt_text(stmt, 0), sizeof piece.name);
		g_strlcpy(piece.sum, stmt_text(stmt, 3), sizeof piece.sum);
		g_array_append_val(pieces, piece);
	}
	return result == STMT_END ? g_steal_pointer(&pieces) : NULL;
}

gboolean
published_set_pieces(struct published *published, const char *path, const GArray *pieces, GError **error)
{
	g_autoptr(Stmt) none = db_statement(published->db, "DELETE FROM piece WHERE path = :path", error);

	if (none == NULL)
		return FALSE;
	stmt_bind_text(none, ":path", path);
	if (!stmt_run(none, error))
		return FALSE;
	for (guint i = 0; pieces != NULL && i < pieces->len; i++) {
		const struct published_piece *piece = &g_array_index(pieces, struct published_piece, i);
		g_autoptr(Stmt) stmt = db_statement(
		    published->db, "INSERT INTO piece (path, n, name, size, letters, sum) VALUES (:path, :n, :name, :size, :letters, :sum)", error);

		if (stmt == NULL)
			return FALSE;
		stmt_bind_text(stmt, ":path", path);
		stmt_bind_int(stmt, ":n", i);
		stmt_bind_text(stmt, ":name", piece->name);
		stmt_bind_int(stmt, ":size", piece->size);
		stmt_bind_int(stmt, ":letters", piece->letters);
		stmt_bind_text(stmt, ":sum", piece->sum);
		if (!stmt_run(stmt, error))
			return FALSE;
	}
	return TRUE;
}
