/*
 * The bytes of one message as they came: hashed while they stream in, never parsed beyond finding the header's trace fields. In memory up to
 * LIMIT_RAW_IN_MEMORY, in an unnamed temporary file above it.
 *
 * The content id is the SHA-256 of the canonical form, version RAW_CANONICAL_VERSION: line ends CR LF and CR -> LF; white space at the end of the
 * message dropped but for one LF; an mbox "From " line before the header dropped; the header fields that delivery adds left out (Received,
 * Return-Path, Delivered-To, X-Original-To, Envelope-To, Delivery-Date, X-Received, Authentication-Results, ARC-*, Received-SPF, Lines, Status,
 * X-Status, X-UID, X-Keywords, X-Mozilla-*, Content-Length, X-Spam-*, X-Virus-*, X-Sieve, X-Evolution*, X-Gmail-*, DKIM-Filter; the list is in rawmessage.c).
 */
#ifndef BASE_RAWMESSAGE_H
#define BASE_RAWMESSAGE_H

#include "base/hash.h"

#define RAW_CANONICAL_VERSION 1

struct raw_message;

/* Reads FD to its end. SPILL_FOLDER is where a large message's unnamed file lives (NULL: the system's temporary folder). */
struct raw_message *raw_message_from_fd(int fd, const char *spill_folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes a reference on BYTES. */
struct raw_message *raw_message_from_bytes(GBytes *bytes);
/* Another holder of the same message, from whichever thread; each gives it back with raw_message_free. */
struct raw_message *raw_message_ref(struct raw_message *raw);

/*
 * The same for bytes that come in pieces, for a server that is handed them: as long as nothing was spilled they are in memory. SPILL_FOLDER must live on.
 * After a failure the message is lost: free the intake.
 */
struct raw_intake;
struct raw_intake *raw_intake_new(const char *spill_folder);
void raw_intake_free(struct raw_intake *intake);
gboolean raw_intake_add(struct raw_intake *intake, gconstpointer data, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Moves what is in memory to the unnamed file, and all that follows: for a caller whose memory is short. Errors as raw_message_from_fd's:
 * POSTBAG_ERROR_TEMPORARY. */
gboolean raw_intake_spill(struct raw_intake *intake, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gint64 raw_intake_size(const struct raw_intake *intake);          /* bytes added */
gsize raw_intake_memory(const struct raw_intake *intake);         /* bytes of memory taken for them */
struct raw_message *raw_intake_finish(struct raw_intake *intake); /* frees INTAKE */
typedef struct raw_intake RawIntake;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RawIntake, raw_intake_free)

void raw_message_free(struct raw_message *raw);
typedef struct raw_message RawMessage;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RawMessage, raw_message_free)

gint64 raw_message_size(const struct raw_message *raw);
const struct hash *raw_message_hash(const struct raw_message *raw);    /* of the bytes as they are */
const struct hash *raw_message_content(const struct raw_message *raw); /* the content id */
/* The header block's bytes, at most LIMIT_HEADER_CANONICAL. Owned by RAW. */
const guint8 *raw_message_header(const struct raw_message *raw, gsize *length);
/* The descriptor of the unnamed file that holds the bytes, or -1 when they are in memory. Stays RAW's; its offset is nobody's. */
int raw_message_file(const struct raw_message *raw);
/* LENGTH bytes from OFFSET (fewer at the end). */
GBytes *raw_message_read(const struct raw_message *raw, gint64 offset, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
