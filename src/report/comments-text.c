#include "report/comments-private.h"

#include <string.h>

#include "base/text.h"
#include "report/print-private.h"

#define MARGIN "  " /* a sender's words begin no line, so that none looks like one of ours */
#define NAME_WIDTH 27
#define BY_WIDTH 21
#define INITIALS_WIDTH 13
#define IDS_SHOWN 5 /* of a contributor's letters */

/* A line that grows word by word. */
struct line {
	GString *out;
	const char *indent;
	guint columns, used;
	gboolean begun; /* a word stands on it */
};

static void
break_line(struct line *line)
{
	g_string_append_printf(line->out, "\n%s", line->indent);
	line->used = text_columns(line->indent);
	line->begun = FALSE;
}

/* Full stops, commas and brackets of Han and Kana do not begin a line. */
static gboolean
is_closing(const char *p)
{
	gunichar c = g_utf8_get_char(p);

	return g_unichar_iswide(c) && (g_unichar_type(c) == G_UNICODE_OTHER_PUNCTUATION || g_unichar_type(c) == G_UNICODE_CLOSE_PUNCTUATION);
}

/* A long word of writing without spaces goes on in the next line at any character. */
static void
add_characters(struct line *line, const char *word)
{
	for (const char *p = word, *next; *p != '\0'; p = next) {
		next = g_utf8_next_char(p);
		while (*next != '\0' && g_unichar_ismark(g_utf8_get_char(next)))
			next = g_utf8_next_char(next);
		g_autofree char *character = g_strndup(p, next - p);
		guint width = text_columns(character), behind = is_closing(next) ? 2 : 0;

		if (line->used + width + behind > line->columns)
			break_line(line);
		g_string_append(line->out, character);
		line->used += width;
		line->begun = TRUE;
	}
}

static gboolean
is_cjk(const char *word)
{
	for (const char *p = word; *p != '\0'; p = g_utf8_next_char(p))
		if (text_is_cjk(g_utf8_get_char(p)))
			return TRUE;
	return FALSE;
}

static void
add_word(struct line *line, const char *word)
{
	guint room = line->columns - MIN(line->columns, text_columns(line->indent));
	g_autofree char *shown = is_cjk(word) ? g_strdup(word) : text_cut(word, room);
	guint width = text_columns(shown);

	if (*shown == '\0')
		return;
	if (line->begun && line->used + 1 + MIN(width, is_cjk(word) ? 2 : width) > line->columns)
		break_line(line);
	if (line->begun) {
		g_string_append_c(line->out, ' ');
		line->used++;
	}
	if (line->used + width > line->columns) {
		add_characters(line, shown);
		return;
	}
	g_string_append(line->out, shown);
	line->used += width;
	line->begun = TRUE;
}

/* TEXT, escaped, in lines of COLUMNS; FIRST stands before the first of them, INDENT before the others. A word wider than a line is cut. Caller frees. */
static char *
wrap(const char *first, const char *indent, const char *text, guint columns)
{
	g_autofree char *escaped = print_one_line(text, G_MAXUINT);
	g_auto(GStrv) words = g_strsplit(escaped, " ", -1);
	struct line line = {g_string_new(first), indent, columns, text_columns(first), FALSE};

	for (char **word = words; *word != NULL; word++)
		add_word(&line, *word);
	return g_string_free(line.out, FALSE);
}

static void
print_wrapped(GString *out, const char *first, const char *indent, const char *text)
{
	g_autofree char *wrapped = wrap(first, indent, text, COLUMNS);

	g_string_append_printf(out, "%s\n", wrapped);
}

static void
pad(GString *out, const char *text, guint width)
{
	guint used = text_columns(text);

	g_string_append(out, text);
	for (; used < width; used++)
		g_string_append_c(out, ' ');
}

/* Cells side by side, each wrapped in its own column. */
static void
print_row(GString *out, const char *const *cells, const guint *widths, guint n)
{
	GStrv lines[4];
	guint height = 1;

	g_assert(n <= G_N_ELEMENTS(lines));
	for (guint i = 0; i < n; i++) {
		g_autofree char *wrapped = wrap("", "", cells[i], widths[i] - 1);

		lines[i] = g_strsplit(wrapped, "\n", -1);
		height = MAX(height, g_strv_length(lines[i]));
	}
	for (guint line = 0; line < height; line++) {
		g_autoptr(GString) row = g_string_new(MARGIN);

		for (guint i = 0; i < n; i++)
			pad(row, line < g_strv_length(lines[i]) ? lines[i][line] : "", widths[i]);
		while (row->len > 0 && row->str[row->len - 1] == ' ')
			g_string_truncate(row, row->len - 1);
		g_string_append_printf(out, "%s\n", row->str);
	}
	for (guint i = 0; i < n; i++)
		g_strfreev(lines[i]);
}

static void
print_rule(GString *out, const char *sign, guint columns)
{
	while (columns-- > 0)
		g_string_append(out, sign);
	g_string_append_c(out, '\n');
}

static void
print_title(GString *out, const char *text)
{
	g_string_append_printf(out, "\n\n%s\n", text);
	print_rule(out, "\u2500", COLUMNS);
}

/* "12 Feb 2019  4f2kq7m5 ab12cd34, 3 more" under a contributor. */
static void
print_letters(GString *out, const struct comments *comments, const struct contributor *contributor)
{
	const struct message_row *first = g_ptr_array_index(contributor->letters, 0);
	const struct message_row *last = g_ptr_array_index(contributor->letters, contributor->letters->len - 1);
	g_autofree char *from = clock_format(first->received, comments->zone, "%-d %b %Y");
	g_autofree char *to = clock_format(last->received, comments->zone, "%-d %b %Y");
	g_autoptr(GString) line = g_string_new(from);

	if (strcmp(from, to) != 0)
		g_string_append_printf(line, " to %s", to);
	g_string_append(line, ":");
	for (guint i = 0; i < contributor->letters->len && i < IDS_SHOWN; i++)
		g_string_append_printf(line, " %.*s", ID_SHOWN, ((const struct message_row *)g_ptr_array_index(contributor->letters, i))->public_id);
	if (contributor->letters->len > IDS_SHOWN)
		g_string_append_printf(line, " and %u more", contributor->letters->len - IDS_SHOWN);
	if (contributor->late > 0 && contributor->late < contributor->letters->len)
		g_string_append_printf(line, "; %" G_GINT64_FORMAT " late", contributor->late);
	else if (contributor->late > 0)
		g_string_append(line, "; late");
	print_wrapped(out, "    ", "    ", line->str);
}

static void
print_contributor(GString *out, const struct comments *comments, const struct contributor *contributor)
{
	static const guint widths[] = {NAME_WIDTH, BY_WIDTH, INITIALS_WIDTH, COLUMNS - 2 - NAME_WIDTH - BY_WIDTH - INITIALS_WIDTH + 1};
	g_autofree char *plain = contributor_name(contributor);
	g_autofree char *name = g_strdup_printf("%s%s", plain, contributor->found ? "*" : "");
	g_autofree char *by = contributor->body || contributor->campaign ? contributor_submitters(contributor)
	                                                                 : g_strdup(contributor->affiliation != NULL ? contributor->affiliation : "");
	g_autofree char *letters = contributor->unique == contributor->letters->len
	                               ? g_strdup_printf("%u", contributor->letters->len)
	                               : g_strdup_printf("%u (%" G_GINT64_FORMAT ")", contributor->letters->len, contributor->unique);
	const char *const cells[] = {name, by, contributor->initials, letters};

	print_row(out, cells, widths, G_N_ELEMENTS(cells));
	print_letters(out, comments, contributor);
}

static void
print_table(GString *out, const struct comments *comments, const char *title, const char *by, const GPtrArray *contributors)
{
	static const guint widths[] = {NAME_WIDTH, BY_WIDTH, INITIALS_WIDTH, COLUMNS - 2 - NAME_WIDTH - BY_WIDTH - INITIALS_WIDTH + 1};
	const char *const heads[] = {"Name", by, "Initials", "Letters"};

	if (contributors->len == 0)
		return;
	g_string_append_printf(out, "\n%s (%u)\n\n", title, contributors->len);
	print_row(out, heads, widths, G_N_ELEMENTS(heads));
	print_rule(out, "\u2508", COLUMNS);
	for (guint i = 0; i < contributors->len; i++)
		print_contributor(out, comments, g_ptr_array_index(contributors, i));
}

static void
print_contributors(GString *out, const struct comments *comments)
{
	print_title(out, "Contributors");
	print_table(out, comments, "Organizations and groups", "Submitted by", comments->bodies);
	print_table(out, comments, "Individuals", "Affiliation", comments->persons);
}

static void
print_position(GString *out, const struct comment *comment)
{
	const struct entered *position = comment->position;

	if (position == NULL)
		return;
	g_autofree char *line = g_strdup_printf("position: %s (entered by %s%s%s)", position->value, position->who != NULL ? position->who : "someone",
	    position->note != NULL ? ": " : "", position->note != NULL ? position->note : "");
	print_wrapped(out, "    ", "    ", line);
}

static void
print_comment(GString *out, const struct comments *comments, const struct comment *comment)
{
	g_autofree char *date = clock_format(comment->row->received, comments->zone, "%-d %b %Y");
	g_autofree char *author = contributor_name(comment->contributor);
	g_autofree char *name = print_one_line(author, 2 * NAME_COLUMNS);
	g_autofree char *counts = comment_counts(comment);
	g_autofree char *quote = comment->quote != NULL ? g_strdup_printf("\u201c%s\u201d", comment->quote) : g_strdup("(no words of its own)");
	g_autofree char *first = g_strdup_printf("%s%s %s, %s%s%s, %.*s", comment->key, comment->suggested ? "*" : "", name, date,
	    counts != NULL && !comment->contributor->campaign ? ", " : "", counts != NULL && !comment->contributor->campaign ? counts : "", ID_SHOWN,
	    comment->row->public_id);

	g_string_append_c(out, '\n');
	print_wrapped(out, "  ", "    ", first);
	print_wrapped(out, "    ", "    ", quote);
	print_position(out, comment);
}

static char *
count_words(gint64 total, gint64 unique)
{
	g_autofree char *letters = text_count(total, "letter", "letters");

	return unique == total ? g_steal_pointer(&letters) : g_strdup_printf("%s, %" G_GINT64_FORMAT " unique", letters, unique);
}

static void
print_place(GString *out, const struct comments *comments, const struct comment_workstream *workstream, const struct comment_place *place)
{
	g_autofree char *counted = count_words(place->total, place->unique);

	if (strcmp(place->type, "topic") == 0) {
		g_autofree char *heading =
		    g_strdup_printf("%s%s%s: %s", place->id, place->title != NULL ? " " : "", place->title != NULL ? place->title : "", counted);

		g_string_append_c(out, '\n');
		print_wrapped(out, "", "", heading);
	} else if (*place->id != '\0' && workstream->places->len > 1)
		g_string_append_printf(out, "\non none of its topics: %s\n", counted);
	for (guint i = 0; i < place->comments->len; i++)
		print_comment(out, comments, g_ptr_array_index(place->comments, i));
}

static void
print_workstream(GString *out, const struct comments *comments, const struct comment_workstream *workstream)
{
	g_autofree char *counted = count_words(workstream->total, workstream->unique);
	g_autofree char *title = *workstream->id == '\0' ? g_strdup("Filed under no workstream")
	                                                 : g_strdup_printf("%s%s%s", workstream->id, workstream->title != NULL ? " " : "",
	                                                       workstream->title != NULL ? workstream->title : "");
	g_autofree char *heading = g_strdup_printf("%s: %s", title, counted);

	g_string_append(out, "\n\n");
	print_wrapped(out, "", "", heading);
	print_rule(out, "\u2508", COLUMNS);
	for (guint i = 0; i < workstream->places->len; i++)
		print_place(out, comments, workstream, g_ptr_array_index(workstream->places, i));
}

static void
print_sections(GString *out, const struct comments *comments)
{
	if (comments->sections->len == 0)
		return;
	print_title(out, "By section");
	if (comments->document_title != NULL)
		print_wrapped(out, "", "", comments->document_title);
	g_string_append_c(out, '\n');
	for (guint i = 0; i < comments->sections->len; i++) {
		const struct comment_section *section = g_ptr_array_index(comments->sections, i);
		g_autoptr(GString) line = g_string_new(section->id);

		if (section->title != NULL)
			g_string_append_printf(line, " %s", section->title);
		g_string_append(line, ":");
		for (guint j = 0; j < section->comments->len; j++)
			g_string_append_printf(
			    line, " (%s)(%s)", ((const struct comment *)g_ptr_array_index(section->comments, j))->contributor->initials, section->id);
		print_wrapped(out, "", "  ", line->str);
	}
}

static void
print_namesakes(GString *out, const struct comments *comments)
{
	for (guint i = 0; i < comments->persons->len; i++) {
		const struct contributor *contributor = g_ptr_array_index(comments->persons, i);

		if (contributor->namesake == NULL)
			continue;
		const struct message_row *first = g_ptr_array_index(contributor->namesake->letters, 0), *row = g_ptr_array_index(contributor->letters, 0);
		g_autofree char *line =
		    g_strdup_printf("(%s) and (%s) have one name and write from two addresses; if they are one person: postbag comment %.*s %.*s --initials %s",
		        contributor->namesake->initials, contributor->initials, ID_SHOWN, first->public_id, ID_SHOWN, row->public_id,
		        contributor->namesake->initials);
		print_wrapped(out, "- ", "  ", line);
	}
}

static gboolean
has_found(const GPtrArray *bodies)
{
	for (guint i = 0; i < bodies->len; i++)
		if (((const struct contributor *)g_ptr_array_index(bodies, i))->found)
			return TRUE;
	return FALSE;
}

static void
print_checks(GString *out, const struct comments *comments)
{
	g_autofree char *unassigned =
	    g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
	                    " comments have no section; postbag comment ID --section 3.1.2 enters one, with --topic for what it says there",
	        comments->unassigned, comments->comments);
	g_autofree char *suggested = g_strdup_printf(
	    "%" G_GINT64_FORMAT " comments with a star behind the key are filed there without certainty; postbag assign ID +TOPIC or -TOPIC decides",
	    comments->suggested);

	print_title(out, "To check");
	if (has_found(comments->bodies))
		print_wrapped(out, "- ", "  ",
		    "a name with a star is what the letter's words tell; postbag comment ID --on-behalf-of NAME confirms or corrects it, none denies it");
	print_namesakes(out, comments);
	if (comments->unassigned > 0)
		print_wrapped(out, "- ", "  ", unassigned);
	if (comments->suggested > 0)
		print_wrapped(out, "- ", "  ", suggested);
	print_wrapped(out, "- ", "  ", "who agrees with what is told only where somebody entered it: postbag comment ID --position WORDS");
}

static void
print_head(GString *out, const struct comments *comments)
{
	g_autofree char *title = g_strdup_printf(
	    "%s \u00b7 comments%s%s", comments->title, comments->workstream != NULL ? " on " : "", comments->workstream != NULL ? comments->workstream : "");
	g_autofree char *period = g_strdup_printf("received %s (%s)", comments->label, comments->zone_name);
	g_autofree char *counted = count_words(comments->total, comments->unique);
	g_autofree char *people = text_count(comments->bodies->len + comments->persons->len, "contributor", "contributors");
	g_autofree char *first = g_strdup_printf("%" G_GINT64_FORMAT " received; in these tables %s of %s", comments_received(comments), counted, people);
	g_autofree char *close = comments->close != 0 ? clock_format(comments->close - 1, comments->zone, "%-d %B %Y") : NULL;
	struct comments_left left[COMMENTS_REASONS];
	guint n = comments_left_out(comments, left);

	print_wrapped(out, "", "", title);
	print_wrapped(out, "", "", period);
	g_string_append_c(out, '\n');
	print_wrapped(out, "", "", first);
	for (guint i = 0; i < n; i++)
		g_string_append_printf(out, "%s%5" G_GINT64_FORMAT "  %s\n", i == 0 ? "left out:\n" : "", left[i].count, left[i].reason);
	if (close != NULL)
		g_string_append_printf(out, "closed on %s; %" G_GINT64_FORMAT " came late\n", close, comments->late);
	if (comments_difference(comments) != 0)
		g_string_append_printf(out, "\n*** does not reconcile: %" G_GINT64_FORMAT " ***\n", comments_difference(comments));
}

char *
comments_print_text(const struct comments *comments, enum comments_table table)
{
	GString *out = g_string_new(NULL);

	print_head(out, comments);
	if (comments->total == 0)
		g_string_append(out, "\nno comments\n");
	if (comments->total > 0 && table != COMMENTS_COMMENTS)
		print_contributors(out, comments);
	if (comments->total > 0 && table != COMMENTS_CONTRIBUTORS) {
		print_title(out, "Comments by workstream and topic");
		for (guint i = 0; i < comments->workstreams->len; i++)
			print_workstream(out, comments, g_ptr_array_index(comments->workstreams, i));
		print_sections(out, comments);
	}
	if (comments->total > 0)
		print_checks(out, comments);
	return g_string_free(out, FALSE);
}
