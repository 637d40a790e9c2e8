/* What stands between a text and PCRE2: an expression of a rule file, of which tables are made that must not hide what PCRE2 finds; those tables as bytes of
 * rules.cache, which a disk may have changed, alone and among the whole of it. Each is refused, or is safe to use. */
#include "base/pattern.h"
#include "base/text.h"
#include "rules/compiled.h"
#include "rules/compiledform.h"
#include "rules/gate.h"
#include "rules/starttable.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] =
    "[taxonomy t]\n[words one]\nword = cat; wild cat*\n[words two]\nword = <one>; dog; ?\n[mask]\npattern = /\\bs+\\b/\n"
    "[workstream w]\nkeyword = <one> ~3 <two> | hen ~s end\n[series w.rec]\nrange = 1-20\nnumber.en = one; two\npattern = /\\bitem *{list}/\n"
    "[topic w.a]\nlikely = ? | fox\nnot = cat ~2 dog\npattern = /\\b(?:when|why)\\b[^?]{0,40}\\?/\n[intent i]\npattern = /[^i]n+d|x?y/\n";
static const char letter[] = "A cat and a dog. End: when, item one and 2, the fox? Hens yynd. Sss why?";

static struct record *
classified(const struct ruleset *ruleset)
{
	struct record *record = record_new();

	record_add_passage(record, PASSAGE_SUBJECT, 0, "", 0);
	record_add_passage(record, PASSAGE_NEW, 0, letter, -1);
	record->words = 20;
	ruleset_classify(ruleset, record, 1550000000);
	return record;
}

/* Four bytes a change: where in the tables of beginnings, the gates and the patterns, and what is added. Of the rest the sum tells. */
static void
take_cache(const uint8_t *data, size_t size)
{
	static GBytes *whole;
	g_autoptr(Ruleset) ruleset = NULL;
	g_autoptr(Record) record = NULL;
	g_autoptr(GBytes) bytes = NULL;
	guint8 *copy;
	gsize length, tables;

	if (whole == NULL) {
		g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);

		g_ptr_array_add(sources, rule_source_new("fuzz", rules, -1));
		ruleset = ruleset_new(sources, NULL);
		whole = ruleset_to_bytes(ruleset);
		g_clear_pointer(&ruleset, ruleset_free);
	}
	copy = g_memdup2(g_bytes_get_data(whole, &length), g_bytes_get_size(whole));
	tables = ((const struct packed_head *)copy)->blocks[BLOCK_STARTS].at;
	for (size_t i = 0; i + 4 <= size && i < 32; i += 4)
		copy[tables + (data[i] + 256u * data[i + 1] + 65536u * data[i + 2]) % (length - tables)] += data[i + 3];
	bytes = g_bytes_new_take(copy, length);
	ruleset = ruleset_from_bytes(bytes, NULL);
	if (ruleset != NULL)
		record = classified(ruleset);
}

static void
take_gate(const uint8_t *data, size_t size)
{
	g_autofree guint8 *copy = g_memdup2(data, size), *codes = gate_codes(letter, strlen(letter));

	if (copy == NULL || !gate_is_sound(copy, size))
		return;
	for (gsize at = 0; at <= strlen(letter); at++)
		gate_admits(copy, codes, strlen(letter), at);
}

static void
take_starts(const uint8_t *data, size_t size)
{
	g_autofree guint8 *copy = g_memdup2(data, size & ~(size_t)7);
	g_autofree guint32 *keys = starts_keys(letter, strlen(letter));
	struct starts *starts = copy != NULL ? starts_from_bytes(copy, size & ~(size_t)7) : NULL;

	for (gsize at = 0; starts != NULL && at < strlen(letter); at++)
		at = starts_next(starts, keys, letter, strlen(letter), at);
	starts_free(starts);
}

/* Up to the first line feed an expression, behind it a text. */
static void
take_expression(const uint8_t *data, size_t size)
{
	g_autofree char *all = g_utf8_make_valid((const char *)data, (gssize)size), *expression = NULL;
	g_auto(Folded) text = {NULL, 0, NULL}, folded = {NULL, 0, NULL};
	g_autoptr(Pattern) pattern = NULL;
	g_autoptr(GBytes) gate = NULL;
	struct starts *starts;

	expression = g_strndup(all, strcspn(all, "\n"));
	text_fold(expression, -1, &folded);
	text_fold(all + strcspn(all, "\n"), -1, &text);
	gate = gate_new(folded.text);
	starts = starts_new(folded.text);
	pattern = pattern_new(folded.text, TRUE, NULL, NULL);
	if (gate != NULL && !gate_is_sound(g_bytes_get_data(gate, NULL), g_bytes_get_size(gate)))
		abort();
	if (pattern != NULL && (gate != NULL || starts != NULL)) {
		g_autofree guint8 *codes = gate_codes(text.text, text.length);
		g_autofree guint32 *keys = starts_keys(text.text, text.length);

		for (gsize at = 0; at <= text.length && at < 200; at++) {
			struct pattern_span span;

			if (((guchar)text.text[at] & 0xc0) == 0x80 || pattern_match_here(pattern, text.text, text.length, at, &span, 1) != PATTERN_MATCH)
				continue;
			if ((gate != NULL && !gate_admits(g_bytes_get_data(gate, NULL), codes, text.length, at)) ||
			    (starts != NULL && starts_next(starts, keys, text.text, text.length, at) != at))
				abort();
		}
	}
	starts_free(starts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 1)
		take_cache(data + 1, size - 1);
	else if (data[0] == 2)
		take_gate(data + 1, size - 1);
	else if (data[0] == 3)
		take_starts(data + 1, size - 1);
	else
		take_expression(data, size);
	return 0;
}
