/* Letters that are nearly the same: campaigns. doc/schema.md defines them. */
#ifndef ARCHIVE_CAMPAIGNS_H
#define ARCHIVE_CAMPAIGNS_H

#include "archive/index.h"
#include "archive/sketch.h"

/* Puts MESSAGE, whose row there is and whose text is that of SKETCH, among the letters it is like; one without words to compare stands in no campaign. The cost
 * does not grow with the campaign, but where PUBLIC_ID is the smallest of it, which happens to ever fewer. */
gboolean campaigns_add(struct index *index, gint64 message, const char *public_id, const struct sketch *sketch, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After what a mask took of MESSAGE, or what is boilerplate in it, has changed in its rows. */
gboolean campaigns_refresh(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The others' campaigns become what they would be had MESSAGE never come. */
gboolean campaigns_remove(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
