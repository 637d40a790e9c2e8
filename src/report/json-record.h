/* Records and passages as JSON: what `postbag classify` prints, and the text in `postbag show --format json`. */
#ifndef REPORT_JSON_RECORD_H
#define REPORT_JSON_RECORD_H

#include "base/json.h"
#include "base/record.h"

/* An array of {"kind", "text"}; PASSAGES may be NULL. */
struct json *passages_to_json(const GPtrArray *passages);

/* {"file", "id", "kind", "reason", "workstreams", "topics", "suggested", "intents", "groups", "regions", "lang", "held", "evidence"}: the names of `query
 * --format json`. FILE is what the user called the message, ID its public id. UNREAD: why there is no record, or NULL. */
struct json *record_to_json(const char *file, const char *id, const struct record *record, const char *unread);

#endif
