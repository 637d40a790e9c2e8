/* How alike two texts are, without comparing them: MinHash over runs of three words (Broder, "On the resemblance and containment of documents", 1997). */
#ifndef ARCHIVE_SKETCH_H
#define ARCHIVE_SKETCH_H

#include <glib.h>

#define SKETCH_VALUES 96 /* the estimate of a resemblance of one half is off by 0.05 */
#define SKETCH_PAIRS 8   /* of values, each a key: texts that resemble each other by one half share one with probability 0.9, by 0.7 with 0.995 */
#define SKETCH_FEW 12    /* words below which texts are alike only when they are equal */
#define SKETCH_LEAST 3   /* words below which there is nothing to compare: "thank you" is no campaign */
#define SKETCH_SMALL 60  /* words below which one more sentence is a substantial part of a letter */
#define SKETCH_LONG_BYTES (SKETCH_VALUES * 2 + 4)
#define SKETCH_BYTES (SKETCH_LONG_BYTES + 8)

struct sketch {
	guint8 bytes[SKETCH_BYTES]; /* values of 16 bits and the number of words, low byte first; of a small text the sum of its sentences; of a short one its
	                               hash */
	guint length;               /* SKETCH_LONG_BYTES; SKETCH_BYTES: below SKETCH_SMALL words; 16: below SKETCH_FEW; 0: none */
};

/* Of the words that text_index_words makes of TEXT, so that case, accents, punctuation and spacing make no difference, and Han and Kana count in pairs. */
void sketch_text(const char *text, struct sketch *out);
gboolean sketch_equal(const struct sketch *a, const struct sketch *b);
/* Any that share none of these are hardly alike. Returns how many: SKETCH_PAIRS, 1 for a short text, 0. */
guint sketch_keys(const struct sketch *sketch, gint64 keys[SKETCH_PAIRS]);
/* The share of their runs of three words that two texts have in common, in hundredths: 100 when equal. A short text is like its equal only. */
guint sketch_resemblance(const struct sketch *a, const struct sketch *b);
/* Does neither say anything substantial that the other does not? doc/schema.md says when. */
gboolean sketch_alike(const struct sketch *a, const struct sketch *b);

#endif
