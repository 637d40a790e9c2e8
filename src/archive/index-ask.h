/* Questions to the index about how messages are filed: for rules compared, measured and applied again. */
#ifndef ARCHIVE_INDEX_ASK_H
#define ARCHIVE_INDEX_ASK_H

#include "archive/index.h"

/* What people decided on MESSAGE: the ids that they filed it under or took back, and what followed from that (a topic's workstream), of char *; *KIND: its kind
 * too. NULL with an error. */
GPtrArray *index_decided(struct index *index, gint64 message, gboolean *kind, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* MESSAGE's filings and kind, and nothing else: as the rules left them, or IN_EFFECT after all decisions but without what its thread suggests. */
struct record *index_filed(struct index *index, gint64 message, gboolean in_effect, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The messages on whose filing people decided: of gint64. */
GArray *index_decided_messages(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The topics and kinds that people filed messages under which the rules had not, or took back from messages that the rules had: "type id" of char *, sorted. */
GPtrArray *index_disputed(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
struct index_label {
	gint64 message;
	char *lang;       /* or NULL */
	gboolean belongs; /* filed there in effect, by the rules or a person */
	gboolean ruled;   /* the rules filed it there */
};
/* Whether each message that could be filed under ID is: read, no copy of another, and for a topic of a kind that topics are for. Of struct index_label, which
 * it frees. */
GArray *index_labels(struct index *index, enum record_target type, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where the rules found what speaks for ID in MESSAGE: of struct index_place. */
struct index_place {
	guint passage, offset, length;
};
GArray *index_places(struct index *index, gint64 message, enum record_target type, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "type id" -> GINT_TO_POINTER(number of messages filed there). */
GHashTable *index_count_filings(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* *ALL messages, and those that the ruleset HASH did not file. */
gboolean index_count_others(struct index *index, const char *hash, gint64 *others, gint64 *all, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Between the two rules are applied again: index_remember_places keeps, for this connection, which messages are filed under which workstream (what a thread
 * suggests apart); index_tell_moves says what moved of those that there were, "quay 12 in, 3 out; water 9 out", "" for nothing. Caller frees. */
gboolean index_remember_places(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *index_tell_moves(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The public id and the subject (or NULL) of MESSAGE; caller frees. */
gboolean index_name(struct index *index, gint64 message, char **public_id, char **subject, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
