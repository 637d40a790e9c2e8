/* Attachments that are documents -> text: in the reader (mail/document.h), PDFs by pdftotext(1) behind walls of its own (base/confine.h). */
#ifndef INTAKE_CONVERT_H
#define INTAKE_CONVERT_H

#include "base/record.h"
#include "intake/reader.h"

/* The path of pdftotext, or NULL when this machine has none on its PATH: then a PDF waits. Caller frees. */
char *convert_pdf_program(void);

struct converting {
	struct reader *reader;   /* has nothing pending, and more than one process: it is asked for the converters' too */
	const char *pdf_program; /* or NULL */
	const gint *stop;        /* set by another thread when nobody wants the text any more, or NULL */
	gboolean hurried;        /* becomes TRUE when a limit of time was met, which another day may not be */
};
/* Converts the parts NUMBERS of the message BYTES and reads it again with their text into *OUT; FALSE when none of them can be converted here, or now. The
 * reader owes no other answers, or drops them. */
gboolean convert_read(struct converting *converting, GBytes *bytes, GStrv numbers, gint64 received, struct reading *out);

/* The numbers of the parts of RECORD that wait for a converter, PDF: for pdftotext too; NULL when none does. Caller frees. */
GStrv convert_waiting(const struct record *record, gboolean pdf);

#endif
