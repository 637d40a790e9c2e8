#include "mail/received.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mail/message.h"

#define NOW G_GINT64_CONSTANT(1600000000)

static gint64
received(const char *header, gint64 known)
{
	return received_date((const guint8 *)header, strlen(header), known, NOW);
}

/* An imported message keeps the time its list server got it, not the time of the import. */
static void
test_topmost(void **state)
{
	assert_int_equal(received("Received: from a by b; Tue, 12 Feb 2019 09:30:00 +0100\nReceived: from c by a; Mon, 11 Feb 2019 00:00:00 +0000\n"
	                          "Date: Mon, 11 Feb 2019 00:00:00 +0000\n\n",
	                     5),
	    1549960200);
}

/* Without one: the mbox line's time, then the Date, then now; and nothing absurd is believed. */
static void
test_fallbacks(void **state)
{
	assert_int_equal(received("Received: from a by b; nonsense\nDate: Tue, 12 Feb 2019 09:30:00 +0100\n\n", 1500000000), 1500000000);
	assert_int_equal(received("Date: Tue, 12 Feb 2019 09:30:00 +0100\n\n", 0), 1549960200);
	assert_int_equal(received("Received: x; Thu, 1 Jan 1970 00:00:00 +0000\nDate: Fri, 1 Jan 2038 00:00:00 +0000\n\n", 0), NOW);
	assert_int_equal(received("", 0), NOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_topmost),
	    cmocka_unit_test(test_fallbacks),
	};
	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
