/* Where things are by the configuration: the archive's folder, its spool, the rule files. Shared by the commands and the LMTP server. */
#ifndef INTAKE_SITE_H
#define INTAKE_SITE_H

#include "archive/mailstore.h"
#include "base/conf.h"

/* The archive's folder: NAMED (by --archive) unless it is NULL, else [archive] folder of CONF (which may be NULL). POSTBAG_ERROR_USAGE naming both ways when
 * neither is there. Owned by the caller's NAMED or CONF. */
const char *site_folder(const struct conf *conf, const char *named, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The spool's folder for the archive FOLDER. Caller frees. */
char *site_spool(const struct conf *conf, const char *folder);
/* Every spool that may hold mail of the archive FOLDER, of char *: site_spool first, there or not; then FOLDER/spool, when such a folder is there and is not
 * the same. A delivery whose configuration could not be read uses that one, and so did all before another was configured. */
GPtrArray *site_spools(const struct conf *conf, const char *folder);
/* Where a large message for the archive FOLDER waits while it streams in: the temporary folder may be memory, so beside the archive where there is plenty, else
 * where there is most. FOLDER, SPOOL or the system's; NULL when none can be written to. */
const char *site_spill_folder(const char *folder, const char *spool);

/* The configured rule files (of struct rule_source) and their hash; NULL without error when none are configured. */
GPtrArray *site_rules(const struct conf *conf, char **hash, GError **error);
/* Brings the configured rule files into force at NOW, unless they are or are broken (then it says so and the last good ones stay). */
gboolean site_settle_rules(const struct conf *conf, struct mailstore *store, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
