/* The milestones that the configured rule files tell of, for pages and reports. */
#ifndef INTAKE_SITE_MILESTONES_H
#define INTAKE_SITE_MILESTONES_H

#include "base/conf.h"
#include "base/site-milestone.h"

/* Of struct site_milestone, freed with the array, in the order of their dates; empty when no rules are configured. NULL with an error: rules are broken. */
GPtrArray *site_milestones(const struct conf *conf, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
