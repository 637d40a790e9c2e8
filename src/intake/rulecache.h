/*
 * rules.cache in the archive's folder: the rules in force in their compiled form (rules/compiled), so that a delivery's process need not read them.
 * It can be deleted at any time; whoever finds it missing or stale makes it anew.
 */
#ifndef INTAKE_RULECACHE_H
#define INTAKE_RULECACHE_H

#include <glib.h>

/* The cache of the archive FOLDER and the hash of its ruleset; NULL when there is none that can be used. */
GBytes *rulecache_open(const char *folder, char **hash);

/* Writes the cache for the rule files FILES (a(ss)), with mode 0660. FALSE with the reason: nobody needs to stop for it. */
gboolean rulecache_write(const char *folder, GVariant *files, GError **error);

#endif
