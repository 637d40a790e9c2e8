/*
 * What `postbag check` looks for in an archive's files. Nothing here changes the archive. Each finding is one line: where, what, and what to do about it; of
 * one kind at most LIMIT_FINDINGS are kept and the rest counted, so that a broken disk does not fill the memory.
 */
#ifndef ARCHIVE_CHECK_H
#define ARCHIVE_CHECK_H

#include "archive/index.h"
#include "archive/mailstore.h"

struct finding {
	gboolean warning; /* no fault: does not change the exit status */
	const char *kind; /* a constant: which check found it */
	char *where, *what, *remedy;
};
struct findings;
struct findings *findings_new(void);
void findings_free(struct findings *findings);
typedef struct findings Findings;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Findings, findings_free)

/* KIND is a constant; REMEDY may be NULL. Control characters in the text are escaped. */
void findings_fault(struct findings *findings, const char *kind, const char *where, const char *remedy, const char *format, ...) G_GNUC_PRINTF(5, 6);
void findings_warning(struct findings *findings, const char *kind, const char *where, const char *remedy, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* ERROR's message, which holds its remedy, as a fault. */
void findings_error(struct findings *findings, const char *kind, const char *where, const GError *error);
/* In the order in which they were found, and after them a line for each kind of which there were more: of struct finding. */
const GPtrArray *findings_list(struct findings *findings);
guint findings_faults(const struct findings *findings);

enum check_depth { CHECK_QUICK, CHECK_WHOLE };

/* mail.db: SQLite's own structure, foreign keys, what belongs together, the chain of links; WHOLE also every message: its bytes against their hashes, its ids
 * and its size. Reads within the transaction that is open, or without one. FALSE only when it could not go on for another reason than damage. */
gboolean check_mail(struct mailstore *store, struct findings *findings, enum check_depth depth, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* index.db against the truth: whose it is and how far it followed, and that it has each message and delivery up to there and no other. *USABLE: further
 * comparisons make sense. NOW tells how long it has been behind. */
gboolean check_index(struct index *index, struct mailstore *store, struct findings *findings, enum check_depth depth, gint64 now, gboolean *usable,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Every table of INDEX, the search index's words among them, against FRESH, which was made from the same entries of STORE. */
gboolean check_index_tables(
    struct index *index, struct index *fresh, struct mailstore *store, struct findings *findings, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Modes, groups, kinds and leftovers of the files in the archive's FOLDER. */
void check_files(const char *folder, gint64 now, struct findings *findings);
/* The same for one file or folder that people of the group write to: ABOUT_FOLDER is the archive's folder's. */
void check_mode(const char *path, const char *where, const char *folder, struct findings *findings);
/* Room on the file system of PATH. */
void check_space(const char *path, const char *where, struct findings *findings);

#endif
