/* What boilerplate's files share: boilerplate-count.c knows in how many letters a paragraph stands, boilerplate.c what is learned from that. */
#ifndef ARCHIVE_BOILERPLATE_PRIVATE_H
#define ARCHIVE_BOILERPLATE_PRIVATE_H

#include "archive/index-private.h"
#include "archive/paragraphs.h"

/* What a paragraph needs to be learned in a scope. */
struct need {
	const char *kind;
	guint letters, writers, rests, domains;
	guint share;     /* percent of the scope's letters */
	guint written;   /* percent of its letters that must be of its writers: a plea that many send once is not the office's for what a few forge */
	guint different; /* percent of its letters that must say different things besides, which a campaign's do not */
};

struct scope {
	gint64 number;
	const struct need *need;
	char *name;
};

/* What of a message's row counts here. */
struct letter {
	gint64 message, author, date;
	GArray *scopes; /* of struct scope */
};

void boilerplate_letter_clear(struct letter *letter);
typedef struct letter Letter;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Letter, boilerplate_letter_clear)

/* FALSE without an error: the message is not to be learned from (it is unread, or nobody wrote it), and has no scopes. */
gboolean boilerplate_load_letter(struct index *index, gint64 message, struct letter *letter, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The rows of table paragraph of MESSAGE: of struct paragraph. */
GArray *boilerplate_load_paragraphs(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * Puts the letter, or a message that is none, into the counters (BY 1) or takes it out (-1). Most paragraphs stand in one message and teach nothing: tables
 * standing, standing_count and standing_writer know those that stand in two at least.
 */
gboolean boilerplate_count_letter(struct index *index, const struct letter *letter, const GArray *paragraphs, int by, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
