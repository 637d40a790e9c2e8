#include "mail/html.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void
check(const char *html, const char *text)
{
	g_autofree char *got = html_to_text(html, strlen(html), NULL);

	assert_string_equal(got, text);
}

/* Blocks, breaks, lists, tables and links as a reader would write them down. */
static void
test_layout(void **state)
{
	check("<p>One <b>bold</b>\n word.</p><p>Two.</p>", "One bold word.\n\nTwo.\n");
	check("a<br>b<br><br>c", "a\nb\n\nc\n");
	check("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n");
	check("<ul><li>one<li>two</ul><ol><li>x<li>y</ol>", "* one\n* two\n1. x\n2. y\n");
	check("<table><tr><th>Key<th>Value<tr><td>a<td>1</table>", "Key\tValue\na\t1\n");
	check("<pre>a\n  b</pre>c", "a\n  b\nc\n");
	check("<p>1 &lt; 2 &amp; caf&eacute;&nbsp;&#8364;</p>", "1 < 2 & café €\n");
	check("see <a href=\"https://example.org/x\">this</a>", "see this <https://example.org/x>\n");
	check("<a href=\"https://example.org/\">example.org</a>", "example.org\n");
	check("<a href=\"mailto:a@example.org\">a@example.org</a>", "a@example.org\n");
	check("<a href=\"javascript:alert(1)\">x</a>", "x\n");
}

/* What a reader does not see is not text. */
static void
test_hidden(void **state)
{
	check("<html><head><title>t</title><style>p{}</style></head><body>a<script>b</script></body></html>", "a\n");
	check("<div style=\"display: none\">preheader</div><p>text</p>", "text\n");
	check("<span style='font-size:0px'>x</span>text", "text\n");
	check("a<!-- b -->c", "ac\n");
	check("<meta charset=iso-8859-1>é", "é\n");
}

/* A blockquote is a quotation with marks, however deep; indentation is not. */
static void
test_quotes(void **state)
{
	check("new<blockquote class=gmail_quote>old<blockquote>older</blockquote></blockquote>", "new\n> old\n> > older\n");
	check("<blockquote style=\"margin:0 0 0 40px;border:none;padding:0px\">set in</blockquote>", "set in\n");
	check("<p>text</p><div class=gmail_signature>Ann</div>", "text\n-- \nAnn\n");
}

/* Markup that would take the parser for ever is stripped instead, at once. */
static void
test_absurd(void **state)
{
	g_autoptr(GString) html = g_string_new("<p>start</p>");
	g_autofree char *deep = NULL, *wide = NULL;
	gboolean plain = FALSE;

	for (guint i = 0; i < 300000; i++)
		g_string_append(html, "<b>");
	for (guint i = 0; i < 300000; i++)
		g_string_append(html, "</i>");
	g_string_append(html, "end");
	deep = html_to_text(html->str, html->len, &plain);
	assert_true(plain);
	assert_string_equal(deep, "start\nend");
	g_string_assign(html, "<p title=\">\"");
	for (guint i = 0; i < 300000; i++)
		g_string_append_printf(html, " a%u=1", i);
	g_string_append(html, ">end");
	wide = html_to_text(html->str, html->len, &plain);
	assert_true(plain);
	assert_non_null(strstr(wide, "end"));
}

/* What is seen is counted without tags, styles and white space. */
static void
test_visible(void **state)
{
	static const char html[] = "<style>p { color: red }</style><p>ab &amp; <i>cé</i></p>";

	assert_int_equal(html_visible(html, strlen(html)), 5);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_layout),
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_quotes),
	    cmocka_unit_test(test_absurd),
	    cmocka_unit_test(test_visible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
