/*
 * rules.cache in the archive's folder: the rules in force in their compiled form (rules/compiled), so that a delivery's process need not read them.
 * It can be deleted at any time; whoever finds it missing or stale makes it anew.
 */
#ifndef INTAKE_RULECACHE_H
#define INTAKE_RULECACHE_H

#include <glib.h>

/* The cache of the archive FOLDER and the hash of its ruleset; NULL when there is none that can be used. Unless WHOLE, a file that bears the time it was given
 * when it was written is taken for what was written: whoever writes to it gives it another. A sound file with another time, a
 * copy from a backup, is given its time again if this user may. */
GBytes *rulecache_open(const char *folder, gboolean whole, char **hash);

/* Removes a cache that is not what was written: what the disk changed has no other time. FALSE with the words for it when there was one. */
gboolean rulecache_check(const char *folder, GError **error);

/* Writes the cache for the rule files FILES (a(ss)), with mode 0660. FALSE with the reason: nobody needs to stop for it. */
gboolean rulecache_write(const char *folder, GVariant *files, GError **error);

#endif
