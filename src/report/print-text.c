#include "report/print-private.h"

#include "base/text.h"

#include <string.h>

#define WORD_CUT 16    /* bytes of a word left out rather than shown in part */
#define HIDDEN_SHOWN 3 /* marks and characters without width on one letter: more are not written but piled up, or hide what they stand in */
#define YEAR (G_GINT64_CONSTANT(365) * 24 * 3600)
#define CHANGE_COLUMNS 6 /* "  +123" */
#define ID_COLUMNS 24    /* of a workstream's id in the table */

gboolean
print_is_direction(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c;
}

char *
print_tame(const char *text)
{
	GString *out = g_string_new(NULL);
	guint hidden = 0;

	while (text != NULL && *text != '\0') {
		gunichar c = g_utf8_get_char_validated(text, -1);
		gsize length = c == (gunichar)-1 || c == (gunichar)-2 ? 1 : (gsize)(g_utf8_next_char(text) - text);

		hidden = length > 1 && (g_unichar_ismark(c) || g_unichar_iszerowidth(c)) && !print_is_direction(c) ? hidden + 1 : 0;
		if (hidden <= HIDDEN_SHOWN)
			g_string_append_len(out, text, length);
		text += length;
	}
	return g_string_free(out, FALSE);
}

char *
print_one_line(const char *text, guint columns)
{
	g_autofree char *line = print_tame(text);
	g_autofree char *escaped = NULL;

	g_strdelimit(line, "\t\n", ' ');
	escaped = text_escape(g_strstrip(line), FALSE);
	return text_cut(escaped, columns);
}

char *
print_author(const struct message_row *row, guint columns)
{
	const char *name = row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address;

	return print_one_line(name != NULL && *name != '\0' ? name : "(no author)", columns);
}

char *
print_gist(const struct message_row *row, guint columns)
{
	const char *gist = row->gist != NULL && *row->gist != '\0' ? row->gist : row->subject;
	g_autofree char *whole = print_one_line(gist != NULL && *gist != '\0' ? gist : "(no text)", G_MAXUINT);
	char *cut = text_cut(whole, columns);
	char *space = strrchr(cut, ' ');

	if (g_str_has_suffix(cut, ELLIPSIS) && text_columns(cut) > COLUMNS && space != NULL && strlen(space) < WORD_CUT) {
		g_autofree char *longer = cut;

		*space = '\0';
		return g_strconcat(longer, ELLIPSIS, NULL);
	}
	return cut;
}

void
print_line(struct printer *printer, const char *text)
{
	g_string_append(printer->out, text);
	g_string_append_c(printer->out, '\n');
}

/* TEXT with no word wider than COLUMNS: a line of it would be folded by whatever carries it, at a place of its own. Caller frees. */
static char *
break_words(const char *text, guint columns)
{
	GString *out = g_string_new(NULL);
	guint used = 0;

	for (; *text != '\0'; text = g_utf8_next_char(text)) {
		char c[7] = "";
		guint width;

		g_unichar_to_utf8(g_utf8_get_char(text), c);
		width = text_columns(c);
		if (used + width > columns) {
			g_string_append_c(out, ' ');
			used = 0;
		}
		g_string_append(out, c);
		used = *text == ' ' || *text == '\n' ? 0 : text_is_cjk(g_utf8_get_char(text)) ? width : used + width; /* a line may end before such a one */
	}
	return g_string_free(out, FALSE);
}

void
print_paragraph(struct printer *printer, const char *first, const char *text)
{
	g_autofree char *indent = g_strnfill(text_columns(first), ' ');
	g_autofree char *broken = break_words(text, COLUMNS - strlen(indent));
	g_autofree char *wrapped = text_wrap(broken, COLUMNS, indent);

	g_string_append(printer->out, first);
	print_line(printer, wrapped + MIN(strlen(indent), strlen(wrapped)));
}

/* In ASCII, which mail carries as it is. */
static void
print_rule(struct printer *printer, guint columns)
{
	g_autofree char *rule = g_strnfill(columns, '-');

	print_line(printer, rule);
}

void
print_heading(struct printer *printer, const char *text)
{
	g_autofree char *cut = text_cut(text, COLUMNS);

	g_string_append(printer->out, "\n\n");
	print_line(printer, cut);
	print_rule(printer, text_columns(cut));
}

char *
print_ids(const struct message_row *row, const char *type)
{
	GString *ids = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		g_autofree char *id = NULL;

		if (!g_str_equal(filing->type, type))
			continue;
		id = text_escape(filing->id, FALSE); /* a person may have typed it */
		g_string_append_printf(ids, "%s%s%s", ids->len > 0 ? ", " : "", id, g_str_equal(filing->tier, "suggested") ? "*" : "");
	}
	return g_string_free(ids, FALSE);
}

char *
print_time(const struct printer *printer, gint64 t)
{
	const struct time_window *window = &printer->digest->window;
	gint64 length = window->to - window->from;
	/* a time alone is enough only where all of the window is one civil day: an issue's begins on one and ends on the next, and has what came late too */
	gboolean of_day = window->to <= clock_day(window->from, 0, printer->digest->zone).to && t >= window->from && t < window->to;

	return clock_format(t, printer->digest->zone, of_day ? "%H:%M" : length < YEAR ? "%-d %b %H:%M" : "%-d %b %Y %H:%M");
}

/* "received 14 = input 9 + ..." broken before a plus. */
static void
print_ledger_line(struct printer *printer)
{
	g_autofree char *text = ledger_line(&printer->digest->ledger);
	g_auto(GStrv) terms = g_strsplit(text, " + ", -1);
	guint used = 0;

	for (char **term = terms; *term != NULL; term++) {
		guint width = text_columns(*term) + 3;

		if (term > terms && used + width > COLUMNS) {
			g_string_append(printer->out, "\n   ");
			used = 3;
		}
		g_string_append_printf(printer->out, "%s%s", term > terms ? " + " : "", *term);
		used += width;
	}
	g_string_append_c(printer->out, '\n');
}

static void
print_ledger(struct printer *printer)
{
	const struct ledger *ledger = &printer->digest->ledger;
	g_autofree char *selection = label_selection(printer->digest);
	g_autofree char *text = NULL;

	print_ledger_line(printer);
	if (ledger->truth + ledger->spooled == 0 && ledger->rows == 0 && printer->digest->span.upto == 0) /* an issue goes by what was entered */
		g_string_append(printer->out, "(letters are counted on the day on which they arrived)\n");
	if (ledger->difference != 0) {
		g_string_append_printf(printer->out, "\n*** does not reconcile: %" G_GINT64_FORMAT " ***\n", ledger->difference);
		text = g_strdup_printf("mail.db has %" G_GINT64_FORMAT " deliveries of this time and the spool %" G_GINT64_FORMAT
		                       " more, the index %" G_GINT64_FORMAT "; run postbag sweep; if that does not help, postbag rebuild",
		    ledger->truth, ledger->spooled, ledger->rows);
		print_paragraph(printer, "    ", text);
	}
	if (selection != NULL)
		print_paragraph(printer, "", selection);
	if (ledger->spooled > 0)
		g_string_append_printf(printer->out, "%" G_GINT64_FORMAT " of the unread %s in the spool: run postbag sweep\n", ledger->spooled,
		    ledger->spooled == 1 ? "waits" : "wait");
	if (ledger->behind > 0)
		g_string_append_printf(printer->out, "the index is behind by %" G_GINT64_FORMAT " %s: run postbag sweep\n", ledger->behind,
		    ledger->behind == 1 ? "entry" : "entries");
	if (printer->digest->redactions_pending > 0)
		g_string_append_printf(printer->out, "%" G_GINT64_FORMAT " redaction%s pending: postbag redact --verify\n", printer->digest->redactions_pending,
		    printer->digest->redactions_pending == 1 ? " is" : "s are");
	if (printer->digest->rules_trouble != NULL) {
		g_autofree char *trouble = text_escape(printer->digest->rules_trouble, FALSE);

		print_paragraph(printer, "rules: ", trouble);
	}
}

static void
append_todo(GString *out, gint64 number, const char *more, const char *one, const char *many)
{
	if (number > 0)
		g_string_append_printf(out, "%s%" G_GINT64_FORMAT "%s %s", out->len > 0 ? ", " : "", number, more, number == 1 ? one : many);
}

char *
print_todo(const struct digest *digest)
{
	GString *out = g_string_new(NULL);

	append_todo(out, digest->n_awaiting, digest->n_awaiting < LIST_COUNTED ? "" : " or more", "to answer", "to answer");
	append_todo(out, digest->unfiled->count, "", "to file by hand", "to file by hand");
	append_todo(out, digest->suggested->len, "", "filing to check", "filings to check");
	append_todo(out, digest->corrections->len, "", "correction to confirm", "corrections to confirm");
	append_todo(out, digest->routed->len, "", "to pass on", "to pass on");
	append_todo(out, digest->unread->len, "", "letter that could not be read", "letters that could not be read");
	append_todo(out, digest->attachments->len, "", "attachment nobody could read", "attachments nobody could read");
	append_todo(out, digest->held->len + digest->held_before, "", "held", "held");
	return g_string_free(out, FALSE);
}

static void
append_sparkline(GString *out, const gint64 *history, gint64 most)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

	for (int i = 0; i < DIGEST_WINDOWS; i++) {
		/* nothing has a level of its own, so that one letter beside a hundred is seen */
		gsize level = history[i] <= 0 || most <= 0 ? 0 : 1 + (history[i] - 1) * 7 / most;

		g_string_append(out, blocks[MIN(level, 7)]);
	}
}

static char *
change_text(const gint64 *history)
{
	gint64 now = history[DIGEST_WINDOWS - 1], before = history[DIGEST_WINDOWS - 2];

	if (now == 0 && before == 0)
		return g_strdup("");
	if (now == before)
		return g_strdup("=");
	return g_strdup_printf("%s%" G_GINT64_FORMAT, now > before ? "+" : "\u2212", ABS(now - before));
}

static void
append_padded(GString *out, const char *text, guint columns, gboolean right)
{
	guint width = text_columns(text), fill = width < columns ? columns - width : 0;

	g_string_append_printf(out, "%*s%s%*s", right ? (int)fill : 0, "", text, right ? 0 : (int)fill, "");
}

/* How wide the columns of the table are; the titles get the rest. */
struct table {
	guint id, count;
	gint64 most; /* of all counts: the height of the sparklines */
};

/* "7 (3 unique)": letters, and how many are left when campaigns count once and what was superseded does not. */
static char *
count_text(const struct digest_place *place)
{
	if (place->unique == place->count)
		return g_strdup_printf("%" G_GINT64_FORMAT, place->count);
	return g_strdup_printf("%" G_GINT64_FORMAT " (%" G_GINT64_FORMAT " unique)", place->count, place->unique);
}

static void
measure_place(struct table *table, const struct digest_place *place)
{
	g_autofree char *count = count_text(place);

	for (int i = 0; i < DIGEST_WINDOWS; i++)
		table->most = MAX(table->most, place->history[i]);
	table->id = MAX(table->id, MIN(text_columns(place->id), ID_COLUMNS));
	table->count = MAX(table->count, text_columns(count));
}

static void
print_place_line(struct printer *printer, const struct digest_place *place, const struct table *table)
{
	guint title_columns = COLUMNS - table->id - 2 - 2 - table->count - 2 - DIGEST_WINDOWS - CHANGE_COLUMNS;
	g_autofree char *title = print_one_line(place->title != NULL ? place->title : *place->id == '\0' ? "unfiled" : place->id, title_columns);
	g_autofree char *id = print_one_line(place->id, ID_COLUMNS);
	g_autofree char *count = count_text(place);
	g_autofree char *change = change_text(place->history);
	g_autoptr(GString) text = g_string_new(NULL);

	append_padded(text, id, table->id, FALSE);
	g_string_append(text, "  ");
	append_padded(text, title, title_columns, FALSE);
	g_string_append(text, "  ");
	append_padded(text, count, table->count, TRUE);
	g_string_append(text, "  ");
	append_sparkline(text, place->history, table->most);
	append_padded(text, change, CHANGE_COLUMNS, TRUE);
	g_strchomp(text->str);
	print_line(printer, text->str);
}

static void
print_table(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	struct table table = {.id = 2};

	for (guint i = 0; i < digest->places->len; i++)
		measure_place(&table, g_ptr_array_index(digest->places, i));
	if (digest->workstream == NULL)
		measure_place(&table, digest->unfiled);
	if (table.most == 0)
		return;
	g_string_append_c(printer->out, '\n');
	for (guint i = 0; i < digest->places->len; i++)
		print_place_line(printer, g_ptr_array_index(digest->places, i), &table);
	if (digest->workstream == NULL)
		print_place_line(printer, digest->unfiled, &table);
}

static void
print_end(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	g_string_append(printer->out, "\n\n");
	print_rule(printer, COLUMNS);
	if (digest->rows->len > 0)
		print_line(printer, "* suggested, not certain");
	if (*digest->rules != '\0')
		g_string_append_printf(printer->out, "rules %.12s \u00b7 one message: postbag show ID\n", digest->rules);
	else
		print_line(printer, "no rules in force \u00b7 one message: postbag show ID");
}

char *
digest_print_text(const struct digest *digest)
{
	struct printer printer = {g_string_new(NULL), digest, G_MAXUINT};
	g_autofree char *title = print_one_line(digest->title, COLUMNS);
	g_autofree char *label = print_one_line(digest->label, COLUMNS);
	g_autofree char *workstream = digest->workstream != NULL ? print_one_line(digest->workstream, COLUMNS) : NULL;
	g_autofree char *todo = print_todo(digest);
	g_autofree char *text = g_strdup_printf(
	    "%s%s%s \u00b7 %s (%s)", title, workstream != NULL ? " \u00b7 " : "", workstream != NULL ? workstream : "", label, digest->zone_name);

	print_paragraph(&printer, "", text);
	print_ledger(&printer);
	if (*todo != '\0')
		print_paragraph(&printer, "to do: ", todo);
	print_table(&printer);
	print_places(&printer);
	print_awaiting(&printer);
	print_held(&printer);
	print_look(&printer);
	print_others(&printer);
	print_decisions(&printer);
	print_end(&printer);
	return g_string_free(printer.out, FALSE);
}
