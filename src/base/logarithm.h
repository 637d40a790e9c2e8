/* The few functions of mathematics that Postbag needs, without libm: loading that library took a delivery longer than the archive's lock does. */
#ifndef BASE_LOGARITHM_H
#define BASE_LOGARITHM_H

#include <glib.h>

/* As log(3) and exp(3), to 1e-15 of the value (of 1 where that is less); X of logarithm_of is positive and finite. */
double logarithm_of(double x);
double logarithm_power(double x); /* e to the X; 0 or infinite where that is out of range */
/* The logarithm of 1 * 2 * ... * N. */
double logarithm_of_factorial(guint n);

#endif
