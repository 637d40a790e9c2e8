/*
 * What rules cost: reading a rule file, and matching texts of 4.6 kB with 20, 500 and 2,000 rules, with the literal prefilter and without; the same with 300
 * lists of 40 words and 1,000 phrases "<list> ~12 <list>".
 *
 *     match [-t TEXTS] [RULEFILE...]
 *
 * Without -t the texts are made of invented words as frequent as words are in mail; TEXTS is a file of plain text, cut into pieces. Rules are made
 * of the texts' own words, one in four as they stand in some text; RULEFILEs are measured as they are.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "rules/ruleset.h"

#define TEXTS 2000
#define TEXT_BYTES 4600
#define WORDS 8000
#define LISTS 300
#define LIST_WORDS 40
#define LIST_PHRASES 1000
#define NOW G_GINT64_CONSTANT(1550000000)

/* The rarer, the longer. */
static char *
invent_word(GRand *random, guint rank)
{
	static const char *const onsets[] = {"b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl", "ch", ""};
	static const char *const nuclei[] = {"a", "e", "i", "o", "u", "ea", "io"};
	static const char *const codas[] = {"", "", "n", "r", "s", "t", "nt", "ng", "l", "d"};
	GString *word = g_string_new(NULL);

	for (guint i = rank < 50 ? 1 : 2 + rank / 3000; i > 0; i--) {
		g_string_append(word, onsets[g_rand_int_range(random, 0, G_N_ELEMENTS(onsets))]);
		g_string_append(word, nuclei[g_rand_int_range(random, 0, G_N_ELEMENTS(nuclei))]);
		g_string_append(word, codas[g_rand_int_range(random, 0, G_N_ELEMENTS(codas))]);
	}
	return g_string_free(word, FALSE);
}

/* Words by Zipf's law. */
static char *
invent_text(GRand *random, const GPtrArray *words)
{
	GString *text = g_string_new(NULL);

	for (int column = 0; text->len < TEXT_BYTES;) {
		const char *word = g_ptr_array_index(words, (guint)exp(g_rand_double(random) * log(words->len)) - 1);

		g_string_append(text, word);
		column += strlen(word) + 1;
		g_string_append_c(text, column > 70 ? '\n' : ' ');
		column = column > 70 ? 0 : column;
	}
	return g_string_free(text, FALSE);
}

static GPtrArray *
make_texts(GRand *random)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < WORDS; i++)
		g_ptr_array_add(words, invent_word(random, i));
	for (guint i = 0; i < TEXTS; i++)
		g_ptr_array_add(texts, invent_text(random, words));
	return texts;
}

static GPtrArray *
read_texts(const char *path)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *all = NULL, *valid = NULL;
	gsize length;

	if (!g_file_get_contents(path, &all, &length, NULL))
		return texts;
	valid = g_utf8_make_valid(all, length);
	for (const char *p = valid, *last = valid + strlen(valid) - TEXT_BYTES - 4; texts->len < TEXTS && p < last;) {
		const char *end = p + TEXT_BYTES;

		while ((*end & 0xc0) == 0x80)
			end++;
		g_ptr_array_add(texts, g_strndup(p, end - p));
		p = end;
	}
	return texts;
}

static char *
telling_word(const char **p)
{
	gsize letters = 0;

	*p += strcspn(*p, " \n");
	*p += strspn(*p, " \n");
	while (g_ascii_isalpha((*p)[letters]))
		letters++;
	return letters > 5 && letters < 30 ? g_strndup(*p, letters) : NULL;
}

/* Two words of one text, or one word each of two texts, which seldom stand together. */
static char *
make_phrase(GRand *random, const GPtrArray *texts, gboolean together)
{
	for (;;) {
		const char *one = g_ptr_array_index(texts, g_rand_int_range(random, 0, texts->len));
		const char *two = g_ptr_array_index(texts, g_rand_int_range(random, 0, texts->len));
		g_autofree char *first = NULL, *second = NULL;

		one += g_rand_int_range(random, 0, TEXT_BYTES / 2);
		two += g_rand_int_range(random, 0, TEXT_BYTES / 2);
		first = telling_word(&one);
		second = telling_word(together ? &one : &two);
		if (first != NULL && second != NULL)
			return g_strdup_printf("%s %s", first, second);
	}
}

static char *
make_rules(GRand *random, const GPtrArray *texts, guint count)
{
	GString *file = g_string_new("[taxonomy bench]\n[workstream w]\n");

	for (guint i = 0; i < count; i++) {
		g_autofree char *phrase = make_phrase(random, texts, i % 4 == 0);

		if (i % 20 == 0)
			g_string_append_printf(file, "\n[topic w.t%u]\nkeyword = ", i / 20);
		g_string_append_printf(file, "%s%s", phrase, i % 20 == 19 ? "" : i % 6 == 5 ? ";\n  " : "; ");
	}
	return g_string_free(file, FALSE);
}

/* Lists of words as they stand in texts, one in ten a single word, and phrases that bring two or three of them together. */
static char *
make_list_rules(GRand *random, const GPtrArray *texts)
{
	GString *file = g_string_new("[taxonomy bench]\n[workstream w]\n");

	for (guint i = 0; i < LISTS; i++) {
		g_string_append_printf(file, "\n[words l%u]\nword = ", i);
		for (guint j = 0; j < LIST_WORDS; j++) {
			g_autofree char *phrase = make_phrase(random, texts, j % 4 == 0);

			if (j % 10 == 0)
				*strchr(phrase, ' ') = '\0';
			g_string_append_printf(file, "%s%s%s", phrase, j % 5 == 0 ? "*" : "", j + 1 == LIST_WORDS ? "\n" : j % 8 == 7 ? ";\n  " : "; ");
		}
	}
	for (guint i = 0; i < LIST_PHRASES; i++) {
		if (i % 20 == 0)
			g_string_append_printf(file, "\n[topic w.t%u]\n", i / 20);
		g_string_append_printf(file, "likely = <l%d> ~12 <l%d>", g_rand_int_range(random, 0, LISTS), g_rand_int_range(random, 0, LISTS));
		if (i % 4 == 0)
			g_string_append_printf(file, " ~s <l%d>", g_rand_int_range(random, 0, LISTS));
		g_string_append_c(file, '\n');
	}
	return g_string_free(file, FALSE);
}

static double
milliseconds_since(gint64 start)
{
	return (g_get_monotonic_time() - start) / 1000.0;
}

static struct ruleset *
load(const GPtrArray *sources, double *best)
{
	struct ruleset *ruleset = NULL;

	*best = HUGE_VAL;
	for (int i = 0; i < 20; i++) {
		gint64 start = g_get_monotonic_time();
		g_autoptr(GError) error = NULL;

		ruleset_free(ruleset);
		ruleset = ruleset_new(sources, &error);
		*best = MIN(*best, milliseconds_since(start));
		if (ruleset == NULL) {
			fprintf(stderr, "match: %s\n", error->message);
			return NULL;
		}
	}
	return ruleset;
}

/* Microseconds a message, and evidence found in all. */
static double
classify_all(const struct ruleset *ruleset, const GPtrArray *texts, guint limit, gboolean filtered, guint *evidence)
{
	gint64 spent = 0;
	guint n = MIN(limit, texts->len);

	*evidence = 0;
	for (guint i = 0; i < n; i++) {
		g_autoptr(Record) record = record_new();
		gint64 start;

		record_add_passage(record, PASSAGE_SUBJECT, 0, "A subject", -1);
		record_add_passage(record, PASSAGE_NEW, 0, g_ptr_array_index(texts, i), -1);
		record->words = 700;
		start = g_get_monotonic_time();
		if (filtered)
			ruleset_classify(ruleset, record, NOW);
		else
			ruleset_classify_unfiltered(ruleset, record, NOW);
		spent += g_get_monotonic_time() - start;
		*evidence += record->evidence->len;
	}
	return n > 0 ? (double)spent / n : 0;
}

static void
measure(const char *name, const GPtrArray *sources, const GPtrArray *texts)
{
	double parse, first, filtered, all;
	guint evidence, evidence_all;
	struct ruleset *ruleset = load(sources, &parse);

	if (ruleset == NULL)
		return;
	first = classify_all(ruleset, texts, 1, TRUE, &evidence);
	filtered = classify_all(ruleset, texts, TEXTS, TRUE, &evidence);
	all = classify_all(ruleset, texts, 200, FALSE, &evidence_all);
	printf("%-12s %5u rules  read in %6.2f ms  first message %7.1f us  a message %7.1f us, without the prefilter %8.1f us  evidence %.1f a message\n", name,
	    ruleset_count_rules(ruleset), parse, first, filtered, all, texts->len > 0 ? (double)evidence / texts->len : 0);
	ruleset_free(ruleset);
}

int
main(int argc, char **argv)
{
	static const guint counts[] = {20, 500, 2000};
	g_autoptr(GRand) random = g_rand_new_with_seed(42);
	gboolean given = argc > 2 && strcmp(argv[1], "-t") == 0;
	g_autoptr(GPtrArray) texts = given ? read_texts(argv[2]) : make_texts(random);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);

	printf("%u texts of %d bytes\n", texts->len, TEXT_BYTES);
	if (texts->len == 0)
		return 1;
	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
		g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
		g_autofree char *rules = make_rules(random, texts, counts[i]);

		g_ptr_array_add(sources, rule_source_new("made", rules, -1));
		measure("made", sources, texts);
	}
	g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autofree char *list_rules = make_list_rules(random, texts);

	g_ptr_array_add(lists, rule_source_new("lists", list_rules, -1));
	measure("lists", lists, texts);
	for (int i = given ? 3 : 1; i < argc; i++) {
		g_autofree char *text = NULL;

		if (g_file_get_contents(argv[i], &text, NULL, NULL))
			g_ptr_array_add(files, rule_source_new(argv[i], text, -1));
	}
	if (files->len > 0)
		measure("files", files, texts);
	return 0;
}
