#include "base/compress.h"

#include "base/error.h"

#include <zstd.h>

#define LEVEL 2                 /* on mail: 0.527 of the size at 490 MB/s; level 3 makes 0.525 of it at 365 */
#define LEVEL_HARD 12           /* of blocks: at 30 MB/s within a fiftieth of what level 19 makes at 4 */
#define KEEP_BYTES (256 * 1024) /* a larger output buffer is given back: a daemon must not keep a big message's memory */

/* Tables for more than a short input has are cleared and looked at for nothing: a delivery's time goes into touching memory. */
#define SHORT_BYTES (16 * 1024)
#define SHORT_HASH_LOG 12
#define SHORT_CHAIN_LOG 11

/* Making a context costs more than compressing a short message with one that is there. */
struct contexts {
	ZSTD_CCtx *compress;
	ZSTD_DCtx *decompress;
	guint8 *buffer;
	gsize size;
};

static void
contexts_free(gpointer data)
{
	struct contexts *contexts = data;

	ZSTD_freeCCtx(contexts->compress);
	ZSTD_freeDCtx(contexts->decompress);
	g_free(contexts->buffer);
	g_free(contexts);
}

static GPrivate thread_contexts = G_PRIVATE_INIT(contexts_free);

static struct contexts *
contexts_get(void)
{
	struct contexts *contexts = g_private_get(&thread_contexts);

	if (contexts == NULL) {
		contexts = g_new0(struct contexts, 1);
		g_private_set(&thread_contexts, contexts);
	}
	return contexts;
}

static void
contexts_reserve(struct contexts *contexts, gsize size)
{
	if (contexts->size >= size)
		return;
	g_free(contexts->buffer);
	contexts->buffer = g_malloc(size);
	contexts->size = size;
}

static GBytes *
compress_at(int level, gconstpointer data, gsize length)
{
	struct contexts *contexts = contexts_get();
	GBytes *bytes;
	gsize size;

	if (contexts->compress == NULL && (contexts->compress = ZSTD_createCCtx()) == NULL)
		g_error("out of memory for compressing");
	contexts_reserve(contexts, ZSTD_compressBound(length));
	ZSTD_CCtx_setParameter(contexts->compress, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(contexts->compress, ZSTD_c_hashLog, length <= SHORT_BYTES ? SHORT_HASH_LOG : 0);
	ZSTD_CCtx_setParameter(contexts->compress, ZSTD_c_chainLog, length <= SHORT_BYTES ? SHORT_CHAIN_LOG : 0);
	size = ZSTD_compress2(contexts->compress, contexts->buffer, contexts->size, data, length);
	/* The buffer is as large as zstd asks, so only lack of memory is left, where GLib gives up too. */
	if (ZSTD_isError(size))
		g_error("cannot compress: %s", ZSTD_getErrorName(size));
	bytes = g_bytes_new(contexts->buffer, size);
	if (contexts->size > KEEP_BYTES) {
		g_clear_pointer(&contexts->buffer, g_free);
		contexts->size = 0;
	}
	return bytes;
}

GBytes *
compress_bytes(gconstpointer data, gsize length)
{
	return compress_at(LEVEL, data, length);
}

GBytes *
compress_bytes_hard(gconstpointer data, gsize length)
{
	return compress_at(LEVEL_HARD, data, length);
}

GBytes *
decompress_bytes(gconstpointer data, gsize length, gsize limit, GError **error)
{
	struct contexts *contexts = contexts_get();
	unsigned long long size = ZSTD_getFrameContentSize(data, length);
	g_autofree guint8 *out = NULL;
	gsize got;

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "compressed data is damaged: no zstd frame with a size");
		return NULL;
	}
	if (size > limit) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
		    "compressed data is damaged: it says it is %llu bytes long, over the limit of %" G_GSIZE_FORMAT, size, limit);
		return NULL;
	}
	if (contexts->decompress == NULL && (contexts->decompress = ZSTD_createDCtx()) == NULL)
		g_error("out of memory for decompressing");
	if ((out = g_try_malloc(MAX(size, 1))) == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "out of memory for %llu bytes of compressed data", size);
		return NULL;
	}
	got = ZSTD_decompressDCtx(contexts->decompress, out, size, data, length);
	if (ZSTD_isError(got) || got != size) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "compressed data is damaged: %s",
		    ZSTD_isError(got) ? ZSTD_getErrorName(got) : "shorter than it says");
		return NULL;
	}
	return g_bytes_new_take(g_steal_pointer(&out), size);
}
