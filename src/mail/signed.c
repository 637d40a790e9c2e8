/* The message inside opaque signed data (RFC 5652 section 5.1, RFC 8551 section 3.5.2): its way through the BER, and no more. GMime would need GnuPG's
 * processes for it; a signature is not checked here, so no key and no certificate is looked at. No recursion. */
#include "base/limits.h"
#include "mail/document-private.h"

#include <string.h>

#define SEQUENCE 0x30
#define CONTEXT_0 0xa0
#define OCTETS 0x04
#define OCTETS_PIECES 0x24 /* an octet string in pieces */
#define INTEGER 0x02
#define SET 0x31
#define IDENTIFIER 0x06

static const guint8 signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}; /* 1.2.840.113549.1.7.2 */

struct ber {
	const guint8 *at, *end;
};

/* One header: the tag must be TAG. *INSIDE gets the content; of indefinite length: all that follows, and *OPEN is TRUE. */
static gboolean
ber_enter(struct ber *from, guint8 tag, struct ber *inside, gboolean *open)
{
	gsize length;
	guint bytes;

	if (from->end - from->at < 2 || from->at[0] != tag)
		return FALSE;
	length = from->at[1];
	from->at += 2;
	*open = length == 0x80;
	if (*open)
		length = (gsize)(from->end - from->at);
	else if (length > 0x80) {
		bytes = (guint)(length & 0x7f);
		if (bytes > 4 || from->end - from->at < (gssize)bytes)
			return FALSE;
		for (length = 0; bytes > 0; bytes--)
			length = length << 8 | *from->at++;
	}
	if (length > (gsize)(from->end - from->at))
		return FALSE;
	*inside = (struct ber){from->at, from->at + length};
	if (!*open)
		from->at += length;
	return TRUE;
}

/* Passes over an element of definite length. */
static gboolean
ber_skip(struct ber *from, guint8 tag)
{
	struct ber inside;
	gboolean open;

	return ber_enter(from, tag, &inside, &open) && !open;
}

/* ContentInfo { signedData, [0] SignedData { version, digestAlgorithms, encapContentInfo { type, [0] octets } } }: *OUT gets what stands in the last [0]. */
static gboolean
find_content(const guint8 *data, gsize length, struct ber *out)
{
	struct ber all = {data, data + length}, info, name, tagged, body, inner;
	gboolean open;

	return ber_enter(&all, SEQUENCE, &info, &open) && ber_enter(&info, IDENTIFIER, &name, &open) && !open &&
	       (gsize)(name.end - name.at) == sizeof signed_data && memcmp(name.at, signed_data, sizeof signed_data) == 0 &&
	       ber_enter(&info, CONTEXT_0, &tagged, &open) && ber_enter(&tagged, SEQUENCE, &body, &open) && ber_skip(&body, INTEGER) && ber_skip(&body, SET) &&
	       ber_enter(&body, SEQUENCE, &inner, &open) && ber_skip(&inner, IDENTIFIER) && ber_enter(&inner, CONTEXT_0, out, &open);
}

gboolean
signed_looks_like(const guint8 *data, gsize length)
{
	return length > 32 && data[0] == SEQUENCE && memmem(data, 32, signed_data, sizeof signed_data) != NULL;
}

GByteArray *
signed_content(const guint8 *data, gsize length)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct ber content, pieces, piece;
	gboolean open;

	if (!find_content(data, length, &content))
		return NULL;
	if (content.at < content.end && *content.at == OCTETS_PIECES) {
		if (!ber_enter(&content, OCTETS_PIECES, &pieces, &open))
			return NULL;
	} else
		pieces = content;
	while (pieces.at < pieces.end && *pieces.at == OCTETS) {
		if (!ber_enter(&pieces, OCTETS, &piece, &open) || open)
			return NULL;
		g_byte_array_append(out, piece.at, (guint)(piece.end - piece.at));
	}
	return out->len > 0 ? g_steal_pointer(&out) : NULL;
}
