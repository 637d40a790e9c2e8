#include "find/pages-private.h"

#include "base/limits.h"
#include "base/text-search.h"

#include <string.h>

#define DAY 86400 /* clocks are wrong, and a letter is not quoted before it is written */

/* The thread of :message, as far as it may quote it. */
#define EARLIER                                                                                                                                                \
	" FROM message AS s CROSS JOIN message AS m ON m.thread = s.thread WHERE s.message = :message AND m.message <> s.message"                              \
	" AND m.date_effective <= s.date_effective + :day "
/* The messages here that :message names as what it answers. */
#define ANSWERED                                                                                                                                               \
	" FROM reference AS r JOIN thread_of AS t ON t.id = r.id JOIN message AS m ON m.id_hash = t.hash AND m.message_id = t.message_id"                      \
	" WHERE r.message = :message AND r.n > 0 AND m.message <> :message "
/* What machines wrote is not shown, but is nobody's secret. */
#define SECRETIVE(M) "(" M ".redacted IS NOT NULL OR ((" M ".held IS NOT NULL OR " M ".kind NOT IN ('auto', 'bounce')) AND NOT " VISIBLE(M) "))"

static gboolean
is_others(const struct record_passage *passage)
{
	return passage->kind == PASSAGE_QUOTED || passage->kind == PASSAGE_FORWARDED;
}

static struct stmt *
ask(struct index *index, const struct audience *audience, gint64 message, const char *sql, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index), sql, error);

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_int(stmt, ":message", message);
	}
	return stmt;
}

static gboolean
add_words(struct index *index, gint64 message, GString *words, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, message, error);

	for (guint i = 0; passages != NULL && i < passages->len && words->len < LIMIT_PAGE_QUOTABLE; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		g_autofree char *own = is_others(passage) || passage->kind == PASSAGE_ENCLOSED ? NULL : text_search_words(passage->text, -1, FALSE, NULL);

		if (own != NULL)
			g_string_append_printf(words, "\n %s ", own);
	}
	return passages != NULL;
}

/* What may be quoted: the words, a space before and behind each, of the letters of MESSAGE's thread that AUDIENCE sees, the newest first. Caller frees. */
static GString *
quotable(struct index *index, const struct audience *audience, gint64 message, GError **error)
{
	g_autoptr(GString) words = g_string_new(NULL);
	g_autoptr(GArray) numbers = NULL;
	struct stmt *stmt = ask(index, audience, message,
	    "SELECT m.message" EARLIER "AND " VISIBLE("m") " AND m.redacted IS NOT 'whole' ORDER BY m.date_effective DESC, m.message LIMIT :limit", error);

	if (stmt != NULL) {
		stmt_bind_int(stmt, ":day", DAY);
		stmt_bind_int(stmt, ":limit", LIMIT_PAGE_QUOTED);
	}
	numbers = pages_numbers(stmt, error);
	if (numbers == NULL)
		return NULL;
	for (guint i = 0; i < numbers->len && words->len < LIMIT_PAGE_QUOTABLE; i++)
		if (!add_words(index, g_array_index(numbers, gint64, i), words, error))
			return NULL;
	return g_steal_pointer(&words);
}

enum line { LINE_BLANK, LINE_KNOWN, LINE_UNKNOWN };

static enum line
look_at(const char *line, const GString *words)
{
	gboolean open;
	g_autofree char *asked = text_search_words(line, -1, TRUE, &open);
	g_autofree char *within = g_strdup_printf(" %s%s", asked, open ? "" : " ");

	return *asked == '\0' ? LINE_BLANK : strstr(words->str, within) != NULL ? LINE_KNOWN : LINE_UNKNOWN;
}

/* TEXT with its lines that stand in WORDS, and a note where others stood. Caller frees. */
static char *
leave_known(const char *text, const GString *words)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *out = g_string_sized_new(strlen(text));
	gboolean noted = FALSE;

	for (guint i = 0; lines[i] != NULL; i++) {
		enum line line = i < LIMIT_PAGE_QUOTE_LINES ? look_at(lines[i], words) : LINE_UNKNOWN;

		if (line == LINE_UNKNOWN && !noted)
			g_string_append(out, PAGES_NOT_QUOTED "\n");
		if (line == LINE_KNOWN || (line == LINE_BLANK && !noted)) {
			g_string_append(out, lines[i]);
			g_string_append(out, lines[i + 1] != NULL ? "\n" : "");
		}
		noted = line == LINE_UNKNOWN || (line == LINE_BLANK && noted);
	}
	return g_string_free(out, FALSE);
}

GPtrArray *
pages_passages(struct index *index, const struct audience *audience, gint64 message, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, message, error);
	g_autoptr(GString) words = NULL;
	gboolean others = FALSE;
	gint64 secret = 0;

	for (guint i = 0; passages != NULL && i < passages->len; i++)
		others |= is_others(g_ptr_array_index(passages, i));
	if (passages == NULL || !others || audience->staff)
		return g_steal_pointer(&passages);
	if (!pages_number(ask(index, audience, message, "SELECT EXISTS (SELECT 1" ANSWERED "AND " SECRETIVE("m") ")", error), &secret, error))
		return NULL;
	if (secret == 0)
		return g_steal_pointer(&passages);
	words = quotable(index, audience, message, error);
	for (guint i = 0; words != NULL && i < passages->len; i++) {
		struct record_passage *passage = g_ptr_array_index(passages, i);
		char *known = is_others(passage) ? leave_known(passage->text, words) : NULL;

		if (known == NULL)
			continue;
		g_free(passage->text);
		passage->text = known;
	}
	return words != NULL ? g_steal_pointer(&passages) : NULL;
}
