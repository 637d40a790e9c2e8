/* What residue*.c share. */
#ifndef ARCHIVE_RESIDUE_PRIVATE_H
#define ARCHIVE_RESIDUE_PRIVATE_H

#include "archive/residue.h"

/* Every file below the folders, byte by byte. ELSEWHERE: rows that may have the words do. ASIDE gets the folders with databases of their own (of char *). */
gboolean residue_look_at_files(
    const struct residue_search *search, struct residue *out, gboolean elsewhere, GPtrArray *aside, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
