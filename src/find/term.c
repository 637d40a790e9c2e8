#include "find/term.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/localpart.h"
#include "base/record.h"
#include "base/text-search.h"
#include "find/corrections.h"
#include "find/counts.h"
#include "find/pages.h"
#include "find/rows.h"
#include "find/targets.h"

#include <string.h>

#define KNOWN_LISTED 12 /* so many known ids are listed in an error; of more only the nearest is named */
#define PUBLIC_COLUMNS "subject body people files"
#define AFTER_EVERY_ID "\x7f" /* sorts behind all that may follow a prefix: ids and public ids are ASCII */

struct prefix {
	const char *name;
	gboolean (*fill)(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error);
	const char *argument; /* an FTS5 column, a filing type, ... */
	const char *meaning;  /* of the argument, for errors */
};

void
term_free(struct term *term)
{
	g_free(term->fts);
	g_free(term->text);
	g_free(term->last);
	g_strfreev(term->texts);
	g_free(term->shown);
	g_free(term);
}

gboolean
term_fail_unknown(GError **error, const struct token *token, const char *what, const char *value, const char *const *known)
{
	g_autofree char *shown = text_escape(value, FALSE);
	g_autofree char *list = g_strjoinv(", ", (char **)known);
	const char *nearest = text_nearest(value, known);

	if (nearest != NULL)
		return query_fail(error, token->value_column, "unknown %s '%s'; did you mean '%s'?", what, shown, nearest);
	if (g_strv_length((char **)known) <= KNOWN_LISTED && *list != '\0')
		return query_fail(error, token->value_column, "unknown %s '%s'; known are %s", what, shown, list);
	return query_fail(error, token->value_column, "unknown %s '%s'", what, shown);
}

static gboolean
refuse_star(const struct token *token, GError **error)
{
	if (!token->star)
		return TRUE;
	return query_fail(error, token->value_column, "'%s:' takes no '*'; expected a whole value", token->prefix);
}

/* WORDS hold letters and digits only, but quotes are doubled all the same: nothing a user typed is ever FTS5 syntax. */
static char *
fts_phrase(const char *column, const char *words, gboolean beginning)
{
	g_auto(GStrv) pieces = g_strsplit(words, "\"", -1);
	g_autofree char *quoted = g_strjoinv("\"\"", pieces);

	return g_strdup_printf(
	    "%s%s%s\"%s\"%s", column != NULL ? "{" : "", column != NULL ? column : "", column != NULL ? "} : " : "", quoted, beginning ? " *" : "");
}

static guint
count_words(const char *words)
{
	guint count = 1;

	for (; *words != '\0'; words++)
		count += *words == ' ';
	return count;
}

static gboolean
is_public(const struct term_context *context)
{
	return context->audience != NULL && !context->audience->staff;
}

/* TEXT among the words that stand in COLUMN (NULL: any) and, where it has addresses whose names are not there, the addresses where they are. */
static char *
fts_with_addresses(const char *column, const char *text, const char *phrase)
{
	g_autoptr(GString) addresses = g_string_new(NULL);
	g_autofree char *hidden = localparts_hide(text, addresses);
	g_autofree char *words = addresses->len > 0 ? text_search_words(hidden, -1, TRUE, NULL) : NULL;
	g_autofree char *around = words != NULL ? fts_phrase(column, words, FALSE) : NULL;
	g_autofree char *named = words != NULL ? text_search_words(addresses->str, addresses->len, TRUE, NULL) : NULL;
	g_autofree char *address = words != NULL ? fts_phrase("addresses", named, TRUE) : NULL;

	return words != NULL ? g_strdup_printf("(%s OR (%s AND %s))", phrase, around, address) : g_strdup(phrase);
}

/* Sets fts and words from the token's value. The names in addresses stand in a column of their own, into which the public's words do not look: whoever guesses
 * at a name, whole or letter by letter, is not told that he is right. */
static gboolean
fill_fts(struct term *term, const struct term_context *context, const char *column, const struct token *token, GError **error)
{
	gboolean open;
	g_autofree char *words = text_search_words(token->value, -1, TRUE, &open);
	g_autofree char *shown = NULL, *phrase = NULL;

	if (*words == '\0') {
		shown = text_escape(token->value, FALSE);
		return query_fail(error, token->value_column, "there is no letter or digit to search for in '%s%s'", shown, token->star ? "*" : "");
	}
	if (column == NULL && is_public(context))
		column = PUBLIC_COLUMNS;
	phrase = fts_phrase(column, words, token->star || open);
	term->fts = is_public(context) ? g_steal_pointer(&phrase) : fts_with_addresses(column, token->value, phrase);
	term->words = count_words(words);
	return TRUE;
}

static gboolean
fill_words(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	term->type = TERM_WORDS;
	if (prefix->argument == NULL)
		term->shown = g_strconcat(token->value, token->star ? "*" : "", NULL);
	return fill_fts(term, context, prefix->argument, token, error);
}

static gboolean
fill_person(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	g_autofree char *folded = NULL;

	term->shy = is_public(context);
	if (!fill_fts(term, context, term->shy ? "people" : "people addresses", token, error))
		return FALSE;
	term->type = g_str_equal(prefix->argument, "from") ? TERM_FROM : TERM_TO;
	folded = text_fold_key(token->value);
	term->texts = g_strsplit(folded, " ", -1);
	return TRUE;
}

static const char *const *
ids_of(const GPtrArray *targets, const char *type, GPtrArray *ids)
{
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		if (g_str_equal(target->type, type))
			g_ptr_array_add(ids, target->id);
	}
	g_ptr_array_add(ids, NULL);
	return (const char *const *)ids->pdata;
}

/* Ids that a person or an older rule file filed under are known as well. */
static gboolean
is_filed(struct index *index, const char *type, const char *id, const char *last, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT 1 FROM filing WHERE type = :type AND id >= :id AND id <= :last LIMIT 1", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":type", type);
	stmt_bind_text(stmt, ":id", id);
	stmt_bind_text(stmt, ":last", last);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW;
	return result != STMT_ERROR;
}

/* VALUE as the id it means: exactly, in other letter case, or as the beginning of ids (a star, or the name of a numbered series). */
static gboolean
match_id(struct term *term, const char *const *known, const char *value, gboolean star)
{
	gsize length = strlen(value);

	for (guint i = 0; !star && known[i] != NULL; i++) {
		if (g_ascii_strcasecmp(known[i], value) == 0) {
			term->text = g_strdup(known[i]);
			return TRUE;
		}
	}
	for (guint i = 0; known[i] != NULL; i++) {
		if (g_ascii_strncasecmp(known[i], value, length) == 0 && (star || g_ascii_isdigit(known[i][length]))) {
			term->text = g_strndup(known[i], length);
			term->last = g_strconcat(term->text, AFTER_EVERY_ID, NULL);
			return TRUE;
		}
	}
	return FALSE;
}

/* The one id that VALUE is, in whatever letter case: *OUT (caller frees), or NULL when there is none, or several. */
static gboolean
find_target(struct index *index, const char *type, const char *value, char **out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT id, count(*) FROM target WHERE type = :type AND id = :id COLLATE NOCASE", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":type", type);
	stmt_bind_text(stmt, ":id", value);
	if (stmt_step(stmt, error) == STMT_ERROR)
		return FALSE;
	*out = stmt_int(stmt, 1) == 1 ? g_strdup(stmt_text(stmt, 0)) : NULL;
	return TRUE;
}

static gboolean
fill_filing(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	g_autoptr(GPtrArray) targets = NULL, ids = g_ptr_array_new();
	g_autofree char *last = g_strconcat(token->value, token->star ? AFTER_EVERY_ID : "", NULL);
	const char *const *known;
	gboolean filed = FALSE;

	term->type = TERM_FILING;
	term->name = prefix->argument;
	if (!token->star && !find_target(context->index, prefix->argument, token->value, &term->text, error))
		return FALSE;
	if (term->text != NULL)
		return TRUE;
	if ((targets = targets_load(context->index, error)) == NULL)
		return FALSE;
	known = ids_of(targets, prefix->argument, ids);
	if (match_id(term, known, token->value, token->star))
		return TRUE;
	/* the public is told of no id that may stand in a letter alone which it does not see */
	if (!is_public(context) && !is_filed(context->index, prefix->argument, token->value, last, &filed, error))
		return FALSE;
	if (!filed && !(token->star && *token->value == '\0'))
		return term_fail_unknown(error, token, prefix->meaning, token->value, known);
	term->text = g_strdup(token->value);
	term->last = token->star ? g_steal_pointer(&last) : NULL;
	return TRUE;
}

/* Windows that people name beside those of clock_parse. */
static const struct {
	const char *name;
	struct time_window (*window)(gint64 t, int offset, GTimeZone *zone);
	int offset;
} windows[] = {
    {"thisweek", clock_week, 0},
    {"lastweek", clock_week, -1},
    {"thismonth", clock_month, 0},
    {"lastmonth", clock_month, -1},
};

static gboolean
parse_end(const struct term_context *context, guint column, const char *text, struct time_window *out, GError **error)
{
	static const char *const names[] = {"today", "yesterday", "thisweek", "lastweek", "thismonth", "lastmonth", NULL};
	g_autoptr(GError) inner = NULL;
	const char *nearest;

	for (gsize i = 0; i < G_N_ELEMENTS(windows); i++) {
		if (g_ascii_strcasecmp(windows[i].name, text) == 0) {
			*out = windows[i].window(context->now, windows[i].offset, context->zone);
			return TRUE;
		}
	}
	if (clock_parse(text, context->now, context->zone, out, &inner))
		return TRUE;
	nearest = text_nearest(text, names);
	if (nearest != NULL)
		return query_fail(error, column, "'%s' is no date; did you mean '%s'?", text, nearest);
	return query_fail(error, column, "%s", inner->message);
}

/* a..b, a.., ..b and a: from the beginning of a to the end of b. "7d" names a moment when it stands at an end, and has no end of its own. */
static gboolean
fill_range(struct term *term, const struct term_context *context, const char *value, guint column, GError **error)
{
	const char *dots = strstr(value, "..");
	g_autofree char *first = dots != NULL ? g_strndup(value, dots - value) : g_strdup(value);
	const char *second = dots != NULL ? dots + 2 : value;
	struct time_window window;

	term->from = G_MININT64;
	term->to = G_MAXINT64;
	if (*first == '\0' && *second == '\0')
		return query_fail(error, column, "a date is missing; expected one before or after '..'");
	if (*first != '\0') {
		if (!parse_end(context, column, first, &window, error))
			return FALSE;
		term->from = window.from;
	}
	if (*second != '\0' && (dots != NULL || !clock_is_relative(second))) {
		if (!parse_end(context, column + (second - value), second, &window, error))
			return FALSE;
		term->to = clock_is_relative(second) ? window.from : window.to;
	}
	if (term->from >= term->to)
		return query_fail(error, column, "this range ends before it begins; expected the earlier date first");
	return TRUE;
}

static gboolean
fill_date(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	term->type = g_str_equal(prefix->argument, "received") ? TERM_RECEIVED : TERM_DATE;
	return refuse_star(token, error) && fill_range(term, context, token->value, token->value_column, error);
}

/* after:D is date:D.. ; before:D ends where D begins, as people mean it. */
static gboolean
fill_half(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	struct time_window window;

	term->type = TERM_DATE;
	if (!refuse_star(token, error) || !parse_end(context, token->value_column, token->value, &window, error))
		return FALSE;
	term->from = g_str_equal(prefix->argument, "after") ? window.from : G_MININT64;
	term->to = g_str_equal(prefix->argument, "after") ? G_MAXINT64 : window.from;
	return TRUE;
}

/* Conditions on the row m. A message that could not be read is unread, nothing else: what it is about is not known. */
static const struct {
	const char *prefix, *value, *sql;
} states[] = {
    {"has", "attachment", "m.attachments > 0"},
    {"is", "unfiled",
        COUNTED("m") " AND NOT EXISTS (SELECT 1 FROM filing AS x"
                     " INDEXED BY filing_message WHERE x.message = m.message AND x.type = 'workstream')"},
    {"is", "suggested",
        "EXISTS (SELECT 1 FROM filing AS x INDEXED BY filing_message WHERE x.message = m.message"
        " AND x.type IN ('workstream', 'topic') AND x.tier = 'suggested')"},
    {"is", "held", "m.held IS NOT NULL"},
    {"is", "unread", "m.unread IS NOT NULL"},
    {"is", "redacted", "m.redacted IS NOT NULL"},
    {"is", "answered", "m.answered IS NOT NULL"},
    {"is", "unanswered", AWAITING("m")},
    {"is", "duplicate", "EXISTS (SELECT 1 FROM delivery AS d WHERE d.message = m.message AND d.again = 1)"},
    {"is", "variant", "m.copy_of IS NOT NULL"},
    {"is", "campaign",
        "m.message IN (SELECT l.message FROM letter AS l WHERE l.campaign IN (SELECT c.campaign FROM " IN_CAMPAIGNS " AS c CROSS JOIN message AS x"
        " ON x.message = c.message WHERE " COUNTED("x") " GROUP BY c.campaign HAVING count(*) >= " G_STRINGIFY(
            CAMPAIGN_LEAST) " AND count(DISTINCT coalesce(x.author_address, '')) >= " G_STRINGIFY(CAMPAIGN_LEAST) "))"},
    {"is", "superseded", SUPERSEDED("m")},
    {"is", "correction", CORRECTIONS_SUGGESTED},
};

static gboolean
fill_state(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	static const char *const for_staff[] = {"duplicate", "correction", NULL}; /* which no page tells the public */
	g_autoptr(GPtrArray) known = g_ptr_array_new();

	term->type = TERM_STATE;
	if (!refuse_star(token, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		if (!g_str_equal(states[i].prefix, prefix->name) || (is_public(context) && g_strv_contains(for_staff, states[i].value)))
			continue;
		if (g_ascii_strcasecmp(states[i].value, token->value) == 0) {
			term->sql = states[i].sql;
			return TRUE;
		}
		g_ptr_array_add(known, (gpointer)states[i].value);
	}
	g_ptr_array_add(known, NULL);
	return term_fail_unknown(error, token, prefix->meaning, token->value, (const char *const *)known->pdata);
}

static gboolean
fill_kind(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	const char *known[N_KINDS + 1] = {NULL};

	for (int i = 0; i < N_KINDS; i++)
		known[i] = kind_name(i);
	term->type = TERM_KIND;
	term->text = g_ascii_strdown(token->value, -1);
	if (!refuse_star(token, error))
		return FALSE;
	return kind_from_name(term->text) >= 0 || term_fail_unknown(error, token, prefix->meaning, token->value, known);
}

static gboolean
fill_lang(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	term->type = TERM_LANG;
	term->text = g_ascii_strdown(token->value, -1);
	if (!refuse_star(token, error))
		return FALSE;
	if (strlen(term->text) == 2 && g_ascii_isalpha(term->text[0]) && g_ascii_isalpha(term->text[1]))
		return TRUE;
	return query_fail(error, token->value_column, "expected a language of two letters such as en, fr or zh (ISO 639-1)");
}

/* A whole id of what the public sees; nothing tells another one from none. */
static gboolean
find_public(const struct term_context *context, const struct token *token, struct message_row **out, GError **error)
{
	gint64 message = 0;

	if (!pages_resolve(context->index, context->audience, token->value, &message, error))
		return FALSE;
	if (message == 0)
		return query_fail(error, token->value_column, "no letter has that id");
	*out = message_row_load(context->index, message, FALSE, error);
	return *out != NULL;
}

static gboolean
fill_neighbour(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	g_autoptr(GError) inner = NULL;
	g_autoptr(MessageRow) row = NULL;

	term->type = g_str_equal(prefix->argument, "thread") ? TERM_THREAD : TERM_CAMPAIGN;
	if (!refuse_star(token, error))
		return FALSE;
	if (is_public(context)) {
		if (!find_public(context, token, &row, error))
			return FALSE;
	} else
		row = message_find(context->index, token->value, FALSE, &inner);
	if (row == NULL && !g_error_matches(inner, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)) {
		g_propagate_error(error, g_steal_pointer(&inner));
		return FALSE;
	}
	if (row == NULL)
		return query_fail(error, token->value_column, "%s", inner->message);
	term->number = term->type == TERM_THREAD ? row->thread : row->campaign;
	return TRUE;
}

static gboolean
fill_id(struct term *term, const struct term_context *context, const struct prefix *prefix, const struct token *token, GError **error)
{
	const char *value = token->value;

	if (strchr(value, '@') != NULL) {
		gsize length = strlen(value);

		term->type = TERM_MESSAGE_ID;
		term->text = *value == '<' && value[length - 1] == '>' ? g_strndup(value + 1, length - 2) : g_strdup(value);
		return TRUE;
	}
	term->type = TERM_ID;
	term->text = g_ascii_strdown(value, -1);
	term->last = g_strconcat(term->text, AFTER_EVERY_ID, NULL);
	for (; *value != '\0'; value++) {
		if (!g_ascii_isalnum(*value))
			return query_fail(error, token->value_column, "expected the beginning of a public id (letters and digits) or a Message-ID");
	}
	return *token->value != '\0' || query_fail(error, token->value_column, "a value is missing; expected it directly after 'id:'");
}

static const struct prefix plain_words = {NULL, fill_words, NULL, NULL};

static const struct prefix prefixes[] = {
    {"ws", fill_filing, "workstream", "workstream"},
    {"topic", fill_filing, "topic", "topic"},
    {"intent", fill_filing, "intent", "intent"},
    {"group", fill_filing, "group", "group"},
    {"region", fill_filing, "region", "region"},
    {"kind", fill_kind, NULL, "kind"},
    {"from", fill_person, "from", NULL},
    {"to", fill_person, "to", NULL},
    {"subject", fill_words, "subject", NULL},
    {"file", fill_words, "files", NULL},
    {"date", fill_date, "date", NULL},
    {"received", fill_date, "received", NULL},
    {"after", fill_half, "after", NULL},
    {"before", fill_half, "before", NULL},
    {"has", fill_state, NULL, "thing to have"},
    {"is", fill_state, NULL, "state"},
    {"thread", fill_neighbour, "thread", NULL},
    {"campaign", fill_neighbour, "campaign", NULL},
    {"near", fill_neighbour, "campaign", NULL},
    {"lang", fill_lang, NULL, NULL},
    {"id", fill_id, NULL, NULL},
};

static const struct prefix *
find_prefix(const struct token *token, GError **error)
{
	const char *known[G_N_ELEMENTS(prefixes) + 4] = {NULL};
	const char *nearest;
	gsize count = G_N_ELEMENTS(prefixes);

	if (token->prefix == NULL)
		return &plain_words;
	for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		if (g_str_equal(prefixes[i].name, token->prefix))
			return &prefixes[i];
		known[i] = prefixes[i].name;
	}
	known[count++] = "saved"; /* the parser's */
	known[count++] = "sort";
	known[count] = "limit";
	nearest = text_nearest(token->prefix, known);
	if (nearest != NULL)
		query_fail(error, token->column, "unknown prefix '%s:'; did you mean '%s:'?", token->prefix, nearest);
	else
		query_fail(error, token->column, "unknown prefix '%s:'; to search for it as words, put them in quotes", token->prefix);
	return NULL;
}

struct term *
term_new(const struct term_context *context, const struct token *token, GError **error)
{
	g_autoptr(Term) term = g_new0(struct term, 1);
	const struct prefix *prefix = find_prefix(token, error);

	if (prefix == NULL)
		return NULL;
	if (token->prefix != NULL && *token->value == '\0' && !token->star) {
		query_fail(error, token->value_column, "a value is missing; expected it directly after '%s:'", token->prefix);
		return NULL;
	}
	return prefix->fill(term, context, prefix, token, error) ? g_steal_pointer(&term) : NULL;
}
