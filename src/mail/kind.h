/* What kind of message the header alone tells: automatic answers and bounces. Words, addresses and spam are the rule file's business. */
#ifndef MAIL_KIND_H
#define MAIL_KIND_H

#include "base/record.h"

/* What the MIME structure adds to the header fields. */
struct kind_structure {
	const char *report_type;      /* of a multipart/report, lower-case, or NULL (RFC 6522) */
	gboolean delivery_status;     /* has a message/delivery-status part (RFC 3464) */
	gboolean disposition;         /* has a message/disposition-notification part (RFC 8098) */
	gboolean feedback;            /* has a message/feedback-report part (RFC 5965) */
	const char *delivery_text;    /* text of the delivery-status part, or NULL */
	const char *disposition_text; /* text of the disposition-notification part, or NULL */
};

/* Sets kind and kind_reason of RECORD (header fields, author and subject are in) and adds the failed recipients of a bounce as ROLE_FAILED. An
 * invitation to a calendar is no kind of its own: a person sent it, and the rules may know its intent. Leaves KIND_INPUT
 * and NULL when nothing tells. */
void kind_read(struct record *record, const struct kind_structure *structure);

#endif
