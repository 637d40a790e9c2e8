/* What the archive's pages ask of the index: each question tells for whom, and nothing comes back that he may not see. */
#ifndef FIND_PAGES_H
#define FIND_PAGES_H

#include "archive/index.h"
#include "base/clock.h"

struct audience {
	gboolean staff; /* sees all; the public sees no held, unread or machine's mail, and no copy of what is held */
	gint64 before;  /* the public sees what was received up to then, and what a person released; G_MAXINT64: all */
};

/* Whose id ID is (whole, small letters); *OUT 0 for one that does not exist or that AUDIENCE may not see: nobody can tell the one from the other. */
gboolean pages_resolve(struct index *index, const struct audience *audience, const char *id, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean pages_visible(struct index *index, const struct audience *audience, gint64 message, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of NUMBERS that AUDIENCE may see, in their order, without the first SKIP of these and at most LIMIT (0: all). */
GArray *pages_only_visible(
    struct index *index, const struct audience *audience, const GArray *numbers, guint skip, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define PAGES_NOT_QUOTED "[quoted text of a message that is not public]"
/*
 * What MESSAGE says, as index_passages has it; for the public without what it quotes of a message that is held, spam, not yet seen, or redacted. Where it
 * answers such a one (In-Reply-To, References), of quoted and forwarded text the lines are left that stand in letters of the thread which AUDIENCE sees,
 * and PAGES_NOT_QUOTED is where others stood: of a message that is gone nothing is left to compare with. Offsets in such a passage are not the index's.
 */
GPtrArray *pages_passages(struct index *index, const struct audience *audience, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A place where messages are listed: TYPE is that of a filing ("workstream", "topic", "group", ...); "unfiled": under no workstream; NULL: everything. */
struct place {
	const char *type, *id;
};
/*
 * The messages of PLACE with an effective date in WINDOW, at most LIMIT after the first SKIP, NEWEST first or oldest: letters, the team's answers and
 * announcements, each once; no copies, nothing of machines, nothing held or redacted as a whole. Of gint64.
 */
GArray *pages_list(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, gboolean newest,
    guint skip, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many these are; counted up to MOST. */
gboolean pages_count(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, guint most, gint64 *out,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first moments (gint64) of the months of ZONE that have any of them, oldest first. */
GArray *pages_months(
    struct index *index, const struct audience *audience, const struct place *place, GTimeZone *zone, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where each of them stands in the list, oldest first: of struct pages_stood. */
struct pages_stood {
	gint64 date, message;
};
GArray *pages_stand(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The last that arrived of everything, whatever their date: of gint64. */
GArray *pages_arrived(struct index *index, const struct audience *audience, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Letters (input, each once) by place and by the windows of EDGES (of gint64, ascending; one window between each two): COUNTS has a row of edges->len - 1
 * numbers. */
gboolean pages_weeks(struct index *index, const struct audience *audience, const struct place *place, const GArray *edges, gint64 *counts,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether pages_weeks and pages_count look at hours for AUDIENCE, and not at every letter. */
gboolean pages_counts_quickly(const struct audience *audience);
/* When the newest letter was sent; 0: there is none. */
gboolean pages_newest(struct index *index, const struct audience *audience, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Letters that ask and have no answer, oldest first, under PLACE (a workstream or everything): of gint64, and how many there are, counted up to LIST_COUNTED.
 */
GArray *pages_awaiting(
    struct index *index, const struct audience *audience, const struct place *place, guint limit, gint64 *total, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The thread's messages, oldest first, tombstones among them, no copies: of gint64, at most LIMIT. */
GArray *pages_thread(struct index *index, const struct audience *audience, gint64 thread, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The one of them that stands before PLACE (which need not be there), or behind it; its message is 0 when there is none. However long the thread is. */
gboolean pages_beside(struct index *index, const struct audience *audience, gint64 thread, const struct pages_stood *place, gboolean before,
    struct pages_stood *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first two of them. */
GArray *pages_thread_begins(struct index *index, const struct audience *audience, gint64 thread, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The letters of the campaign with the number CAMPAIGN, oldest first: of gint64, at most LIMIT. */
GArray *pages_campaign(struct index *index, const struct audience *audience, gint64 campaign, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The message that MESSAGE answers; 0: none, or not to be seen. */
gboolean pages_parent(struct index *index, const struct audience *audience, gint64 message, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For staff: what is held, unread, or filed only as a suggestion, newest first: of gint64, at most LIMIT. */
enum pages_state { PAGES_HELD, PAGES_UNREAD, PAGES_SUGGESTED };
GArray *pages_in_state(struct index *index, enum pages_state state, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A number that is another one after every change to the index: for what was made of it. */
gboolean pages_version(struct index *index, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
