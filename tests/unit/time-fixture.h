/* For tests that look for work that grows with the square of what a sender wrote. Included after cmocka.h. */
#ifndef TESTS_TIME_FIXTURE_H
#define TESTS_TIME_FIXTURE_H

#include <glib.h>
#include <string.h>
#include <time.h>

#define BIG (2 * 1024 * 1024)

/* Of the process, which other work on the machine does not lengthen. */
static inline double
seconds_of(void (*read)(const char *, gsize), const char *text, gsize length)
{
	clock_t start = clock();

	read(text, length);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static inline char *
filled(const char *start, const char *piece, gsize length)
{
	GString *out = g_string_sized_new(length + 256);

	g_string_append(out, start);
	while (out->len < length)
		g_string_append(out, piece);
	return g_string_free(out, FALSE);
}

/*
 * START and then PIECE again and again take no more than sixty times as long as START and then about as many lines of words; a bit of it first, not to wait
 * for hours.
 */
static inline void
check_time(void (*read)(const char *, gsize), const char *start, const char *piece, guint line)
{
	g_autofree char *word = g_strnfill(MAX(line, 2), 'w'), *plain = NULL;
	double most;

	word[strlen(word) - 1] = '\n';
	plain = filled(start, word, BIG);
	most = 60 * MAX(seconds_of(read, plain, strlen(plain)), 0.025); /* what is quadratic takes a thousand times as long */
	for (gsize size = BIG / 32; size <= BIG; size *= 2) {
		g_autofree char *text = filled(start, piece, size);
		double took = seconds_of(read, text, strlen(text));

		for (guint again = 0; again < 2 && took > most && took < 4 * most; again++)
			took = MIN(took, seconds_of(read, text, strlen(text)));
		if (took > most)
			print_error("%" G_GSIZE_FORMAT " bytes of \"%s\" take %.2f s, over %.2f s\n", size, piece, took, most);
		assert_true(took <= most);
	}
}

#endif
