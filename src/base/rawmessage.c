#include "base/rawmessage.h"

#include "base/error.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * Header fields that a delivery adds or changes, left out of the canonical form. A '*' ends a prefix. A change of this table, or of anything
 * else the content id is computed over, is a new RAW_CANONICAL_VERSION.
 */
static const char *const trace_fields[] = {
    "ARC-*",
    "Authentication-Results",
    "Content-Length",
    "Delivered-To",
    "Delivery-Date",
    "DKIM-Filter",
    "Envelope-To",
    "Lines",
    "Received",
    "Received-SPF",
    "Return-Path",
    "Status",
    "X-Evolution*",
    "X-Gmail-*",
    "X-Keywords",
    "X-Mozilla-*",
    "X-Original-To",
    "X-Received",
    "X-Sieve",
    "X-Spam-*",
    "X-Status",
    "X-UID",
    "X-Virus-*",
};

#define READ_BYTES (64 * 1024)
#define FIRST_BYTES (8 * 1024) /* most messages end within it, and memory is dear to a process that lives for one */
#define BUFFER_BYTES 4096

/* Hashes bytes with line ends made LF and without the white space that turns out to be the last. */
struct canonical {
	struct hasher *hasher;
	struct hasher *before_white; /* where HASHER stood before the white space that came last */
	gboolean white;              /* the last byte hashed was white space */
	gboolean cr;                 /* the last byte seen was CR: an LF after it belongs to the same line end */
	gsize used;
	guint8 buffer[BUFFER_BYTES];
};

struct raw_message {
	gint holders;
	gint64 size;
	struct hash hash;
	struct hash content;
	GByteArray *header;
	GBytes *bytes; /* NULL when spilled */
	int fd;        /* -1 when in memory */
};

/* The state of hashing one message while it comes in pieces of any length. */
struct intake {
	struct raw_message *raw;
	struct hasher *hasher;
	struct canonical canonical;
	gboolean in_body;
	gboolean cr;         /* the last header byte was CR */
	gboolean line_begun; /* the header's current line has a byte */
};

static gboolean
is_white(guint8 c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* DATA has no CR. A hash can be copied but not taken back, so the state before trailing white space is kept instead of the white space, which has no bound. */
static void
canonical_hash(struct canonical *canonical, const guint8 *data, gsize length)
{
	gsize kept = length;

	while (kept > 0 && is_white(data[kept - 1]))
		kept--;
	if (kept > 0) {
		hasher_add(canonical->hasher, data, kept);
		canonical->white = FALSE;
	}
	if (kept == length)
		return;
	if (!canonical->white)
		hasher_assign(canonical->before_white, canonical->hasher);
	canonical->white = TRUE;
	hasher_add(canonical->hasher, data + kept, length - kept);
}

static void
canonical_flush(struct canonical *canonical)
{
	canonical_hash(canonical, canonical->buffer, canonical->used);
	canonical->used = 0;
}

static void
canonical_put(struct canonical *canonical, const guint8 *data, gsize length)
{
	if (canonical->used + length > BUFFER_BYTES)
		canonical_flush(canonical);
	if (length >= BUFFER_BYTES) {
		canonical_hash(canonical, data, length);
		return;
	}
	memcpy(canonical->buffer + canonical->used, data, length);
	canonical->used += length;
}

static void
canonical_add(struct canonical *canonical, const guint8 *data, gsize length)
{
	const guint8 *end = data + length;

	while (data < end) {
		const guint8 *cr;

		if (canonical->cr && *data == '\n')
			data++;
		canonical->cr = FALSE;
		cr = data < end ? memchr(data, '\r', end - data) : NULL;
		if (cr == NULL) {
			canonical_put(canonical, data, end - data);
			return;
		}
		canonical_put(canonical, data, cr - data);
		canonical_put(canonical, (const guint8 *)"\n", 1);
		canonical->cr = TRUE;
		data = cr + 1;
	}
}

static struct hash
canonical_finish(struct canonical *canonical)
{
	struct hasher *hasher;

	canonical_flush(canonical);
	hasher = canonical->white ? g_steal_pointer(&canonical->before_white) : g_steal_pointer(&canonical->hasher);
	hasher_add(hasher, "\n", 1);
	g_clear_pointer(&canonical->hasher, hasher_free);
	g_clear_pointer(&canonical->before_white, hasher_free);
	return hasher_finish(hasher);
}

/* LINE begins with a field of trace_fields: its name, optional white space (RFC 5322 section 4.5), a colon. */
static gboolean
is_trace_field(const guint8 *line, gsize length)
{
	const guint8 *colon = memchr(line, ':', length);
	gsize name = colon == NULL ? 0 : colon - line;

	while (name > 0 && (line[name - 1] == ' ' || line[name - 1] == '\t'))
		name--;
	if (name == 0)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(trace_fields); i++) {
		const char *field = trace_fields[i];
		gsize wanted = strlen(field);
		gboolean prefix = field[wanted - 1] == '*';

		if (prefix)
			wanted--;
		if ((prefix ? name >= wanted : name == wanted) && g_ascii_strncasecmp((const char *)line, field, wanted) == 0)
			return TRUE;
	}
	return FALSE;
}

/* An mbox separator holds a time of day; a sentence that begins with "From " and stands where a header should be does not. */
static gboolean
is_from_line(const guint8 *line, gsize length)
{
	if (length < 5 || memcmp(line, "From ", 5) != 0)
		return FALSE;
	for (gsize i = 6; i + 2 < length; i++)
		if (line[i] == ':' && g_ascii_isdigit(line[i - 1]) && g_ascii_isdigit(line[i + 1]) && g_ascii_isdigit(line[i + 2]))
			return TRUE;
	return FALSE;
}

/* The length of the line at LINE, its line end included. */
static gsize
line_length(const guint8 *line, gsize length)
{
	gsize i = 0;

	while (i < length && line[i] != '\n' && line[i] != '\r')
		i++;
	if (i + 1 < length && line[i] == '\r' && line[i + 1] == '\n')
		return i + 2;
	return MIN(i + 1, length);
}

static void
canonical_add_header(struct canonical *canonical, const guint8 *header, gsize length)
{
	gsize at = 0, kept = 0;
	gboolean drop = FALSE;

	if (length == 0)
		return;
	if (is_from_line(header, line_length(header, length)))
		at = kept = line_length(header, length);
	while (at < length) {
		gsize line = line_length(header + at, length - at);
		gboolean folded = header[at] == ' ' || header[at] == '\t';
		gboolean was = drop;

		if (!folded)
			drop = is_trace_field(header + at, line);
		if (drop && !was)
			canonical_add(canonical, header + kept, at - kept);
		at += line;
		if (drop)
			kept = at;
	}
	canonical_add(canonical, header + kept, length - kept);
}

static void
intake_begin(struct intake *intake)
{
	*intake = (struct intake){
	    .raw = g_new0(struct raw_message, 1),
	    .hasher = hasher_new(),
	};
	intake->raw->holders = 1;
	intake->raw->fd = -1;
	intake->raw->header = g_byte_array_new();
	intake->canonical.hasher = hasher_new();
	intake->canonical.before_white = hasher_new();
}

/* How many bytes of DATA belong to the header; the empty line that ends it is the body's. */
static gsize
intake_scan_header(struct intake *intake, const guint8 *data, gsize length)
{
	gsize room = LIMIT_HEADER_CANONICAL - intake->raw->header->len;

	for (gsize i = 0; i < MIN(length, room); i++) {
		guint8 c = data[i];
		gboolean second = c == '\n' && intake->cr;

		intake->cr = c == '\r';
		if (second)
			continue;
		if (c != '\n' && c != '\r') {
			intake->line_begun = TRUE;
		} else if (!intake->line_begun) {
			intake->in_body = TRUE;
			return i;
		} else {
			intake->line_begun = FALSE;
		}
	}
	intake->in_body = room <= length;
	return MIN(length, room);
}

static void
intake_add(struct intake *intake, const guint8 *data, gsize length)
{
	GByteArray *header = intake->raw->header;

	intake->raw->size += length;
	hasher_add(intake->hasher, data, length);
	if (!intake->in_body) {
		gsize part = intake_scan_header(intake, data, length);

		g_byte_array_append(header, data, part);
		data += part;
		length -= part;
		if (intake->in_body)
			canonical_add_header(&intake->canonical, header->data, header->len);
	}
	canonical_add(&intake->canonical, data, length);
}

static struct raw_message *
intake_finish(struct intake *intake)
{
	struct raw_message *raw = g_steal_pointer(&intake->raw);

	if (!intake->in_body)
		canonical_add_header(&intake->canonical, raw->header->data, raw->header->len);
	raw->hash = hasher_finish(g_steal_pointer(&intake->hasher));
	raw->content = canonical_finish(&intake->canonical);
	return raw;
}

static void
intake_clear(struct intake *intake)
{
	g_clear_pointer(&intake->raw, raw_message_free);
	g_clear_pointer(&intake->hasher, hasher_free);
	g_clear_pointer(&intake->canonical.hasher, hasher_free);
	g_clear_pointer(&intake->canonical.before_white, hasher_free);
}

typedef struct intake Intake;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Intake, intake_clear)

/* A file without a name, so that a killed process leaves nothing behind. */
static int
spill_open(const char *folder, GError **error)
{
	g_autofree char *template = NULL;
	int fd;

	if (folder == NULL)
		folder = g_get_tmp_dir();
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* Some file systems have no O_TMPFILE. */
	template = g_build_filename(folder, ".message-XXXXXX", NULL);
	fd = mkostemp(template, O_CLOEXEC);
	if (fd < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY,
		    "cannot make a temporary file in %s for a large message: %s; make room there or let this user write there", folder, g_strerror(errno));
		return -1;
	}
	unlink(template);
	return fd;
}

static gboolean
spill_write(int fd, const guint8 *data, gsize length, GError **error)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY,
			    "cannot write a large message to a temporary file: %s; make room and try again", g_strerror(errno));
			return FALSE;
		}
		data += n;
		length -= n;
	}
	return TRUE;
}

static ssize_t
read_some(int fd, guint8 *data, gsize length, GError **error)
{
	ssize_t n;

	do
		n = read(fd, data, length);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot read the message: %s", g_strerror(errno));
	return n;
}

struct raw_message *
raw_message_from_fd(int fd, const char *spill_folder, GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_sized_new(FIRST_BYTES);
	g_auto(Intake) intake;
	gsize room = FIRST_BYTES;

	intake_begin(&intake);
	for (;;) {
		gsize held = bytes->len;
		ssize_t n;

		if (held == room)
			room += MIN(room, READ_BYTES);
		g_byte_array_set_size(bytes, room);
		n = read_some(fd, bytes->data + held, room - held, error);
		if (n < 0)
			return NULL;
		g_byte_array_set_size(bytes, held + n);
		if (n == 0)
			break;
		intake_add(&intake, bytes->data + held, n);
		if (intake.raw->fd < 0 && bytes->len > LIMIT_RAW_IN_MEMORY && (intake.raw->fd = spill_open(spill_folder, error)) < 0)
			return NULL;
		if (intake.raw->fd >= 0) {
			if (!spill_write(intake.raw->fd, bytes->data, bytes->len, error))
				return NULL;
			/* A fresh array: setting the length to 0 would keep the memory that the limit is there to save. */
			if (bytes->len > READ_BYTES) {
				g_byte_array_unref(bytes);
				bytes = g_byte_array_sized_new(READ_BYTES);
				room = READ_BYTES;
			}
			g_byte_array_set_size(bytes, 0);
		}
	}
	if (intake.raw->fd < 0)
		intake.raw->bytes = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
	return intake_finish(&intake);
}

struct raw_message *
raw_message_from_bytes(GBytes *bytes)
{
	struct intake intake;
	gsize length;
	const guint8 *data = g_bytes_get_data(bytes, &length);

	intake_begin(&intake);
	intake.raw->bytes = g_bytes_ref(bytes);
	intake_add(&intake, data, length);
	return intake_finish(&intake);
}

struct raw_message *
raw_message_ref(struct raw_message *raw)
{
	g_atomic_int_inc(&raw->holders);
	return raw;
}

struct raw_intake {
	struct intake intake;
	GByteArray *bytes; /* what is not in the file */
	const char *spill_folder;
};

struct raw_intake *
raw_intake_new(const char *spill_folder)
{
	struct raw_intake *in = g_new0(struct raw_intake, 1);

	intake_begin(&in->intake);
	in->bytes = g_byte_array_new();
	in->spill_folder = spill_folder;
	return in;
}

void
raw_intake_free(struct raw_intake *in)
{
	if (in == NULL)
		return;
	intake_clear(&in->intake);
	g_clear_pointer(&in->bytes, g_byte_array_unref);
	g_free(in);
}

gboolean
raw_intake_spill(struct raw_intake *in, GError **error)
{
	struct raw_message *raw = in->intake.raw;

	if (raw->fd < 0 && (raw->fd = spill_open(in->spill_folder, error)) < 0)
		return FALSE;
	if (!spill_write(raw->fd, in->bytes->data, in->bytes->len, error))
		return FALSE;
	g_byte_array_unref(in->bytes);
	in->bytes = g_byte_array_new();
	return TRUE;
}

gboolean
raw_intake_add(struct raw_intake *in, gconstpointer data, gsize length, GError **error)
{
	intake_add(&in->intake, data, length);
	if (in->intake.raw->fd >= 0)
		return spill_write(in->intake.raw->fd, data, length, error);
	g_byte_array_append(in->bytes, data, length);
	return in->bytes->len <= LIMIT_RAW_IN_MEMORY || raw_intake_spill(in, error);
}

gint64
raw_intake_size(const struct raw_intake *in)
{
	return in->intake.raw->size;
}

/* An array takes the next power of two. */
static gsize
array_memory(const GByteArray *array)
{
	return array->len == 0 ? 0 : (gsize)1 << g_bit_storage(array->len - 1);
}

gsize
raw_intake_memory(const struct raw_intake *in)
{
	return array_memory(in->bytes) + array_memory(in->intake.raw->header);
}

struct raw_message *
raw_intake_finish(struct raw_intake *in)
{
	struct raw_message *raw;

	if (in->intake.raw->fd < 0)
		in->intake.raw->bytes = g_byte_array_free_to_bytes(g_steal_pointer(&in->bytes));
	raw = intake_finish(&in->intake);
	raw_intake_free(in);
	return raw;
}

void
raw_message_free(struct raw_message *raw)
{
	if (raw == NULL || !g_atomic_int_dec_and_test(&raw->holders))
		return;
	if (raw->fd >= 0)
		close(raw->fd);
	g_clear_pointer(&raw->bytes, g_bytes_unref);
	g_byte_array_unref(raw->header);
	g_free(raw);
}

gint64
raw_message_size(const struct raw_message *raw)
{
	return raw->size;
}

const struct hash *
raw_message_hash(const struct raw_message *raw)
{
	return &raw->hash;
}

const struct hash *
raw_message_content(const struct raw_message *raw)
{
	return &raw->content;
}

const guint8 *
raw_message_header(const struct raw_message *raw, gsize *length)
{
	*length = raw->header->len;
	return raw->header->data;
}

int
raw_message_file(const struct raw_message *raw)
{
	return raw->fd;
}

GBytes *
raw_message_read(const struct raw_message *raw, gint64 offset, gsize length, GError **error)
{
	g_autofree guint8 *data = NULL;
	gsize got = 0;

	offset = CLAMP(offset, 0, raw->size);
	length = MIN((gint64)MIN(length, G_MAXINT64), raw->size - offset);
	if (raw->bytes != NULL)
		return g_bytes_new_from_bytes(raw->bytes, offset, length);
	data = g_malloc(MAX(length, 1));
	while (got < length) {
		ssize_t n = pread(raw->fd, data + got, length - got, offset + got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot read a large message back from its temporary file: %s",
			    n < 0 ? g_strerror(errno) : "it became shorter");
			return NULL;
		}
		got += n;
	}
	return g_bytes_new_take(g_steal_pointer(&data), length);
}
