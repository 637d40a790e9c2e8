#include "publish/mailbox.h"

#include "base/hash.h"
#include "publish/mbox.h"

#include <stdio.h>
#include <string.h>

#define SUM 26 /* characters: 130 bits */

struct making {
	const struct mailbox_setup *setup;
	const char *file;
	const GArray *leaves;
	GArray *before;     /* of struct published_piece: what the file that stands there is put together from */
	GHashTable *places; /* name -> where it begins in that file, of struct standing */
	gint64 from, to;    /* bytes of it that wait to be copied */
	gboolean begun;     /* the new file is */
	guint n;
};

struct standing {
	const struct published_piece *piece;
	gint64 offset;
};

void
mailbox_clear(struct mailbox *mailbox)
{
	g_clear_pointer(&mailbox->pieces, g_array_unref);
	g_clear_pointer(&mailbox->sum, g_free);
}

/* What is noted of the file holds only while nobody else put another one there. */
static gboolean
load_standing(struct making *making, const char *old, GError **error)
{
	gint64 offset = 0;

	making->places = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	if (old == NULL || making->setup->published == NULL)
		return TRUE;
	making->before = published_pieces(making->setup->published, making->file, error);
	for (guint i = 0; making->before != NULL && i < making->before->len; i++) {
		const struct published_piece *piece = &g_array_index(making->before, struct published_piece, i);
		const struct standing standing = {piece, offset};

		g_hash_table_insert(making->places, (char *)piece->name, g_memdup2(&standing, sizeof standing));
		offset += piece->size;
	}
	if (offset != tree_size(making->setup->tree, making->file))
		g_hash_table_remove_all(making->places);
	return making->before != NULL;
}

static char *
sum_of(GBytes *bytes)
{
	struct hash hash = hash_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

	return hash_base32(&hash, SUM);
}

/* What is copied was made here: not what another put there since, and not what an older published.db takes for that piece. */
static gboolean
is_unharmed(const struct making *making, const struct standing *standing)
{
	g_autoptr(GBytes) bytes = tree_read(making->setup->tree, making->file, standing->offset, standing->piece->size);
	g_autofree char *sum = bytes != NULL ? sum_of(bytes) : NULL;

	return g_strcmp0(sum, standing->piece->sum) == 0;
}

/* The piece as it stands there, or NULL: a letter of it changed, came or went. */
static const struct standing *
find_standing(const struct making *making, guint i)
{
	const struct page_leaf *leaf = &g_array_index(making->leaves, struct page_leaf, i);
	const struct standing *standing = g_hash_table_lookup(making->places, leaf->name);

	return standing != NULL && (guint64)standing->piece->letters == leaf->letters && !plan_touches(making->setup->plan, making->file, making->leaves, i) &&
	               is_unharmed(making, standing)
	           ? standing
	           : NULL;
}

static gboolean
begin(struct making *making, GError **error)
{
	if (making->begun || making->setup->look)
		return TRUE;
	making->begun = TRUE;
	return tree_begin(making->setup->tree, making->n, error);
}

/* Neighbours are copied at once. */
static gboolean
copy_waiting(struct making *making, GError **error)
{
	gint64 from = making->from, length = making->to - making->from;

	making->from = making->to = 0;
	return length == 0 || making->setup->look || (begin(making, error) && tree_copy(making->setup->tree, making->file, from, length, error));
}

static gboolean
reuse(struct making *making, const struct standing *standing, struct mailbox *out, GError **error)
{
	if (standing->offset != making->to && !copy_waiting(making, error))
		return FALSE;
	if (making->to != standing->offset || making->from == making->to)
		making->from = standing->offset;
	making->to = standing->offset + standing->piece->size;
	g_array_append_vals(out->pieces, standing->piece, 1);
	return TRUE;
}

static gboolean
make(struct making *making, const struct page_leaf *leaf, struct mailbox *out, GError **error)
{
	const struct mailbox_setup *setup = making->setup;
	g_autoptr(GBytes) bytes = mbox_piece(setup->index, setup->site, leaf, setup->now, error);
	struct published_piece piece = {.letters = (gint64)leaf->letters};
	g_autofree char *sum = NULL;

	if (bytes == NULL || !copy_waiting(making, error) || !begin(making, error) || (!setup->look && !tree_add(setup->tree, bytes, error)))
		return FALSE;
	sum = sum_of(bytes);
	g_strlcpy(piece.name, leaf->name, sizeof piece.name);
	g_strlcpy(piece.sum, sum, sizeof piece.sum);
	piece.size = (gint64)g_bytes_get_size(bytes);
	out->letters += leaf->count;
	g_array_append_val(out->pieces, piece);
	return TRUE;
}

static void
add_up(struct mailbox *out)
{
	struct hasher *hasher = hasher_new();
	struct hash hash;

	for (guint i = 0; i < out->pieces->len; i++) {
		const struct published_piece *piece = &g_array_index(out->pieces, struct published_piece, i);

		hasher_add(hasher, piece->name, strlen(piece->name) + 1);
		hasher_add(hasher, piece->sum, strlen(piece->sum) + 1);
		out->size += piece->size;
	}
	hash = hasher_finish(hasher);
	out->sum = hash_base32(&hash, SUM);
}

static gboolean
put_together(struct making *making, struct mailbox *out, GError **error)
{
	out->pieces = g_array_new(FALSE, FALSE, sizeof(struct published_piece));
	for (guint i = 0; i < making->leaves->len; i++) {
		const struct standing *standing = find_standing(making, i);

		if (!(standing != NULL ? reuse(making, standing, out, error) : make(making, &g_array_index(making->leaves, struct page_leaf, i), out, error)))
			return FALSE;
	}
	add_up(out);
	return TRUE;
}

gboolean
mailbox_make(const struct mailbox_setup *setup, const char *file, const char *old, guint n, struct mailbox *out, gboolean *written, GError **error)
{
	static const struct place all = {NULL, NULL};
	struct making making = {.setup = setup, .file = file, .n = n};
	guint year, month;
	gboolean made;

	*out = (struct mailbox){0};
	*written = FALSE;
	if (sscanf(file, "mbox/%4u-%2u.mbox.gz", &year, &month) != 2 || month < 1 || month > 12)
		return TRUE;
	making.leaves = page_leaves(setup->archive, setup->site, &all, year, month, setup->now, error);
	if (making.leaves == NULL || making.leaves->len == 0)
		return making.leaves != NULL;
	made = load_standing(&making, old, error) && put_together(&making, out, error);
	*written = made && g_strcmp0(old, out->sum) != 0;
	/* what is other than before is so in a piece that was made, or in the order or the number of the copied ones */
	made = made && (!*written || (copy_waiting(&making, error) && (setup->look || begin(&making, error))));
	if (making.begun && !tree_end(setup->tree, made ? error : NULL))
		made = FALSE;
	if (making.begun && made && !*written)
		tree_drop(setup->tree, n);
	g_hash_table_unref(making.places);
	g_clear_pointer(&making.before, g_array_unref);
	return made;
}
