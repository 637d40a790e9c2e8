/* Rows as JSON, with the same names in every command: query --format json, show, digest. Documented in postbag(1). */
#ifndef REPORT_PRINT_JSON_H
#define REPORT_PRINT_JSON_H

#include "base/json.h"
#include "find/rows.h"

/*
 * {"id","date","received","from":{"name","address"},"subject","gist","kind","reason","workstreams":[],"topics":[],"suggested":[],"intents":[],"groups":[],"regions":[],
 * "lang","held","unread","answered","attachments","copy_of"} and, when the row has it, "evidence":[{"for","tier","words","rule","file","line"}]. "topics" holds
 * all topics, "suggested" those among them that are only suggested; times are ISO 8601 in UTC; what is not known is null. Whoever prints it for others leaves
 * held rows out.
 */
struct json *message_to_json(const struct message_row *row);

#endif
