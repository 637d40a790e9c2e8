/* Any bytes are a message: reading them, writing the record and reading it back must end well. */
#include "mail/message.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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
	g_autoptr(Record) record = message_read(data, size), again = NULL;
	g_autoptr(GBytes) bytes = record_to_bytes(record), part = NULL;
	g_autofree char *type = NULL;

	again = record_from_bytes(bytes, NULL);
	if (again == NULL) /* what is written must be readable */
		abort();
	part = message_part(data, size, "1", &type, NULL);
	return 0;
}
