/*
 * What one thread keeps in mail.db another has read and indexed, so that neither waits for what the other writes. Only what is committed is passed on, and the
 * order is that of mail.db.
 */
#ifndef INTAKE_RELAY_H
#define INTAKE_RELAY_H

#include "intake/follow.h"

struct relay;

struct relay *relay_new(void);
void relay_free(struct relay *relay);
typedef struct relay Relay;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Relay, relay_free)

/* For the thread that keeps, with a connection to mail.db of its own. */

/* The entry SEQ brought the message CONTENT, new to the archive; it is not committed yet. RAW is referenced. */
void relay_add(struct relay *relay, gint64 seq, gint64 content, GBytes *raw, gint64 received);
/* What was added since the last call is committed. Waits while the index is too far behind. NOW: the index is to come to its end without waiting for more.
 * FALSE: the other thread has ended. */
gboolean relay_pass(struct relay *relay, gboolean now);
/* What was added since then was rolled back. */
void relay_drop(struct relay *relay);
/* Nothing more comes. WHOLE: and the index is to come to the end of mail.db. */
void relay_end(struct relay *relay, gboolean whole);

/* For the other one: has all of it indexed until the end. When it fails nothing is taken any more. */
gboolean relay_follow(struct relay *relay, struct follow *follow, struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
