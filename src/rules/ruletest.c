#include <string.h>

#include "base/text.h"
#include "rules/rulefile.h"

#define DAY (24 * 60 * 60)
#define SOME_DAY G_GINT64_CONSTANT(1262304000) /* 2010-01-01: for rules that name no date at all */

/* A day on which the section counts: the one before its until, else its since, else one on which its taxonomy is in force. */
static gint64
day_for(const struct ruleset *ruleset, const struct rule_section *section)
{
	const struct rule_file *file = ruleset_file(ruleset, section->file);
	gint64 until = MIN(section->until, file->before), since = MAX(section->since, file->since);

	if (section->until != G_MAXINT64 || (file->before != G_MAXINT64 && section->since == G_MININT64))
		return until - DAY;
	return since != G_MININT64 ? since : SOME_DAY;
}

/* A message with just this text: [kind] looks at its subject too. */
static struct record *
message_with(const char *text, gboolean as_subject)
{
	struct record *record = record_new();

	record_add_passage(record, PASSAGE_SUBJECT, 0, as_subject ? text : "", -1);
	record_add_passage(record, PASSAGE_NEW, 0, text, -1);
	record->words = text_count_words(text);
	return record;
}

/* Two taxonomies may have the same id. */
static gboolean
has_filing(const struct record *record, const struct rule_target *target)
{
	for (guint i = 0; i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		if (filing->type == target->type && strcmp(filing->id, target->id) == 0 && strcmp(filing->taxonomy, target->taxonomy) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Series tests without a number mean any item. */
static gboolean
is_filed(const struct ruleset *ruleset, const struct rule_test *test, const struct rule_section *section, const struct record *record)
{
	const struct rule_series *series;

	if (section->type == SECTION_KIND)
		return record->kind == section->kind;
	if (section->type != SECTION_SERIES || test->item > 0)
		return has_filing(record, ruleset_target(ruleset, rule_section_target(ruleset, section, test->item)));
	series = &g_array_index(ruleset->series, struct rule_series, section->series);
	for (guint n = series->first; n <= series->last; n++)
		if (has_filing(record, ruleset_target(ruleset, rule_section_target(ruleset, section, n))))
			return TRUE;
	return FALSE;
}

/* What the message was filed under of the kind of thing that was tested: "fares fares.season (suggested)". */
static char *
describe(const struct record *record, enum section_type type)
{
	GString *out = g_string_new(NULL);

	if (type == SECTION_KIND || record->kind != KIND_INPUT)
		g_string_append_printf(out, "kind %s (%s)", kind_name(record->kind), record->kind_reason);
	for (guint i = 0; type != SECTION_KIND && i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		g_string_append_printf(out, "%s%s%s", out->len > 0 ? "; " : "", filing->id, filing->tier == TIER_SUGGESTED ? " (suggested)" : "");
	}
	if (out->len == 0)
		g_string_append(out, "nothing");
	return g_string_free(out, FALSE);
}

static gboolean
run_test(const struct ruleset *ruleset, const struct rule_test *test, ruleset_test_report report, gpointer data)
{
	const struct rule_section *section = ruleset_section(ruleset, test->section);
	g_autoptr(Record) record = message_with(test->text, section->type == SECTION_KIND);
	g_autofree char *got = NULL, *id = NULL;
	gboolean passed;

	ruleset_classify(ruleset, record, test->has_day ? test->day : day_for(ruleset, section));
	passed = is_filed(ruleset, test, section, record) == test->accept;
	got = describe(record, section->type);
	id = test->item > 0 ? g_strdup_printf("%s%u", section->name, test->item) : g_strdup(section->name);
	if (report != NULL)
		report(data, passed, ruleset_file(ruleset, section->file)->name, test->line, id, test->accept, test->text, got);
	return passed;
}

guint
ruleset_test(const struct ruleset *ruleset, ruleset_test_report report, gpointer data)
{
	guint failed = 0;

	for (guint i = 0; i < ruleset->tests->len; i++)
		failed += !run_test(ruleset, &g_array_index(ruleset->tests, struct rule_test, i), report, data);
	return failed;
}
