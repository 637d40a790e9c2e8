/* Any bytes are an attachment: judging their kind and taking their text out must end well, within the limit, in valid UTF-8. */
#include "mail/document.h"
#include "mail/message.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 10000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	message_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *why = NULL, *text = NULL;
	gboolean cut;

	text = document_text(data, size, LIMIT, &cut, &why);
	if ((text == NULL) == (why == NULL)) /* a text or a reason */
		abort();
	if (text != NULL && (strlen(text) > LIMIT || !g_utf8_validate(text, -1, NULL)))
		abort();
	return 0;
}
