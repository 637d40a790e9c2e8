#include "mail/ahead.h"

/* Of the process, as its sandbox is: set once, when that closes. */
static void (*when_missing)(void);

void
ahead_close(void (*missing)(void))
{
	when_missing = missing;
}

void
ahead_want(void)
{
	if (when_missing != NULL)
		when_missing();
}
