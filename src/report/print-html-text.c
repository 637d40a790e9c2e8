#include "report/print-html-private.h"

#include "base/text.h"

#include <string.h>

#define LABEL_COLUMNS 60
#define SEPARATOR "\u200b" /* no width, and no part of any address: a line may break there */

/* TEXT tame, without what turns the writing about and what is no character; each text has an element with a direction of its own. Bytes that are no UTF-8
 * stay. Caller frees. */
static char *
clean(const char *text)
{
	g_autofree char *tame = print_tame(text);
	GString *out = g_string_new(NULL);

	text = tame;
	while (*text != '\0') {
		gunichar c = g_utf8_get_char_validated(text, -1);

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			g_string_append_c(out, *text++);
			continue;
		}
		if (!print_is_direction(c) && (c & 0xfffe) != 0xfffe)
			g_string_append_unichar(out, c);
		text = g_utf8_next_char(text);
	}
	return g_string_free(out, FALSE);
}

/* What relays and scanners look for in a page's source: its first letter is written as a reference, so that it is text to them as well. */
static gboolean
is_sought(const char *p)
{
	static const char *const sought[] = {"http", "url(", "javascript", "@import", "expression("};

	for (gsize i = 0; i < G_N_ELEMENTS(sought); i++)
		if (g_ascii_strncasecmp(p, sought[i], strlen(sought[i])) == 0)
			return TRUE;
	return FALSE;
}

/* Does an address go on at P, as "://", '@' or the dot before a domain's next name does? */
static gboolean
goes_on(const char *p, gunichar before)
{
	if (*p == '@' || (*p == ':' && p[1] == '/'))
		return TRUE;
	return *p == '.' && g_unichar_isalnum(before) && g_unichar_isalpha(g_utf8_get_char(p + 1));
}

static void
append_character(GString *out, const char *p, gsize length)
{
	if (strchr("&<>\"'", *p) != NULL || is_sought(p))
		g_string_append_printf(out, "&#%u;", (guchar)*p);
	else
		g_string_append_len(out, p, length);
}

void
html_escaped(struct printer *printer, const char *line)
{
	g_autofree char *cleaned = clean(line);
	gunichar before = 0;

	for (const char *p = cleaned, *next; *p != '\0'; p = next) {
		next = g_utf8_next_char(p);
		append_character(printer->out, p, next - p);
		if (goes_on(p, before))
			g_string_append(printer->out, SEPARATOR);
		before = g_utf8_get_char(p);
	}
}

void
html_line(struct printer *printer, const char *text, guint columns)
{
	g_autofree char *cleaned = clean(text);
	g_autofree char *line = print_one_line(cleaned, columns);

	html_escaped(printer, line);
}

void
html_add(struct printer *printer, const char *markup)
{
	g_string_append(printer->out, markup);
}

void
html_format(struct printer *printer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_string_append_vprintf(printer->out, format, arguments);
	va_end(arguments);
}

/* The template with ID in it, as an attribute's value. */
static void
add_address(struct printer *printer, const char *id)
{
	g_autofree char *encoded = g_uri_escape_string(id, NULL, FALSE);
	g_auto(GStrv) pieces = g_strsplit(printer->digest->link, "{id}", -1);
	g_autofree char *address = g_strjoinv(encoded, pieces);
	g_autofree char *escaped = g_markup_escape_text(address, -1);

	html_add(printer, escaped);
}

void
html_id(struct printer *printer, const char *id, guint shown)
{
	g_autofree char *part = g_strndup(id, shown);
	g_autofree char *escaped = g_markup_escape_text(part, -1);

	if (printer->digest->link == NULL) {
		html_format(printer, "<span class=\"m\" style=\"" LOOK_ID ";" LOOK_MUTED "\">%s</span>", escaped);
		return;
	}
	html_add(printer, "<a class=\"a\" href=\"");
	add_address(printer, id);
	html_format(printer, "\" style=\"" LOOK_ID ";" LOOK_ACCENT "\">%s</a>", escaped);
}

void
html_label(struct printer *printer, const char *id, gboolean suggested)
{
	g_autofree char *line = print_one_line(id, LABEL_COLUMNS);
	g_autofree char *escaped = g_markup_escape_text(line, -1); /* not as a sender's text: people copy it into commands */

	if (suggested)
		html_format(
		    printer, "<span class=\"s\" style=\"padding:0 6px;border:1px dashed #8a9691;border-radius:3px;" LOOK_MUTED "\">%s*</span>", escaped);
	else
		html_format(printer, "<span class=\"f\" style=\"padding:1px 7px;border-radius:3px;background:#dff0ec;color:#084c43;font-weight:600\">%s</span>",
		    escaped);
}

/* Is FILING a workstream of whose topics ROW has one in the same tier? */
static gboolean
is_told(const struct digest *digest, const struct message_row *row, const struct row_filing *filing)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *other = g_ptr_array_index(row->filings, i);
		const struct target *target = g_str_equal(other->type, "topic") ? targets_find(digest->targets, "topic", other->id) : NULL;

		if (target != NULL && g_strcmp0(target->parent, filing->id) == 0 && g_str_equal(other->tier, filing->tier))
			return TRUE;
	}
	return FALSE;
}

gboolean
html_labels(struct printer *printer, const struct message_row *row)
{
	gboolean any = FALSE;

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		gboolean workstream = g_str_equal(filing->type, "workstream");

		if (!(workstream || g_str_equal(filing->type, "topic")) || (workstream && is_told(printer->digest, row, filing)))
			continue;
		html_add(printer, any ? " " : "");
		html_label(printer, filing->id, g_str_equal(filing->tier, "suggested"));
		any = TRUE;
	}
	return any;
}

void
html_language(struct printer *printer, const struct message_row *row)
{
	gsize length = row->lang != NULL ? strspn(row->lang, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") : 0;

	html_add(printer, " dir=\"auto\"");
	if (length > 0 && row->lang[length] == '\0')
		html_format(printer, " lang=\"%s\"", row->lang);
}

void
html_author(struct printer *printer, const struct message_row *row, guint columns)
{
	g_autofree char *name = clean(row->author_name);
	g_autofree char *address = clean(row->author_address);
	struct message_row cleaned = *row;
	g_autofree char *author = NULL;

	cleaned.author_name = name;
	cleaned.author_address = address;
	author = print_author(&cleaned, columns);
	html_add(printer, "<bdi>");
	html_escaped(printer, author);
	html_add(printer, "</bdi>");
}

void
html_gist(struct printer *printer, const struct message_row *row, guint columns)
{
	g_autofree char *text = clean(row->gist);
	g_autofree char *subject = clean(row->subject);
	struct message_row cleaned = *row;
	g_autofree char *gist = NULL;

	cleaned.gist = text;
	cleaned.subject = subject;
	gist = print_gist(&cleaned, columns);
	html_escaped(printer, gist);
}

void
html_who_what(struct printer *printer, const struct message_row *row)
{
	html_author(printer, row, NAME_COLUMNS);
	html_add(printer, ": <bdi");
	html_language(printer, row);
	html_add(printer, ">");
	if (row->subject != NULL && *row->subject != '\0')
		html_line(printer, row->subject, 2 * COLUMNS);
	else
		html_gist(printer, row, 2 * COLUMNS);
	html_add(printer, "</bdi>");
}

void
html_begin(struct printer *printer, const char *eyebrow, const char *title, gint64 number)
{
	html_add(printer, "<tr><td class=\"r\" style=\"padding:28px 20px 24px;" LOOK_RULE ";" LOOK_BREAK "\">\n");
	if (eyebrow != NULL) {
		html_add(printer, "<p class=\"a\" style=\"margin:0;font-size:14px;line-height:1.4;font-weight:600;" LOOK_ACCENT "\">");
		html_line(printer, eyebrow, LABEL_COLUMNS);
		html_add(printer, "</p>\n");
	}
	html_add(printer, "<h2 class=\"t\" style=\"margin:0 0 12px;font-size:19px;line-height:1.3;font-weight:700;" LOOK_TEXT "\">");
	html_line(printer, title, 2 * COLUMNS);
	if (number >= 0)
		html_format(printer, "&nbsp;<span class=\"m\" style=\"font-weight:400;" LOOK_MUTED "\">%" G_GINT64_FORMAT "</span>", number);
	html_add(printer, "</h2>\n");
}

void
html_end(struct printer *printer)
{
	html_add(printer, "</td></tr>\n");
}

void
html_begin_entries(struct printer *printer)
{
	html_add(printer, LOOK_TABLE "role=\"presentation\" style=\"width:100%;line-height:1.5\">\n");
}

void
html_begin_entry(struct printer *printer, gboolean first)
{
	html_format(printer, "<tr><td class=\"r\" style=\"padding:%s 0 14px;%s\">\n", first ? "0" : "14px", first ? "" : LOOK_RULE);
}

void
html_end_entry(struct printer *printer)
{
	html_add(printer, "</td></tr>\n");
}

void
html_end_entries(struct printer *printer)
{
	html_add(printer, "</table>\n");
}

void
html_folded(struct printer *printer, gint64 n, const char *more)
{
	g_autofree char *text = g_strdup_printf(
	    "%" G_GINT64_FORMAT " more, told %s%s", n, printer->digest->foot != NULL ? "in the plain text of this mail" : "without --max-bytes", more);

	if (n > 0)
		html_note(printer, text);
}

void
html_subheading(struct printer *printer, const char *title, gint64 number)
{
	html_format(printer,
	    "<h3 class=\"t\" style=\"margin:24px 0 8px;font-size:16px;font-weight:700;" LOOK_TEXT "\">%s <span class=\"m\" style=\"font-weight:400;" LOOK_MUTED
	    "\">%" G_GINT64_FORMAT "</span></h3>\n",
	    title, number);
}

void
html_note(struct printer *printer, const char *text)
{
	html_add(printer, "<p class=\"m\" style=\"margin:8px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">");
	html_line(printer, text, 3 * COLUMNS);
	html_add(printer, "</p>\n");
}
