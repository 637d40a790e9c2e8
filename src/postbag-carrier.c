/* postbag-carrier: the only program of Postbag that opens a connection to elsewhere. */
#include <locale.h>
#include <stdlib.h>

#include "carrier/carrier.h"

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	exit(carrier_main(argc, argv));
}
