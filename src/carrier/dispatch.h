/* Subscriptions: what is due is made, recorded, and sent; what was not sent is tried again. `postbag digest --due`. */
#ifndef CARRIER_DISPATCH_H
#define CARRIER_DISPATCH_H

#include "archive/index.h"
#include "archive/issues.h"
#include "archive/mailstore.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/schedule.h"

struct dispatch {
	struct mailstore *store; /* to write */
	struct index *index;     /* to write */
	const struct conf *conf;
	GTimeZone *zone;           /* of a subscription that names none */
	const char *config_path;   /* for postbag-carrier, or NULL */
	const char *rules_trouble; /* one line about a broken rule file, or NULL */
	GPtrArray *spools;         /* of char *: mail that waits there is told of */
	gint64 now;
	gint64 (*clock)(void); /* when a step was taken: sending may take an hour */
	enum log_level level;
	/* Brings the index up to mail.db's last entry, so that nothing new is missing in an issue. */
	gboolean (*catch_up)(gpointer data, GError **error);
	gpointer data;
};

/* What happened, in recipients. */
struct dispatch_result {
	guint made, skipped;                    /* issues */
	guint sent, deferred, refused, unknown; /* of them and of earlier ones */
	guint given_up;
	guint hangs;  /* tries in a row, up to now, that took all the time they had */
	guint left;   /* not tried for that */
	guint failed; /* subscriptions of which no issue could be made, and damaged issues: said on standard error */
};

/*
 * One process at a time (POSTBAG_ERROR_TEMPORARY for another that runs at once). An issue is on disk before it is sent; "sending" is on disk before the first
 * byte goes out; so it goes out never zero times, and twice only where the end of the first is not known, with the same bytes. Tries are 5 minutes apart, then
 * twice as long each time up to 4 hours; after LIMIT_RETRY_TRIES, or when the end of three is not known, it is given up. A subscription that is wrong does not
 * keep the others back. Where LIMIT_CARRIER_HANGS tries in a row took all their time, the others wait for the next run.
 */
gboolean dispatch_due(const struct dispatch *dispatch, struct dispatch_result *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

struct dispatch_again {
	const struct subscription *subscription;
	gint64 number;  /* of its issue, 0: the last that was made */
	const char *to; /* one of its recipients, NULL: all */
};
/* An issue once more, with the same bytes. POSTBAG_ERROR_NO_INPUT, POSTBAG_ERROR_USAGE for somebody who is no recipient. */
gboolean dispatch_again(
    const struct dispatch *dispatch, const struct dispatch_again *again, struct dispatch_result *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

struct schedule dispatch_schedule(const struct subscription *subscription, GTimeZone *zone);
/* Is an issue due after LAST (NULL: there was none)? */
gboolean dispatch_is_due(const struct schedule *schedule, const struct issue *last, gint64 now);
/* When a try that follows the LAST one (tries made: TRIES) is due. */
gint64 dispatch_next_try(gint64 last, guint tries);

#endif
