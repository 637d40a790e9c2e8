#include "base/owner.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

gboolean
owner_become(const char *folder, GError **error)
{
	struct stat about;

	if (geteuid() != 0 || stat(folder, &about) != 0 || about.st_uid == 0)
		return TRUE;
	if (setgroups(1, &about.st_gid) == 0 && setresgid(about.st_gid, about.st_gid, about.st_gid) == 0 &&
	    setresuid(about.st_uid, about.st_uid, about.st_uid) == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION, "cannot become the owner of %s: %s", folder, g_strerror(errno));
	return FALSE;
}
