#include "archive/sketch.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif

#define RUN 3
#define SHORT_BYTES 16
#define VALUE_BYTES (SKETCH_VALUES * 2)
#define SHORT_KEY (G_GINT64_CONSTANT(1) << 46)

#define LINE_CHARACTERS 50 /* a shorter line was ended by its author: greetings, names, lists */
#define UNENDED_WORDS 4    /* of a line without a full stop that says something: greetings, names and places say less */
#define SHARED 70          /* percent of its runs that a long letter shares with one that it is like */
#define SMALL_ALIKE 80     /* resemblance of small letters: a sentence more is less */
#define MIXED_ALIKE 90     /* of a small one and a long one, of which the sentences are not compared */

/* Of a well-mixed 32-bit number, so that linear functions with odd factors order a text's runs anew well enough (min-wise). */
struct functions {
	guint32 factors[SKETCH_VALUES], terms[SKETCH_VALUES];
};

static guint64
mix(guint64 x)
{
	/* splitmix64's finalizer: every bit of the result depends on every bit of X */
	x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void
make_functions(struct functions *functions)
{
	for (guint i = 0; i < SKETCH_VALUES; i++) {
		guint64 random = mix(G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) * (i + 1));

		functions->factors[i] = (guint32)random | 1;
		functions->terms[i] = (guint32)(random >> 32);
	}
}

#define EACH_FUNCTION(values, functions, run)                                                                                                                  \
	for (guint i = 0; i < SKETCH_VALUES; i++) {                                                                                                            \
		guint32 value = (functions)->factors[i] * (run) + (functions)->terms[i];                                                                       \
                                                                                                                                                               \
		(values)[i] = MIN((values)[i], value);                                                                                                         \
	}

static void
add_runs(guint32 values[SKETCH_VALUES], const struct functions *functions, const guint32 *runs, guint n)
{
	for (guint j = 0; j < n; j++)
		EACH_FUNCTION(values, functions, runs[j])
}

#ifdef CPU_FEATURE_ACTIVE
#define HAS_WIDE 1
/* The same in wide registers, which a processor may have: a tenth of the time. The C library knows whether it has; the compiler's own question asks the
 * processor anew in each process, ten times 4 us where a virtual machine's host has to answer. */
__attribute__((target("avx2"), optimize("O3"))) static void
add_runs_wide(guint32 values[SKETCH_VALUES], const struct functions *functions, const guint32 *runs, guint n)
{
	for (guint j = 0; j < n; j++)
		EACH_FUNCTION(values, functions, runs[j])
}
#endif

static guint
count_words(const char *words)
{
	guint n = *words != '\0';

	for (; *words != '\0'; words++)
		n += *words == ' ';
	return n;
}

/* The numbers of WORDS' runs. */
static GArray *
list_runs(const char *words)
{
	GArray *runs = g_array_new(FALSE, FALSE, sizeof(guint32));
	guint64 last[RUN] = {0};

	for (guint n = 1; *words != '\0'; n++) {
		const char *end = strchrnul(words, ' ');

		memmove(last, last + 1, sizeof(last) - sizeof(last[0]));
		last[RUN - 1] = hash_quick(words, end - words);
		if (n >= RUN) {
			guint32 run = (guint32)(mix(last[0] + 3 * mix(last[1] + 5 * mix(last[2]))) >> 32);

			g_array_append_val(runs, run);
		}
		words = *end == ' ' ? end + 1 : end;
	}
	return runs;
}

static void
sketch_runs(const char *words, struct sketch *out)
{
	g_autoptr(GArray) runs = list_runs(words);
	struct functions functions;
	guint32 values[SKETCH_VALUES];

	make_functions(&functions);
	memset(values, 0xff, sizeof(values));
#ifdef HAS_WIDE
	if (CPU_FEATURE_ACTIVE(AVX2))
		add_runs_wide(values, &functions, (const guint32 *)(gconstpointer)runs->data, runs->len);
	else
#endif
		add_runs(values, &functions, (const guint32 *)(gconstpointer)runs->data, runs->len);
	for (guint i = 0; i < SKETCH_VALUES; i++) {
		/* the smallest of many is small: its high bits say little */
		guint16 value = (guint16)((values[i] * G_GUINT64_CONSTANT(0x9e3779b1)) >> 16);

		out->bytes[2 * i] = value & 0xff;
		out->bytes[2 * i + 1] = value >> 8;
	}
}

static void
put_number(guint8 *out, guint64 number, guint bytes)
{
	for (guint i = 0; i < bytes; i++)
		out[i] = (guint8)(number >> 8 * i);
}

static guint
get_words(const struct sketch *sketch)
{
	guint32 n;

	memcpy(&n, sketch->bytes + VALUE_BYTES, sizeof(n));
	return GUINT32_FROM_LE(n);
}

/* What tells a sentence from others; 0: it is none, but a name, a greeting or an initial. ENDED: by a full stop or its like. */
static guint64
sentence_number(const char *text, gsize length, gboolean ended)
{
	g_autofree char *words = text_index_words(text, (gssize)length);
	guint n = count_words(words);

	while (length > 0 && g_ascii_isspace(text[length - 1]))
		length--;
	if (n == 0 || (ended && n == 1 && *g_utf8_next_char(words) == '\0'))
		return 0;
	if (!ended && (n < UNENDED_WORDS || text[length - 1] == ','))
		return 0;
	return mix(hash_quick(words, strlen(words)));
}

static gboolean
is_full_stop(const char *p)
{
	gunichar c = g_utf8_get_char(p);
	char next = *g_utf8_next_char(p);

	if (c == 0x3002 || c == 0xff01 || c == 0xff1f) /* the full stops of Han and Kana need no space behind them */
		return TRUE;
	return (c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x61f || c == 0x964) && (next == '\0' || g_ascii_isspace(next));
}

/* Equal when texts have the same sentences, in any order, however their lines are broken, and whatever their names and greetings are. */
static guint64
add_up_sentences(const char *text)
{
	const char *start = text, *line = text;
	guint64 sum = 0;

	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		gboolean ended = is_full_stop(p);
		const char *next = g_utf8_next_char(p);

		if (ended || (*p == '\n' && (*next == '\n' || g_utf8_strlen(line, p - line) < LINE_CHARACTERS))) {
			sum += sentence_number(start, next - start, ended);
			start = next;
		}
		if (*p == '\n')
			line = next;
	}
	return sum + sentence_number(start, strlen(start), FALSE);
}

void
sketch_text(const char *text, struct sketch *out)
{
	g_autofree char *words = text_index_words(text, -1);
	guint n = count_words(words);

	*out = (struct sketch){.length = 0};
	if (n >= SKETCH_FEW) {
		sketch_runs(words, out);
		put_number(out->bytes + VALUE_BYTES, n, 4);
		out->length = n < SKETCH_SMALL ? SKETCH_BYTES : SKETCH_LONG_BYTES;
		if (n < SKETCH_SMALL)
			put_number(out->bytes + SKETCH_LONG_BYTES, add_up_sentences(text), 8);
	} else if (n >= SKETCH_LEAST) {
		struct hash hash = hash_bytes(words, strlen(words));

		memcpy(out->bytes, hash.bytes, SHORT_BYTES);
		out->length = SHORT_BYTES;
	}
}

gboolean
sketch_equal(const struct sketch *a, const struct sketch *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

guint
sketch_keys(const struct sketch *sketch, gint64 keys[SKETCH_PAIRS])
{
	if (sketch->length == SHORT_BYTES) {
		guint64 start;

		memcpy(&start, sketch->bytes, sizeof(start));
		keys[0] = SHORT_KEY | (gint64)(GUINT64_FROM_LE(start) & (SHORT_KEY - 1));
		return 1;
	}
	for (guint i = 0; sketch->length > SHORT_BYTES && i < SKETCH_PAIRS; i++) {
		guint32 pair;

		memcpy(&pair, sketch->bytes + 4 * i, sizeof(pair));
		keys[i] = (gint64)i << 32 | GUINT32_FROM_LE(pair);
	}
	return sketch->length > SHORT_BYTES ? SKETCH_PAIRS : 0;
}

static guint
count_same(const struct sketch *a, const struct sketch *b)
{
	guint same = 0;

	for (guint i = 0; a->length > SHORT_BYTES && b->length > SHORT_BYTES && i < SKETCH_VALUES; i++)
		same += memcmp(a->bytes + 2 * i, b->bytes + 2 * i, 2) == 0;
	return same;
}

guint
sketch_resemblance(const struct sketch *a, const struct sketch *b)
{
	return a->length > 0 && sketch_equal(a, b) ? 100 : count_same(a, b) * 100 / SKETCH_VALUES;
}

gboolean
sketch_alike(const struct sketch *a, const struct sketch *b)
{
	guint64 same = count_same(a, b), words;

	if (a->length <= SHORT_BYTES || b->length <= SHORT_BYTES)
		return a->length > 0 && sketch_equal(a, b);
	if (a->length == SKETCH_BYTES && b->length == SKETCH_BYTES)
		return same * 100 >= SKETCH_VALUES * SMALL_ALIKE && memcmp(a->bytes + SKETCH_LONG_BYTES, b->bytes + SKETCH_LONG_BYTES, 8) == 0;
	if (a->length != b->length)
		return same * 100 >= SKETCH_VALUES * MIXED_ALIKE;
	/* Of two sets with the resemblance r and x members in all, x * r / (1 + r) are in both. */
	words = (guint64)get_words(a) + get_words(b);
	return same * words * 100 >= SHARED * (SKETCH_VALUES + same) * MAX(get_words(a), get_words(b));
}
