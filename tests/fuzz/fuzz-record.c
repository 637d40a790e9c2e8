/* What a reader that a sender took over could answer: bytes that claim to be a record, what is stored of one, its passages, what rules say of it, or the rules'
 * targets. Each is refused, or is whole enough to be written again and to say the same. */
#include "base/record.h"
#include "mail/message.h"
#include "rules/ruleset.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	message_init();
	return 0;
}

static void
take_record(GBytes *bytes)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Record) record = record_from_bytes(bytes, &error), again = NULL;
	g_autoptr(GBytes) written = NULL, twice = NULL;

	if ((record == NULL) != (error != NULL))
		abort();
	if (record == NULL)
		return;
	written = record_to_bytes(record);
	again = record_from_bytes(written, NULL);
	if (again == NULL)
		abort();
	twice = record_to_bytes(again);
	if (!g_bytes_equal(written, twice))
		abort();
}

/* What rules say of a stored message. */
static void
take_said(GBytes *bytes)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Record) said = record_said_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &error), again = NULL;
	g_autoptr(GBytes) written = NULL;

	if ((said == NULL) != (error != NULL))
		abort();
	if (said == NULL)
		return;
	written = record_said_to_bytes(said);
	again = record_said_parse(g_bytes_get_data(written, NULL), g_bytes_get_size(written), NULL);
	if (again == NULL)
		abort();
}

/* BYTES as the row of a message whose passages are its own, or none. */
static void
take_stored(GBytes *bytes)
{
	static const char subject[] = {'p', 1, 0, 0, 3, 'H', 'i', '\0'};
	g_autoptr(GBytes) passages = g_bytes_new_static(subject, sizeof subject);
	g_autoptr(GError) error = NULL;
	g_autoptr(Record) record = record_from_stored(bytes, passages, &error);

	if ((record == NULL) != (error != NULL))
		abort();
	if (record != NULL)
		record_add_remark(record, "it can be added to");
}

static void
take_others(GBytes *bytes)
{
	g_autoptr(GError) error = NULL, other_error = NULL;
	g_autoptr(GPtrArray) passages = record_passages_from_bytes(bytes, &error);
	g_autoptr(GPtrArray) targets = rule_targets_from_bytes(bytes, &other_error);

	if ((passages == NULL) != (error != NULL) || (targets == NULL) != (other_error != NULL))
		abort();
}

/* An even first byte: the rest is the answer. An odd one: the answer to the message after the changes, with so many bytes of it changed (two bytes say where,
 * from the front or, when the higher is 128 or more, from the end; one what is added). */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = NULL;

	if (size == 0)
		return 0;
	if (data[0] % 2 == 0) {
		bytes = g_bytes_new(data + 1, size - 1);
	} else {
		size_t changes = data[0] / 2 % 16, start = 1 + 3 * changes, length;

		if (start > size)
			return 0;
		g_autoptr(Record) record = message_read(data + start, size - start);
		g_autoptr(GBytes) written = record_to_bytes(record);
		g_autofree guint8 *answer = g_memdup2(g_bytes_get_data(written, &length), g_bytes_get_size(written));

		for (size_t i = 0; i < changes && length > 0; i++) {
			const uint8_t *change = data + 1 + 3 * i;
			size_t offset = (change[0] + 256u * (change[1] % 128)) % length;

			answer[change[1] < 128 ? offset : length - 1 - offset] += change[2];
		}
		bytes = g_bytes_new(answer, length);
	}
	take_record(bytes);
	take_said(bytes);
	take_stored(bytes);
	take_others(bytes);
	return 0;
}
