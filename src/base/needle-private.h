/* What needle.c and needle-scan.c share: one pass over characters, whatever they came from. */
#ifndef BASE_NEEDLE_PRIVATE_H
#define BASE_NEEDLE_PRIVATE_H

#include "base/needle.h"

#define NEEDLE_LONGEST 256 /* letters in one piece: a power of two */

/* Is any of them in letters that UTF-16 writes without a NUL? */
gboolean needles_are_wide(const struct needles *needles);

struct needle_pass;
struct needle_pass *needle_pass_new(const struct needles *needles, GArray *found /* of struct needle_range, or NULL: the first ends the pass */);
/* The bytes are no text: three letters stand in them by chance, so that short words are not looked for. */
void needle_pass_skip_short(struct needle_pass *pass);
/* C stood at [FROM, TO). FALSE when nothing more is asked. */
gboolean needle_pass_put(struct needle_pass *pass, gunichar c, gsize from, gsize to);
/* TRUE when any was found; frees PASS. */
gboolean needle_pass_end(struct needle_pass *pass);

#endif
