/*
 * One LMTP conversation (RFC 2033) without a socket: bytes in, replies out, a letter in between. Offers 8BITMIME (RFC 6152), ENHANCEDSTATUSCODES (RFC 2034),
 * PIPELINING (RFC 2920), SIZE (RFC 1870) and SMTPUTF8 (RFC 6531). What comes out does not depend on how the bytes come in pieces.
 */
#ifndef LMTP_SESSION_H
#define LMTP_SESSION_H

#include "base/log.h"
#include "base/rawmessage.h"

/* The same for all sessions of a server; must outlive them. */
struct session_policy {
	const char *host;            /* names the server in its greeting */
	gint64 size;                 /* of a message, 0: any */
	const GPtrArray *recipients; /* envelope_is_allowed's */
	const char *folder, *spool;  /* of the archive: where large messages may wait; NULL: in the system's temporary folder */
	gsize *memory;               /* counts the bytes of messages in memory over all sessions */
	gsize memory_most;           /* beyond it they are spilled */
	enum log_level level;
};

struct session;
struct session *session_new(const struct session_policy *policy); /* has the greeting in its output */
void session_free(struct session *session);
typedef struct session Session;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

enum session_state {
	SESSION_TALKS, /* wants bytes */
	SESSION_WAITS, /* has a letter: wants session_answer, and takes no bytes before */
	SESSION_ENDS,  /* has said its last word: to be closed when the output is sent */
};
enum session_state session_state(const struct session *session);

/* Takes bytes from DATA as long as it talks and its replies are few; returns how many it took. */
gsize session_add(struct session *session, const guint8 *data, gsize length);
/* The replies not yet sent; the caller removes what it sent. Owned by SESSION. */
GByteArray *session_output(struct session *session);

/* A message whose final dot has come. All recipients together are one delivery. */
struct letter {
	struct raw_message *raw;
	char *sender;    /* cleaned; "" for the null sender */
	char *recipient; /* cleaned; several are joined by ", " */
};
void letter_clear(struct letter *letter);
/* The letter of a session that waits; may be called once for each. */
void session_take(struct session *session, struct letter *out);

enum outcome {
	OUTCOME_KEPT,    /* in the archive, on disk */
	OUTCOME_AGAIN,   /* the same, and its content had come before */
	OUTCOME_SPOOLED, /* in the emergency spool, on disk */
	OUTCOME_FULL,    /* nowhere, for lack of room */
	OUTCOME_FAILED,  /* nowhere */
};
/* Says what became of the letter, once for each recipient; ID is the public id, or NULL. */
void session_answer(struct session *session, enum outcome outcome, const char *id);

/* Ends the conversation with 421 REASON (enhanced code and text), after the answer when it waits for one. */
void session_end(struct session *session, const char *reason);

#endif
