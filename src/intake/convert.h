/* Attachments that are documents -> text: in the reader (mail/document.h), PDFs by pdftotext(1) behind walls of its own (base/confine.h). */
#ifndef INTAKE_CONVERT_H
#define INTAKE_CONVERT_H

#include "base/record.h"
#include "intake/reader.h"

/* The path of pdftotext, or NULL when this machine has none on its PATH: then a PDF waits. Caller frees. */
char *convert_pdf_program(void);

/* Converts the parts NUMBERS of the message BYTES and reads it again with their text into *OUT; FALSE when none of them can be converted here. PDF_PROGRAM may
 * be NULL. *HURRIED becomes TRUE when a limit of time was met, which another day may not be. READER has nothing pending. */
gboolean convert_read(struct reader *reader, GBytes *bytes, GStrv numbers, const char *pdf_program, gint64 received, struct reading *out, gboolean *hurried);

/* The numbers of the parts of RECORD that wait for a converter; NULL when none does. Caller frees. */
GStrv convert_waiting(const struct record *record);

#endif
