#include "rules/starts-private.h"

#include <string.h>

#include "base/text.h"

#define CODES 3              /* characters of a beginning that are told apart */
#define BEGINNINGS_MOST 4096 /* more tell nothing */
#define JOINED_MOST 65536    /* while doubles are among them */
#define DEPTH_MOST 32        /* groups within groups */
#define RANGE_MOST 64        /* characters of a range in a class */
#define COMMON_MOST 20       /* of 256 kinds of first characters that may stand alone: beyond, trying everywhere is as quick */

/* The first characters of what a part of an expression matches; OPEN: what follows them is not known. */
struct beginning {
	gunichar codes[CODES]; /* 0 behind the last */
	guint32 n, open;
	guint32 at_word; /* a \b stands before the first: it is never inside of a word */
};

struct reader {
	const char *p;
	guint depth;
	gboolean lost; /* something this reader does not know */
};

static GArray *read_alternatives(struct reader *reader);

gunichar
starts_foreign_code(gunichar c)
{
	switch (g_unichar_type(c)) {
	case G_UNICODE_SPACE_SEPARATOR:
	case G_UNICODE_LINE_SEPARATOR:
	case G_UNICODE_PARAGRAPH_SEPARATOR:
		return ' ';
	case G_UNICODE_DECIMAL_NUMBER:
		return '0';
	default:
		return c == 0x85 || c == 0x180e ? ' ' : text_caseless(c);
	}
}

static GArray *
new_beginnings(void)
{
	return g_array_new(FALSE, FALSE, sizeof(struct beginning));
}

static void
add_beginning(GArray *all, struct beginning beginning)
{
	g_array_append_val(all, beginning);
}

static void
add_code(GArray *all, gunichar c)
{
	add_beginning(all, (struct beginning){.codes = {starts_code(c)}, .n = 1});
}

static GArray *
anything(void)
{
	GArray *all = new_beginnings();

	add_beginning(all, (struct beginning){.open = TRUE});
	return all;
}

/* What matches no character. */
static GArray *
nothing(void)
{
	GArray *all = new_beginnings();

	add_beginning(all, (struct beginning){.n = 0});
	return all;
}

static GArray *
word_edge(void)
{
	GArray *all = new_beginnings();

	add_beginning(all, (struct beginning){.at_word = TRUE});
	return all;
}

static int
compare_beginnings(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct beginning));
}

/* Each of them once. */
static void
remove_doubles(GArray *all)
{
	struct beginning *items = (struct beginning *)all->data;
	guint kept = 0;

	g_array_sort(all, compare_beginnings);
	for (guint i = 0; i < all->len; i++)
		if (i == 0 || memcmp(&items[i], &items[kept - 1], sizeof *items) != 0)
			items[kept++] = items[i];
	g_array_set_size(all, kept);
}

static gboolean
is_known_repeat(const char *p, gsize inside)
{
	return inside > 0 && p[1 + inside] == '}' && p[1] != ',';
}

/* FOUND as often as what follows in the expression says. Takes FOUND. */
static GArray *
repeat(struct reader *reader, GArray *found)
{
	gboolean optional = FALSE, more = TRUE;
	char c = *reader->p;

	if (c == '*' || c == '?' || c == '+') {
		optional = c != '+';
		more = c != '?';
		reader->p++;
	} else if (c == '{') {
		gsize inside = strspn(reader->p + 1, "0123456789,");

		optional = g_ascii_strtoull(reader->p + 1, NULL, 10) == 0;
		reader->lost |= !is_known_repeat(reader->p, inside);
		reader->p += reader->lost ? 0 : inside + 2;
	} else {
		return found;
	}
	if (*reader->p == '?' || *reader->p == '+')
		reader->p++;
	for (guint i = 0; i < found->len && more; i++)
		if (g_array_index(found, struct beginning, i).n > 0)
			g_array_index(found, struct beginning, i).open = TRUE;
	if (optional)
		add_beginning(found, (struct beginning){.n = 0});
	return found;
}

/* A character of a class, and past it; 0: it is no single known one, and what it means was added to ALL or makes *ANY true. */
static gunichar
read_class_character(struct reader *reader, GArray *all, gboolean *any)
{
	const char *p = reader->p;
	gunichar c = g_utf8_get_char(p);

	reader->p = g_utf8_next_char(p);
	if (c == '[' && (*reader->p == ':' || *reader->p == '.' || *reader->p == '=')) {
		reader->lost = TRUE;
		return 0;
	}
	if (c != '\\')
		return c;
	if (*reader->p == '\0' || *reader->p == 'Q' || *reader->p == 'E') {
		reader->lost = TRUE;
		return 0;
	}
	c = g_utf8_get_char(reader->p);
	reader->p = g_utf8_next_char(reader->p);
	if (c >= 0x80 || !g_ascii_isalnum(c))
		return c;
	if (c == 'd')
		add_code(all, '0');
	else if (strchr("shvnrt", c) != NULL)
		add_code(all, ' ');
	else
		*any = TRUE;
	return 0;
}

static GArray *
read_class(struct reader *reader)
{
	GArray *all = new_beginnings();
	gboolean any = reader->p[1] == '^';

	reader->p += any ? 2 : 1;
	for (gboolean first = TRUE; !reader->lost && (*reader->p != ']' || first); first = FALSE) {
		gunichar c, last;

		if (*reader->p == '\0') {
			reader->lost = TRUE;
			break;
		}
		c = last = read_class_character(reader, all, &any);
		if (reader->p[0] == '-' && reader->p[1] != ']' && reader->p[1] != '\0') {
			reader->p++;
			last = read_class_character(reader, all, &any);
			reader->lost |= last == 0 || c == 0; /* "[\n-a]" */
		}
		any = any || (c != 0 && last - c > RANGE_MOST);
		for (gunichar i = c; i != 0 && i <= last && !any; i++)
			add_code(all, i);
	}
	if (!reader->lost)
		reader->p++;
	if (any || reader->lost) {
		g_array_unref(all);
		return anything();
	}
	return all;
}

/* From "(?" or "(*" to the group's content; FALSE when its content is not what the group matches. */
static gboolean
read_group_start(struct reader *reader, gboolean *looks)
{
	const char *p = reader->p;

	*looks = FALSE;
	if (*p != '?') {
		reader->lost |= *p == '*';
		return TRUE;
	}
	p++;
	if (*p == '&') {
		reader->p += strcspn(p, ")") + 1;
		return FALSE;
	}
	if (*p == '=' || *p == '!' || (*p == '<' && (p[1] == '=' || p[1] == '!'))) {
		*looks = TRUE;
		p += *p == '<' ? 2 : 1;
	} else if (*p == ':' || *p == '>' || *p == '|') {
		p++;
	} else if (*p == '<') {
		p += strcspn(p, ">");
		p += *p == '>';
	} else {
		p += strspn(p, "i-sm");
		reader->lost |= *p != ':' && *p != ')';
		p += *p == ':';
	}
	reader->p = p;
	return TRUE;
}

static GArray *
read_group(struct reader *reader)
{
	gboolean looks;
	GArray *found;

	reader->p++;
	if (reader->depth >= DEPTH_MOST) {
		reader->lost = TRUE;
		return anything();
	}
	if (!read_group_start(reader, &looks)) {
		reader->lost |= *reader->p != ')';
		found = anything();
	} else {
		reader->depth++;
		found = read_alternatives(reader);
		reader->depth--;
	}
	reader->lost |= *reader->p != ')';
	reader->p += *reader->p == ')';
	if (looks) {
		g_array_unref(found);
		found = nothing();
	}
	return found;
}

static GArray *
read_escape(struct reader *reader)
{
	GArray *all;
	char c = reader->p[1];

	if (c == '\0' || (guchar)c >= 0x80 || (g_ascii_isalnum(c) && strchr("bBAzZdDwWsShHvVRXpPnrt", c) == NULL)) {
		reader->lost = TRUE;
		return anything();
	}
	reader->p += 2;
	if (c == 'b')
		return word_edge();
	if (strchr("BAzZ", c) != NULL)
		return nothing();
	if (c == 'p' || c == 'P') {
		reader->p += *reader->p == '{' ? strcspn(reader->p, "}") : 0;
		reader->lost |= *reader->p == '\0';
		reader->p += *reader->p != '\0';
	}
	if (g_ascii_isalnum(c) && strchr("dshvnrt", c) == NULL)
		return anything();
	all = new_beginnings();
	add_code(all, c == 'd' ? '0' : g_ascii_isalpha(c) ? ' ' : c);
	return all;
}

static GArray *
read_element(struct reader *reader)
{
	GArray *all;

	switch (*reader->p) {
	case '(':
		return read_group(reader);
	case '[':
		return read_class(reader);
	case '\\':
		return read_escape(reader);
	case '.':
		reader->p++;
		return anything();
	case '^':
	case '$':
		reader->p++;
		return nothing();
	default:
		all = new_beginnings();
		add_code(all, g_utf8_get_char(reader->p));
		reader->p = g_utf8_next_char(reader->p);
		return all;
	}
}

/* FIRST followed by THEN. */
static struct beginning
join(const struct beginning *first, const struct beginning *then)
{
	struct beginning joined = *first;

	for (guint i = 0; i < then->n && joined.n < CODES; i++)
		joined.codes[joined.n++] = then->codes[i];
	joined.open = then->open || joined.n == CODES;
	joined.at_word = first->at_word || (first->n == 0 && then->at_word);
	return joined;
}

static gboolean
is_all_open(const GArray *all)
{
	for (guint i = 0; i < all->len; i++)
		if (!g_array_index(all, struct beginning, i).open)
			return FALSE;
	return TRUE;
}

/* Each of ALL that is not open followed by each of NEXT. Takes both. */
static GArray *
join_all(struct reader *reader, GArray *all, GArray *next)
{
	GArray *joined;

	if (is_all_open(all)) {
		g_array_unref(next);
		return all;
	}
	joined = new_beginnings();
	for (guint i = 0; i < all->len && joined->len <= JOINED_MOST; i++) {
		const struct beginning *first = &g_array_index(all, struct beginning, i);

		if (first->open)
			add_beginning(joined, *first);
		for (guint j = 0; j < next->len && !first->open && joined->len <= JOINED_MOST; j++)
			add_beginning(joined, join(first, &g_array_index(next, struct beginning, j)));
	}
	reader->lost |= joined->len > JOINED_MOST;
	remove_doubles(joined);
	g_array_unref(all);
	g_array_unref(next);
	return joined;
}

/* Up to '|', ')' or the end. */
static GArray *
read_sequence(struct reader *reader)
{
	GArray *all = nothing();

	while (!reader->lost && *reader->p != '\0' && *reader->p != '|' && *reader->p != ')')
		all = join_all(reader, all, repeat(reader, read_element(reader)));
	return all;
}

/* Further alternatives, added to ALL. */
static void
read_others(struct reader *reader, GArray *all)
{
	while (!reader->lost && *reader->p == '|') {
		GArray *next;

		reader->p++;
		next = read_sequence(reader);
		g_array_append_vals(all, next->data, next->len);
		g_array_unref(next);
	}
	remove_doubles(all);
	reader->lost |= all->len > BEGINNINGS_MOST;
}

static GArray *
read_alternatives(struct reader *reader)
{
	GArray *all = read_sequence(reader);

	read_others(reader, all);
	return all;
}

/* FALSE when BEGINNING can be anything. */
static gboolean
note(struct starts *starts, const struct beginning *beginning)
{
	if (beginning->n > 0)
		starts_set(starts->first, starts_part_1(beginning->codes[0]));
	if (beginning->n == 1)
		starts_set(starts->one, starts_part_1(beginning->codes[0]));
	else if (beginning->n == 2)
		starts_set(starts->two, starts_part_2(beginning->codes[0], beginning->codes[1]));
	else if (beginning->n == 3)
		starts_set(starts->both, starts_part_2(beginning->codes[0], beginning->codes[1]));
	if (beginning->n == 3)
		starts_set(starts->three, starts_part_3(beginning->codes[0], beginning->codes[1], beginning->codes[2]));
	return beginning->n > 0;
}

/* Whether all that EXPRESSION, which is a single alternative, matches begins with a line. */
static void
note_line(struct starts *starts, const char *expression)
{
	const char *rest = g_str_has_prefix(expression, "(?m)") ? expression + 4 : expression;

	starts->at_line = *rest == '^' && strchr("*?+{", rest[1]) == NULL;
}

struct starts *
starts_new(const char *expression)
{
	struct reader reader = {expression, 0, FALSE};
	g_autoptr(GArray) all = read_sequence(&reader);
	gboolean alternatives = *reader.p == '|';
	struct starts *starts;
	guint common = 0;

	read_others(&reader, all);
	if (reader.lost || *reader.p != '\0')
		return NULL;
	starts = g_new0(struct starts, 1);
	starts->at_word = TRUE;
	for (guint i = 0; i < all->len; i++) {
		starts->at_word = starts->at_word && g_array_index(all, struct beginning, i).at_word;
		if (!note(starts, &g_array_index(all, struct beginning, i)))
			common = G_MAXUINT / 2;
	}
	for (guint i = 0; i < 1u << BITS_1; i++)
		common += starts_has(starts->one, i);
	if (common > COMMON_MOST)
		g_clear_pointer(&starts, g_free);
	else if (!alternatives)
		note_line(starts, expression);
	return starts;
}

void
starts_free(struct starts *starts)
{
	g_free(starts);
}

guint32 *
starts_keys(const char *text, gsize length)
{
	guint32 *keys = g_new0(guint32, length + 1);
	gunichar codes[CODES] = {0};
	gboolean word_after = FALSE;
	gsize after = length;

	for (gsize at = length; at-- > 0;) {
		guchar c = text[at];
		gboolean word = c < 0x80 && (g_ascii_isalnum(c) || c == '_');

		if ((c & 0xc0) == 0x80)
			continue;
		if (word && word_after)
			keys[after] |= INSIDE_WORD;
		codes[2] = codes[1];
		codes[1] = codes[0];
		codes[0] = starts_code(c < 0x80 ? c : g_utf8_get_char(text + at));
		keys[at] =
		    starts_part_1(codes[0]) << (BITS_2 + BITS_3) | starts_part_2(codes[0], codes[1]) << BITS_3 | starts_part_3(codes[0], codes[1], codes[2]);
		word_after = word;
		after = at;
	}
	return keys;
}

/* Without a branch: whether a character can begin is as good as random. */
static inline guint32
can_begin(const struct starts *starts, guint32 key, guint32 inside)
{
	guint32 three = key & ((1u << BITS_3) - 1), two = key >> BITS_3 & ((1u << BITS_2) - 1), one = key >> (BITS_2 + BITS_3) & ((1u << BITS_1) - 1);
	guint32 bits = starts->three[three / 32] >> three % 32 | starts->two[two / 32] >> two % 32 | starts->one[one / 32] >> one % 32;

	return bits & ~(key / INSIDE_WORD & inside) & 1;
}

gsize
starts_next(const struct starts *starts, const guint32 *keys, const char *text, gsize length, gsize at)
{
	guint32 inside = starts->at_word;

	while (at < length && (!can_begin(starts, keys[at], inside) || ((guchar)text[at] & 0xc0) == 0x80 || (starts->at_line && !starts_line(text, at))))
		at++;
	return MIN(at, length);
}
