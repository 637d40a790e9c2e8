#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static struct pattern *
pattern_of(pcre2_code *code)
{
	struct pattern *pattern = g_new0(struct pattern, 1);

	pattern->code = code;
	return pattern;
}

/* Bytes of a quantifier at P that follows one character; 0: there is none that every PCRE2 knows. */
static gsize
quantifier_length(const char *p)
{
	gsize length = strchr("*+?", *p) != NULL && *p != '\0';

	if (*p == '{' && g_ascii_isdigit(p[1])) {
		gsize inside = strspn(p + 1, "0123456789,");

		length = p[1 + inside] == '}' ? inside + 2 : 0;
	}
	return length + (length > 0 && (p[length] == '?' || p[length] == '+'));
}

/* Bytes of the class at P, from "[" to "]"; 0: it does not end. */
static gsize
class_length(const char *p)
{
	const char *at = p + 1 + (p[1] == '^');

	at += *at == ']';
	while (*at != ']' && *at != '\0') {
		if (*at == '\\' && at[1] != '\0') {
			at += 2;
		} else if (*at == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '=')) {
			const char close[] = {at[1], ']', '\0'}, *end = strstr(at + 2, close);

			at = end != NULL ? end + 2 : at + 1;
		} else {
			at++;
		}
	}
	return *at == ']' ? (gsize)(at + 1 - p) : 0;
}

/* EXPRESSION with [\s\S] as "any character", of which PCRE2 does not ask what each one is; NULL: nothing in it is to be changed. Caller frees. */
static char *
with_any(const char *expression)
{
	/* where a bracket may be none, or a comment has one */
	static const char *const strange[] = {"\\Q", "\\E", "\\c", "#", "(*"};
	g_autoptr(GString) out = NULL;

	if (strstr(expression, "[\\s\\S]") == NULL && strstr(expression, "[\\S\\s]") == NULL)
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(strange); i++)
		if (strstr(expression, strange[i]) != NULL)
			return NULL;
	out = g_string_new(NULL);
	for (const char *p = expression; *p != '\0';) {
		gsize length = *p == '\\' && p[1] != '\0' ? 2 : 1;
		const char *next;

		if (g_str_has_prefix(p, "[\\s\\S]") || g_str_has_prefix(p, "[\\S\\s]")) {
			p += strlen("[\\s\\S]");
			length = quantifier_length(p);
			g_string_append(out, "(?s:.");
			g_string_append_len(out, p, length);
			g_string_append_c(out, ')');
			p += length;
			/* a second one is wrong, but would not be behind a group */
			if (length > 0 && *(next = p + strspn(p, " \t\n\v\f\r")) != '\0' && strchr("*+?{", *next) != NULL)
				return NULL;
			continue;
		}
		if (*p == '[' && (length = class_length(p)) == 0)
			return NULL;
		g_string_append_len(out, p, length);
		p += length;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

struct pattern *
pattern_new(const char *expression, gboolean caseless, gsize *offset, GError **error)
{
	g_autofree char *quick = with_any(expression);
	guint32 options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | (caseless ? PCRE2_CASELESS : 0);
	int code;
	PCRE2_SIZE where;
	pcre2_code *compiled = quick != NULL ? pcre2_compile((PCRE2_SPTR)quick, PCRE2_ZERO_TERMINATED, options, &code, &where, NULL) : NULL;
	PCRE2_UCHAR message[160] = "";

	if (compiled == NULL) /* as it was written, for the place of an error too */
		compiled = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options, &code, &where, NULL);
	if (compiled != NULL)
		return pattern_of(compiled);
	pcre2_get_error_message(code, message, sizeof message);
	if (offset != NULL)
		*offset = where;
	g_set_error_literal(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, (const char *)message);
	return NULL;
}

GBytes *
pattern_to_bytes(const struct pattern *pattern)
{
	const pcre2_code *code = pattern->code;
	uint8_t *data = NULL;
	PCRE2_SIZE length = 0;
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	if (pcre2_serialize_encode(&code, 1, &data, &length, NULL) != 1)
		return NULL;
	g_byte_array_append(bytes, data, length);
	pcre2_serialize_free(data);
	g_byte_array_set_size(bytes, (length + 7) & ~(gsize)7);
	memset(bytes->data + length, 0, bytes->len - length);
	return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

struct pattern *
pattern_from_bytes(gconstpointer data)
{
	pcre2_code *code = NULL;

	return pcre2_serialize_decode(&code, 1, data, NULL) == 1 ? pattern_of(code) : NULL;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_match_data_free(pattern->data);
	pcre2_match_context_free(pattern->context);
	pcre2_code_free(pattern->code);
	g_free(pattern);
}

int
pattern_group(const struct pattern *pattern, const char *name)
{
	int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);

	return number > 0 ? number : -1;
}

static gboolean
prepare(struct pattern *pattern)
{
	if (pattern->data != NULL)
		return TRUE;
	pattern->data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	pattern->context = pcre2_match_context_create(NULL);
	if (pattern->data == NULL || pattern->context == NULL)
		return FALSE;
	pcre2_set_match_limit(pattern->context, LIMIT_PATTERN_MATCH);
	pcre2_set_depth_limit(pattern->context, LIMIT_PATTERN_DEPTH);
	pcre2_set_heap_limit(pattern->context, LIMIT_PATTERN_HEAP);
	return TRUE;
}

static enum pattern_result
match(struct pattern *pattern, const char *text, gsize length, gsize start, guint32 options, struct pattern_span *spans, guint n_spans)
{
	int found;

	if (!prepare(pattern))
		return PATTERN_LIMIT;
	found = pcre2_match(pattern->code, (PCRE2_SPTR)text, length, start, options, pattern->data, pattern->context);
	if (found == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO_MATCH;
	if (found < 0)
		return PATTERN_LIMIT;

	const PCRE2_SIZE *vector = pcre2_get_ovector_pointer(pattern->data);

	for (guint i = 0; i < n_spans; i++) {
		gboolean set = i < (guint)found && vector[2 * i] != PCRE2_UNSET;

		spans[i].start = set ? vector[2 * i] : G_MAXSIZE;
		spans[i].end = set ? vector[2 * i + 1] : G_MAXSIZE;
	}
	return PATTERN_MATCH;
}

enum pattern_result
pattern_match(struct pattern *pattern, const char *text, gsize length, gsize start, struct pattern_span *spans, guint n_spans)
{
	return match(pattern, text, length, start, PCRE2_NO_UTF_CHECK, spans, n_spans);
}

enum pattern_result
pattern_match_here(struct pattern *pattern, const char *text, gsize length, gsize start, struct pattern_span *spans, guint n_spans)
{
	return match(pattern, text, length, start, PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED, spans, n_spans);
}
