/* How well rules agree with people: the messages that people decided on, classified from stored text. */
#ifndef INTAKE_MEASURE_H
#define INTAKE_MEASURE_H

#include "archive/index.h"
#include "intake/reader.h"

struct measure { /* of one target: workstream, topic or kind */
	enum record_target type;
	char *id;
	guint right, wrong, missed;   /* filed there by both; by the rules alone; by people alone */
	guint firm_right, firm_wrong; /* of these the rules' firm filings; a kind is always firm */
	guint decided;                /* messages on which people decided this very thing: of the others it was left as it was */
};

/* Of struct measure, by type and id; *MESSAGES gets how many people decided on. READER has the rules. NULL with an error. */
GPtrArray *measure_rules(struct index *index, struct reader *reader, guint *messages, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
