#include "base/error.h"

#include <glib.h>
#include <sysexits.h>

G_DEFINE_QUARK(postbag - error - quark, postbag_error)

static const int exit_statuses[] = {
    [POSTBAG_ERROR_USAGE] = EX_USAGE,
    [POSTBAG_ERROR_DATA] = EX_DATAERR,
    [POSTBAG_ERROR_NO_INPUT] = EX_NOINPUT,
    [POSTBAG_ERROR_SOFTWARE] = EX_SOFTWARE,
    [POSTBAG_ERROR_SYSTEM] = EX_OSERR,
    [POSTBAG_ERROR_CREATE] = EX_CANTCREAT,
    [POSTBAG_ERROR_IO] = EX_IOERR,
    [POSTBAG_ERROR_TEMPORARY] = EX_TEMPFAIL,
    [POSTBAG_ERROR_PERMISSION] = EX_NOPERM,
    [POSTBAG_ERROR_CONFIG] = EX_CONFIG,
    [POSTBAG_ERROR_DAMAGED] = EX_DATAERR,
    [POSTBAG_ERROR_RECONCILE] = 1,
};

int
error_exit_status(const GError *error)
{
	if (error->domain == POSTBAG_ERROR && error->code >= 0 && (gsize)error->code < G_N_ELEMENTS(exit_statuses))
		return exit_statuses[error->code];
	if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
		return EX_NOINPUT;
	if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES) || g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_PERM))
		return EX_NOPERM;
	if (error->domain == G_FILE_ERROR)
		return EX_IOERR;
	return EX_SOFTWARE;
}
