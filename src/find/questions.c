#include "find/questions.h"

#include "find/counts.h"

#define OPEN(INTENT, CONSULTATION)                                                                                                                             \
	"SELECT f.date AS date, f.message AS message, " CONSULTATION " AS consultation, m.received AS received, coalesce(m.answered, 0) AS answered"           \
	" FROM filing AS f CROSS JOIN message AS m ON m.message = f.message WHERE f.type = 'intent' AND f.id = '" INTENT "'"                                   \
	" AND (m.answered IS NULL OR m.answered >= :since) AND m.received < :to AND " COUNTED("m") " AND " SPAN_WANTED("f.message")
#define WORKSTREAMS "(SELECT group_concat(w.id, char(10)) FROM filing AS w INDEXED BY filing_message WHERE w.message = q.message AND w.type = 'workstream')"

/* Each intent comes in the order of its table's key, a letter with both twice running: nothing is sorted, whatever their number. */
static const char walk_sql[] = "SELECT q.date, q.message, q.consultation, q.received, q.answered, " WORKSTREAMS
                               " FROM (" OPEN("consultation", "1") " UNION ALL " OPEN("question", "0") " ORDER BY date, message) AS q";

gboolean
questions_walk(struct index *index, gint64 since, gint64 to, const char *wanted, question_visit visit, gpointer data, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), walk_sql, error);
	struct question pending = {0};
	gboolean any = FALSE;
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":since", since);
	stmt_bind_int(stmt, ":to", to);
	stmt_bind_text(stmt, ":wanted", wanted);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct question next = {.date = stmt_int(stmt, 0),
		    .message = stmt_int(stmt, 1),
		    .consultation = stmt_int(stmt, 2) != 0,
		    .received = stmt_int(stmt, 3),
		    .answered = stmt_int(stmt, 4)};

		if (any && pending.message == next.message) {
			pending.consultation = pending.consultation || next.consultation;
			continue;
		}
		if (any)
			visit(data, &pending);
		g_free(pending.workstreams);
		next.workstreams = g_strdup(stmt_text(stmt, 5));
		pending = next;
		any = TRUE;
	}
	if (any && result == STMT_END)
		visit(data, &pending);
	g_free(pending.workstreams);
	return result == STMT_END;
}

gboolean
question_is_open(const struct question *question, gint64 t)
{
	return question->received < t && (question->answered == 0 || question->answered >= t);
}

static void
answer_free(gpointer data)
{
	struct answer *answer = data;

	g_free(answer->who);
	g_free(answer->id);
	g_free(answer->note);
	g_free(answer);
}

/* The team's letters of the window, from the index of dates, and what they answer in their threads; then what people said in it. */
static const char answers_sql[] =
    "SELECT message, at, who, id, note FROM ("
    "SELECT q.message AS message, q.answered AS at, coalesce(nullif(a.author_name, ''), a.author_address) AS who, a.public_id AS id, NULL AS note, 1 AS place"
    " FROM message AS a CROSS JOIN message AS q ON q.thread = a.thread WHERE a.date_effective >= :from AND a.date_effective < :to AND a.kind = 'team'"
    " AND q.answered = a.date_effective AND " COUNTED("q") " AND " SPAN_WANTED(
        "q.message") " UNION ALL SELECT q.message, q.answered, c.who, NULL, c.note, 0 FROM decision AS c CROSS JOIN message AS q ON q.message = c.message"
                     " WHERE c.at >= :from AND c.at < :to AND c.action = 'answered' AND c.undone IS NULL AND q.answered = c.at AND " COUNTED(
                         "q") " AND " SPAN_WANTED("q.message") " ORDER BY at, message, place, id)";

GPtrArray *
answers_in(struct index *index, struct time_window window, const char *wanted, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), answers_sql, error);
	g_autoptr(GPtrArray) answers = g_ptr_array_new_with_free_func(answer_free);
	gint64 last = 0;
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":from", window.from);
	stmt_bind_int(stmt, ":to", window.to);
	stmt_bind_text(stmt, ":wanted", wanted);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct answer *answer;

		if (stmt_int(stmt, 0) == last) /* of two at the same moment the person's word */
			continue;
		last = stmt_int(stmt, 0);
		answer = g_new0(struct answer, 1);
		*answer = (struct answer){last, stmt_int(stmt, 1), g_strdup(stmt_text(stmt, 2)), g_strdup(stmt_text(stmt, 3)), g_strdup(stmt_text(stmt, 4))};
		g_ptr_array_add(answers, answer);
	}
	return result == STMT_END ? g_steal_pointer(&answers) : NULL;
}
