/* One run of `postbag query`. */
#ifndef CMD_QUERY_H
#define CMD_QUERY_H

#include "cmd/app.h"
#include "report/print-list.h"

enum withheld { WITHHELD_HELD, WITHHELD_SPAM, WITHHELD_UNREAD, WITHHELD_REDACTED, N_WITHHELD };
extern const char *const withheld_names[N_WITHHELD];

struct asking {
	struct app *app;
	struct archive archive;
	const struct query *query;
	enum query_order order;
	guint limit; /* 0: all */
	gboolean unique, excerpts, pager;
	guint include; /* of 1 << enum withheld: goes into an mbox all the same */
	struct list_style style;
};

/* Prints what matches, in the format asked for. */
gboolean query_list(struct asking *asking, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
