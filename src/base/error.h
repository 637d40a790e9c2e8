/* The one error domain, and the one table from its codes to exit statuses (sysexits(3)). */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <glib.h>

#define POSTBAG_ERROR (postbag_error_quark())

enum postbag_error {
	POSTBAG_ERROR_USAGE,      /* the command line or a query is wrong: EX_USAGE 64 */
	POSTBAG_ERROR_DATA,       /* the input is not what it should be, a rule file included: EX_DATAERR 65 */
	POSTBAG_ERROR_NO_INPUT,   /* a named file or message is not there: EX_NOINPUT 66 */
	POSTBAG_ERROR_SOFTWARE,   /* a bug or a library's refusal: EX_SOFTWARE 70 */
	POSTBAG_ERROR_SYSTEM,     /* fork, pipe and the like: EX_OSERR 71 */
	POSTBAG_ERROR_CREATE,     /* a file cannot be made: EX_CANTCREAT 73 */
	POSTBAG_ERROR_IO,         /* reading or writing failed: EX_IOERR 74 */
	POSTBAG_ERROR_TEMPORARY,  /* busy, full, locked: trying again may help: EX_TEMPFAIL 75 */
	POSTBAG_ERROR_PERMISSION, /* not allowed: EX_NOPERM 77 */
	POSTBAG_ERROR_CONFIG,     /* the configuration is wrong: EX_CONFIG 78 */
	POSTBAG_ERROR_DAMAGED,    /* an archive is damaged, or of another version: EX_DATAERR 65 */
	POSTBAG_ERROR_RECONCILE,  /* a ledger does not reconcile: exit 1 */
};

GQuark postbag_error_quark(void);

/* The exit status for ERROR (any domain; GLib's file errors map to 66, 73, 74 or 77; anything unknown is 70). */
int error_exit_status(const GError *error);

#endif
