/* postbag-lmtpd: takes in mail by LMTP, many messages with one sync. */
#include <locale.h>
#include <stdlib.h>

#include "lmtp/lmtpd.h"

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	exit(lmtpd_main(argc, argv));
}
