/* Which files the letters of an archive stand in, and which of them a change concerns. */
#ifndef PUBLISH_PLAN_H
#define PUBLISH_PLAN_H

#include "archive/published.h"
#include "pages/pages.h"

struct plan;

/* Of INDEX, in the view that its caller has begun; PUBLISHED tells what stands in the folder, or NULL: nothing. */
struct plan *plan_new(struct index *index, struct page_archive *archive, const struct page_site *site, struct published *published, gint64 now,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void plan_free(struct plan *plan);
typedef struct plan Plan;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* All letters and all pages. */
gboolean plan_whole(struct plan *plan, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* MESSAGE changed: the pages where it stood and where it stands, and those that tell of it. */
gboolean plan_message(struct plan *plan, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Time has passed since BEFORE: the pages that show a week or what is to come. */
gboolean plan_time(struct plan *plan, gint64 before, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The files that may have to be written or removed ("message/abc.html"), in an order in which no page leads to one that is not there yet. Array of char *, the
 * plan's. Once, at the end.
 */
const GPtrArray *plan_files(struct plan *plan, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether FILE still has its place: a thread and a campaign have one page, named by the first of their letters, and that may be another one now. */
gboolean plan_stands(struct plan *plan, const char *file, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
guint plan_letters(const struct plan *plan); /* that changed; of all: that are listed */
/* Whether a letter changed in piece I of LEAVES (page_leaves) of what stands at BASE, which lists a month's letters. */
gboolean plan_touches(const struct plan *plan, const char *base, const GArray *leaves, guint i);
/* Notes in PUBLISHED, within a transaction, where the letters stand now. */
gboolean plan_save(struct plan *plan, struct published *published, gboolean whole, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What page_respond is asked for to get FILE. Caller frees. */
char *plan_target(const char *file);

#endif
