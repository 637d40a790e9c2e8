/*
 * What was understood of one message: plain data, the one thing that crosses from the reader (which handles hostile bytes) to the
 * index (which never sees them). mail/ fills in everything but kind words, filings and evidence; rules/classify adds those.
 * All strings are valid UTF-8 without control characters other than tab and line feed, except that passage text keeps what the
 * sender wrote (valid UTF-8; printers escape). Absent strings are NULL.
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <glib.h>

enum record_kind { /* the numbers are stored in records only; the index stores the names */
	KIND_INPUT,
	KIND_TEAM,
	KIND_AUTO,
	KIND_BOUNCE,
	KIND_SPAM,
	KIND_ADMIN,
	KIND_ANNOUNCEMENT,
	N_KINDS,
};

enum record_role { ROLE_FROM, ROLE_SENDER, ROLE_REPLY_TO, ROLE_TO, ROLE_CC, ROLE_FAILED /* a bounce's failed recipient */, N_ROLES };

struct record_address {
	enum record_role role;
	char *name;    /* display name, decoded, or NULL */
	char *address; /* addr-spec as written, lower-case domain; never NULL */
};

enum record_charset {     /* how a text part's bytes became UTF-8 */
	CHARSET_NONE,     /* not a text part */
	CHARSET_DECLARED, /* as the part said */
	CHARSET_GUESSED,  /* undeclared or unknown: guessed */
	CHARSET_REPAIRED, /* declared wrongly, or with bytes that had to be replaced */
	N_CHARSETS,
};

struct record_part {
	char *number;  /* "1", "2.1": as in IMAP (RFC 3501 section 6.4.5) */
	char *type;    /* "text/plain", lower-case */
	char *charset; /* the charset it was read in, or NULL */
	enum record_charset charset_state;
	char *filename;      /* as the sender wrote it, decoded; never a path to use */
	gint64 size;         /* decoded bytes */
	gboolean attachment; /* listed as an attachment (disposition, a file name, or not a body) */
	gboolean read;       /* its text is in the passages */
	char *remark;        /* why not read: REMARK_WAITING, "encrypted", "over the limit of ...", or NULL */
};

/* Remarks of parts that a converter has still to read; the second of those that need a program which not every machine has. */
#define REMARK_WAITING "to be read"
#define REMARK_WAITING_PDF "to be read by pdftotext"

enum record_passage_kind {
	PASSAGE_SUBJECT,    /* the subject without Re:, Fwd:, [list] */
	PASSAGE_NEW,        /* the author's own new text */
	PASSAGE_QUOTED,     /* quoted from an earlier message, attribution line included */
	PASSAGE_FORWARDED,  /* a forwarded message, inline or enclosed */
	PASSAGE_SIGNATURE,  /* from the signature delimiter or an equivalent on */
	PASSAGE_FOOTER,     /* list footer, disclaimer, security banner */
	PASSAGE_ATTACHMENT, /* text of an attachment */
	PASSAGE_FILENAME,   /* an attachment's file name */
	PASSAGE_ENCLOSED,   /* text enclosed by a machine: in a bounce, a report */
	N_PASSAGE_KINDS,
};

struct record_passage {
	enum record_passage_kind kind;
	guint part; /* index in parts; 0 for the subject */
	char *text; /* UTF-8, LF line ends, quote marks of PASSAGE_QUOTED removed; may be "" */
};

enum record_tier { TIER_FIRM, TIER_SUGGESTED, TIER_HINT /* evidence only: near, not filed */, TIER_MASKED /* evidence only */, N_TIERS };

enum record_target { TARGET_WORKSTREAM, TARGET_TOPIC, TARGET_INTENT, TARGET_GROUP, TARGET_REGION, TARGET_KIND, TARGET_MASK, N_TARGETS };

struct record_filing {
	enum record_target type; /* workstream, topic, intent, group or region */
	char *id;
	char *taxonomy;        /* the taxonomy the id belongs to */
	enum record_tier tier; /* TIER_FIRM or TIER_SUGGESTED */
};

struct record_evidence {
	enum record_target type;
	char *id; /* what it speaks for: a topic, an intent, ... ; of a mask: its name or "" */
	enum record_tier tier;
	char *key;            /* the rule's key: "keyword", "likely", "hint", "pattern", "not", "maps", "attachment", "address", ... */
	char *rule;           /* the phrase or pattern as written in the rule file */
	char *file;           /* rule file's base name */
	guint line;           /* in that file, from 1 */
	gint passage;         /* index in passages, or -1 (an address, a condition, a mapping) */
	guint offset, length; /* bytes in the passage's text */
	char *words;          /* what was matched, as the sender wrote it; white space folded, at most 200 bytes: of more both ends */
};

struct record_header {
	char *name;
	char *value; /* decoded, unfolded; NULL: none */
};

struct record {
	char *message_id;      /* without angle brackets */
	char *in_reply_to;     /* first id */
	GPtrArray *references; /* of char *, oldest first, In-Reply-To included at the end when absent from it */
	char *subject;         /* decoded */
	char *subject_base;    /* without Re:, Fwd:, [list prefix], in any common language */
	GPtrArray *addresses;  /* of struct record_address */
	char *author_name;     /* the author behind a list's rewritten From */
	char *author_address;
	char *author_reason; /* "From", "Reply-To: the From is the list's", ... */
	char *organization;
	char *list_id; /* RFC 2919, without angle brackets */
	gboolean has_date;
	gint64 date;          /* the Date header, seconds since 1970 UTC; 0 unless has_date */
	gint date_zone;       /* its zone, minutes east of UTC */
	gint64 date_received; /* newest date of the Received fields, 0 if none */
	GPtrArray *parts;     /* of struct record_part, in order */
	GPtrArray *passages;  /* of struct record_passage; number 0 is always the subject */
	guint words;          /* in the new text */
	char *lang;           /* ISO 639-1 of the new text, or NULL */
	enum record_kind kind;
	char *kind_reason; /* "Auto-Submitted: auto-replied", "team: address", "no sign of anything else" */
	gboolean held;
	char *held_reason;
	GPtrArray *filings;  /* of struct record_filing */
	GPtrArray *evidence; /* of struct record_evidence */
	GPtrArray *remarks;  /* of char *: limits met, repairs made; one sentence each */
	GPtrArray *headers;  /* of struct record_header, for rules only */
	/* The kind before rules were asked, and why (NULL: no sign of any): what a later classification begins with. */
	gboolean has_found;
	enum record_kind found_kind;
	char *found_reason;
	gpointer
	    block; /* of a record that was parsed: all its elements and strings stand here, and none may be added or changed; NULL: each has its own room */
};

/* Remarks that begin with this are a classification's own, and go with it. */
#define RECORD_RULES_REMARK "rules "

struct record *record_new(void);
void record_free(struct record *record);
typedef struct record Record; /* for g_autoptr(Record) only, as for every opaque struct of the house */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Record, record_free)

/* Appending; strings are copied. Each returns what was added, owned by the record. */
struct record_address *record_add_address(struct record *record, enum record_role role, const char *name, const char *address);
struct record_part *record_add_part(struct record *record, const char *number, const char *type);
struct record_passage *record_add_passage(struct record *record, enum record_passage_kind kind, guint part, const char *text, gssize length);
struct record_filing *record_add_filing(struct record *record, enum record_target type, const char *id, const char *taxonomy, enum record_tier tier);
struct record_evidence *record_add_evidence(
    struct record *record, enum record_target type, const char *id, enum record_tier tier, const char *key, const char *rule, const char *file, guint line);
void record_add_remark(struct record *record, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The filing of that type and id, or NULL. */
struct record_filing *record_find_filing(const struct record *record, enum record_target type, const char *id);

/*
 * Before rules are asked: notes the kind found so far, and drops what rules never see of the headers: signatures and the way a message took (they are long, and
 * nobody writes rules on them) and what is beyond LIMIT_RULE_HEADERS. The second time it puts back the kind that the first one noted.
 */
void record_settle_found(struct record *record);

/*
 * Bytes for the pipe (record_write appends them to ARRAY), and back. record_parse treats them as hostile: every string, number, index and count is checked; on
 * failure POSTBAG_ERROR_DATA. It copies the bytes once, and the record, which is not to be changed, points into them.
 */
GBytes *record_to_bytes(const struct record *record);
void record_write(const struct record *record, GByteArray *array);
struct record *record_from_bytes(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
struct record *record_parse(gconstpointer data, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An empty array of struct record_passage that frees its elements. */
GPtrArray *record_passages_new(void);

/* The passages alone, as stored beside the search index (compressed by the caller), and back. */
GBytes *record_passages_to_bytes(const GPtrArray *passages);
GPtrArray *record_passages_from_bytes(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A settled record without its passages and without what a classification added; and a record like the settled one again, which can be classified, from those
 * bytes and the PASSAGES' (record_passages_to_bytes). */
GBytes *record_found_to_bytes(const struct record *record);
struct record *record_from_stored(GBytes *found, GBytes *passages, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The two as the index has them, in one piece for the reader, which makes the record. POSTBAG_ERROR_DATA. */
GBytes *record_pack_stored(GBytes *found, GBytes *passages);
struct record *record_unpack_stored(gconstpointer data, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a classification said of a stored record (words, language, kind, hold, filings, evidence, remarks), without what was stored already; and a record with
 * that alone, parsed as above. Its evidence names places in passages that are not there: record_fits has to be asked before it is stored beside them. */
GBytes *record_said_to_bytes(const struct record *record);
struct record *record_said_parse(gconstpointer data, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean record_fits(const struct record *said, const GPtrArray *passages);

/* Names as in the index, JSON and the query language; the reverse gives -1 for an unknown name. */
const char *kind_name(enum record_kind kind);
int kind_from_name(const char *name);
const char *role_name(enum record_role role);
const char *charset_state_name(enum record_charset state);
const char *passage_kind_name(enum record_passage_kind kind);
const char *tier_name(enum record_tier tier);
int tier_from_name(const char *name);
const char *target_name(enum record_target type);
int target_from_name(const char *name);

#endif
