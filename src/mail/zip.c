#include "mail/zip.h"

#include "base/limits.h"

#include <string.h>
#include <zlib.h>

#define END_LENGTH 22          /* of the record at the end, without its comment */
#define END_REACH 65557        /* of the end: that record and the longest comment */
#define DIRECTORY_LENGTH 46    /* of a directory entry, without its name */
#define LOCAL_LENGTH 30        /* of the header before an entry's bytes, without its name */
#define FLAG_ENCRYPTED 0x2041u /* bit 0, strong encryption, a masked header */
#define BLOCK (64 * 1024)

enum method { METHOD_STORED = 0, METHOD_DEFLATED = 8 };

struct zip_entry {
	const char *name; /* not ended by NUL */
	gsize name_length;
	guint flags, method;
	gsize packed, offset;
};

struct zip {
	const guint8 *data;
	gsize length;
	GArray *entries; /* of struct zip_entry */
};

static guint
get16(const guint8 *at)
{
	return at[0] | (guint)at[1] << 8;
}

static gsize
get32(const guint8 *at)
{
	return get16(at) | (gsize)get16(at + 2) << 16;
}

gboolean
zip_looks_like(const guint8 *data, gsize length)
{
	return length >= 4 && memcmp(data, "PK\3\4", 4) == 0;
}

/* The record at the end, or NULL. */
static const guint8 *
find_end(const guint8 *data, gsize length)
{
	gsize lowest = length > END_REACH ? length - END_REACH : 0;

	for (gsize at = length >= END_LENGTH ? length - END_LENGTH + 1 : 0; at-- > lowest;)
		if (memcmp(data + at, "PK\5\6", 4) == 0)
			return data + at;
	return NULL;
}

static gboolean
read_directory(struct zip *zip, gsize at, guint count)
{
	for (guint i = 0; i < count; i++) {
		const guint8 *from = zip->data + at;
		struct zip_entry entry;

		if (at > zip->length || zip->length - at < DIRECTORY_LENGTH || memcmp(from, "PK\1\2", 4) != 0)
			return FALSE;
		entry = (struct zip_entry){
		    (const char *)from + DIRECTORY_LENGTH, get16(from + 28), get16(from + 8), get16(from + 10), get32(from + 20), get32(from + 42)};
		if (zip->length - at - DIRECTORY_LENGTH < entry.name_length)
			return FALSE;
		g_array_append_val(zip->entries, entry);
		at += DIRECTORY_LENGTH + entry.name_length + get16(from + 30) + get16(from + 32);
	}
	return TRUE;
}

struct zip *
zip_open(const guint8 *data, gsize length)
{
	const guint8 *end = find_end(data, length);
	g_autoptr(Zip) zip = NULL;

	if (end == NULL || get16(end + 10) > LIMIT_ARCHIVE_ENTRIES)
		return NULL;
	zip = g_new0(struct zip, 1);
	zip->data = data;
	zip->length = length;
	zip->entries = g_array_new(FALSE, FALSE, sizeof(struct zip_entry));
	return read_directory(zip, get32(end + 16), get16(end + 10)) ? g_steal_pointer(&zip) : NULL;
}

void
zip_close(struct zip *zip)
{
	if (zip == NULL)
		return;
	g_array_unref(zip->entries);
	g_free(zip);
}

gboolean
zip_is_encrypted(const struct zip *zip)
{
	for (guint i = 0; i < zip->entries->len; i++)
		if ((g_array_index(zip->entries, struct zip_entry, i).flags & FLAG_ENCRYPTED) != 0)
			return TRUE;
	return FALSE;
}

gint
zip_find(const struct zip *zip, guint from, const char *start, const char *end)
{
	gsize head = strlen(start), tail = strlen(end);

	for (guint i = from; i < zip->entries->len; i++) {
		const struct zip_entry *entry = &g_array_index(zip->entries, struct zip_entry, i);

		if (entry->name_length >= head + tail && memcmp(entry->name, start, head) == 0 &&
		    memcmp(entry->name + entry->name_length - tail, end, tail) == 0)
			return (gint)i;
	}
	return -1;
}

typedef gboolean (*take_func)(gpointer user, const char *bytes, gsize length);

static enum zip_result
inflate_all(z_stream *stream, gsize *left, take_func take, gpointer user)
{
	g_autofree char *block = g_malloc(BLOCK);
	int status = Z_OK;

	while (status != Z_STREAM_END) {
		gsize got;

		stream->next_out = (guint8 *)block;
		stream->avail_out = BLOCK;
		status = inflate(stream, Z_NO_FLUSH);
		got = BLOCK - stream->avail_out;
		if ((status != Z_OK && status != Z_STREAM_END) || (got == 0 && status == Z_OK))
			return ZIP_DAMAGED;
		if (got > *left)
			return ZIP_TOO_LONG;
		*left -= got;
		if (stream->total_out > LIMIT_DOCUMENT_FREE && stream->total_out / LIMIT_DOCUMENT_RATIO > stream->total_in)
			return ZIP_BOMB;
		if (!take(user, block, got))
			return ZIP_ENOUGH;
	}
	return ZIP_OK;
}

static enum zip_result
inflate_entry(const guint8 *packed, gsize length, gsize *left, take_func take, gpointer user)
{
	z_stream stream = {.next_in = (guint8 *)packed, .avail_in = (uInt)length};
	enum zip_result result;

	if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return ZIP_DAMAGED;
	result = inflate_all(&stream, left, take, user);
	inflateEnd(&stream);
	return result;
}

enum zip_result
zip_read(const struct zip *zip, guint entry, gsize *left, gboolean (*take)(gpointer user, const char *bytes, gsize length), gpointer user)
{
	const struct zip_entry *found = &g_array_index(zip->entries, struct zip_entry, entry);
	const guint8 *local = zip->data + found->offset;
	gsize room, skip;

	if (found->offset > zip->length || zip->length - found->offset < LOCAL_LENGTH || memcmp(local, "PK\3\4", 4) != 0)
		return ZIP_DAMAGED;
	room = zip->length - found->offset;
	skip = LOCAL_LENGTH + get16(local + 26) + get16(local + 28);
	if (skip > room || room - skip < found->packed)
		return ZIP_DAMAGED;
	if (found->method == METHOD_DEFLATED)
		return inflate_entry(local + skip, found->packed, left, take, user);
	if (found->method != METHOD_STORED)
		return ZIP_DAMAGED;
	if (found->packed > *left)
		return ZIP_TOO_LONG;
	*left -= found->packed;
	return take(user, (const char *)local + skip, found->packed) ? ZIP_OK : ZIP_ENOUGH;
}
