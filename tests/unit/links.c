/* Links that gateways wrapped: words and addresses are those the sender wrote. */
#include "mail/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "time-fixture.h"

static const struct {
	const char *wrapped, *plain; /* NULL: stays */
} examples[] = {
    {"see https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.org%2Fa%3Fb%3D1&data=02%7C01&reserved=0 for it",
        "see https://www.example.org/a?b=1 for it"},
    {"https://urldefense.proofpoint.com/v1/url?u=http://www.example.org/a&k=x", "http://www.example.org/a"},
    {"<https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.org_a-5Fb&d=DwMF&c=x>", "<https://www.example.org/a_b>"},
    {"https://urldefense.com/v3/__https://www.example.org/a__;!!N11eV2iwtfs!x$", "https://www.example.org/a"},
    {"https://urldefense.com/v3/__https://www.example.org/a*b__;Iw!!N11eV2iwtfs!x$", "https://www.example.org/a#b"},
    {"https://urldefense.com/v3/__https://www.example.org/**A.html__;w6TDtg!!N11eV2iwtfs!x$", "https://www.example.org/\xc3\xa4\xc3\xb6.html"},
    {"https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fwww.example.org%2fa&c=E,1,x&typo=1", "https://www.example.org/a"},
    {"https://eu-west-1.protection.sophos.com?d=example.org&u=aHR0cHM6Ly93d3cuZXhhbXBsZS5vcmcvYQ==&i=x", "https://www.example.org/a"},
    {"https://eu-west-1.protection.sophos.com/?d=example.org&u=aHR0cHM6Ly93d3cuZXhhbXBsZS5vcmcvYQ==&i=x", "https://www.example.org/a"},
    {"https://secure-web.cisco.com/1abcDEF/https%3A%2F%2Fwww.example.org%2Fa", "https://www.example.org/a"},
    {"https://www.google.com/url?q=https://www.example.org/a&sa=D&source=hangouts", "https://www.example.org/a"},
    {"https://www.google.com/url?sa=t&url=https%3A%2F%2Fwww.example.org%2Fa&usg=x", "https://www.example.org/a"},
    {"https://www.google.com/url?q=word", NULL},
    {"https://protect-eu.mimecast.com/s/AbCdEf?domain=example.org", NULL},
    {"https://www.example.org/ and https://www.example.net/?url=https%3A%2F%2Fwww.example.org", NULL},
    {"no link at all, but http", NULL},
    {"https://urldefense.com/v3/__https://www.example.org/**", NULL},
    {"https://urldefense.com/v3/__https://www.example.org/**__;!!x", "https://www.example.org/"},
    {"one https://www.google.com/url?q=https://a.example.org/&x=1 two http://b.example.org three https://www.google.com/url?q=https://c.example.org/",
        "one https://a.example.org/ two http://b.example.org three https://c.example.org/"},
};

/* Each gateway's form is undone, and what only looks like one stays. */
static void
test_unwrap(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *got = links_unwrap(examples[i].wrapped);

		if (g_strcmp0(got, examples[i].plain) != 0)
			fail_msg("%s\nbecomes %s", examples[i].wrapped, got != NULL ? got : "nothing else");
	}
}

static void
unwrap(const char *text, G_GNUC_UNUSED gsize length)
{
	g_autofree char *got = links_unwrap(text);

	assert_true(got == NULL || *got != '\0');
}

/* Nor does a sender have a long text looked at again and again. */
static void
test_time(void **state)
{
	check_time(unwrap, "x ", "http", 70);
	check_time(unwrap, "x ", "https://urldefense.com/v3/__", 70);
	check_time(unwrap, "https://www.google.com/url?", "&q=", 70);
	check_time(unwrap, "x ", "https://urldefense.com/v3/__**__;!! ", 70);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_unwrap), cmocka_unit_test(test_time)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
