#include "report/weekly-model.h"

#include "base/text.h"

#include <string.h>

/* What makes a letter worth telling of in a call, and how much. The reasons stand under each letter, so that anyone can contest them. */
enum {
	SCORE_STATEMENT = 16,
	SCORE_CONSULTATION = 8,
	SCORE_QUESTION = 6,
	SCORE_CAMPAIGN = 5,
	SCORE_CORRECTION = 4,
	SCORE_GROUP = 3,
	SCORE_FIRST = 2,
	SCORE_PAPER = 2
};

void
weekly_letter_free(gpointer data)
{
	struct weekly_letter *letter = data;

	g_ptr_array_unref(letter->reasons);
	g_free(letter);
}

static void G_GNUC_PRINTF(3, 4) add_reason(struct weekly_letter *letter, int score, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_ptr_array_add(letter->reasons, g_strdup_vprintf(format, arguments));
	va_end(arguments);
	letter->score += score;
}

/* The groups for which ROW certainly speaks: "SSAC, ALAC"; NULL: none. Caller frees. */
static char *
groups_of(const struct message_row *row)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_str_equal(filing->type, "group") && g_str_equal(filing->tier, "firm"))
			g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", filing->id);
	}
	return g_string_free(out, out->len == 0);
}

static gboolean
wants(const struct message_row *row, const char *intent)
{
	return message_row_filing(row, "intent", intent) != NULL;
}

static void
judge_words(struct weekly_letter *letter, const struct message_row *row)
{
	g_autofree char *groups = groups_of(row);
	const struct row_filing *statement = message_row_filing(row, "intent", "statement");
	gboolean formal = statement != NULL && g_str_equal(statement->tier, "firm");

	if (formal && groups != NULL)
		add_reason(letter, SCORE_STATEMENT, "formal statement of %s", groups);
	else if (formal)
		add_reason(letter, SCORE_STATEMENT / 2, "formal statement");
	if (wants(row, "consultation"))
		add_reason(letter, SCORE_CONSULTATION, "asks for a consultation%s", row->answered != 0 ? " (answered)" : "");
	else if (wants(row, "question"))
		add_reason(letter, SCORE_QUESTION, "asks a question%s", row->answered != 0 ? " (answered)" : "");
	if (wants(row, "correction"))
		add_reason(letter, SCORE_CORRECTION, "says that it corrects something");
	if (!formal && groups != NULL)
		add_reason(letter, SCORE_GROUP, "writes for %s", groups);
}

static gboolean
judge(const struct weekly *weekly, struct index *index, struct weekly_letter *letter, GError **error)
{
	const struct digest_item *item = letter->item;
	const struct message_row *row = item->row;
	gboolean first = FALSE;

	if (item->letters != NULL)
		add_reason(letter, SCORE_CAMPAIGN, "campaign: %u this week, %s%" G_GINT64_FORMAT " in all, from %" G_GINT64_FORMAT " authors",
		    item->letters->len, item->alike->letters < COUNTS_ALIKE ? "" : "at least ", item->alike->letters, item->alike->authors);
	judge_words(letter, row);
	if (item->letters == NULL && !activity_is_first(index, row->message, weekly->window.from, &first, error))
		return FALSE;
	if (first && weekly->n_before > 0)
		add_reason(letter, SCORE_FIRST, "new author");
	if (row->attachments > 0) {
		g_autofree char *attachments = text_count(row->attachments, "attachment", "attachments");

		add_reason(letter, SCORE_PAPER, "%s", attachments);
	}
	return TRUE;
}

static gint
by_score(gconstpointer a, gconstpointer b)
{
	const struct weekly_letter *x = *(const struct weekly_letter *const *)a, *y = *(const struct weekly_letter *const *)b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->item->row->received != y->item->row->received)
		return x->item->row->received < y->item->row->received ? -1 : 1;
	return strcmp(x->item->row->public_id, y->item->row->public_id);
}

gboolean
weekly_rank(const struct weekly *weekly, struct index *index, struct weekly_place *place, GError **error)
{
	for (guint i = 0; i < place->items->items->len; i++) {
		struct weekly_letter *letter = g_new0(struct weekly_letter, 1);

		letter->item = g_ptr_array_index(place->items->items, i);
		letter->reasons = g_ptr_array_new_with_free_func(g_free);
		g_ptr_array_add(place->letters, letter);
		if (!judge(weekly, index, letter, error))
			return FALSE;
		if (letter->item->row->superseded_by != NULL && letter->item->letters == NULL)
			letter->score = -1; /* a later letter has its place */
	}
	g_ptr_array_sort(place->letters, by_score);
	return TRUE;
}

char *
weekly_mean(const struct weekly *weekly, gint64 sum)
{
	gint64 tenths = weekly->n_before > 0 ? (sum * 10 + weekly->n_before / 2) / weekly->n_before : 0;

	if (weekly->n_before == 0)
		return g_strdup("");
	return g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT, tenths / 10, tenths % 10);
}

gboolean
weekly_grew(const struct weekly *weekly, const struct weekly_topic *topic)
{
	return weekly->n_before > 0 && topic->now >= 2 && topic->now * weekly->n_before * 2 >= topic->before * 3;
}

char *
weekly_query(const struct weekly *weekly)
{
	g_autofree char *first = clock_format(weekly->window.from, weekly->zone, "%Y-%m-%d");
	g_autofree char *last = clock_format(weekly->window.to - 1, weekly->zone, "%Y-%m-%d");

	return g_strdup_printf("received:%s..%s", first, last);
}
