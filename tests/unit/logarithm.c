#include "base/logarithm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Reckoned with 40 digits. */
struct known {
	double x, y;
};

static void
assert_near(double is, double known, double of)
{
	if (!(ABS(is - known) <= 4e-15 * of))
		fail_msg("%.17g instead of %.17g", is, known);
}

/* Logarithms are right over the whole range of a double, and on both sides of where one piece of it ends. */
static void
test_logarithm(void **state)
{
	static const struct known known[] = {
	    {1e-300, -690.7755278982137},
	    {3e-09, -19.624653548278303},
	    {0.07, -2.659260036932778},
	    {0.5, -0.6931471805599453},
	    {0.7071067811865475, -0.34657359027997275},
	    {0.7071067811865476, -0.3465735902799726},
	    {0.99999999, -1.0000000100247594e-08},
	    {1.0000001, 9.999999505838704e-08},
	    {1.5, 0.4054651081081644},
	    {2, 0.6931471805599453},
	    {2.718281828459045, 1.0},
	    {10, 2.302585092994046},
	    {12345.678, 9.421061321291832},
	    {7000000000000000.0, 36.484686543966},
	    {1e+300, 690.7755278982137},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		assert_near(logarithm_of(known[i].x), known[i].y, MAX(1, ABS(known[i].y)));
	assert_true(logarithm_of(1) == 0);
	for (double x = 1e-100; x < 1e100; x *= 1.37)
		assert_near(logarithm_of(x) + logarithm_of(7), logarithm_of(7 * x), 250);
}

/* So are powers, and what no double holds is 0 or infinite. */
static void
test_power(void **state)
{
	static const struct known known[] = {
	    {-700.0, 9.85967654375977e-305},
	    {-37.5, 5.175555005801869e-17},
	    {-1.25, 0.2865047968601901},
	    {-0.34, 0.7117703227626097},
	    {-1e-09, 0.999999999},
	    {1e-09, 1.000000001},
	    {0.34, 1.4049475905635938},
	    {0.35, 1.4190675485932571},
	    {1.0, 2.718281828459045},
	    {2.5, 12.182493960703473},
	    {30.25, 13721704977464.906},
	    {700.0, 1.0142320547350045e+304},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		assert_near(logarithm_power(known[i].x), known[i].y, known[i].y);
	for (double x = -600; x < 600; x += 0.37)
		assert_near(logarithm_of(logarithm_power(x)), x, 600);
	assert_true(logarithm_power(0) == 1);
	assert_true(logarithm_power(-1e9) == 0 && logarithm_power(1e9) > G_MAXDOUBLE);
	assert_true(logarithm_power(-745) > 0);
}

/* And factorials, on both sides of where the series begins. */
static void
test_factorial(void **state)
{
	static const struct known known[] = {
	    {0.0, 0.0},
	    {1.0, 0.0},
	    {2.0, 0.6931471805599453},
	    {3.0, 1.791759469228055},
	    {10.0, 15.104412573075516},
	    {21.0, 45.38013889847691},
	    {22.0, 48.47118135183523},
	    {23.0, 51.60667556776438},
	    {24.0, 54.78472939811232},
	    {50.0, 148.47776695177302},
	    {1000.0, 5912.128178488163},
	    {100000.0, 1051299.2218991218},
	    {4294967295.0, 90970455792.05489},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		assert_near(logarithm_of_factorial((guint)known[i].x), known[i].y, MAX(1, known[i].y));
	for (guint n = 1; n < 3000; n++)
		assert_near(logarithm_of_factorial(n - 1) + logarithm_of(n), logarithm_of_factorial(n), MAX(1, logarithm_of_factorial(n)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_logarithm), cmocka_unit_test(test_power), cmocka_unit_test(test_factorial)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
