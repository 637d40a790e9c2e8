/*
 * What rules cost: reading a rule file, and matching texts of 4.6 kB with 100, 500 and 2,000 rules, with the literal prefilter and without; the same with 300
 * lists of 40 words and 1,000 phrases "<list> ~12 <list>". Beside them the same phrases as patterns: of PCRE2 with its JIT, one after the other, and, where
 * libhs.so.5 is installed, of Hyperscan, all at once.
 *
 *     match [-t TEXTS] [-w PREFIX] [RULEFILE...]
 *
 * Without -t the texts are made of invented words as frequent as words are in mail; TEXTS is a file of plain text, cut into pieces. Rules are made
 * of the texts' own words, one in four as they stand in some text, and written to PREFIX-NUMBER.rules; RULEFILEs are measured as they are.
 * Lines that begin with "table" are for bench/rules.sh: rules, and microseconds a text of ours, of PCRE2, of Hyperscan (0: not there).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <dlfcn.h>
#include <math.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "rules/ruleset.h"

#define TEXTS 2000
#define UNFILTERED 10 /* texts matched without the prefilter, which is slow */
#define TEXT_BYTES 4600
#define WORDS 8000
#define LISTS 300
#define LIST_WORDS 40
#define LIST_PHRASES 1000
#define NOW G_GINT64_CONSTANT(1550000000)

/* Processor time in us: what else runs must not count. */
static gint64
used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (gint64)t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

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

static GPtrArray *
make_phrases(GRand *random, const GPtrArray *texts, guint count)
{
	GPtrArray *phrases = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < count; i++)
		g_ptr_array_add(phrases, make_phrase(random, texts, i % 4 == 0));
	return phrases;
}

static char *
make_rules(const GPtrArray *phrases)
{
	GString *file = g_string_new("[taxonomy bench]\ntitle = Benchmark\n\n[workstream w]\ntitle = All\n");

	for (guint i = 0; i < phrases->len; i++) {
		if (i % 20 == 0)
			g_string_append_printf(file, "\n[topic w.t%u]\ntitle = Topic %u\nkeyword = ", i / 20, i / 20);
		g_string_append_printf(file, "%s%s", (const char *)g_ptr_array_index(phrases, i), i % 20 == 19 ? "" : i % 6 == 5 ? ";\n  " : "; ");
	}
	return g_string_free(file, FALSE);
}

/* What matches a phrase as a rule does: between words, in any case, with any white space or hyphen for a space. */
static char *
pattern_of(const char *phrase)
{
	g_auto(GStrv) words = g_strsplit(phrase, " ", -1);
	g_autofree char *joined = g_strjoinv("[-\\s]+", words);

	return g_strconcat("\\b", joined, "\\b", NULL);
}

/* Microseconds a text of all patterns one after the other; each is found once at most, as more would be the same evidence. */
static double
match_by_pcre2(const GPtrArray *phrases, const GPtrArray *texts, guint limit, double *found)
{
	g_autoptr(GPtrArray) codes = g_ptr_array_new_with_free_func((GDestroyNotify)pcre2_code_free);
	pcre2_match_data *match = pcre2_match_data_create(8, NULL);
	guint n = MIN(limit, texts->len), hits = 0;
	gint64 start;

	for (guint i = 0; i < phrases->len; i++) {
		g_autofree char *pattern = pattern_of(g_ptr_array_index(phrases, i));
		PCRE2_SIZE at;
		int error;
		pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_CASELESS | PCRE2_UTF, &error, &at, NULL);

		if (code == NULL || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
			g_error("no JIT for %s", pattern);
		g_ptr_array_add(codes, code);
	}
	start = used();
	for (guint i = 0; i < n; i++) {
		const char *text = g_ptr_array_index(texts, i);
		gsize length = strlen(text);

		for (guint j = 0; j < codes->len; j++)
			hits += pcre2_jit_match(g_ptr_array_index(codes, j), (PCRE2_SPTR)text, length, 0, 0, match, NULL) > 0;
	}
	*found = n > 0 ? (double)hits / n : 0;
	pcre2_match_data_free(match);
	return n > 0 ? (double)(used() - start) / n : 0;
}

/* What is used of libhs.so.5, found at run time so that nothing needs it; see hs_compile.h and hs_runtime.h of Hyperscan 5. */
#define HS_FLAG_CASELESS 1
#define HS_FLAG_SINGLEMATCH 8
#define HS_MODE_BLOCK 1

struct hyperscan {
	int (*compile)(const char *const *patterns, const unsigned *flags, const unsigned *ids, unsigned count, unsigned mode, const void *platform,
	    void **database, void **error);
	int (*alloc)(const void *database, void **scratch);
	int (*scan)(const void *database, const char *data, unsigned length, unsigned flags, void *scratch,
	    int (*met)(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context), void *context);
};

static int
count_match(unsigned id G_GNUC_UNUSED, unsigned long long from G_GNUC_UNUSED, unsigned long long to G_GNUC_UNUSED, unsigned flags G_GNUC_UNUSED, void *count)
{
	++*(guint *)count;
	return 0;
}

/* Microseconds a text, or 0 where the library is not installed. */
static double
match_by_hyperscan(const GPtrArray *phrases, const GPtrArray *texts, guint limit, double *found)
{
	void *library = dlopen("libhs.so.5", RTLD_NOW), *database = NULL, *error = NULL, *scratch = NULL;
	g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
	g_autofree unsigned *flags = g_new(unsigned, phrases->len), *ids = g_new(unsigned, phrases->len);
	struct hyperscan hs;
	guint n = MIN(limit, texts->len), hits = 0;
	gint64 start;

	if (library == NULL)
		return 0;
	*(void **)&hs.compile = dlsym(library, "hs_compile_multi");
	*(void **)&hs.alloc = dlsym(library, "hs_alloc_scratch");
	*(void **)&hs.scan = dlsym(library, "hs_scan");
	for (guint i = 0; i < phrases->len; i++) {
		g_ptr_array_add(patterns, pattern_of(g_ptr_array_index(phrases, i)));
		flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
		ids[i] = i;
	}
	if (hs.compile == NULL || hs.alloc == NULL || hs.scan == NULL ||
	    hs.compile((const char *const *)patterns->pdata, flags, ids, phrases->len, HS_MODE_BLOCK, NULL, &database, &error) != 0 ||
	    hs.alloc(database, &scratch) != 0)
		return 0;
	start = used();
	for (guint i = 0; i < n; i++) {
		const char *text = g_ptr_array_index(texts, i);

		if (hs.scan(database, text, (unsigned)strlen(text), 0, scratch, count_match, &hits) != 0)
			return 0;
	}
	*found = n > 0 ? (double)hits / n : 0;
	return n > 0 ? (double)(used() - start) / n : 0;
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

static int
by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double
milliseconds_since(gint64 start)
{
	return (used() - start) / 1000.0;
}

static struct ruleset *
load(const GPtrArray *sources, double *best)
{
	struct ruleset *ruleset = NULL;

	*best = HUGE_VAL;
	for (int i = 0; i < 20; i++) {
		gint64 start = used();
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
		start = used();
		if (filtered)
			ruleset_classify(ruleset, record, NOW);
		else
			ruleset_classify_unfiltered(ruleset, record, NOW);
		spent += used() - start;
		*evidence += record->evidence->len;
	}
	return n > 0 ? (double)spent / n : 0;
}

static double
measure(const char *name, const GPtrArray *sources, const GPtrArray *texts)
{
	double parse, first, filtered, all;
	guint evidence, evidence_all;
	struct ruleset *ruleset = load(sources, &parse);

	if (ruleset == NULL)
		return 0;
	first = classify_all(ruleset, texts, 1, TRUE, &evidence);
	filtered = classify_all(ruleset, texts, TEXTS, TRUE, &evidence);
	all = classify_all(ruleset, texts, UNFILTERED, FALSE, &evidence_all);
	printf("%-12s %5u rules  read in %6.2f ms  first message %7.1f us  a message %7.1f us, without the prefilter %8.1f us  evidence %.1f a message\n", name,
	    ruleset_count_rules(ruleset), parse, first, filtered, all, texts->len > 0 ? (double)evidence / texts->len : 0);
	ruleset_free(ruleset);
	return filtered;
}

/* COUNT made rules, by all ways in turn; medians of three turns. */
static void
compare_ways(GRand *random, const GPtrArray *texts, guint count, const char *prefix)
{
	g_autoptr(GPtrArray) phrases = make_phrases(random, texts, count), sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autofree char *rules = make_rules(phrases), *path = g_strdup_printf("%s-%u.rules", prefix != NULL ? prefix : "", count);
	double times[3][3], found[3] = {0};

	if (prefix != NULL && !g_file_set_contents(path, rules, -1, NULL))
		g_error("%s cannot be written", path);
	g_ptr_array_add(sources, rule_source_new("made", rules, -1));
	for (guint i = 0; i < 3; i++) {
		times[0][i] = measure("made", sources, texts);
		times[1][i] = match_by_pcre2(phrases, texts, TEXTS / 10, &found[1]);
		times[2][i] = match_by_hyperscan(phrases, texts, TEXTS, &found[2]);
	}
	for (guint way = 0; way < 3; way++)
		qsort(times[way], 3, sizeof(double), by_value);
	printf("table %u %.2f %.2f %.2f\n", count, times[0][1], times[1][1], times[2][1]);
	printf("%u phrases found a text: PCRE2 %.2f, Hyperscan %.2f\n", count, found[1], found[2]);
}

int
main(int argc, char **argv)
{
	static const guint counts[] = {100, 500, 2000};
	g_autoptr(GRand) random = g_rand_new_with_seed(42);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	const char *given = NULL, *prefix = NULL;
	int option;

	while ((option = getopt(argc, argv, "t:w:")) != -1)
		if (option == 't')
			given = optarg;
		else if (option == 'w')
			prefix = optarg;
		else
			return 64;
	g_autoptr(GPtrArray) texts = given != NULL ? read_texts(given) : make_texts(random);
	printf("%u texts of %d bytes\n", texts->len, TEXT_BYTES);
	if (texts->len == 0)
		return 1;
	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
		compare_ways(random, texts, counts[i], prefix);
	g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autofree char *list_rules = make_list_rules(random, texts);

	g_ptr_array_add(lists, rule_source_new("lists", list_rules, -1));
	measure("lists", lists, texts);
	for (int i = optind; i < argc; i++) {
		g_autofree char *text = NULL;

		if (g_file_get_contents(argv[i], &text, NULL, NULL))
			g_ptr_array_add(files, rule_source_new(argv[i], text, -1));
	}
	if (files->len > 0)
		measure("files", files, texts);
	return 0;
}
