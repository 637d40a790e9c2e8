#include "report/weekly-model.h"

#include "base/text.h"
#include "report/page.h"
#include "report/print-private.h"

#include <string.h>

#define MARK "grew"

static char *
change_words(gint64 now, gint64 before)
{
	if (now == before)
		return g_strdup("as many as the week before");
	return g_strdup_printf("%" G_GINT64_FORMAT " %s than the week before", ABS(now - before), now > before ? "more" : "fewer");
}

/* "3 questions and 1 request for a consultation", or NULL. */
static char *
open_words(const struct weekly_place *place)
{
	g_autofree char *questions = text_count(place->questions, "question", "questions");
	g_autofree char *consultations = text_count(place->consultations, "request for a consultation", "requests for a consultation");

	if (place->questions + place->consultations == 0)
		return NULL;
	return g_strdup_printf("%s%s%s", place->questions > 0 ? questions : "", place->questions > 0 && place->consultations > 0 ? " and " : "",
	    place->consultations > 0 ? consultations : "");
}

static void
say_numbers(struct page *page, const struct weekly *weekly, const struct weekly_place *place)
{
	gint64 now = place->weeks[WEEKLY_WEEKS - 1], before = place->weeks[WEEKLY_WEEKS - 2];
	g_autofree char *letters = text_count(now, "letter", "letters"), *change = change_words(now, before), *mean = weekly_mean(weekly, place->before);
	g_autofree char *unique = place->items->unique != now ? g_strdup_printf(" (%" G_GINT64_FORMAT " unique)", place->items->unique) : g_strdup("");
	g_autofree char *open = open_words(place);
	g_autofree char *total = *place->id != '\0' ? g_strdup_printf("; %" G_GINT64_FORMAT " since the beginning", place->total) : g_strdup("");
	g_autofree char *weeks = text_count(weekly->n_before, "week", "weeks");
	g_autofree char *long_run = weekly->n_before <= 1 ? g_strdup("")
	                            : place->before == 0  ? g_strdup_printf("; none in the %s before", weeks)
	                                                  : g_strdup_printf("; the mean of the %s before is %s", weeks, mean);
	g_autofree char *text =
	    g_strdup_printf("%s this week%s%s%s%s%s. ", letters, unique, weekly->n_before > 0 ? ", " : "", weekly->n_before > 0 ? change : "", long_run, total);
	g_autofree char *whole =
	    g_strdup_printf("%s%s%s%s", text, open != NULL ? "Awaiting an answer: " : "Nothing awaits an answer", open != NULL ? open : "", ".");

	page_say(page, whole);
}

/* The reasons in one line, for people. */
static char *
reasons_line(const struct weekly_letter *letter)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < letter->reasons->len; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", (const char *)g_ptr_array_index(letter->reasons, i));
	return text->len > 0 ? print_one_line(text->str, 4 * COLUMNS) : NULL;
}

static void
say_letters(struct page *page, const struct weekly *weekly, const struct weekly_place *place)
{
	g_autofree char *window = weekly_query(weekly);
	guint shown = 0;

	if (place->letters->len == 0)
		return;
	page_list(page, "Worth telling of", -1);
	for (; shown < MIN(place->letters->len, WEEKLY_NOTABLE); shown++) {
		const struct weekly_letter *letter = g_ptr_array_index(place->letters, shown);
		g_autofree char *why = reasons_line(letter);
		g_autofree char *who = letter->item->letters != NULL ? print_who(letter->item) : NULL;
		struct page_entry entry = {letter->item->row, who, why};

		if (letter->score < 0)
			break;
		page_entry(page, &entry);
	}
	if (place->letters->len > shown) {
		g_autofree char *more = g_strdup_printf("and %u more: postbag query %s%s kind:input -is:held -is:variant %s", place->letters->len - shown,
		    *place->id != '\0' ? "ws:" : "is:unfiled", place->id, window);

		page_more(page, more);
	}
}

static void
say_awaiting(struct page *page, const struct weekly_place *place)
{
	static const struct page_column columns[] = {{"days", TRUE, PAGE_FIT}, {"who, and about what", FALSE, PAGE_WRAP}, {"", FALSE, PAGE_FIT}};
	gint64 all = place->questions + place->consultations;

	if (place->awaiting->len == 0)
		return;
	page_list(page, "Awaiting an answer, oldest first", all);
	page_table(page, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < place->awaiting->len; i++) {
		const struct weekly_question *question = g_ptr_array_index(place->awaiting, i);

		page_cell_number(page, question->days);
		page_cell_message(page, question->row);
		page_cell(page, question->consultation ? "consultation" : "", PAGE_STRONG);
	}
	page_table_end(page);
	if (all > place->awaiting->len) {
		g_autofree char *more = g_strdup_printf("and %" G_GINT64_FORMAT " more: postbag query --oldest %s%s is:unanswered", all - place->awaiting->len,
		    *place->id != '\0' ? "ws:" : "is:unfiled", place->id);

		page_note(page, more);
	}
}

static void
say_answered(struct page *page, const struct weekly *weekly, const struct weekly_place *place)
{
	static const struct page_column columns[] = {{"when", FALSE, PAGE_FIT}, {"by", FALSE, PAGE_FIT}, {"the question", FALSE, PAGE_WRAP}};

	if (place->answered->len == 0)
		return;
	page_list(page, "Answered this week", place->answered->len);
	page_table(page, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < MIN(place->answered->len, WEEKLY_LISTED); i++) {
		const struct weekly_answer *item = g_ptr_array_index(place->answered, i);
		g_autofree char *when = clock_format(item->answer->at, weekly->zone, "%-d %b");

		page_cell(page, when, PAGE_WEAK);
		page_cell(page, item->answer->who != NULL ? item->answer->who : "?", PAGE_PLAIN);
		page_cell_message(page, item->row);
	}
	page_table_end(page);
	if (place->answered->len > WEEKLY_LISTED) {
		g_autofree char *more = g_strdup_printf("and %u more: postbag query is:answered", place->answered->len - WEEKLY_LISTED);

		page_note(page, more);
	}
}

static void
say_superseded(struct page *page, const struct weekly_place *place)
{
	for (guint i = 0; i < MIN(place->superseded->len, WEEKLY_LISTED); i++) {
		const struct decision_row *decision = g_ptr_array_index(place->superseded, i);
		g_autofree char *text = g_strdup_printf("%.*s takes the place of %.*s, says %s.", ID_SHOWN, decision->public_id, ID_SHOWN,
		    decision->value != NULL ? decision->value : "?", decision->who != NULL ? decision->who : "somebody");

		page_note(page, text);
	}
}

static void
say_corrections(struct page *page, const struct weekly_place *place)
{
	static const struct page_column columns[] = {{"letter", FALSE, PAGE_WRAP}, {"may replace", FALSE, PAGE_FIT}};

	if (place->corrections->len + place->superseded->len > 0)
		page_list(page, "Corrections", place->corrections->len + place->superseded->len);
	if (place->corrections->len > 0) {
		page_table(page, columns, G_N_ELEMENTS(columns));
		for (guint i = 0; i < MIN(place->corrections->len, WEEKLY_LISTED); i++) {
			const struct digest_correction *item = g_ptr_array_index(place->corrections, i);
			g_autofree char *earlier = g_strndup(item->correction->id, ID_SHOWN);

			page_cell_message(page, item->row);
			page_cell(page, earlier, PAGE_WEAK);
		}
		page_table_end(page);
		page_note(page, "To be confirmed by a person: postbag supersedes ID EARLIER, or ID none.");
	}
	say_superseded(page, place);
}

static void
say_suggested(struct page *page, const struct weekly_place *place)
{
	static const struct page_column columns[] = {{"", FALSE, PAGE_WRAP}};

	if (place->suggested->len == 0)
		return;
	page_list(page, "Filing to confirm: only suggested here", place->suggested->len);
	page_table(page, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < MIN(place->suggested->len, WEEKLY_LISTED); i++)
		page_cell_message(page, g_ptr_array_index(place->suggested, i));
	page_table_end(page);
	if (place->suggested->len > WEEKLY_LISTED) {
		g_autofree char *more = g_strdup_printf("and %u more: postbag query is:suggested ws:%s", place->suggested->len - WEEKLY_LISTED, place->id);

		page_note(page, more);
	}
}

/* Topics, or (NUMBERED) recommendations and the like, that were written about this week. */
static void
say_topics(struct page *page, const struct weekly *weekly, const struct weekly_place *place, gboolean numbered)
{
	static const struct page_column columns[] = {{"", FALSE, PAGE_CUT}, {"letters", TRUE, PAGE_FIT}, {"mean", TRUE, PAGE_FIT}, {"", FALSE, PAGE_FIT}};
	guint n = 0;

	for (guint i = 0; i < place->topics->len; i++) {
		const struct weekly_topic *topic = g_ptr_array_index(place->topics, i);
		g_autofree char *mean = weekly_mean(weekly, topic->before);

		if (topic->now == 0 || topic->numbered != numbered || n >= WEEKLY_LISTED)
			continue;
		if (n++ == 0) {
			page_list(page, numbered ? "Recommendations and other numbered items spoken of" : "Topics this week", -1);
			page_table(page, columns, G_N_ELEMENTS(columns));
		}
		page_cell_name(page, topic->target->id, topic->target->title, PAGE_PLAIN);
		page_cell_number(page, topic->now);
		page_cell(page, mean, PAGE_WEAK);
		page_cell(page, weekly_grew(weekly, topic) ? MARK : "", PAGE_STRONG);
	}
	if (n > 0)
		page_table_end(page);
}

static gboolean
is_quiet(const struct weekly_place *place)
{
	return place->letters->len + place->awaiting->len + place->answered->len + place->superseded->len == 0;
}

static void
say_place(struct page *page, const struct weekly *weekly, const struct weekly_place *place)
{
	page_part(page, *place->id != '\0' ? place->id : NULL, place->title, -1);
	say_numbers(page, weekly, place);
	say_letters(page, weekly, place);
	say_awaiting(page, place);
	say_answered(page, weekly, place);
	say_topics(page, weekly, place, FALSE);
	say_topics(page, weekly, place, TRUE);
	say_corrections(page, place);
	say_suggested(page, place);
}

static void
say_quiet(struct page *page, const struct weekly *weekly)
{
	g_autoptr(GString) quiet = g_string_new(NULL);

	for (guint i = 0; i < weekly->places->len; i++) {
		const struct weekly_place *place = g_ptr_array_index(weekly->places, i);

		if (is_quiet(place) && *place->id != '\0')
			g_string_append_printf(quiet, "%s%s", quiet->len > 0 ? ", " : "Nothing new and nothing open: ", place->id);
	}
	if (quiet->len > 0)
		page_note(page, quiet->str);
}

static gint64
most_of(const struct weekly *weekly)
{
	gint64 most = 0;

	for (guint i = 0; i < weekly->places->len; i++)
		for (int week = 0; week < WEEKLY_WEEKS; week++)
			most = MAX(most, ((const struct weekly_place *)g_ptr_array_index(weekly->places, i))->weeks[week]);
	return most;
}

static void
say_overview(struct page *page, const struct weekly *weekly)
{
	static const struct page_column columns[] = {{"", FALSE, PAGE_CUT}, {"new", TRUE, PAGE_FIT}, {"nine weeks", TRUE, PAGE_FIT}, {"change", TRUE, PAGE_FIT},
	    {"mean", TRUE, PAGE_FIT}, {"total", TRUE, PAGE_FIT}, {"open", TRUE, PAGE_FIT}};
	gint64 most = most_of(weekly);

	page_table(page, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < weekly->places->len; i++) {
		const struct weekly_place *place = g_ptr_array_index(weekly->places, i);
		gint64 now = place->weeks[WEEKLY_WEEKS - 1], change = now - place->weeks[WEEKLY_WEEKS - 2];
		g_autofree char *changed = change != 0 ? g_strdup_printf("%s%" G_GINT64_FORMAT, change > 0 ? "+" : "\u2212", ABS(change)) : g_strdup("=");
		g_autofree char *mean = weekly_mean(weekly, place->before), *total = g_strdup_printf("%" G_GINT64_FORMAT, place->total);

		page_cell_name(page, *place->id != '\0' ? place->id : "unfiled", *place->id != '\0' ? place->title : NULL, now > 0 ? PAGE_STRONG : PAGE_WEAK);
		page_cell_number(page, now);
		page_cell_bars(page, place->weeks, WEEKLY_WEEKS, most);
		page_cell(page, changed, PAGE_WEAK);
		page_cell(page, mean, PAGE_WEAK);
		page_cell(page, *place->id != '\0' ? total : "", PAGE_WEAK);
		page_cell_number(page, place->questions + place->consultations);
	}
	page_table_end(page);
}

static void
say_sum(struct page *page, const struct weekly *weekly)
{
	const struct activity_sum *sum = &weekly->sum;
	g_autofree char *letters = text_count(sum->letters, "letter", "letters"), *authors = text_count(sum->authors, "author", "authors");
	g_autofree char *change = change_words(sum->letters, weekly->sum_before.letters);
	g_autofree char *unique = sum->unique != sum->letters ? g_strdup_printf(", %" G_GINT64_FORMAT " of them unique", sum->unique) : g_strdup("");
	g_autofree char *text =
	    g_strdup_printf("%s from %s this week%s%s%s.", letters, authors, unique, weekly->n_before > 0 ? "; " : "", weekly->n_before > 0 ? change : "");

	page_say(page, sum->letters > 0 ? text : "No letters this week.");
}

static void
say_milestones(struct page *page, const struct weekly *weekly)
{
	static const struct page_column columns[] = {{"when", FALSE, PAGE_FIT}, {"", FALSE, PAGE_WRAP}, {"", TRUE, PAGE_FIT}};

	if (weekly->milestones->len == 0)
		return;
	page_part(page, NULL, "In the next four weeks", -1);
	page_table(page, columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < weekly->milestones->len; i++) {
		const struct milestone *milestone = g_ptr_array_index(weekly->milestones, i);
		gint64 days = (milestone->day_from - milestone_day(weekly->window.to, weekly->zone)) / 86400;
		g_autofree char *when = milestone_days(milestone->day_from, milestone->day_to), *left = text_count(days, "day left", "days left");

		page_cell(page, when, PAGE_STRONG);
		page_cell(page, milestone->title, PAGE_PLAIN);
		page_cell(page, days > 0 ? left : "now", PAGE_WEAK);
	}
	page_table_end(page);
}

static char *
print(const struct weekly *weekly, enum page_form form)
{
	const struct page_head head = {weekly->title, weekly->label, weekly->workstream, weekly->rules, weekly->link, weekly->window, weekly->zone};
	struct page *page = page_new(form, &head);

	say_sum(page, weekly);
	if (weekly->workstream == NULL) {
		say_overview(page, weekly);
		say_quiet(page, weekly);
	}
	for (guint i = 0; i < weekly->places->len; i++) {
		const struct weekly_place *place = g_ptr_array_index(weekly->places, i);

		if (weekly->workstream != NULL || !is_quiet(place))
			say_place(page, weekly, place);
	}
	say_milestones(page, weekly);
	if (weekly->rows->len > 0) {
		page_part(page, NULL, "How to read this", -1);
		page_say(page,
		    "Letters are counted on the day on which they arrived; one under two workstreams counts in both. Worth telling of are, in this order: "
		    "formal statements, requests for a consultation, questions, campaigns, corrections, letters for a group, first letters of their "
		    "author, attachments; points for these add up, and each letter says which it has. A star is what the rules only suggest.");
	}
	return page_finish(page);
}

char *
weekly_print_text(const struct weekly *weekly)
{
	return print(weekly, PAGE_TEXT);
}

char *
weekly_print_html(const struct weekly *weekly)
{
	return print(weekly, PAGE_HTML);
}
