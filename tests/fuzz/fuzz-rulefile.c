/* Rule files are written by staff, but a file half saved, or pasted from anywhere, must give an error and no more; what is read must also run. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "rules/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autoptr(GError) error = NULL, pattern_error = NULL;
	g_autoptr(Ruleset) ruleset = NULL;
	g_autoptr(Record) record = NULL;
	g_autofree char *text = NULL;

	g_ptr_array_add(sources, rule_source_new("fuzz", (const char *)data, size));
	ruleset = ruleset_new(sources, &error);
	if ((ruleset == NULL) != (error != NULL))
		__builtin_trap();
	if (ruleset == NULL)
		return 0;
	if (!ruleset_check(ruleset, &pattern_error) && pattern_error == NULL)
		__builtin_trap();
	ruleset_test(ruleset, NULL, NULL);
	/* the file is a text that its own rules match */
	text = g_utf8_make_valid((const char *)data, size);
	record = record_new();
	record_add_passage(record, PASSAGE_SUBJECT, 0, "", 0);
	record_add_passage(record, PASSAGE_NEW, 0, text, -1);
	record->words = text_count_words(text);
	ruleset_classify(ruleset, record, 1550000000);
	return 0;
}
