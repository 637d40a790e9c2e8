/* What the commands share by which people decide: whose word it is, on which messages, one transaction, and the index behind it. */
#ifndef CMD_DECIDE_H
#define CMD_DECIDE_H

#include "cmd/app.h"

struct change {
	const char *action; /* as mailstore_add_decision knows it, or "undo" */
	char *value;        /* or NULL */
};

struct deciding {
	struct app *app;
	const char *command;
	char *login;       /* taken before the program becomes the archive's owner */
	char *who, *note;  /* as given; then as kept */
	GPtrArray *ids;    /* of char *: as given, "-" read */
	GArray *changes;   /* of struct change: on each message, in this order */
	GPtrArray *names;  /* of char *: the public ids, each once */
	GArray *contents;  /* of gint64: their numbers */
	GPtrArray *said;   /* of char *: for each what was done, in words, where its standing does not show it; may be shorter */
	struct archive archive;
	struct reader *reader;
	gint64 last; /* seq of the last entry made */
};

struct deciding *deciding_new(struct app *app, const char *command);
void deciding_free(struct deciding *d);
typedef struct deciding Deciding;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Deciding, deciding_free)

/* ACTION with VALUE (taken over, may be NULL) is to be said of each message. */
void deciding_add(struct deciding *d, const char *action, char *value);
/* One ID from the command line; "-": those on standard input. POSTBAG_ERROR_USAGE, POSTBAG_ERROR_IO. */
gboolean deciding_add_id(struct deciding *d, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Name and note, and that there are messages; then opens the archive. The reader is started first: it must hold no file of it. */
gboolean deciding_open(struct deciding *d, gboolean note_needed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Brings the index up, as far as LIMIT_DECIDE_MS goes; *LEFT entries remain. */
gboolean deciding_follow(struct deciding *d, gint64 *left, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a person typed: a beginning of the public id, or, when the index is there, a Message-ID. NAME: its public id, caller frees. */
gboolean deciding_resolve(struct deciding *d, const char *id, gint64 *content, char **name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Keeps all changes on all messages or none, brings the index up and prints how the messages stand. */
gboolean deciding_run(struct deciding *d, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
