#include "find/targets.h"

#include "base/error.h"
#include "base/text.h"

static void
target_free(struct target *target)
{
	g_free(target->type);
	g_free(target->id);
	g_free(target->title);
	g_free(target->parent);
	g_free(target->taxonomy);
	g_free(target->route);
	g_free(target);
}

GPtrArray *
targets_load(struct index *index, GError **error)
{
	g_autoptr(GPtrArray) targets = g_ptr_array_new_with_free_func((GDestroyNotify)target_free);
	g_autoptr(Stmt) stmt = db_statement(
	    index_db(index), "SELECT type, id, title, parent, taxonomy, route, current, position FROM target ORDER BY current DESC, position, id", error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct target *target = g_new0(struct target, 1);

		target->type = g_strdup(stmt_text(stmt, 0));
		target->id = g_strdup(stmt_text(stmt, 1));
		target->title = g_strdup(stmt_text(stmt, 2));
		target->parent = g_strdup(stmt_text(stmt, 3));
		target->taxonomy = g_strdup(stmt_text(stmt, 4));
		target->route = g_strdup(stmt_text(stmt, 5));
		target->current = stmt_int(stmt, 6) != 0;
		target->position = stmt_int(stmt, 7);
		g_ptr_array_add(targets, target);
	}
	return result == STMT_END ? g_steal_pointer(&targets) : NULL;
}

const struct target *
targets_find(const GPtrArray *targets, const char *type, const char *id)
{
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		if (g_str_equal(target->id, id) && g_str_equal(target->type, type))
			return target;
	}
	return NULL;
}

gboolean
targets_check(const GPtrArray *targets, const char *type, const char *id, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();
	g_autofree char *shown = id != NULL ? text_escape(id, FALSE) : NULL;
	const char *nearest;

	if (id == NULL || targets_find(targets, type, id) != NULL)
		return TRUE;
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		if (g_str_equal(target->type, type))
			g_ptr_array_add(ids, target->id);
	}
	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(id, (const char *const *)ids->pdata);
	if (nearest != NULL)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "unknown %s '%s'; did you mean '%s'?", type, shown, nearest);
	else
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "unknown %s '%s'; the rule files name the %ss", type, shown, type);
	return FALSE;
}
