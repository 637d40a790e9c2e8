/*
 * A ruleset as one block of bytes: what reading the rule files made of them, so that a delivery's process need not read nine thousand phrases to file
 * one message. A cache of this program on this machine, never truth: another version or word size refuses it. Tests, milestones and documents are left out.
 */
#ifndef RULES_COMPILED_H
#define RULES_COMPILED_H

#include "rules/ruleset.h"

GBytes *ruleset_to_bytes(const struct ruleset *ruleset);

/* A ruleset for classifying, which reads BYTES where they stand and keeps a reference on them. POSTBAG_ERROR_DATA when they are not of this program's form.
 * Whether they are as they were written ruleset_bytes_hash tells. */
struct ruleset *ruleset_from_bytes(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The hash of the ruleset in BYTES, or NULL when they are not of this program's form, or a bit of them has changed since they were written. Caller frees. */
char *ruleset_bytes_hash(GBytes *bytes);

/* The hash that BYTES bear, and in *SUM the sum that they should have, without looking whether they have it. NULL likewise. Caller frees. */
char *ruleset_bytes_label(GBytes *bytes, guint64 *sum);

#endif
