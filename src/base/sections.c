#include "base/sections.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

struct parser {
	const char *name;
	guint line;
	const char *start, *end; /* of the line at work */
	GPtrArray *sections;
	struct section *section;     /* the one at work, owned by sections */
	const char *const *optional; /* types of sections whose faults are passed over, or NULL */

	/* the entry at work, finished by the first line that does not continue it */
	gboolean pending;
	const char *key;
	gsize key_length;
	guint key_line;
	char operator;
	GString *value;
	GArray *breaks; /* of struct section_break */
	GError **error;
};

static void
section_free(gpointer data)
{
	struct section *section = data;

	g_free(section->type);
	g_free(section->name);
	g_ptr_array_unref(section->entries);
	g_free(section);
}

gboolean
sections_fail(GError **error, const char *name, guint line, guint column, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%s:%u:%u: %s", name, line, column, message);
	return FALSE;
}

static guint
column_of(const struct parser *parser, const char *place)
{
	return g_utf8_strlen(parser->start, place - parser->start) + 1;
}

static gboolean
fail_at(const struct parser *parser, const char *place, const char *message)
{
	return sections_fail(parser->error, parser->name, parser->line, column_of(parser, place), "%s", message);
}

static gboolean
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static const char *
trim_end(const char *start, const char *end)
{
	while (end > start && is_blank(end[-1]))
		end--;
	return end;
}

/* Entry, key, suffix, value and breaks in one block: a rule file has hundreds of entries and is read at each start. */
static void
finish_entry(struct parser *parser)
{
	const char *dot;
	gsize breaks_size = parser->breaks->len * sizeof(struct section_break);
	struct section_entry *entry;
	char *strings;

	if (!parser->pending)
		return;
	parser->pending = FALSE;
	entry = g_malloc(sizeof *entry + breaks_size + parser->key_length + 1 + parser->value->len + 1);
	entry->breaks = (struct section_break *)(entry + 1);
	entry->n_breaks = parser->breaks->len;
	memcpy(entry->breaks, parser->breaks->data, breaks_size);
	strings = (char *)entry->breaks + breaks_size;
	entry->key = memcpy(strings, parser->key, parser->key_length);
	strings[parser->key_length] = '\0';
	dot = strchr(entry->key, '.');
	entry->suffix = dot != NULL ? (char *)dot + 1 : NULL;
	if (dot != NULL)
		entry->suffix[-1] = '\0';
	entry->value = memcpy(strings + parser->key_length + 1, parser->value->str, parser->value->len + 1);
	entry->operator= parser->operator;
	entry->line = parser->key_line;
	entry->column = entry->breaks[0].column;
	g_ptr_array_add(parser->section->entries, entry);
}

static gboolean
add_to_value(struct parser *parser, const char *start, const char *end)
{
	struct section_break place = {parser->value->len, parser->line, column_of(parser, start)};

	if (place.offset > 0) {
		g_string_append_c(parser->value, ' ');
		place.offset++;
	} else {
		g_array_set_size(parser->breaks, 0);
	}
	g_array_append_val(parser->breaks, place);
	g_string_append_len(parser->value, start, end - start);
	if (parser->value->len > LIMIT_SECTIONS_LINE)
		return fail_at(parser, start, "a value this long is not read; split it over several entries of the same key");
	return TRUE;
}

/* A section begins; NAME may be empty. */
static void
begin_section(struct parser *parser, const char *type, gsize type_length, const char *name, gsize name_length)
{
	parser->section = g_new0(struct section, 1);
	parser->section->type = g_strndup(type, type_length);
	parser->section->name = name_length > 0 ? g_strndup(name, name_length) : NULL;
	parser->section->line = parser->line;
	parser->section->entries = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(parser->sections, parser->section);
}

static gboolean
parse_header(struct parser *parser, const char *start, const char *end)
{
	const char *close = memchr(start, ']', end - start), *type, *type_end, *name, *name_end;

	if (close == NULL)
		return fail_at(parser, end, "no \"]\" ends this section's name; expected \"[type name]\"");
	if (skip_blanks(close + 1, end) != end)
		return fail_at(parser, skip_blanks(close + 1, end), "words after \"]\"; expected the end of the line");
	type = skip_blanks(start + 1, close);
	for (type_end = type; type_end < close && !is_blank(*type_end);)
		type_end++;
	if (type == type_end)
		return fail_at(parser, type, "a section without a type; expected \"[type name]\"");
	name = skip_blanks(type_end, close);
	name_end = trim_end(name, close);

	begin_section(parser, type, type_end - type, name, name < name_end ? name_end - name : 0);
	return TRUE;
}

static gboolean
is_key_character(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
}

static gboolean
parse_entry(struct parser *parser, const char *start, const char *end)
{
	const char *key_end = start, *operator, * value;

	if (parser->section == NULL)
		return fail_at(parser, start, "an entry before the first section; expected \"[type name]\"");
	while (key_end < end && is_key_character(*key_end))
		key_end++;
	operator= skip_blanks(key_end, end);
	if (key_end == start || operator== end || strchr("=<>", *operator) == NULL)
		return fail_at(parser, key_end == start ? start : operator, "expected \"key = value\", \"[type name]\" or a comment");
	if (*start == '.' || key_end[-1] == '.')
		return fail_at(parser, *start == '.' ? start : key_end - 1, "expected a word on both sides of the dot in a key");
	parser->pending = TRUE;
	parser->key = start;
	parser->key_length = key_end - start;
	parser->key_line = parser->line;
	parser->operator= * operator;
	g_string_truncate(parser->value, 0);
	g_array_set_size(parser->breaks, 0);
	value = skip_blanks(operator+ 1, end);
	return add_to_value(parser, value, trim_end(value, end));
}

static gboolean
parse_line(struct parser *parser)
{
	const char *first = skip_blanks(parser->start, parser->end), *end = trim_end(first, parser->end), *bad;

	if (!g_utf8_validate(parser->start, parser->end - parser->start, &bad))
		return fail_at(parser, bad, *bad == '\0' ? "a NUL byte; remove it" : "a byte that is not UTF-8; save the file as UTF-8");
	for (const char *p = first; p < end; p++)
		if ((guchar)*p < ' ' && *p != '\t')
			return fail_at(parser, p, "a control character; remove it");
	if (first == end || *first == '#')
		return TRUE;
	if (first > parser->start) {
		if (!parser->pending)
			return fail_at(parser, first, "a line that begins with white space continues the value above it, and there is none");
		return add_to_value(parser, first, end);
	}
	finish_entry(parser);
	return *first == '[' ? parse_header(parser, first, end) : parse_entry(parser, first, end);
}

/* Whether the line at work, which is wrong, belongs to a section whose faults are passed over; a header begins such a section all the same. */
static gboolean
pass_over(struct parser *parser)
{
	const char *first = skip_blanks(parser->start, parser->end), *type = first, *end;
	gboolean header = parser->start < parser->end && *parser->start == '[';
	g_autofree char *word = NULL;

	if (parser->optional == NULL || (!header && parser->section == NULL))
		return FALSE;
	if (header)
		type = skip_blanks(first + 1, parser->end);
	for (end = type; header && end < parser->end && g_ascii_isalpha(*end);)
		end++;
	word = header ? g_strndup(type, end - type) : g_strdup(parser->section->type);
	if (!g_strv_contains(parser->optional, word))
		return FALSE;
	g_clear_error(parser->error);
	if (header) /* what stands before it is another section's */
		finish_entry(parser);
	parser->pending = FALSE;
	if (header)
		begin_section(parser, type, end - type, "", 0);
	return TRUE;
}

static gboolean
parse_lines(struct parser *parser, const char *text, gsize length)
{
	const char *end = text + length;

	for (const char *p = text; p < end; parser->line++) {
		const char *line_end = memchr(p, '\n', end - p);
		const char *next = line_end != NULL ? line_end + 1 : end;

		parser->start = p;
		parser->end = line_end != NULL ? line_end : end;
		if (parser->end > p && parser->end[-1] == '\r')
			parser->end--;
		if (!parse_line(parser) && !pass_over(parser))
			return FALSE;
		p = next;
	}
	finish_entry(parser);
	return TRUE;
}

GPtrArray *
sections_parse(const char *name, const char *text, gsize length, GError **error)
{
	return sections_parse_without(name, text, length, NULL, error);
}

GPtrArray *
sections_parse_without(const char *name, const char *text, gsize length, const char *const *optional, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) sections = g_ptr_array_new_with_free_func(section_free);
	g_autoptr(GArray) breaks = g_array_new(FALSE, FALSE, sizeof(struct section_break));
	struct parser parser = {.name = name, .line = 1, .sections = sections, .breaks = breaks, .optional = optional, .error = &reason};
	gboolean good;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		length -= 3;
	}
	parser.value = g_string_new(NULL);
	good = parse_lines(&parser, text, length);
	g_string_free(parser.value, TRUE);
	if (!good)
		g_propagate_error(error, g_steal_pointer(&reason));
	return good ? g_steal_pointer(&sections) : NULL;
}

/* Characters in LENGTH bytes of valid UTF-8. */
static guint
count_characters(const char *text, gsize length)
{
	guint n = 0;

	for (gsize i = 0; i < length; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

void
section_entry_place(const struct section_entry *entry, gsize offset, guint *line, guint *column)
{
	guint i = entry->n_breaks - 1;

	while (i > 0 && entry->breaks[i].offset > offset)
		i--;
	*line = entry->breaks[i].line;
	*column = entry->breaks[i].column;
	if (offset > entry->breaks[i].offset)
		*column += count_characters(entry->value + entry->breaks[i].offset, offset - entry->breaks[i].offset);
}

/* The place of an item, counted from the one before it: items are many, and lines long. */
static void
place_item(const struct section_entry *entry, gboolean first, const char *before, struct section_item *item)
{
	guint line, column;

	if (first) {
		section_entry_place(entry, item->text - entry->value, &item->line, &item->column);
		return;
	}
	for (guint i = entry->n_breaks; i-- > 0;) {
		const char *start = entry->value + entry->breaks[i].offset;

		if (start > item->text)
			continue;
		line = entry->breaks[i].line;
		column = before >= start ? item->column + count_characters(before, item->text - before)
		                         : entry->breaks[i].column + count_characters(start, item->text - start);
		item->line = line;
		item->column = column;
		return;
	}
}

gboolean
section_entry_next(const struct section_entry *entry, gsize *cursor, struct section_item *item)
{
	const char *p = entry->value + *cursor, *before = item->text;
	gboolean first = *cursor == 0;

	for (;;) {
		const char *start = p, *end;

		if (*p == '\0')
			return FALSE;
		item->escaped = FALSE;
		for (; *p != '\0' && *p != ';'; p++)
			if (p[0] == '\\' && p[1] == ';') {
				item->escaped = TRUE;
				p++;
			}
		end = p;
		if (*p == ';')
			p++;
		while (start < end && is_blank(*start))
			start++;
		end = trim_end(start, end);
		if (start == end)
			continue;
		item->text = start;
		item->length = end - start;
		place_item(entry, first, before, item);
		*cursor = p - entry->value;
		return TRUE;
	}
}

char *
section_item_text(const struct section_item *item)
{
	char *text = g_strndup(item->text, item->length);
	char *out = text;

	if (!item->escaped)
		return text;
	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '\\' && p[1] == ';')
			p++;
		*out++ = *p;
	}
	*out = '\0';
	return text;
}

GPtrArray *
section_entry_list(const struct section_entry *entry, GArray **columns)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	GArray *found = columns != NULL ? g_array_new(FALSE, FALSE, sizeof(guint)) : NULL;
	struct section_item item = {0};

	for (gsize cursor = 0; section_entry_next(entry, &cursor, &item);) {
		g_ptr_array_add(list, section_item_text(&item));
		if (found != NULL)
			g_array_append_val(found, item.column);
	}
	if (columns != NULL)
		*columns = found;
	return list;
}

gboolean
section_entry_date(const char *name, const struct section_entry *entry, gint64 *out, GError **error)
{
	return section_date(name, entry->value, entry->line, entry->column, out, error);
}

gboolean
section_date(const char *name, const char *text, guint line, guint column, gint64 *out, GError **error)
{
	guint digits[8], n = 0;
	gboolean good = strlen(text) == 10 && text[4] == '-' && text[7] == '-';

	for (const char *p = text; good && *p != '\0'; p++)
		if (p != text + 4 && p != text + 7) {
			good = g_ascii_isdigit(*p);
			digits[n++] = *p - '0';
		}
	if (!good)
		return sections_fail(error, name, line, column, "\"%s\" is not a date; expected YYYY-MM-DD", text);

	guint year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
	guint month = digits[4] * 10 + digits[5], day = digits[6] * 10 + digits[7];

	if (!g_date_valid_dmy(day, month, year))
		return sections_fail(error, name, line, column, "there is no day %s; expected YYYY-MM-DD", text);

	g_autoptr(GDateTime) midnight = g_date_time_new_utc(year, month, day, 0, 0, 0);

	*out = g_date_time_to_unix(midnight);
	return TRUE;
}

gboolean
section_entry_boolean(const char *name, const struct section_entry *entry, gboolean *out, GError **error)
{
	gboolean yes = strcmp(entry->value, "yes") == 0;

	if (!yes && strcmp(entry->value, "no") != 0)
		return sections_fail(error, name, entry->line, entry->column, "\"%s\" is neither yes nor no", entry->value);
	*out = yes;
	return TRUE;
}
