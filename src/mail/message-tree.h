/* The MIME tree of a message as a list of plain parts: the only room that knows GMime. */
#ifndef MAIL_MESSAGE_TREE_H
#define MAIL_MESSAGE_TREE_H

#include "mail/headers.h"
#include "mail/parts.h"

/* Once in a process, first. */
void message_tree_init(void);

/* Parses BODY below HEADER within the limits (remarks in RECORD). The parts point into BODY and the tree. Never NULL. */
struct message_tree;
struct message_tree *message_tree_read(const struct header_block *header, const guint8 *body, gsize length, struct record *record);
void message_tree_free(struct message_tree *tree);
typedef struct message_tree MessageTree;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MessageTree, message_tree_free)

/* The parts, the tree's own. */
struct part_list *message_tree_parts(struct message_tree *tree);

/* Seconds since 1970 UTC and the zone in minutes east of a date field (RFC 5322 section 3.3, leniently), or FALSE. */
gboolean message_date(const char *value, gint64 *seconds, gint *zone);

#endif
