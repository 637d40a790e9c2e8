/* A reader whose process runs other code: for tests of what it cannot do. */
#ifndef INTAKE_READER_PRIVATE_H
#define INTAKE_READER_PRIVATE_H

#include "intake/reader.h"
#include "intake/worker.h"

/* reader_new with a WORKER of one's own, and DEADLINE microseconds for one message. */
struct reader *reader_new_planted(enum reader_life life, const struct worker *worker, gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
