/* postbag-web: serves the archive's pages, read-only. */
#include <locale.h>
#include <stdlib.h>

#include "web/web.h"

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	exit(web_main(argc, argv));
}
