#include "rules/required.h"

#include <string.h>

#include "rules/literal.h"

#define ALTERNATIVES_MOST 16 /* more would cost the matcher more than they spare it */
#define DEPTH_MOST 32        /* groups within groups; PCRE2 takes 250 */
#define REQUIRED_LEAST 3     /* bytes; one character of another script will do */

struct scan {
	const char *p;
	guint depth;
	gboolean lost; /* something this reader does not know: nothing is required */
};

enum repeat { ONCE, OPTIONAL, REPEATED };

/* The two best of the literals that a sequence needs. */
struct needed {
	GPtrArray *best, *second;
};

static GPtrArray *scan_alternatives(struct scan *scan, GPtrArray **second);

/* Bytes of a literal that tell something: blanks are in every text. */
static gsize
telling_bytes(const char *literal)
{
	gsize n = 0;

	for (; *literal != '\0'; literal++)
		n += *literal != ' ';
	return n;
}

/* Literals are worth what the least of them is. */
static gsize
worth(const GPtrArray *literals)
{
	gsize least = G_MAXSIZE;

	if (literals == NULL)
		return 0;
	for (guint i = 0; i < literals->len; i++)
		least = MIN(least, telling_bytes(g_ptr_array_index(literals, i)));
	return least;
}

/* Takes FOUND. */
static void
keep_better(struct needed *needed, GPtrArray *found)
{
	GPtrArray **place = worth(found) > worth(needed->best) ? &needed->best : &needed->second;

	if (worth(found) <= worth(*place)) {
		g_clear_pointer(&found, g_ptr_array_unref);
		return;
	}
	if (place == &needed->best) {
		g_clear_pointer(&needed->second, g_ptr_array_unref);
		needed->second = needed->best;
	} else {
		g_clear_pointer(place, g_ptr_array_unref);
	}
	*place = found;
}

/* Ends a run of literal characters. */
static void
finish_run(GString *run, struct needed *needed)
{
	g_autoptr(GString) plain = g_string_new(NULL);
	GPtrArray *found;

	literal_append_plain(plain, run->str, run->len);
	g_string_truncate(run, 0);
	if (telling_bytes(plain->str) < ((guchar)plain->str[0] < 0x80 ? REQUIRED_LEAST : LITERAL_LEAST) || plain->len > LITERAL_MOST)
		return;
	found = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(found, g_strdup(plain->str));
	keep_better(needed, found);
}

static enum repeat
scan_repeat(struct scan *scan)
{
	enum repeat repeat;
	char c = *scan->p;

	if (c == '*' || c == '?') {
		scan->p++;
		repeat = OPTIONAL;
	} else if (c == '+') {
		scan->p++;
		repeat = REPEATED;
	} else if (c == '{' && (g_ascii_isdigit(scan->p[1]) || scan->p[1] == ',' || scan->p[1] == ' ')) {
		gsize inside = strspn(scan->p + 1, "0123456789,");

		repeat = g_ascii_strtoull(scan->p + 1, NULL, 10) == 0 ? OPTIONAL : REPEATED;
		scan->lost |= scan->p[1 + inside] != '}'; /* other PCRE2s may read it otherwise */
		scan->p += 1 + inside + (scan->p[1 + inside] == '}');
	} else {
		return ONCE;
	}
	if (*scan->p == '?' || *scan->p == '+')
		scan->p++;
	return repeat;
}

/* "[x]": the one character in it, or NULL. */
static const char *
lone_character(const char *class)
{
	const char *c = class + 1;

	return *c == '\0' || *c == '^' || *c == '\\' || *c == '[' || *c == ']' || *g_utf8_next_char(c) != ']' ? NULL : c;
}

static void
skip_class(struct scan *scan)
{
	const char *p = scan->p + 1;

	if (*p == '^')
		p++;
	if (*p == ']')
		p++;
	while (*p != '\0' && *p != ']') {
		if (p[0] == '\\' && p[1] != '\0')
			p += p[1] == 'Q' ? 0 : 2;
		else if (p[0] == '[' && (p[1] == ':' || p[1] == '.' || p[1] == '=')) {
			char close[] = {p[1], ']', '\0'};
			const char *end = strstr(p + 2, close);

			p = end != NULL ? end + 2 : p + 1;
		} else
			p++;
		if (p[0] == '\\' && p[1] == 'Q') {
			scan->lost = TRUE;
			return;
		}
	}
	scan->p = *p == ']' ? p + 1 : p;
	scan->lost |= *p != ']';
}

/* The text after "(?" or "(*": TRUE with P at the group's content when the content is matched as it stands. */
static gboolean
scan_group_start(struct scan *scan, gboolean *required)
{
	const char *p = scan->p;

	*required = TRUE;
	if (*p == '*')
		return FALSE;
	if (*p != '?')
		return TRUE;
	p++;
	if (*p == '=' || *p == '!' || (*p == '<' && (p[1] == '=' || p[1] == '!'))) {
		*required = FALSE;
		p += *p == '<' ? 2 : 1;
	} else if (*p == ':' || *p == '>' || *p == '|') {
		p++;
	} else if (*p == '<' || *p == '\'' || (*p == 'P' && p[1] == '<')) {
		if (p[1] == '\0' || p[2] == '\0')
			return FALSE;
		p += strcspn(p + 2, ">'") + 2;
		if (*p == '\0')
			return FALSE;
		p++;
	} else {
		p += strspn(p, "i-sm");
		if (*p != ':' && *p != ')')
			return FALSE;
		p += *p == ':';
	}
	scan->p = p;
	return TRUE;
}

static void
scan_group(struct scan *scan, struct needed *needed)
{
	gboolean required;
	GPtrArray *inner;

	scan->p++;
	if (scan->depth >= DEPTH_MOST || !scan_group_start(scan, &required)) {
		scan->lost = TRUE;
		return;
	}
	scan->depth++;
	inner = scan_alternatives(scan, NULL);
	scan->depth--;
	if (*scan->p != ')') {
		scan->lost = TRUE;
		g_clear_pointer(&inner, g_ptr_array_unref);
		return;
	}
	scan->p++;
	if (scan_repeat(scan) == OPTIONAL || !required)
		g_clear_pointer(&inner, g_ptr_array_unref);
	keep_better(needed, inner);
}

/* An escape that stands for no single known character. */
static void
skip_escape(struct scan *scan)
{
	char c = scan->p[1];

	if (c == '\0' || strchr("bBAzZGdDwWsShHvVRXKnrtpP", c) == NULL) {
		scan->lost = TRUE;
		return;
	}
	scan->p += 2;
	if ((c == 'p' || c == 'P') && *scan->p == '{') {
		scan->p += strcspn(scan->p, "}");
		scan->lost |= *scan->p == '\0';
	}
	if ((c == 'p' || c == 'P') && *scan->p != '\0')
		scan->p = g_utf8_next_char(scan->p);
	scan_repeat(scan);
}

/* The character C, written up to END. */
static void
scan_character(struct scan *scan, const char *c, const char *end, GString *run, struct needed *needed)
{
	gsize before = run->len;

	scan->p = end;
	g_string_append_len(run, c, g_utf8_next_char(c) - c);
	switch (scan_repeat(scan)) {
	case ONCE:
		return;
	case OPTIONAL:
		g_string_truncate(run, before);
		break;
	case REPEATED:
		break;
	}
	finish_run(run, needed);
}

/* Up to '|', ')' or the end. */
static struct needed
scan_sequence(struct scan *scan)
{
	g_autoptr(GString) run = g_string_new(NULL);
	struct needed needed = {NULL, NULL};

	while (!scan->lost && *scan->p != '\0' && *scan->p != '|' && *scan->p != ')') {
		char c = *scan->p;

		if (c == '\\' && g_ascii_ispunct(scan->p[1])) {
			scan_character(scan, scan->p + 1, scan->p + 2, run, &needed);
			continue;
		}
		if (strchr("\\[(.^$", c) == NULL) {
			scan_character(scan, scan->p, g_utf8_next_char(scan->p), run, &needed);
			continue;
		}
		if (c == '[' && lone_character(scan->p) != NULL) {
			const char *lone = lone_character(scan->p);

			scan_character(scan, lone, g_utf8_next_char(lone) + 1, run, &needed);
			continue;
		}
		if (c == '\\' && scan->p[1] == 'b' && strchr("*?+{", scan->p[2]) == NULL) {
			scan->p += 2; /* stands between two characters without parting them */
			continue;
		}
		finish_run(run, &needed);
		if (c == '(') {
			scan_group(scan, &needed);
		} else if (c == '[') {
			skip_class(scan);
			scan_repeat(scan);
		} else if (c == '\\') {
			skip_escape(scan);
		} else {
			scan->p++;
			scan_repeat(scan);
		}
	}
	finish_run(run, &needed);
	return needed;
}

/* SECOND, if not NULL, gets the second literals of an expression without alternatives. */
static GPtrArray *
scan_alternatives(struct scan *scan, GPtrArray **second)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
	gboolean any = TRUE, one = TRUE;

	for (;; one = FALSE) {
		struct needed needed = scan_sequence(scan);

		any = any && needed.best != NULL;
		if (needed.best != NULL)
			g_ptr_array_extend_and_steal(all, needed.best);
		if (second != NULL && one && !scan->lost && *scan->p != '|')
			*second = g_steal_pointer(&needed.second);
		g_clear_pointer(&needed.second, g_ptr_array_unref);
		if (scan->lost || *scan->p != '|')
			break;
		scan->p++;
	}
	if (any && !scan->lost && all->len <= ALTERNATIVES_MOST)
		return all;
	g_ptr_array_unref(all);
	return NULL;
}

GPtrArray *
required_literals(const char *expression, GPtrArray **second)
{
	struct scan scan = {expression, 0, FALSE};
	g_autoptr(GPtrArray) literals = NULL;

	*second = NULL;
	literals = scan_alternatives(&scan, second);
	if (scan.lost || *scan.p != '\0' || literals == NULL) {
		g_clear_pointer(second, g_ptr_array_unref);
		return NULL;
	}
	return g_steal_pointer(&literals);
}
