/* postbag: the filter, its archive, and what people ask of it. */
#include <stdlib.h>

#include "cmd/app.h"

int
main(int argc, char **argv)
{
	exit(app_main(argc, argv));
}
