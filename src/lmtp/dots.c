#include "lmtp/dots.h"

#include <string.h>

gsize
dots_add(struct dots *dots, const guint8 *data, gsize length, void (*sink)(gpointer user, const guint8 *data, gsize length), gpointer user)
{
	gsize from = 0; /* not yet given away */

	for (gsize i = 0; i < length && !dots->end; i++) {
		const guint8 *cr;

		switch (dots->state) {
		case DOTS_LINE:
			if (data[i] == '.') {
				if (i > from)
					sink(user, data + from, i - from);
				from = i + 1;
				dots->state = DOTS_DOT;
				continue;
			}
			break;
		case DOTS_TEXT:
			cr = memchr(data + i, '\r', length - i);
			i = cr != NULL ? (gsize)(cr - data) : length - 1;
			break;
		case DOTS_CR:
			if (data[i] == '\n') {
				dots->state = DOTS_LINE;
				continue;
			}
			break;
		case DOTS_DOT:
			if (data[i] == '\r') {
				from = i + 1;
				dots->state = DOTS_DOT_CR;
				continue;
			}
			break;
		case DOTS_DOT_CR:
			if (data[i] == '\n') {
				dots->end = TRUE;
				return i + 1;
			}
			sink(user, (const guint8 *)"\r", 1);
			break;
		}
		dots->state = data[i] == '\r' ? DOTS_CR : DOTS_TEXT;
	}
	if (length > from)
		sink(user, data + from, length - from);
	return length;
}
