/* Letters as mail programs write them, tests/mail/shapes.txt: whose words each line is, as a careful reader marks it. */
#include "mail/html.h"
#include "mail/passages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct shape {
	const char *title;
	struct passage_hints hints;
	GString *text, *html;
	GPtrArray *marks; /* of the lines that are not blank, as "N text" */
};

static char
letter(enum record_passage_kind kind)
{
	return kind == PASSAGE_QUOTED ? 'Q' : kind == PASSAGE_FORWARDED ? 'F' : kind == PASSAGE_SIGNATURE ? 'S' : kind == PASSAGE_FOOTER ? 'O' : 'N';
}

static gboolean
is_filled(const char *line)
{
	return line[strspn(line, " \t")] != '\0';
}

static void
read_line(struct shape *shape, const char *line)
{
	const char *words = *line != '\0' && line[1] == ' ' ? line + 2 : "";

	if (*line == 'H') {
		g_string_append_printf(shape->html, "%s\n", words);
		return;
	}
	g_string_append_printf(shape->text, "%s\n", words);
	if (*line != '.' && is_filled(words))
		g_ptr_array_add(shape->marks, g_strdup(line));
}

/* What the program says of each line, in the file's form. */
static GPtrArray *
split(const char *text, const struct passage_hints *hints)
{
	g_autoptr(GArray) spans = passages_split(text, strlen(text), hints, 1000);
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < spans->len; i++) {
		const struct passage_span *span = &g_array_index(spans, struct passage_span, i);
		g_autofree char *piece = g_strndup(text + span->start, span->length);
		g_auto(GStrv) lines = g_strsplit(piece, "\n", -1);

		for (guint j = 0; lines[j] != NULL; j++)
			if (is_filled(lines[j]))
				g_ptr_array_add(out, g_strdup_printf("%c %s", letter(span->kind), lines[j]));
	}
	return out;
}

/* Gives 1 when a line is another's than the file says. Spaces at the end are not compared. */
static guint
check(const struct shape *shape)
{
	g_autofree char *text = shape->html->len > 0 ? html_to_text(shape->html->str, shape->html->len, NULL) : g_strdup(shape->text->str);
	g_autoptr(GPtrArray) got = split(text, &shape->hints);

	for (guint i = 0; i < MAX(got->len, shape->marks->len); i++) {
		g_autofree char *is = i < got->len ? g_strchomp(g_strdup(got->pdata[i])) : g_strdup("(end)");
		g_autofree char *should = i < shape->marks->len ? g_strchomp(g_strdup(shape->marks->pdata[i])) : g_strdup("(end)");

		if (strcmp(is, should) != 0) {
			print_error("%s:\n  is        %s\n  should be %s\n", shape->title, is, should);
			return 1;
		}
	}
	return 0;
}

/* "=== TITLE | reply | AUTHOR" begins a shape: reply, forward or fresh. */
static struct shape
begin(char **fields)
{
	struct shape shape = {.title = fields[0], .text = g_string_new(NULL), .html = g_string_new(NULL)};

	shape.hints.reply = strcmp(fields[1], "reply") == 0;
	shape.hints.forward = strcmp(fields[1], "forward") == 0;
	shape.hints.author = fields[2];
	shape.marks = g_ptr_array_new_with_free_func(g_free);
	return shape;
}

/* Every shape is split as its marks say. */
static void
test_shapes(void **state)
{
	const char *srcdir = g_getenv("srcdir");
	g_autofree char *path = g_build_filename(srcdir != NULL ? srcdir : ".", "tests", "mail", "shapes.txt", NULL), *text = NULL;
	g_auto(GStrv) shapes = NULL;
	guint wrong = 0, n = 0;

	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	shapes = g_strsplit(text, "\n=== ", -1);
	for (n = 1; shapes[n] != NULL; n++) {
		g_auto(GStrv) lines = g_strsplit(shapes[n], "\n", -1);
		g_auto(GStrv) fields = g_strsplit(lines[0], " | ", 3);
		struct shape shape = begin(fields);

		for (guint i = 1; lines[i] != NULL; i++)
			if (*lines[i] != '\0')
				read_line(&shape, lines[i]);
		wrong += check(&shape);
		g_string_free(shape.text, TRUE);
		g_string_free(shape.html, TRUE);
		g_ptr_array_unref(shape.marks);
	}
	assert_true(n > 100);
	if (wrong > 0)
		fail_msg("%u of %u shapes are split otherwise", wrong, n - 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_shapes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
