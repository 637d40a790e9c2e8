#include "mail/received.h"

#include <string.h>

#include "mail/headers.h"
#include "mail/message-tree.h"

#define YEAR_1995 G_GINT64_CONSTANT(788918400)
#define ONE_DAY (24 * 3600)

/* The date in TEXT, or 0 when there is none that can be believed. */
static gint64
believable(const char *text, gint64 now)
{
	gint64 seconds;
	gint zone;

	if (text == NULL || !message_date(text, &seconds, &zone) || seconds < YEAR_1995 || seconds > now + ONE_DAY)
		return 0;
	return seconds;
}

static gint64
field_date(const struct header_field *field, gboolean received, gint64 now)
{
	g_autofree char *value = header_decode(field->value, field->length);
	const char *semicolon = received ? strrchr(value, ';') : NULL;

	return believable(semicolon != NULL ? semicolon + 1 : received ? NULL : value, now);
}

gint64
received_date(const guint8 *header, gsize length, gint64 known, gint64 now)
{
	struct header_block block;
	gint64 found = 0, dated = 0;

	headers_scan(header, length, &block, NULL);
	for (guint i = 0; i < block.fields->len && found == 0; i++) {
		const struct header_field *field = &g_array_index(block.fields, struct header_field, i);

		if (header_is(field, "Received"))
			found = field_date(field, TRUE, now);
		else if (dated == 0 && header_is(field, "Date"))
			dated = field_date(field, FALSE, now);
	}
	header_block_clear(&block);
	return found != 0 ? found : known != 0 ? known : dated != 0 ? dated : now;
}
