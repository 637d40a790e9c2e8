/*
 * The index follows by itself: a process of its own, forked while nothing is open, that is told when something new has come. It brings the configured rules
 * into force, takes in what waits in the spool, and brings up the index in slices. Its troubles never reach a mail server: what it leaves is done by `postbag
 * sweep`.
 */
#ifndef LMTP_INDEXER_H
#define LMTP_INDEXER_H

#include "base/conf.h"
#include "base/log.h"

struct indexer;

/* Forks a keeper, which starts the process and starts it again, after a while, when it dies. To be called before anything is open that must not be inherited,
 * and before there is a thread. It begins with what was left from before. POSTBAG_ERROR_SYSTEM. */
struct indexer *indexer_new(const struct conf *conf, const char *folder, enum log_level level, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void indexer_tell(struct indexer *indexer, gboolean spooled); /* something new has come, to the spool too when SPOOLED; never waits */
/* Tells it to end, and waits for it: for a slice, or a few seconds at most. */
void indexer_free(struct indexer *indexer);
typedef struct indexer Indexer;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Indexer, indexer_free)

#endif
