#include "base/needle.h"

static gboolean
strings_have(const struct needles *needles, const char *const *strings, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (needles_in_text(needles, strings[i]))
			return TRUE;
	return FALSE;
}

gboolean
needles_in_record(const struct needles *needles, const struct record *record)
{
	const char *const strings[] = {record->message_id, record->subject, record->author_name, record->author_address, record->organization, record->list_id};
	gboolean any = strings_have(needles, strings, G_N_ELEMENTS(strings));

	for (guint i = 0; !any && i < record->passages->len; i++)
		any = needles_in_text(needles, ((const struct record_passage *)record->passages->pdata[i])->text);
	for (guint i = 0; !any && i < record->headers->len; i++)
		any = needles_in_text(needles, ((const struct record_header *)record->headers->pdata[i])->value);
	for (guint i = 0; !any && i < record->parts->len; i++)
		any = needles_in_text(needles, ((const struct record_part *)record->parts->pdata[i])->filename);
	for (guint i = 0; !any && i < record->addresses->len; i++) {
		const struct record_address *address = record->addresses->pdata[i];

		any = needles_in_text(needles, address->name) || needles_in_text(needles, address->address);
	}
	return any;
}
