/* postbag: the filter, its archive, and what people ask of it. */
#include <locale.h>
#include <stdlib.h>

#include "cmd/app.h"

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	exit(app_main(argc, argv));
}
