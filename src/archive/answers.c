#include "archive/answers.h"

#include "archive/index-private.h"
#include "archive/settle.h"

#define IS_QUESTION "EXISTS (SELECT 1 FROM filing AS f WHERE f.message = q.message AND f.type = 'intent' AND f.id IN ('question', 'consultation'))"

/* A person's last word counts: answered at that time, or reopened, so that only what the team wrote after it is an answer. */
static const char set_answered[] =
    "UPDATE message AS q SET answered = CASE "
    "(SELECT action FROM decision WHERE message = q.message AND action IN ('answered', 'reopened') AND undone IS NULL ORDER BY seq DESC LIMIT 1) "
    "WHEN 'answered' THEN (SELECT at FROM decision WHERE message = q.message AND action = 'answered' AND undone IS NULL ORDER BY seq DESC LIMIT 1) "
    "ELSE (SELECT min(a.date_effective) FROM message AS a WHERE q.kind = 'input' AND a.thread = q.thread AND a.kind = 'team' "
    "AND a.date_effective > max(q.date_effective, "
    "coalesce((SELECT max(at) FROM decision WHERE message = q.message AND action = 'reopened' AND undone IS NULL), q.date_effective)) AND " IS_QUESTION ") END "
    "WHERE message = :message";

static gboolean
set_all(struct index *index, GArray *questions, GError **error)
{
	if (questions == NULL)
		return FALSE;
	for (guint i = 0; i < questions->len; i++)
		if (!settle_run_one(index, set_answered, g_array_index(questions, gint64, i), error))
			return FALSE;
	return TRUE;
}

gboolean
answers_refresh_thread(struct index *index, gint64 thread, GError **error)
{
	g_autoptr(GArray) questions = index_list(index,
	    "SELECT q.message FROM message AS q WHERE q.thread = :message AND (q.answered IS NOT NULL OR " IS_QUESTION
	    " OR EXISTS (SELECT 1 FROM decision AS d WHERE d.message = q.message AND d.action IN ('answered', 'reopened')))",
	    thread, error);

	return set_all(index, questions, error);
}

static gboolean
asks(const struct record *record)
{
	return record->kind == KIND_INPUT &&
	       (record_find_filing(record, TARGET_INTENT, "question") != NULL || record_find_filing(record, TARGET_INTENT, "consultation") != NULL);
}

gboolean
answers_add(struct index *index, gint64 message, const struct record *record, GError **error)
{
	g_autoptr(GArray) questions = NULL;

	if (record->kind != KIND_TEAM)
		return !asks(record) || settle_run_one(index, set_answered, message, error);
	questions = index_list(index,
	    "SELECT q.message FROM message AS a JOIN message AS q ON q.thread = a.thread WHERE a.message = :message AND q.kind = 'input' "
	    "AND q.date_effective < a.date_effective AND (q.answered IS NULL OR q.answered > a.date_effective) AND " IS_QUESTION,
	    message, error);
	return set_all(index, questions, error);
}
