#include "base/json.h"

#include <jansson.h>

/* struct json is jansson's json_t under a name that its header does not take. */
static json_t *
inner(const struct json *json)
{
	return (json_t *)json;
}

/* Bytes that are not UTF-8 become U+FFFD, which jansson would refuse; no memory is the end of the program, as everywhere with GLib. */
static json_t *
text_value(const char *text)
{
	g_autofree char *valid = NULL;
	json_t *value;

	if (text == NULL)
		return json_null();
	valid = g_utf8_make_valid(text, -1);
	value = json_string(valid);
	g_assert(value != NULL);
	return value;
}

static void
put(struct json *object, const char *key, json_t *value)
{
	int failed = json_object_set_new(inner(object), key, value);

	g_assert(!failed);
}

static void
add(struct json *array, json_t *value)
{
	int failed = json_array_append_new(inner(array), value);

	g_assert(!failed);
}

struct json *
json_new_object(void)
{
	return (struct json *)json_object();
}

struct json *
json_new_array(void)
{
	return (struct json *)json_array();
}

void
json_free(struct json *json)
{
	json_decref(inner(json));
}

void
json_put_text(struct json *object, const char *key, const char *value)
{
	put(object, key, text_value(value));
}

void
json_put_number(struct json *object, const char *key, gint64 value)
{
	put(object, key, json_integer(value));
}

void
json_put_boolean(struct json *object, const char *key, gboolean value)
{
	put(object, key, json_boolean(value));
}

void
json_put(struct json *object, const char *key, struct json *child)
{
	put(object, key, inner(child));
}

void
json_add_text(struct json *array, const char *value)
{
	add(array, text_value(value));
}

void
json_add_number(struct json *array, gint64 value)
{
	add(array, json_integer(value));
}

void
json_add(struct json *array, struct json *child)
{
	add(array, inner(child));
}

/* JSON allows them raw, but a terminal acts on them: DEL, C1 controls, bidi controls, line and paragraph separators. */
static gboolean
is_active(gunichar c)
{
	return (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *
json_print(const struct json *json, gboolean indented)
{
	char *text = json_dumps(inner(json), indented ? JSON_INDENT(2) : JSON_COMPACT);
	GString *out = g_string_new(NULL);
	const char *done = text;

	g_assert(text != NULL);
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c;

		if ((guchar)*at < 0x7f)
			continue;
		c = g_utf8_get_char(at);
		if (!is_active(c))
			continue;
		g_string_append_len(out, done, at - done);
		g_string_append_printf(out, "\\u%04X", c); /* outside ASCII there are only strings, where this means the same */
		done = g_utf8_next_char(at);
	}
	g_string_append(out, done);
	if (indented)
		g_string_append_c(out, '\n');
	free(text);
	return g_string_free(out, FALSE);
}
