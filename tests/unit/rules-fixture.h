/* For tests of the rules room: rulesets from text, messages from passages, and what they were filed as, in words. Included after cmocka.h. */
#ifndef TESTS_RULES_FIXTURE_H
#define TESTS_RULES_FIXTURE_H

#include "base/text.h"
#include "rules/ruleset.h"

#define NOW G_GINT64_CONSTANT(1550000000) /* 2019-02-12 */

static inline struct ruleset *
ruleset_of(const char *text, const char *second)
{
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autoptr(GError) error = NULL;
	struct ruleset *ruleset;

	g_ptr_array_add(sources, rule_source_new("rules/one.rules", text, -1));
	if (second != NULL)
		g_ptr_array_add(sources, rule_source_new("rules/two.rules", second, -1));
	ruleset = ruleset_new(sources, &error);
	if (error != NULL)
		print_error("%s\n", error->message);
	assert_non_null(ruleset);
	return ruleset;
}

static inline struct record *
message_of(const char *subject, const char *text)
{
	struct record *record = record_new();

	record_add_passage(record, PASSAGE_SUBJECT, 0, subject, -1);
	record_add_passage(record, PASSAGE_NEW, 0, text, -1);
	record->words = text_count_words(text);
	return record;
}

/* "ws2 ws2.isms? intent:question": filings in their order, the suggested ones with a question mark. Caller frees. */
static inline char *
filings_of(const struct record *record)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		if (out->len > 0)
			g_string_append_c(out, ' ');
		if (filing->type > TARGET_TOPIC)
			g_string_append_printf(out, "%s:", target_name(filing->type));
		g_string_append_printf(out, "%s%s", filing->id, filing->tier == TIER_SUGGESTED ? "?" : "");
	}
	return g_string_free(out, FALSE);
}

/* A line for each piece of evidence: "topic ws2.isms firm keyword "ISMS" one.rules:4 1:10+4 [ISMS]". Caller frees. */
static inline char *
evidence_of(const struct record *record)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < record->evidence->len; i++) {
		const struct record_evidence *piece = g_ptr_array_index(record->evidence, i);

		g_string_append_printf(out, "%s %s %s %s \"%s\" %s:%u %d:%u+%u [%s]\n", target_name(piece->type), piece->id, tier_name(piece->tier), piece->key,
		    piece->rule, piece->file, piece->line, piece->passage, piece->offset, piece->length, piece->words != NULL ? piece->words : "");
	}
	return g_string_free(out, FALSE);
}

static inline void
assert_filed(const struct ruleset *ruleset, struct record *record, const char *expected)
{
	g_autofree char *filings = NULL;

	ruleset_classify(ruleset, record, NOW);
	filings = filings_of(record);
	assert_string_equal(filings, expected);
}

static inline void
assert_text_filed(const struct ruleset *ruleset, const char *text, const char *expected)
{
	g_autoptr(Record) record = message_of("", text);

	assert_filed(ruleset, record, expected);
}

#endif
