/* An expression -> a graph of the ways through it, without what it looks at behind and ahead. */
#include <string.h>

#include "rules/gate-private.h"
#include "rules/phrase.h"

#define DEPTH_MOST 32    /* groups within groups */
#define COPIES_MOST 3    /* repeats that are counted: "up to forty" is any number */
#define NODES_MOST 40000 /* a larger graph is no help */
#define RANGE_MOST 64    /* characters of a range in a class, beyond ASCII */

enum part_type { PART_NOTHING, PART_STEP, PART_ROW, PART_CHOICE, PART_REPEAT };

/* A part of an expression. Parts stand in an array and know one another by their indexes: a named group is asked for again. */
struct part {
	enum part_type type;
	enum gate_step step;
	struct gate_set set;
	guint32 child, sibling; /* NONE: no further one */
	guint least, most;      /* of a repeat; most 0: any number */
};

struct reader {
	const char *p;
	GArray *parts; /* of struct part */
	GArray *nodes; /* of struct gate_node */
	guint depth;
	gboolean capitals; /* somewhere before, capitals were told from small letters */
	gboolean lost;     /* something this reader does not know */
	char *name;        /* of the one named group that can be asked for again */
	guint32 named;
};

#define NONE G_MAXUINT32

static struct part *
part_at(const struct reader *reader, guint32 index)
{
	return &g_array_index(reader->parts, struct part, index);
}

static guint32
new_part(struct reader *reader, enum part_type type)
{
	struct part part = {.type = type, .child = NONE, .sibling = NONE};

	g_array_append_val(reader->parts, part);
	return reader->parts->len - 1;
}

static guint32
new_step(struct reader *reader, enum gate_step step)
{
	guint32 index = new_part(reader, PART_STEP);

	part_at(reader, index)->step = step;
	return index;
}

static guint32
new_set(struct reader *reader, const struct gate_set *set)
{
	guint32 index = new_step(reader, STEP_SET);

	part_at(reader, index)->set = *set;
	return index;
}

static guint32
new_character(struct reader *reader, gunichar c)
{
	struct gate_set set = {0};

	gate_set_add(&set, gate_code(c));
	return new_set(reader, &set);
}

/* The hexadecimal number behind "\x", and past it. */
static gunichar
read_hexadecimal(struct reader *reader)
{
	gboolean braces = *reader->p == '{';
	gunichar c = 0;
	guint digits = 0;

	reader->p += braces;
	for (; g_ascii_isxdigit(*reader->p) && digits < (braces ? 6 : 2); digits++)
		c = c * 16 + g_ascii_xdigit_value(*reader->p++);
	reader->lost |= digits == 0 || (braces && *reader->p != '}') || c == 0 || c > 0x10ffff;
	reader->p += braces && !reader->lost;
	return c;
}

/* The character that the letter C behind a backslash stands for, or 0. */
static gunichar
control_of(char c)
{
	return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'f' ? '\f' : c == 'e' ? 0x1b : c == 'a' ? 7 : 0;
}

/* Past a property's name, "{Han}" or "L". */
static void
skip_property(struct reader *reader)
{
	if (*reader->p == '{')
		reader->p += strcspn(reader->p, "}");
	reader->lost |= *reader->p == '\0';
	reader->p += *reader->p != '\0';
}

/* A class being read. */
struct class
{
	struct gate_set set;
	gboolean unknown; /* there is something in it that is not in the set */
};

/* A character of a class, and past it; 0: it was more than one, and is in CLASS. */
static gunichar
read_class_character(struct reader *reader, struct class *class)
{
	gunichar c = g_utf8_get_char(reader->p);
	char before = *reader->p;

	reader->p = g_utf8_next_char(reader->p);
	if (before == '[' && (*reader->p == ':' || *reader->p == '.' || *reader->p == '='))
		reader->lost = TRUE;
	if (before != '\\')
		return c;
	c = g_utf8_get_char(reader->p);
	reader->lost |= c == '\0';
	if (reader->lost)
		return 0;
	reader->p = g_utf8_next_char(reader->p);
	if (c >= 0x80 || !g_ascii_isalnum((char)c))
		return c;
	if (c == 'x')
		return read_hexadecimal(reader);
	if (strchr("dDwWsShHvV", (char)c) != NULL) {
		gate_set_add_class(&class->set, (char)c);
	} else if (c == 'p' || c == 'P') {
		skip_property(reader);
		class->unknown = TRUE;
	} else if (control_of((char)c) != 0) {
		return control_of((char)c);
	} else {
		reader->lost = TRUE;
	}
	return 0;
}

static void
read_class_item(struct reader *reader, struct class *class)
{
	gunichar c = read_class_character(reader, class), last = c;

	if (reader->p[0] == '-' && reader->p[1] != ']' && reader->p[1] != '\0') {
		reader->p++;
		last = read_class_character(reader, class);
		reader->lost |= c == 0 || last == 0 || last < c;
	}
	if (last >= 0x80 && last - c > RANGE_MOST) {
		class->unknown = TRUE;
		last = c;
	}
	for (; c != 0 && c <= last && !reader->lost; c++)
		gate_set_add(&class->set, gate_code(c));
}

/* Of "[^...]" nothing is left out but ASCII: other characters share their codes. */
static void
invert(struct class *class, gboolean capitals)
{
	for (guint i = 0; i < 4; i++)
		class->set.bits[i] = ~class->set.bits[i];
	gate_set_add_foreign(&class->set);
	class->unknown = capitals;
}

static guint32
read_class(struct reader *reader)
{
	struct class class = {.unknown = FALSE};
	gboolean inverted = reader->p[1] == '^';

	reader->p += inverted ? 2 : 1;
	for (gboolean first = TRUE; !reader->lost && (*reader->p != ']' || first); first = FALSE) {
		reader->lost |= *reader->p == '\0';
		if (!reader->lost)
			read_class_item(reader, &class);
	}
	reader->p += !reader->lost;
	if (inverted)
		invert(&class, reader->capitals);
	if (class.unknown)
		gate_set_fill(&class.set);
	return new_set(reader, &class.set);
}

static guint32
read_escape(struct reader *reader)
{
	char c = reader->p[1];
	struct gate_set set = {0};

	reader->lost |= c == '\0';
	reader->p += reader->lost ? 1 : 2;
	if (c == 'x')
		return new_character(reader, read_hexadecimal(reader));
	if (c == 'b' || c == 'B')
		return new_step(reader, c == 'b' ? STEP_EDGE : STEP_NO_EDGE);
	if (c == 'A' || c == 'Z')
		return new_part(reader, PART_NOTHING);
	if (c == 'z')
		return new_step(reader, STEP_END);
	if (control_of(c) != 0)
		return new_character(reader, control_of(c));
	if (c == 'p' || c == 'P') {
		skip_property(reader);
		gate_set_fill(&set);
	} else if (c != '\0' && strchr("dDwWsShHvV", c) != NULL) {
		gate_set_add_class(&set, c);
	} else if (c != '\0' && (guchar)c < 0x80 && !g_ascii_isalnum(c)) {
		return new_character(reader, c);
	} else {
		reader->lost = TRUE;
	}
	return new_set(reader, &set);
}

/* The assertions that no word character stands at a place, as {list} has them. */
static guint32
read_known_look(struct reader *reader)
{
	static const struct {
		const char *text;
		enum gate_step step;
	} known[] = {{"(?!" PHRASE_WORD ")", STEP_NO_WORD}, {"(?<!" PHRASE_WORD ")", STEP_NO_BEHIND}, {"(?!\\w)", STEP_NO_WORD}, {"(?<!\\w)", STEP_NO_BEHIND}};

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (g_str_has_prefix(reader->p, known[i].text)) {
			reader->p += strlen(known[i].text);
			return new_step(reader, known[i].step);
		}
	return NONE;
}

/* From "(?" to the group's content; NAME gets its name. FALSE when what it has is only looked at. */
static gboolean
read_group_start(struct reader *reader, char **name)
{
	const char *p = reader->p + 1;

	if (*p == '=' || *p == '!' || (*p == '<' && (p[1] == '=' || p[1] == '!'))) {
		reader->p = p + (*p == '<' ? 2 : 1);
		return FALSE;
	}
	if (*p == ':' || *p == '>' || *p == '|') {
		reader->p = p + 1;
	} else if (*p == '<') {
		gsize length = strspn(p + 1, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_");

		reader->lost |= length == 0 || p[1 + length] != '>';
		*name = reader->lost ? NULL : g_strndup(p + 1, length);
		reader->p = reader->lost ? p : p + length + 2;
	} else {
		gsize length = strspn(p, "i-sm");

		reader->capitals |= memchr(p, '-', length) != NULL;
		reader->lost |= p[length] != ':' && p[length] != ')';
		reader->p = p + length + (p[length] == ':');
	}
	return TRUE;
}

static guint32 read_choice(struct reader *reader);

/* "(?&name)". */
static guint32
read_again(struct reader *reader)
{
	gsize length = strcspn(reader->p + 3, ")");

	reader->lost |= reader->p[3 + length] != ')';
	reader->lost |= reader->name == NULL || reader->named == NONE || strlen(reader->name) != length || strncmp(reader->name, reader->p + 3, length) != 0;
	reader->p += reader->lost ? 0 : length + 4;
	return reader->lost ? NONE : reader->named;
}

static guint32
close_group(struct reader *reader, guint32 inner, gboolean taken, char *name)
{
	reader->lost |= *reader->p != ')';
	reader->p += *reader->p == ')';
	if (name != NULL && reader->named == NONE) {
		g_free(reader->name);
		reader->name = name;
		reader->named = inner;
	} else {
		g_free(name);
	}
	return taken ? inner : new_part(reader, PART_NOTHING);
}

static guint32
read_group(struct reader *reader)
{
	guint32 known = read_known_look(reader), inner;
	gboolean taken = TRUE;
	char *name = NULL;

	if (known != NONE)
		return known;
	if (g_str_has_prefix(reader->p, "(?&"))
		return read_again(reader);
	reader->p++;
	reader->lost |= reader->depth >= DEPTH_MOST || *reader->p == '*';
	if (*reader->p == '?' && !reader->lost)
		taken = read_group_start(reader, &name);
	if (reader->lost)
		return NONE;
	reader->depth++;
	inner = read_choice(reader);
	reader->depth--;
	return close_group(reader, inner, taken, name);
}

static guint32
read_element(struct reader *reader)
{
	struct gate_set set;
	const char *p = reader->p;

	switch (*p) {
	case '(':
		return read_group(reader);
	case '[':
		return read_class(reader);
	case '\\':
		return read_escape(reader);
	case '.':
		reader->p++;
		gate_set_fill(&set);
		return new_set(reader, &set);
	case '^':
	case '$':
		reader->p++;
		return new_part(reader, PART_NOTHING);
	case '*':
	case '+':
	case '?':
		reader->lost = TRUE;
		return NONE;
	default:
		reader->p = g_utf8_next_char(p);
		return new_character(reader, g_utf8_get_char(p));
	}
}

/* The numbers of "{2,5}". */
static void
read_numbers(struct reader *reader, guint *least, guint *most)
{
	gsize inside = strspn(reader->p + 1, "0123456789,");
	const char *comma = memchr(reader->p + 1, ',', inside);

	if (inside == 0 || reader->p[1 + inside] != '}' || reader->p[1] == ',') {
		reader->lost = TRUE;
		return;
	}
	*least = (guint)MIN(g_ascii_strtoull(reader->p + 1, NULL, 10), 65535);
	*most = comma == NULL ? *least : (guint)MIN(g_ascii_strtoull(comma + 1, NULL, 10), 65535);
	reader->p += inside + 2;
	if (*least > COPIES_MOST || *most > COPIES_MOST) {
		*least = MIN(*least, COPIES_MOST);
		*most = 0;
	}
}

/* ELEMENT as often as what follows in the expression says. */
static guint32
read_repeat(struct reader *reader, guint32 element)
{
	guint least = 0, most = 0;
	guint32 repeat;

	if (*reader->p == '*' || *reader->p == '+' || *reader->p == '?') {
		least = *reader->p == '+';
		most = *reader->p++ == '?';
	} else if (*reader->p == '{') {
		read_numbers(reader, &least, &most);
	} else {
		return element;
	}
	if (reader->lost)
		return element;
	if (*reader->p == '?' || *reader->p == '+')
		reader->p++;
	repeat = new_part(reader, PART_REPEAT);
	part_at(reader, repeat)->child = element;
	part_at(reader, repeat)->least = least;
	part_at(reader, repeat)->most = most;
	return repeat;
}

/* Up to '|', ')' or the end. Parts are linked backwards: the last is the first child. */
static guint32
read_row(struct reader *reader)
{
	guint32 row = new_part(reader, PART_ROW);

	while (!reader->lost && *reader->p != '\0' && *reader->p != '|' && *reader->p != ')') {
		guint32 element = read_element(reader), holder;

		if (reader->lost)
			break;
		element = read_repeat(reader, element);
		/* a holder of its own: what is named may be met again elsewhere */
		holder = new_part(reader, PART_REPEAT);
		*part_at(reader, holder) = (struct part){.type = PART_REPEAT, .child = element, .sibling = part_at(reader, row)->child, .least = 1, .most = 1};
		part_at(reader, row)->child = holder;
	}
	return row;
}

static guint32
read_choice(struct reader *reader)
{
	guint32 choice = new_part(reader, PART_CHOICE);

	for (;;) {
		guint32 row = read_row(reader);

		part_at(reader, row)->sibling = part_at(reader, choice)->child;
		part_at(reader, choice)->child = row;
		if (reader->lost || *reader->p != '|')
			return choice;
		reader->p++;
	}
}

static guint32
new_node(struct reader *reader, enum gate_step step, guint32 next, guint32 other)
{
	struct gate_node node = {.step = step, .next = next, .other = other};

	reader->lost |= reader->nodes->len >= NODES_MOST;
	if (reader->lost)
		return 0;
	g_array_append_val(reader->nodes, node);
	return reader->nodes->len - 1;
}

static guint32 make_nodes(struct reader *reader, guint32 index, guint32 next);

static guint32
make_repeat(struct reader *reader, guint32 index, guint32 next)
{
	const struct part part = *part_at(reader, index);
	guint32 then = next;

	if (part.most == 0) {
		guint32 fork = new_node(reader, STEP_FORK, next, next), inner = make_nodes(reader, part.child, fork);

		if (!reader->lost)
			g_array_index(reader->nodes, struct gate_node, fork).next = inner;
		then = fork;
	}
	for (guint i = part.least; i < part.most && !reader->lost; i++)
		then = new_node(reader, STEP_FORK, make_nodes(reader, part.child, then), next);
	for (guint i = 0; i < part.least && !reader->lost; i++)
		then = make_nodes(reader, part.child, then);
	return then;
}

/* The nodes of a part, before NEXT; the first of them. No deeper than the groups lie. */
static guint32
make_nodes(struct reader *reader, guint32 index, guint32 next)
{
	const struct part part = *part_at(reader, index);
	guint32 first = next;

	if (reader->lost)
		return 0;
	switch (part.type) {
	case PART_NOTHING:
		return next;
	case PART_STEP:
		first = new_node(reader, part.step, next, next);
		if (!reader->lost)
			g_array_index(reader->nodes, struct gate_node, first).set = part.set;
		return first;
	case PART_ROW:
		for (guint32 child = part.child; child != NONE && !reader->lost; child = part_at(reader, child)->sibling)
			first = make_nodes(reader, child, first);
		return first;
	case PART_CHOICE:
		first = NONE;
		for (guint32 child = part.child; child != NONE && !reader->lost; child = part_at(reader, child)->sibling) {
			guint32 way = make_nodes(reader, child, next);

			first = first == NONE ? way : new_node(reader, STEP_FORK, way, first);
		}
		return first;
	default:
		return make_repeat(reader, index, next);
	}
}

GArray *
gate_read(const char *expression, guint32 *start)
{
	struct reader reader = {.p = expression,
	    .parts = g_array_new(FALSE, FALSE, sizeof(struct part)),
	    .nodes = g_array_new(FALSE, TRUE, sizeof(struct gate_node)),
	    .named = NONE};
	guint32 all = read_choice(&reader), match;

	reader.lost |= *reader.p != '\0';
	if (!reader.lost) {
		match = new_node(&reader, STEP_MATCH, 0, 0);
		*start = make_nodes(&reader, all, match);
	}
	g_array_unref(reader.parts);
	g_free(reader.name);
	if (reader.lost)
		g_clear_pointer(&reader.nodes, g_array_unref);
	return reader.nodes;
}
