/* What one message's own page shows beyond its row: addresses, parts, deliveries, decisions. */
#ifndef FIND_DETAILS_H
#define FIND_DETAILS_H

#include "find/corrections.h"
#include "find/counts.h"
#include "find/decisions.h"

struct detail_address {
	char *role, *name, *address;
};
struct detail_part {
	char *number, *type, *charset, *charset_state, *filename, *remark;
	gint64 size;
	gboolean attachment, read;
};
struct detail_delivery {
	gint64 seq, received;
	char *source;
	gboolean again;
};

struct details {
	char *author_reason;           /* where the author was found, "From" in an ordinary message; may be NULL */
	GPtrArray *addresses;          /* of struct detail_address */
	GPtrArray *parts;              /* of struct detail_part */
	GPtrArray *deliveries;         /* of struct detail_delivery, oldest first */
	GPtrArray *decisions;          /* of struct decision_row, oldest first */
	struct alike_counts alike;     /* of its campaign; one letter: none */
	struct correction *correction; /* what it may supersede, or NULL */
};
gboolean details_load(struct index *index, gint64 message, struct details *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void details_clear(struct details *details);
typedef struct details Details;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Details, details_clear)

#endif
