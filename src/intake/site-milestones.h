/* What the configured rule files say about pages: milestones and a title. */
#ifndef INTAKE_SITE_MILESTONES_H
#define INTAKE_SITE_MILESTONES_H

#include "archive/mailstore.h"
#include "base/conf.h"
#include "base/site-milestone.h"

/*
 * *OUT: of struct site_milestone, freed with the array, in the order of their dates; empty when no rules are configured. *TITLE: of the current taxonomy, or
 * NULL. FALSE with an error: rules are broken; then both are of the last good ones where STORE is given, else NULL. The caller frees both.
 */
gboolean site_milestones(const struct conf *conf, struct mailstore *store, GPtrArray **out, char **title, GError **error);
/* What heads the pages: the configured title, that of the rules, or the name of the archive's FOLDER. Caller frees. */
char *site_title(const struct conf *conf, const char *of_rules, const char *folder);

#endif
