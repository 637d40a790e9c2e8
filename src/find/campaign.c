#include "find/campaign.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/record.h"
#include "base/text.h"
#include "find/counts.h"

#include <string.h>

#define LINE_COLUMNS 50 /* a shorter line was ended by its author: greetings, names, lists */
#define WORTH_WORDS 8   /* of a line that says something: greetings, names and places say less */
#define ENDED_WORDS 2   /* of a sentence that says something: "Dr." says less */

struct campaign {
	GHashTable *sentences; /* hash of the words (guint64) -> struct campaign_sentence */
	GPtrArray *common, *others;
	gint64 letters, untold;
};

static void
sentence_free(gpointer data)
{
	struct campaign_sentence *sentence = data;

	g_free(sentence->text);
	g_free(sentence->words);
	g_free(sentence);
}

struct campaign *
campaign_new(void)
{
	struct campaign *campaign = g_new0(struct campaign, 1);

	campaign->sentences = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, sentence_free);
	campaign->common = g_ptr_array_new();
	campaign->others = g_ptr_array_new();
	return campaign;
}

void
campaign_free(struct campaign *campaign)
{
	g_hash_table_unref(campaign->sentences);
	g_ptr_array_unref(campaign->common);
	g_ptr_array_unref(campaign->others);
	g_free(campaign);
}

/* Where the letter is that is being read. */
struct reading {
	struct campaign *campaign;
	gint64 message, place;
	gboolean fresh, begins;
};

static gboolean
ends_sentence(const char *p)
{
	gunichar c = g_utf8_get_char(p), next = g_utf8_get_char(g_utf8_next_char(p));

	if (c == 0x3002 || c == 0xff01 || c == 0xff1f) /* the full stops of Han and Kana need no space behind them */
		return TRUE;
	return (c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x61f || c == 0x964) && (next == ' ' || next == '\0');
}

static void
add_sentence(struct reading *reading, const char *text, gsize length)
{
	struct campaign *campaign = reading->campaign;
	gsize kept = length <= LIMIT_SENTENCE_BYTES ? length : (gsize)(g_utf8_find_prev_char(text, text + LIMIT_SENTENCE_BYTES) - text);
	g_autofree char *words = text_index_words(text, kept);
	guint64 key = hash_quick(words, strlen(words));
	struct campaign_sentence *sentence;

	if (*words == '\0')
		return;
	reading->place++;
	sentence = g_hash_table_lookup(campaign->sentences, &key);
	if (sentence == NULL && g_hash_table_size(campaign->sentences) >= LIMIT_CAMPAIGN_SENTENCES) {
		campaign->untold++;
		return;
	}
	if (sentence == NULL) {
		sentence = g_new0(struct campaign_sentence, 1);
		sentence->text = g_strndup(text, kept);
		sentence->words = g_steal_pointer(&words);
		sentence->message = reading->message;
		sentence->begins = reading->begins;
		sentence->ended = *sentence->text != '\0' && ends_sentence(g_utf8_prev_char(sentence->text + strlen(sentence->text)));
		g_hash_table_insert(campaign->sentences, g_memdup2(&key, sizeof(key)), sentence);
	}
	reading->begins = FALSE;
	sentence->fresh = sentence->fresh || reading->fresh;
	if (sentence->last == reading->message)
		return;
	sentence->last = reading->message;
	sentence->letters++;
	sentence->place += reading->place;
}

/* TEXT without line ends. */
static void
add_sentences(struct reading *reading, const char *text)
{
	const char *start = text;

	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		const char *next = g_utf8_next_char(p);

		if (!ends_sentence(p))
			continue;
		add_sentence(reading, start, next - start);
		start = next + strspn(next, " ");
	}
	add_sentence(reading, start, strlen(start));
}

/* Lines that a mailer broke are put together again; those that their author ended are not. */
static void
add_paragraph(struct reading *reading, const char *paragraph)
{
	g_auto(GStrv) lines = g_strsplit(paragraph, "\n", -1);
	g_autoptr(GString) text = g_string_new(NULL);

	reading->begins = TRUE;
	for (char **line = lines; *line != NULL; line++) {
		gboolean ended = text_columns(*line) < LINE_COLUMNS;

		g_strdelimit(*line, "\t\r", ' ');
		g_strstrip(*line);
		g_string_append_printf(text, "%s%s", text->len > 0 && **line != '\0' ? " " : "", *line);
		if (!ended && line[1] != NULL)
			continue;
		add_sentences(reading, text->str);
		g_string_truncate(text, 0);
	}
}

gboolean
campaign_add(struct campaign *campaign, struct index *index, gint64 message, gboolean fresh, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, message, error);
	struct reading reading = {.campaign = campaign, .message = message, .fresh = fresh};

	if (passages == NULL)
		return FALSE;
	campaign->letters++;
	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		g_auto(GStrv) paragraphs = passage->kind == PASSAGE_NEW ? g_strsplit(passage->text, "\n\n", -1) : NULL;

		for (char **paragraph = paragraphs; paragraph != NULL && *paragraph != NULL; paragraph++)
			add_paragraph(&reading, *paragraph);
	}
	return TRUE;
}

/* A pair of words that stand together, as a number; the end of the second in *END. NULL words: no pair. */
static gboolean
next_pair(const char **words, guint64 *pair)
{
	const char *space = strchr(*words, ' ');

	if (space == NULL)
		return FALSE;
	*pair = hash_quick(*words, strchrnul(space + 1, ' ') - *words);
	*words = space + 1;
	return TRUE;
}

static void
collect_pairs(const struct campaign_sentence *sentence, GHashTable *pairs)
{
	const char *words = sentence->words;
	guint64 pair;

	while (next_pair(&words, &pair))
		g_hash_table_add(pairs, g_memdup2(&pair, sizeof(pair)));
}

static gboolean
is_worth_reading(const struct campaign_sentence *sentence, GHashTable *known)
{
	const char *words = sentence->words;
	guint all = 0, own = 0;
	guint64 pair;

	while (next_pair(&words, &pair)) {
		all++;
		own += !g_hash_table_contains(known, &pair);
	}
	return all + 1 >= (sentence->ended ? ENDED_WORDS : WORTH_WORDS) && 2 * own > all;
}

static gint
by_place(gconstpointer a, gconstpointer b)
{
	const struct campaign_sentence *left = *(struct campaign_sentence *const *)a, *right = *(struct campaign_sentence *const *)b;
	double order = (double)left->place / left->letters - (double)right->place / right->letters;

	return order < 0 ? -1 : order > 0 ? 1 : strcmp(left->words, right->words);
}

static gint
by_number(gconstpointer a, gconstpointer b)
{
	const struct campaign_sentence *left = *(struct campaign_sentence *const *)a, *right = *(struct campaign_sentence *const *)b;

	return left->letters != right->letters ? (left->letters > right->letters ? -1 : 1)
	       : left->worth != right->worth   ? right->worth - left->worth
	                                       : by_place(a, b);
}

void
campaign_finish(struct campaign *campaign, const GPtrArray **common, const GPtrArray **others, gint64 *untold)
{
	g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, campaign->sentences);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct campaign_sentence *sentence = value;

		g_ptr_array_add(sentence->letters * 2 > campaign->letters ? campaign->common : campaign->others, sentence);
	}
	g_ptr_array_sort(campaign->common, by_place);
	for (guint i = 0; i < campaign->common->len; i++)
		collect_pairs(g_ptr_array_index(campaign->common, i), pairs);
	for (guint i = 0; i < campaign->others->len; i++) {
		struct campaign_sentence *sentence = g_ptr_array_index(campaign->others, i);

		sentence->worth = is_worth_reading(sentence, pairs);
	}
	g_ptr_array_sort(campaign->others, by_number);
	*common = campaign->common;
	*others = campaign->others;
	*untold = campaign->untold;
}

static const char facts_sql[] =
    "SELECT count(*), count(DISTINCT coalesce(m.author_address, '')), coalesce(min(m.received), 0), coalesce(max(m.received), 0),"
    " coalesce(sum(" SUPERSEDED("m") "), 0) FROM message AS m WHERE m.message IN " CAMPAIGN_LETTERS(":campaign") " AND " COUNTED("m");

gboolean
campaign_facts(struct index *index, gint64 campaign, struct campaign_facts *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), facts_sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":campaign", campaign);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = (struct campaign_facts){stmt_int(stmt, 0), stmt_int(stmt, 1), stmt_int(stmt, 2), stmt_int(stmt, 3), stmt_int(stmt, 4)};
	return TRUE;
}

static const char letters_sql[] =
    "SELECT m.message FROM message AS m WHERE m.message IN " CAMPAIGN_LETTERS(":campaign") " AND " COUNTED("m") " ORDER BY m.public_id LIMIT :limit";

GArray *
campaign_letters(struct index *index, gint64 campaign, guint limit, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), letters_sql, error);
	g_autoptr(GArray) letters = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":campaign", campaign);
	stmt_bind_int(stmt, ":limit", limit > 0 ? (gint64)limit : -1);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 number = stmt_int(stmt, 0);

		g_array_append_val(letters, number);
	}
	return result == STMT_END ? g_steal_pointer(&letters) : NULL;
}
