#include "archive/sketch.h"

#include "base/hash.h"

#include <string.h>

#define RUN 3
#define SHORT_BYTES 16
#define SHORT_KEY (G_GINT64_CONSTANT(1) << 46)

/* Of a well-mixed 32-bit number, so that linear functions with odd factors order a text's runs anew well enough (min-wise). */
struct function {
	guint32 factor, term;
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
make_functions(struct function functions[SKETCH_VALUES])
{
	for (guint i = 0; i < SKETCH_VALUES; i++) {
		guint64 random = mix(G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) * (i + 1));

		functions[i] = (struct function){(guint32)random | 1, (guint32)(random >> 32)};
	}
}

static void
add_run(guint32 values[SKETCH_VALUES], const struct function functions[SKETCH_VALUES], guint32 run)
{
	for (guint i = 0; i < SKETCH_VALUES; i++) {
		guint32 value = functions[i].factor * run + functions[i].term;

		values[i] = MIN(values[i], value);
	}
}

static guint
count_words(const char *words)
{
	guint n = *words != '\0';

	for (; *words != '\0'; words++)
		n += *words == ' ';
	return n;
}

static void
sketch_long(const char *words, struct sketch *out)
{
	struct function functions[SKETCH_VALUES];
	guint32 values[SKETCH_VALUES];
	guint64 last[RUN] = {0};

	make_functions(functions);
	memset(values, 0xff, sizeof(values));
	for (guint n = 1; *words != '\0'; n++) {
		const char *end = strchrnul(words, ' ');

		memmove(last, last + 1, sizeof(last) - sizeof(last[0]));
		last[RUN - 1] = hash_quick(words, end - words);
		if (n >= RUN)
			add_run(values, functions, (guint32)(mix(last[0] + 3 * mix(last[1] + 5 * mix(last[2]))) >> 32));
		words = *end == ' ' ? end + 1 : end;
	}
	for (guint i = 0; i < SKETCH_VALUES; i++) {
		/* the smallest of many is small: its high bits say little */
		guint16 value = (guint16)((values[i] * G_GUINT64_CONSTANT(0x9e3779b1)) >> 16);

		out->bytes[2 * i] = value & 0xff;
		out->bytes[2 * i + 1] = value >> 8;
	}
	out->length = SKETCH_BYTES;
}

void
sketch_words(const char *words, struct sketch *out)
{
	guint n = count_words(words);

	*out = (struct sketch){.length = 0};
	if (n >= SKETCH_FEW)
		sketch_long(words, out);
	else if (n >= SKETCH_LEAST) {
		struct hash hash = hash_bytes(words, strlen(words));

		memcpy(out->bytes, hash.bytes, SHORT_BYTES);
		out->length = SHORT_BYTES;
	}
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
	for (guint i = 0; sketch->length == SKETCH_BYTES && i < SKETCH_PAIRS; i++) {
		guint32 pair;

		memcpy(&pair, sketch->bytes + 4 * i, sizeof(pair));
		keys[i] = (gint64)i << 32 | GUINT32_FROM_LE(pair);
	}
	return sketch->length == SKETCH_BYTES ? SKETCH_PAIRS : 0;
}

guint
sketch_resemblance(const struct sketch *a, const struct sketch *b)
{
	guint same = 0;

	if (a->length != b->length || a->length == 0)
		return 0;
	if (memcmp(a->bytes, b->bytes, a->length) == 0)
		return 100;
	for (guint i = 0; a->length == SKETCH_BYTES && i < SKETCH_VALUES; i++)
		same += memcmp(a->bytes + 2 * i, b->bytes + 2 * i, 2) == 0;
	return same * 100 / SKETCH_VALUES;
}
