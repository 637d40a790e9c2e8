#include "pages/markup.h"

#include "base/clock.h"
#include "base/localpart.h"
#include "base/text.h"
#include "pages/route.h"

#include <string.h>

#define MARKS 4 /* on one letter: more are not written but piled up, over the lines above and below */

struct markup_shy {
	const char *text;
	GArray *hidden; /* of struct localpart, in order, apart from one another */
};

void
markup_add(struct markup *markup, const char *constant)
{
	g_string_append(markup->out, constant);
}

void
markup_format(struct markup *markup, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_string_append_vprintf(markup->out, format, arguments);
	va_end(arguments);
}

/* --- addresses */

struct markup_shy *
markup_shy_new(const struct page_site *site, const char *text)
{
	struct markup_shy *shy = g_new0(struct markup_shy, 1);

	shy->text = text;
	shy->hidden = site->view == PAGE_PUBLIC ? localparts_find(text) : g_array_new(FALSE, FALSE, sizeof(struct localpart));
	return shy;
}

void
markup_shy_free(struct markup_shy *shy)
{
	g_array_unref(shy->hidden);
	g_free(shy);
}

/* The number of the first hidden span that ends behind OFFSET. There may be very many, and many pieces. */
static guint
hidden_after(const struct markup_shy *shy, gsize offset)
{
	guint low = 0, high = shy->hidden->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(shy->hidden, struct localpart, middle).to <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* --- text */

/* What turns the writing about for others too; marks of one letter's direction stay. */
static gboolean
is_unwanted(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || (c >= 0x206a && c <= 0x206f) || (c >= 0xe0000 && c <= 0xe0fff) ||
	       (c >= 0xfff9 && c <= 0xfffb) || c == 0xfeff || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) || (c < 0x20 && c != '\n' && c != '\t') ||
	       (c >= 0x7f && c < 0xa0);
}

static void
append_character(GString *out, gunichar c, gboolean escape)
{
	const char *named = !escape ? NULL : c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : c == '\'' ? "&#39;" : NULL;

	if (named != NULL)
		g_string_append(out, named);
	else if (c == 0x2028 || c == 0x2029)
		g_string_append_c(out, '\n');
	else
		g_string_append_unichar(out, c);
}

/* TEXT[FROM, TO) without the hidden spans: the one way of a sender's words into a page. */
static void
append_clean(GString *out, const struct markup_shy *shy, gsize from, gsize to, gboolean escape)
{
	const char *at = shy->text + from, *end = shy->text + to;
	guint marks = 0, next = hidden_after(shy, from);

	while (at < end) {
		gsize offset = at - shy->text;
		gunichar c;

		while (next < shy->hidden->len && g_array_index(shy->hidden, struct localpart, next).to <= offset)
			next++;
		if (next < shy->hidden->len && g_array_index(shy->hidden, struct localpart, next).from <= offset) {
			const struct localpart *span = &g_array_index(shy->hidden, struct localpart, next);

			if (offset == span->from)
				g_string_append(out, LOCALPART_HIDDEN);
			at = shy->text + MIN(span->to, to);
			continue;
		}
		c = g_utf8_get_char_validated(at, end - at);
		if (c == (gunichar)-1 || c == (gunichar)-2) {
			g_string_append(out, "\ufffd");
			at++;
			continue;
		}
		marks = g_unichar_ismark(c) ? marks + 1 : 0;
		if (!is_unwanted(c) && marks <= MARKS)
			append_character(out, c, escape);
		at = g_utf8_next_char(at);
	}
}

void
markup_text(struct markup *markup, const char *text)
{
	g_autoptr(MarkupShy) shy = text != NULL ? markup_shy_new(markup->site, text) : NULL;

	if (shy != NULL)
		append_clean(markup->out, shy, 0, strlen(text), TRUE);
}

char *
markup_plain(const struct page_site *site, const char *text)
{
	g_autoptr(MarkupShy) shy = text != NULL ? markup_shy_new(site, text) : NULL;
	GString *out;

	if (shy == NULL)
		return NULL;
	out = g_string_new(NULL);
	append_clean(out, shy, 0, strlen(text), FALSE);
	return g_string_free(out, FALSE);
}

char *
page_plain(const struct page_site *site, const char *text)
{
	return markup_plain(site, text);
}

void
markup_own(struct markup *markup, const char *text)
{
	struct markup_shy shy = {text, g_array_new(FALSE, FALSE, sizeof(struct localpart))};

	append_clean(markup->out, &shy, 0, strlen(text), TRUE);
	g_array_unref(shy.hidden);
}

/* Cut after the names were left out, lest a cut make an address no longer look like one. */
void
markup_line(struct markup *markup, const char *text, guint columns)
{
	g_autofree char *plain = markup_plain(markup->site, text);
	g_autofree char *cut = NULL;

	for (char *at = plain; at != NULL && *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	cut = plain != NULL ? text_cut(plain, columns) : g_strdup("");
	markup_own(markup, cut);
}

void
markup_isolated(struct markup *markup, const char *text, guint columns)
{
	markup_add(markup, "<bdi>");
	markup_line(markup, text, columns);
	markup_add(markup, "</bdi>");
}

/* --- addresses of pages in text */

static gboolean
is_link_character(char c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("-._~:/?#[]@!$&()*+,;=%", c) != NULL);
}

/* The length of the address that begins at TEXT, before END; 0: none. */
static gsize
link_length(const char *text, const char *end)
{
	gsize prefix = g_ascii_strncasecmp(text, "https://", 8) == 0 ? 8 : g_ascii_strncasecmp(text, "http://", 7) == 0 ? 7 : 0;
	gsize length = prefix;

	if (prefix == 0)
		return 0;
	while (text + length < end && is_link_character(text[length]))
		length++;
	while (length > prefix && strchr(".,;:!?)]", text[length - 1]) != NULL) /* the sentence's, not the address's */
		length--;
	return length > prefix + 3 ? length : 0;
}

static gboolean
is_hidden(const struct markup_shy *shy, gsize from, gsize to)
{
	guint first = hidden_after(shy, from);

	return first < shy->hidden->len && g_array_index(shy->hidden, struct localpart, first).from < to;
}

void
markup_piece(struct markup *markup, const struct markup_shy *shy, gsize from, gsize to)
{
	const char *end = shy->text + to;
	gsize done = from;

	for (const char *at = shy->text + from; (at = memchr(at, ':', end - at)) != NULL; at++) {
		const char *start = at - shy->text >= (gssize)done + 5 && g_ascii_tolower(at[-1]) == 's' ? at - 5 : at - 4;
		gsize length = start >= shy->text + done ? link_length(start, end) : 0;
		gsize offset = start - shy->text;

		if (length == 0 || is_hidden(shy, offset, offset + length))
			continue;
		append_clean(markup->out, shy, done, offset, TRUE);
		markup_add(markup, "<a rel=\"nofollow noopener noreferrer ugc\" href=\"");
		append_clean(markup->out, shy, offset, offset + length, TRUE);
		markup_add(markup, "\">");
		append_clean(markup->out, shy, offset, offset + length, TRUE);
		markup_add(markup, "</a>");
		done = offset + length;
		at = shy->text + done - 1;
	}
	append_clean(markup->out, shy, done, to, TRUE);
}

/* --- our own links, languages and dates */

char *
markup_path(const struct page_site *site, const char *path, const char *ending)
{
	gboolean page = *ending == '\0', top = strcmp(path, "/") == 0;

	if (top && page)
		return g_strconcat(site->prefix, site->fixed ? "/index.html" : "/", NULL); /* a folder's page is not found everywhere */
	return g_strconcat(site->prefix, top ? "/index" : path, page ? site->suffix : ending, NULL);
}

void
markup_href(struct markup *markup, const char *path, const char *ending)
{
	g_autofree char *whole = markup_path(markup->site, path, ending);

	markup_add(markup, " href=\"");
	markup_own(markup, whole);
	markup_add(markup, "\"");
}

char *
markup_place(const char *type, const char *id)
{
	g_autofree char *name = id != NULL ? route_name(id) : NULL;
	g_autofree char *escaped = name != NULL ? route_escape(name) : NULL;

	if (type == NULL)
		return g_strdup("/all");
	return strcmp(type, "unfiled") == 0 ? g_strdup("/unfiled") : g_strconcat("/", type, "/", escaped, NULL);
}

void
markup_language(struct markup *markup, const struct message_row *row)
{
	const char *lang = row->lang;

	if (lang != NULL && *lang != '\0' && strlen(lang) <= 8 && strspn(lang, "abcdefghijklmnopqrstuvwxyz-") == strlen(lang))
		markup_format(markup, " lang=\"%s\"", lang);
	else
		markup_add(markup, " lang=\"\"");
	markup_add(markup, " dir=\"auto\"");
}

static void
add_time(struct markup *markup, gint64 t, const char *format)
{
	g_autofree char *iso = clock_iso(t);
	g_autofree char *shown = clock_format(t, markup->site->zone, format);

	markup_format(markup, "<time datetime=\"%s\">%s</time>", iso, shown);
}

void
markup_date(struct markup *markup, gint64 t)
{
	add_time(markup, t, "%-d %b %Y");
}

void
markup_moment(struct markup *markup, gint64 t)
{
	add_time(markup, t, "%-d %b %Y, %H:%M");
}
