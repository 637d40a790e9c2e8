/* published.db: what `postbag publish` wrote into its folder and from what, so that the next run writes what changed and removes what is its own. */
#ifndef ARCHIVE_PUBLISHED_H
#define ARCHIVE_PUBLISHED_H

#include "archive/db.h"

struct published;

/* In FOLDER; MAKE: it is made when it is absent. POSTBAG_ERROR_NO_INPUT when absent, and as db_open says. */
struct published *published_open(const char *folder, gboolean make, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void published_close(struct published *published);
typedef struct published Published;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Published, published_close)

/* All that writes stands between these two; what is committed is on disk. */
gboolean published_begin(struct published *published, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_commit(struct published *published, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void published_rollback(struct published *published);

/* What the last run that came to its end was made from. */
struct published_state {
	char uuid[40];  /* of the archive; "": no run came to its end */
	char born[40];  /* the index's name (find/changes.h) */
	char key[60];   /* a sum of all that goes into every page */
	gint64 change;  /* the last change of the index that the pages have */
	gint64 at;      /* when it ran: seconds since 1970 UTC */
	gboolean whole; /* FALSE: a run was begun after that one and did not end */
};
gboolean published_state(struct published *published, struct published_state *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_set_state(struct published *published, const struct published_state *state, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The sum of the file at PATH (from the folder, "message/x.html"); *SUM NULL when there is none or it is not certain what stands there, *KNOWN tells which. */
gboolean published_file(struct published *published, const char *path, gboolean *known, char **sum, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* SUM NULL: it is being written. */
gboolean published_set_file(struct published *published, const char *path, const char *sum, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_forget_file(struct published *published, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those that begin with PREFIX ("": all), in order: of char *. */
GPtrArray *published_files(struct published *published, const char *prefix, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_count(struct published *published, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* On which pages MESSAGE stood, a path a line; NULL without an error: on none. Caller frees. */
char *published_places(struct published *published, gint64 message, GError **error);
/* PLACES NULL: on none. THREAD and CAMPAIGN: the pages of both among them, or NULL. */
gboolean published_set_places(
    struct published *published, gint64 message, const char *places, const char *thread, const char *campaign, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_forget_places(struct published *published, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* of all messages */
/* The messages (gint64) whose thread's or campaign's page is at PATH. */
GArray *published_kin(struct published *published, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
