#include "base/logarithm.h"

#include <math.h>

#define LN2_HIGH 0x1.62e42fee00000p-1 /* its last 32 bits are 0, so that small multiples are exact */
#define LN2_LOW 0x1.a39ef35793c76p-33
#define EXACT_FACTORIALS 22 /* the last that a double holds exactly */

double
logarithm_of(double x)
{
	int power;
	double m = frexp(x, &power), f, square, sum = 0;

	if (m < G_SQRT2 / 2) {
		m *= 2;
		power--;
	}
	/* ln m = 2 artanh ((m - 1) / (m + 1)), a series in at most 0.03 */
	f = (m - 1) / (m + 1);
	square = f * f;
	for (int n = 23; n >= 3; n -= 2)
		sum = (sum + 1.0 / n) * square;
	return power * LN2_HIGH + (2 * f + (2 * f * sum + power * LN2_LOW));
}

double
logarithm_power(double x)
{
	double rest, sum = 1;
	int power;

	if (x > 710 || x < -746)
		return x > 0 ? INFINITY : 0;
	power = (int)(x / G_LN2 + (x < 0 ? -0.5 : 0.5));
	rest = x - power * LN2_HIGH - power * LN2_LOW;
	for (int n = 16; n >= 1; n--)
		sum = 1 + sum * rest / n;
	return ldexp(sum, power);
}

double
logarithm_of_factorial(guint n)
{
	double exact = 1, x = n;

	if (n > EXACT_FACTORIALS) { /* Stirling's series */
		double square = x * x;

		return (x + 0.5) * logarithm_of(x) - x + logarithm_of(2 * G_PI) / 2 +
		       (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - 1 / (1680 * square)) / square) / square) / x;
	}
	for (guint i = 2; i <= n; i++)
		exact *= i;
	return logarithm_of(exact);
}
