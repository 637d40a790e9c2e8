/*
 * The desk: attached documents of many messages are converted by a thread and a reader of its own, while others are read and written. For commands that take in
 * many messages at once; what the desk cannot take, or does not finish in time, is read afterwards (follow_read_documents).
 */
#ifndef INTAKE_DESK_H
#define INTAKE_DESK_H

#include "intake/reader.h"

struct desk;

/* READER is the one that reads the messages; it stays the caller's and must live on. Nothing is started before there is work. PDF_PROGRAM may be NULL. */
struct desk *desk_new(struct reader *reader, const char *pdf_program);
void desk_free(struct desk *desk); /* what is being converted is given up */
typedef struct desk Desk;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desk, desk_free)

/* Takes the message CONTENT, whose RECORD was read by the rules that the reader has, if a document in it waits for what can be done here. FALSE when none does,
 * or when there is too much on the desk (LIMIT_DESK_BYTES). BYTES are referenced. */
gboolean desk_submit(struct desk *desk, gint64 content, GBytes *bytes, const struct record *record, gint64 received);
/* CONTENT was taken, and its reading not collected. */
gboolean desk_has(struct desk *desk, gint64 content);
/* Waits at most TIMEOUT microseconds (-1: to its end) for what became of CONTENT. TRUE when it is off the desk: *OUT has a record, or none where the message
 * has to wait. */
gboolean desk_collect(struct desk *desk, gint64 content, gint64 timeout, struct reading *out);
/* Nobody will ask for CONTENT. */
void desk_drop(struct desk *desk, gint64 content);
/* Other rules come: what was not begun waits, and what was begun is awaited. */
void desk_change_rules(struct desk *desk);

#endif
