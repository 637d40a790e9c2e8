#include "report/decided.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "report/csv.h"
#include "report/print-private.h"

static const struct {
	const char *action, *before, *between;
	gboolean value;
} actions[] = {
    {"file", "filed", "under", TRUE},
    {"unfile", "took", "out of", TRUE},
    {"kind", "marked", "as", TRUE},
    {"hold", "held", "", FALSE},
    {"release", "released", "", FALSE},
    {"answered", "marked", "as answered", FALSE},
    {"reopened", "marked", "as not answered", FALSE},
    {"note", "noted", "", FALSE},
    {"supersedes", "marked", "as superseding", TRUE},
    {"section", "marked", "as on section", TRUE},
    {"position", "marked", "as position", TRUE},
    {"on-behalf-of", "marked", "as written on behalf of", TRUE},
    {"initials", "gave", "the initials", TRUE},
    {"quote", "chose", "words of it to quote", FALSE},
    {"redact", "redacted", "", FALSE},
    {"reclassified", "applied new rules to what came before", "", FALSE},
    {"verified", "searched", "and found nothing left of it", FALSE},
};

gboolean
decision_shows_value(const char *action, const char *value)
{
	for (gsize i = 0; value != NULL && i < G_N_ELEMENTS(actions); i++)
		if (g_str_equal(actions[i].action, action))
			return actions[i].value;
	return FALSE;
}

static void
append_word(GString *out, const char *word)
{
	if (word != NULL && *word != '\0')
		g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", word);
}

static char *
words(const char *action, const char *id, const char *value)
{
	g_autofree char *shown = decision_shows_value(action, value) ? print_one_line(value, NAME_COLUMNS) : NULL;
	g_autofree char *other = text_escape(action, FALSE);
	const char *before = other, *between = NULL;
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
		if (g_str_equal(actions[i].action, action)) {
			before = actions[i].before;
			between = actions[i].between;
		}
	}
	append_word(out, before);
	append_word(out, id);
	append_word(out, between);
	append_word(out, shown);
	return g_string_free(out, FALSE);
}

char *
action_words(const char *action, const char *value)
{
	return words(action, NULL, value);
}

char *
decision_words(const struct decision_row *row, const char *id, guint columns)
{
	g_autofree char *note = print_one_line(row->note, columns);
	g_autofree char *done = NULL;

	if (g_str_equal(row->action, "undo")) {
		g_autofree char *undone = action_words(row->undoes_action != NULL ? row->undoes_action : "decided", row->undoes_value);

		done = g_strdup_printf("took back%s%s: %s", id != NULL ? " on " : "", id != NULL ? id : "", undone);
	} else
		done = words(row->action, id, row->value);
	return g_strdup_printf("%s%s%s", done, *note != '\0' ? ": " : "", note);
}

char *
decision_undone(const struct decision_row *row, GTimeZone *zone)
{
	g_autofree char *when = clock_format(row->undone, zone, "%Y-%m-%d %H:%M");
	g_autofree char *who = print_one_line(row->undone_by != NULL ? row->undone_by : "someone", NAME_COLUMNS);

	return row->undone != 0 ? g_strdup_printf("undone by %s %s", who, when) : NULL;
}

static void
put_time(struct json *object, const char *key, gint64 t)
{
	g_autofree char *iso = clock_iso(t);

	json_put_text(object, key, iso);
}

struct json *
decision_to_json(const struct decision_row *row)
{
	struct json *object = json_new_object();

	json_put_number(object, "seq", row->seq);
	put_time(object, "at", row->at);
	json_put_text(object, "id", row->public_id);
	json_put_text(object, "who", row->who);
	json_put_text(object, "action", row->action);
	json_put_text(object, "value", decision_shows_value(row->action, row->value) ? row->value : NULL);
	json_put_text(object, "note", row->note);
	if (row->undoes_action != NULL) {
		struct json *undoes = json_new_object();

		json_put_text(undoes, "action", row->undoes_action);
		json_put_text(undoes, "value", decision_shows_value(row->undoes_action, row->undoes_value) ? row->undoes_value : NULL);
		json_put(object, "undoes", undoes);
	} else
		json_put_text(object, "undoes", NULL);
	if (row->undone != 0) {
		struct json *undone = json_new_object();

		put_time(undone, "at", row->undone);
		json_put_text(undone, "who", row->undone_by);
		json_put(object, "undone", undone);
	} else
		json_put_text(object, "undone", NULL);
	return object;
}

struct json *
decisions_to_json(const GPtrArray *rows)
{
	struct json *array = json_new_array();

	for (guint i = 0; i < rows->len; i++)
		json_add(array, decision_to_json(g_ptr_array_index(rows, i)));
	return array;
}

char *
history_print_text(const GPtrArray *rows, GTimeZone *zone)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < rows->len; i++) {
		const struct decision_row *row = g_ptr_array_index(rows, i);
		g_autofree char *when = clock_format(row->at, zone, "%Y-%m-%d %H:%M");
		g_autofree char *who = print_one_line(row->who != NULL ? row->who : "someone", NAME_COLUMNS);
		g_autofree char *id = row->public_id != NULL ? g_strndup(row->public_id, ID_SHOWN) : NULL;
		g_autofree char *done = decision_words(row, id, G_MAXUINT);
		g_autofree char *undone = decision_undone(row, zone);

		g_string_append_printf(
		    out, "%s  %s %s%s%s%s\n", when, who, done, undone != NULL ? " (" : "", undone != NULL ? undone : "", undone != NULL ? ")" : "");
	}
	return g_string_free(out, FALSE);
}

char *
history_print_csv(const GPtrArray *rows)
{
	GString *out = g_string_new("seq,at,id,who,action,value,note,undone,undone_by" CSV_END);

	for (guint i = 0; i < rows->len; i++) {
		const struct decision_row *row = g_ptr_array_index(rows, i);
		g_autofree char *seq = g_strdup_printf("%" G_GINT64_FORMAT, row->seq);
		g_autofree char *at = clock_iso(row->at);
		g_autofree char *undone = row->undone != 0 ? clock_iso(row->undone) : NULL;
		g_autofree char *undoes = row->undoes_action != NULL ? action_words(row->undoes_action, row->undoes_value) : NULL;
		const char *value = decision_shows_value(row->action, row->value) ? row->value : undoes;
		const char *const cells[] = {seq, at, row->public_id, row->who, row->action, value, row->note, undone, row->undone_by};

		for (gsize j = 0; j < G_N_ELEMENTS(cells); j++)
			csv_cell(out, cells[j]);
		csv_end(out);
	}
	return g_string_free(out, FALSE);
}

char *
history_print_json(const GPtrArray *rows)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < rows->len; i++) {
		g_autoptr(Json) json = decision_to_json(g_ptr_array_index(rows, i));
		g_autofree char *line = json_print(json, FALSE);

		g_string_append_printf(out, "%s\n", line);
	}
	return g_string_free(out, FALSE);
}

static void
append_state(GString *out, const char *before, const char *state)
{
	g_autofree char *shown = state != NULL ? print_one_line(state, G_MAXUINT) : NULL;

	if (shown != NULL)
		g_string_append_printf(out, "; %s%s", before, shown);
}

char *
standing_print(const struct message_row *row, GTimeZone *zone)
{
	g_autofree char *subject = print_one_line(message_row_subject(row), COLUMNS);
	g_autofree char *answered = row->answered != 0 ? clock_format(row->answered, zone, "%Y-%m-%d %H:%M") : NULL;
	g_autoptr(GString) filed = g_string_new(NULL);
	g_autoptr(GString) state = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_str_equal(filing->type, "workstream") || g_str_equal(filing->type, "topic"))
			g_string_append_printf(
			    filed, "%s%s%s", filed->len > 0 ? ", " : "", filing->id, g_str_equal(filing->tier, "firm") ? "" : " (suggested)");
	}
	g_string_append_printf(state, "%s%s", filed->len > 0 ? "filed under " : "filed nowhere", filed->str);
	if (row->kind_by_person || !g_str_equal(row->kind, "input"))
		append_state(state, "kind ", row->kind);
	append_state(state, "held: ", row->held);
	append_state(state, "answered ", answered);
	append_state(state, "not read: ", row->unread);
	g_autofree char *line = text_escape(state->str, FALSE);
	return g_strdup_printf("%.*s  %s: %s\n", ID_SHOWN, row->public_id, subject, line);
}
