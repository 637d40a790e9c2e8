#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "mail/mbox.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

/* A file in memory with DATA. */
static int
file_with(const void *data, gsize length)
{
	int fd = memfd_create("mbox", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, length), (gssize)length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* All messages of DATA joined with "|"; *RESULT gets the last answer. */
static char *
join(const void *data, gsize length, enum mbox_result *result, GError **error)
{
	int fd = file_with(data, length);
	struct mbox *mbox = mbox_open(fd, NULL, NULL, error);
	GString *out = g_string_new(NULL);
	gint64 received, offset;
	GBytes *message;

	assert_non_null(mbox);
	while ((*result = mbox_next(mbox, &message, &received, &offset, error)) == MBOX_MESSAGE) {
		g_string_append_len(out, g_bytes_get_data(message, NULL), (gssize)g_bytes_get_size(message));
		g_string_append_printf(out, "[%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "]|", received, offset);
		g_bytes_unref(message);
	}
	if (*result == MBOX_END)
		assert_int_equal(mbox_position(mbox), (gint64)length);
	mbox_free(mbox);
	close(fd);
	return g_string_free(out, FALSE);
}

static const char two[] = "From a@example.org Mon Jan  1 00:00:00 2018\nSubject: 1\n\none\n>From here\n>>From there\n\n"
                          "From b@example.org Tue Jan  2 00:00:00 2018\nSubject: 2\n\ntwo\n";
static const char two_joined[] = "Subject: 1\n\none\nFrom here\n>From there\n[1514764800 44]|Subject: 2\n\ntwo\n[1514851200 129]|";

/* Messages without their From_ lines, quoting undone, with date and place. */
static void
test_plain(void **state)
{
	enum mbox_result result;
	g_autofree char *got = join(two, strlen(two), &result, NULL);

	assert_int_equal(result, MBOX_END);
	assert_string_equal(got, two_joined);
}

/* A From_ line inside a text does not cut a message in two: no date, no empty line, or no header behind it. */
static void
test_strict(void **state)
{
	static const char text[] = "From a Mon Jan  1 00:00:00 2018\nSubject: 1\n\nFrom me to you\n\nFrom now on, all is well\n\n"
	                           "From b Mon Jan  1 00:00:00 2018\nthis is no header\n";
	enum mbox_result result;
	g_autofree char *got = join(text, strlen(text), &result, NULL);

	assert_string_equal(
	    got, "Subject: 1\n\nFrom me to you\n\nFrom now on, all is well\n\nFrom b Mon Jan  1 00:00:00 2018\nthis is no header\n[1514764800 32]|");
}

/* CR LF files, a file of one message without From_ line, an empty one. */
static void
test_shapes(void **state)
{
	enum mbox_result result;
	static const char lines[] = "From a Mon Jan  1 00:00:00 2018\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Mon Jan  1 00:00:00 2018\r\nB: 2\r\n";
	g_autofree char *crlf = join(lines, strlen(lines), &result, NULL);
	g_autofree char *none = join("Subject: x\n\ny\n", 14, &result, NULL);
	g_autofree char *empty = join("", 0, &result, NULL);

	assert_string_equal(crlf, "A: 1\r\n\r\nx\r\n[1514764800 33]|B: 2\r\n[1514764800 79]|");
	assert_string_equal(none, "Subject: x\n\ny\n[0 0]|");
	assert_string_equal(empty, "");
	assert_int_equal(result, MBOX_END);
}

static gsize
compress_two(guint8 *out, gsize room)
{
	z_stream stream = {.next_in = (Bytef *)two, .avail_in = sizeof(two) - 1, .next_out = out, .avail_out = (uInt)room};

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

/* gzip files, several members one after another, and damage as an error after what is whole. */
static void
test_gzip(void **state)
{
	guint8 data[2048];
	gsize length = compress_two(data, 1024);
	g_autoptr(GError) error = NULL;
	enum mbox_result result;
	g_autofree char *got = join(data, length, &result, NULL), *cut = NULL, *twice = NULL;

	assert_string_equal(got, two_joined);
	cut = join(data, length - 12, &result, &error);
	assert_int_equal(result, MBOX_ERROR);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA));
	memcpy(data + length, data, length);
	twice = join(data, 2 * length, &result, NULL);
	assert_int_equal(result, MBOX_END);
	assert_true(strlen(twice) > strlen(two_joined));
}

/* What begins as an mbox is known by its From_ line with a date. */
static void
test_looks_like(void **state)
{
	assert_true(mbox_looks_like((const guint8 *)two, strlen(two)));
	assert_true(mbox_looks_like((const guint8 *)"From a at example.org  Mon Jan  1 00:00:00 2018\nx", 49));
	assert_false(mbox_looks_like((const guint8 *)"From: a@example.org\nDate: Mon Jan 1 00:00:00 2018\n", 49));
	assert_false(mbox_looks_like((const guint8 *)"From the beginning of it all\n", 29));
	assert_false(mbox_looks_like((const guint8 *)"", 0));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_strict),
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_gzip),
	    cmocka_unit_test(test_looks_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
