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

struct pattern *
pattern_new(const char *expression, gboolean caseless, gsize *offset, GError **error)
{
	guint32 options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | (caseless ? PCRE2_CASELESS : 0);
	int code;
	PCRE2_SIZE where;
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options, &code, &where, NULL);
	PCRE2_UCHAR message[160] = "";

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
