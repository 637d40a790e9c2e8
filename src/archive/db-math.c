#include "archive/db-private.h"

#include "base/logarithm.h"

#include <math.h>

/*
 * What SQLite's functions for SQL want of libm, and no statement here asks: in a program that SQLite is linked into they are these, so that libm is not loaded,
 * which takes a twentieth of a delivery. FTS5's ranking alone has a use for one, log(). They would serve the rest of the program too: those that it might come
 * to ask are right, and the others are NAN. A sanitizer brings libm with it.
 */
#ifndef __SANITIZE_ADDRESS__
#define HIDDEN __attribute__((visibility("hidden"))) /* a shared library keeps its own */
#define UNUSED_OF_ONE(name)                                                                                                                                    \
	HIDDEN double name(G_GNUC_UNUSED double x)                                                                                                             \
	{                                                                                                                                                      \
		return NAN; /* NULL in SQL */                                                                                                                  \
	}
#define UNUSED_OF_TWO(name)                                                                                                                                    \
	HIDDEN double name(G_GNUC_UNUSED double x, G_GNUC_UNUSED double y)                                                                                     \
	{                                                                                                                                                      \
		return NAN;                                                                                                                                    \
	}

UNUSED_OF_ONE(acos)
UNUSED_OF_ONE(acosh)
UNUSED_OF_ONE(asin)
UNUSED_OF_ONE(asinh)
UNUSED_OF_ONE(atan)
UNUSED_OF_ONE(atanh)
UNUSED_OF_ONE(cos)
UNUSED_OF_ONE(cosh)
UNUSED_OF_ONE(sin)
UNUSED_OF_ONE(sinh)
UNUSED_OF_ONE(sqrt)
UNUSED_OF_ONE(tan)
UNUSED_OF_ONE(tanh)
UNUSED_OF_TWO(atan2)
UNUSED_OF_TWO(fmod)
UNUSED_OF_TWO(pow)

HIDDEN double
log(double x)
{
	return x > 0 ? isinf(x) ? x : logarithm_of(x) : x == 0 ? -INFINITY : NAN;
}

HIDDEN double
exp(double x)
{
	return isnan(x) ? x : logarithm_power(x);
}

HIDDEN double
trunc(double x)
{
	return fabs(x) < 0x1p52 ? (double)(gint64)x : x;
}
#endif

/* The linker takes this file for it before it comes to SQLite. */
void
db_math_present(void)
{
}
