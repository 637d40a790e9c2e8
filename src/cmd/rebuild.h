/* The index made anew, for the commands that end with it. */
#ifndef CMD_REBUILD_H
#define CMD_REBUILD_H

#include "cmd/app.h"
#include "intake/reader.h"

/* Throws the index of the archive FOLDER away, in whatever state it is, and makes it again. READER was started before any file was open. */
gboolean rebuild_index(struct app *app, const char *folder, struct reader *reader, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Brings the index up to the truth; an absent one is made. */
gboolean rebuild_rest(struct app *app, const char *folder, struct reader *reader, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
