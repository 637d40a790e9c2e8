/* published.db: what `postbag publish` wrote into its folder and from what, so that the next run writes what changed and removes what is its own. */
#ifndef ARCHIVE_PUBLISHED_H
#define ARCHIVE_PUBLISHED_H

#include "archive/db.h"

#define PUBLISHED_STATE ".postbag-publish" /* in the folder: published.db, the lock, and files that are being written; for its owner alone */

/* The folders (of char *) that the pages of the archive in the folder ARCHIVE were published into and that are there: a file in the archive has them, a path a
 * line, so that a redaction knows where else its words may stand. FOLDER: its whole path. */
GPtrArray *published_folders(const char *archive);
gboolean published_note(const char *archive, const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

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

/* Of a public letter what other pages tell of it, and where it stands. */
struct published_letter {
	char *places;            /* the pages on which it stands, a path a line; NULL: on none, it was not public */
	char *thread, *campaign; /* the pages of both, or NULL */
	gint64 thread_number, campaign_number, date;
	gint64 face; /* a sum of what the pages of other letters show of it */
};
void published_letter_clear(struct published_letter *letter);
typedef struct published_letter PublishedLetter;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PublishedLetter, published_letter_clear)
/* What the last run noted of MESSAGE; PUBLISHED NULL: nothing. */
gboolean published_letter(struct published *published, gint64 message, struct published_letter *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_set_letter(struct published *published, gint64 message, const struct published_letter *letter, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_forget_letters(struct published *published, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* all */
gboolean published_count_letters(struct published *published, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The messages (gint64) of the thread, or with CAMPAIGN of the campaign, with that NUMBER whose page of it is noted as another than PATH (or NULL: none). */
GArray *published_kin(struct published *published, gboolean campaign, gint64 number, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The pieces that the file at PATH (a mailbox) is put together from, in their order. */
struct published_piece {
	char name[16];
	gint64 size;    /* bytes */
	gint64 letters; /* a sum of their numbers */
	char sum[32];   /* of the bytes */
};
GArray *published_pieces(struct published *published, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean published_set_pieces(struct published *published, const char *path, const GArray *pieces, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
