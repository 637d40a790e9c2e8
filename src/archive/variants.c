#include "archive/variants.h"

#include "archive/index-private.h"
#include "archive/settle.h"
#include "base/limits.h"

#include <string.h>

struct copy {
	gint64 message, received, copy_of, attachments;
	char *public_id, *copy_kind;
	guint class; /* index in classes */
};

/* The copies with one text. */
struct class
{
	GBytes *key;
	guint original; /* index in copies: the first to be received of those with the most attachments */
	guint whole;    /* index in classes of the text that this one is the beginning of; its own when it is whole */
	char *text;
};

struct group {
	GArray *copies, *classes;
};

static void
copy_clear(gpointer data)
{
	struct copy *copy = data;

	g_free(copy->public_id);
	g_free(copy->copy_kind);
}

static void
class_clear(gpointer data)
{
	struct class *class = data;

	g_bytes_unref(class->key);
	g_free(class->text);
}

static void
group_clear(struct group *group)
{
	g_array_unref(group->copies);
	g_array_unref(group->classes);
}

typedef struct group Group;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Group, group_clear)

static struct copy *
get_copy(const struct group *group, guint i)
{
	return &g_array_index(group->copies, struct copy, i);
}

static struct class *
get_class(const struct group *group, guint i)
{
	return &g_array_index(group->classes, struct class, i);
}

static gboolean
came_before(const struct copy *a, const struct copy *b)
{
	return a->received != b->received ? a->received < b->received : strcmp(a->public_id, b->public_id) < 0;
}

/* An archive's copy may have come before, without what was attached. */
static gboolean
is_more_original(const struct copy *a, const struct copy *b)
{
	return a->attachments != b->attachments ? a->attachments > b->attachments : came_before(a, b);
}

static void
add_copy(struct group *group, GHashTable *by_key, struct stmt *stmt)
{
	gsize length;
	gconstpointer key = stmt_blob(stmt, 6, &length);
	g_autoptr(GBytes) bytes = g_bytes_new(key, length);
	guint number = group->copies->len;
	gpointer found;
	struct copy copy = {
	    .message = stmt_int(stmt, 0),
	    .public_id = g_strdup(stmt_text(stmt, 1)),
	    .received = stmt_int(stmt, 2),
	    .copy_of = stmt_int(stmt, 3),
	    .copy_kind = g_strdup(stmt_text(stmt, 4)),
	    .attachments = stmt_int(stmt, 5),
	};

	if (g_hash_table_lookup_extended(by_key, bytes, NULL, &found)) {
		copy.class = GPOINTER_TO_UINT(found);
		if (is_more_original(&copy, get_copy(group, get_class(group, copy.class)->original)))
			get_class(group, copy.class)->original = number;
	} else {
		struct class class = {.key = g_bytes_ref(bytes), .original = number, .whole = group->classes->len};

		copy.class = group->classes->len;
		g_array_append_val(group->classes, class);
		g_hash_table_insert(by_key, g_bytes_ref(bytes), GUINT_TO_POINTER(copy.class));
	}
	g_array_append_val(group->copies, copy);
}

static gboolean
load(struct index *index, const char *message_id, const char *author, struct group *group, GError **error)
{
	g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT message, public_id, received, copy_of, copy_kind, attachments, variant_key FROM message "
	    "WHERE id_hash = :hash AND message_id = :id AND lower(author_address) = lower(:author) AND variant_key IS NOT NULL",
	    error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", index_hash(message_id));
	stmt_bind_text_static(stmt, ":id", message_id);
	stmt_bind_text_static(stmt, ":author", author);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		add_copy(group, by_key, stmt);
	return result == STMT_END;
}

/* TEXT begins with PART and goes on. A message cut within a character ends in U+FFFD. */
static gboolean
is_beginning(const char *part, const char *text)
{
	gsize length = strlen(part);

	while (length >= 3 && memcmp(part + length - 3, "\xef\xbf\xbd", 3) == 0)
		length -= 3;
	return strlen(text) > length && strncmp(part, text, length) == 0;
}

/* What was cut short has not more attachments than the whole; a list's text-only copy has fewer, and names what it took away. */
static gboolean
is_cut(const struct group *group, const struct class *part, const struct class *whole)
{
	return get_copy(group, part->original)->attachments <= get_copy(group, whole->original)->attachments && is_beginning(part->text, whole->text);
}

static gboolean
is_better(const struct group *group, const struct class *a, const struct class *b)
{
	gsize length_a = strlen(a->text), length_b = strlen(b->text);

	return length_a != length_b ? length_a > length_b : came_before(get_copy(group, a->original), get_copy(group, b->original));
}

static gboolean
find_whole_texts(struct index *index, struct group *group, GError **error)
{
	/* Nobody sends that many texts under one Message-ID but to make work; they are then all taken as whole. */
	if (group->classes->len < 2 || group->classes->len > LIMIT_VARIANT_TEXTS)
		return TRUE;
	for (guint i = 0; i < group->classes->len; i++) {
		struct class *class = get_class(group, i);
		g_autoptr(GPtrArray) passages = index_passages(index, get_copy(group, class->original)->message, error);

		if (passages == NULL)
			return FALSE;
		class->text = index_new_text(passages);
	}
	for (guint i = 0; i < group->classes->len; i++) {
		struct class *class = get_class(group, i);

		for (guint j = 0; j < group->classes->len; j++) {
			const struct class *other = get_class(group, j);

			if (j != i && is_cut(group, class, other) && (class->whole == i || is_better(group, other, get_class(group, class->whole))))
				class->whole = j;
		}
	}
	return TRUE;
}

static gboolean
set_copy(struct index *index, const struct copy *copy, gint64 of, const char *kind, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;

	if (copy->copy_of == of && g_strcmp0(copy->copy_kind, kind) == 0)
		return TRUE;
	stmt = db_statement(index->db, "UPDATE message SET copy_of = nullif(:of, 0), copy_kind = :kind WHERE message = :message", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":of", of);
	stmt_bind_text_static(stmt, ":kind", kind);
	stmt_bind_int(stmt, ":message", copy->message);
	return settle_run(index, stmt, copy->message, error);
}

gboolean
variants_refresh(struct index *index, const char *message_id, const char *author, GError **error)
{
	g_auto(Group) group = {
	    .copies = g_array_new(FALSE, FALSE, sizeof(struct copy)),
	    .classes = g_array_new(FALSE, FALSE, sizeof(struct class)),
	};

	if (message_id == NULL || author == NULL)
		return TRUE;
	g_array_set_clear_func(group.copies, copy_clear);
	g_array_set_clear_func(group.classes, class_clear);
	if (!load(index, message_id, author, &group, error) || !find_whole_texts(index, &group, error))
		return FALSE;
	for (guint i = 0; i < group.copies->len; i++) {
		const struct copy *copy = get_copy(&group, i);
		const struct class *class = get_class(&group, copy->class);
		gint64 original = get_copy(&group, get_class(&group, class->whole)->original)->message;
		gboolean cut = class->whole != copy->class, first = class->original == i;

		if (!set_copy(index, copy, cut || !first ? original : 0, cut ? "truncated" : first ? NULL : "variant", error))
			return FALSE;
	}
	return TRUE;
}

/* The new message and one of the others with its text: the original, or where that is cut short, any. */
struct pair {
	gboolean has_text, has_other; /* without either of its text's two the message is like no other */
	gint64 original;              /* what the other leads to; its own number when it is the original */
	gboolean cut, more_original;  /* the other's text is cut short; the new message takes its place */
};

static gboolean
load_pair(struct index *index, gint64 message, const char *message_id, const char *author, struct pair *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT other.message, other.copy_of, other.copy_kind, other.attachments, other.received, other.public_id, new.attachments, new.received, "
	    "new.public_id FROM message AS new LEFT JOIN message AS other ON other.message = (SELECT message FROM message WHERE id_hash = :hash AND message_id "
	    "= :id AND "
	    "lower(author_address) = lower(:author) AND variant_key = new.variant_key AND message <> :message ORDER BY copy_kind LIMIT 1) "
	    "WHERE new.message = :message AND new.variant_key IS NOT NULL",
	    error);
	struct copy other, copy;
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":hash", index_hash(message_id));
	stmt_bind_text_static(stmt, ":id", message_id);
	stmt_bind_text_static(stmt, ":author", author);
	result = stmt_step(stmt, error);
	out->has_text = result == STMT_ROW;
	out->has_other = result == STMT_ROW && !stmt_is_null(stmt, 0);
	if (!out->has_other)
		return result != STMT_ERROR;
	other = (struct copy){.attachments = stmt_int(stmt, 3), .received = stmt_int(stmt, 4), .public_id = (char *)stmt_text(stmt, 5)};
	copy = (struct copy){.attachments = stmt_int(stmt, 6), .received = stmt_int(stmt, 7), .public_id = (char *)stmt_text(stmt, 8)};
	out->cut = g_strcmp0(stmt_text(stmt, 2), "truncated") == 0;
	out->original = stmt_is_null(stmt, 2) ? stmt_int(stmt, 0) : stmt_int(stmt, 1);
	out->more_original = is_more_original(&copy, &other);
	return TRUE;
}

/* How many texts there are under MESSAGE_ID and AUTHOR, at most two more than are compared. */
static gboolean
count_texts(struct index *index, const char *message_id, const char *author, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "WITH RECURSIVE texts (key) AS (SELECT min(variant_key) FROM message WHERE id_hash = :hash AND message_id = :id AND lower(author_address) = "
	    "lower(:author) UNION ALL "
	    "SELECT (SELECT min(variant_key) FROM message WHERE id_hash = :hash AND message_id = :id AND lower(author_address) = lower(:author) AND "
	    "variant_key > texts.key) FROM "
	    "texts "
	    "WHERE texts.key IS NOT NULL LIMIT :most) SELECT count(key) FROM texts",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", index_hash(message_id));
	stmt_bind_text_static(stmt, ":id", message_id);
	stmt_bind_text_static(stmt, ":author", author);
	stmt_bind_int(stmt, ":most", LIMIT_VARIANT_TEXTS + 2);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}

/* Nobody else has this Message-ID and author: most have their ID to themselves, though others have named it before. */
static gboolean
is_alone(struct index *index, gint64 message, const char *message_id, const char *author, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT 1 FROM message WHERE id_hash = :hash AND message_id = :id AND lower(author_address) = lower(:author) AND message <> :message LIMIT 1",
	    error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", index_hash(message_id));
	stmt_bind_text_static(stmt, ":id", message_id);
	stmt_bind_text_static(stmt, ":author", author);
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	*out = result == STMT_END;
	return result != STMT_ERROR;
}

gboolean
variants_add(struct index *index, gint64 message, const char *message_id, const char *author, GError **error)
{
	struct copy copy = {.message = message};
	struct pair pair = {0};
	gboolean alone;
	gint64 texts = 1;

	if (message_id == NULL || author == NULL)
		return TRUE;
	if (!load_pair(index, message, message_id, author, &pair, error))
		return FALSE;
	if (!pair.has_text)
		return TRUE;
	if (pair.has_other)
		return pair.more_original ? variants_refresh(index, message_id, author, error)
		                          : set_copy(index, &copy, pair.original, pair.cut ? "truncated" : "variant", error);
	if (!is_alone(index, message, message_id, author, &alone, error) || (!alone && !count_texts(index, message_id, author, &texts, error)))
		return FALSE;
	/* The first text beyond the limit makes all whole; those after it change nothing. */
	return texts <= 1 || texts > LIMIT_VARIANT_TEXTS + 1 || variants_refresh(index, message_id, author, error);
}
