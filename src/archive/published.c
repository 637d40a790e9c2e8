#include "archive/published.h"

#include <string.h>

#define WAIT_MS 2000 /* nobody else has it open while the folder's lock is held */

struct published {
	struct db *db;
};

struct published *
published_open(const char *folder, gboolean make, GError **error)
{
	struct db *db = db_open(folder, DB_PUBLISHED, make ? DB_CREATE : DB_WRITE, WAIT_MS, error);
	struct published *published;

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

char *
published_places(struct published *published, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db, "SELECT places FROM letter WHERE message = :message", error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	return stmt_step(stmt, error) == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

gboolean
published_set_places(struct published *published, gint64 message, const char *places, const char *thread, const char *campaign, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(published->db,
	    places == NULL ? "DELETE FROM letter WHERE message = :message"
	                   : "INSERT OR REPLACE INTO letter (message, places, thread, campaign) VALUES (:message, :places, :thread, :campaign)",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (places != NULL) {
		stmt_bind_text(stmt, ":places", places);
		stmt_bind_text(stmt, ":thread", thread);
		stmt_bind_text(stmt, ":campaign", campaign);
	}
	return stmt_run(stmt, error);
}

gboolean
published_forget_places(struct published *published, GError **error)
{
	return db_execute(published->db, "DELETE FROM letter", error);
}

GArray *
published_kin(struct published *published, const char *path, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    published->db, "SELECT message FROM letter WHERE thread = :path UNION SELECT message FROM letter WHERE campaign = :path ORDER BY 1", error);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":path", path);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 number = stmt_int(stmt, 0);

		g_array_append_val(numbers, number);
	}
	return result == STMT_END ? g_steal_pointer(&numbers) : NULL;
}
