#include "find/details.h"

static void
address_free(gpointer data)
{
	struct detail_address *address = data;

	g_free(address->role);
	g_free(address->name);
	g_free(address->address);
	g_free(address);
}

static void
part_free(gpointer data)
{
	struct detail_part *part = data;

	g_free(part->number);
	g_free(part->type);
	g_free(part->charset);
	g_free(part->charset_state);
	g_free(part->filename);
	g_free(part->remark);
	g_free(part);
}

static void
delivery_free(gpointer data)
{
	struct detail_delivery *delivery = data;

	g_free(delivery->source);
	g_free(delivery);
}

static gpointer
read_address(struct stmt *stmt)
{
	struct detail_address *address = g_new0(struct detail_address, 1);

	address->role = g_strdup(stmt_text(stmt, 0));
	address->name = g_strdup(stmt_text(stmt, 1));
	address->address = g_strdup(stmt_text(stmt, 2));
	return address;
}

static gpointer
read_part(struct stmt *stmt)
{
	struct detail_part *part = g_new0(struct detail_part, 1);

	part->number = g_strdup(stmt_text(stmt, 0));
	part->type = g_strdup(stmt_text(stmt, 1));
	part->charset = g_strdup(stmt_text(stmt, 2));
	part->charset_state = g_strdup(stmt_text(stmt, 3));
	part->filename = g_strdup(stmt_text(stmt, 4));
	part->size = stmt_int(stmt, 5);
	part->attachment = stmt_int(stmt, 6) != 0;
	part->read = stmt_int(stmt, 7) != 0;
	part->remark = g_strdup(stmt_text(stmt, 8));
	return part;
}

static gpointer
read_delivery(struct stmt *stmt)
{
	struct detail_delivery *delivery = g_new0(struct detail_delivery, 1);

	delivery->seq = stmt_int(stmt, 0);
	delivery->received = stmt_int(stmt, 1);
	delivery->source = g_strdup(stmt_text(stmt, 2));
	delivery->again = stmt_int(stmt, 3) != 0;
	return delivery;
}

/* The rows of SQL (one parameter, :message), each made by READ. */
static GPtrArray *
load(struct index *index, const char *sql, gint64 message, gpointer (*read)(struct stmt *), GDestroyNotify free_row, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(free_row);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_ptr_array_add(rows, read(stmt));
	return result == STMT_END ? g_steal_pointer(&rows) : NULL;
}

static gboolean
load_author(struct index *index, gint64 message, char **reason, GError **error)
{
	static const char author[] = "SELECT author_reason FROM message WHERE message = :message";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), author, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if ((result = stmt_step(stmt, error)) == STMT_ROW)
		*reason = g_strdup(stmt_text(stmt, 0));
	return result != STMT_ERROR;
}

gboolean
details_load(struct index *index, gint64 message, struct details *out, GError **error)
{
	static const char addresses[] = "SELECT role, name, address FROM address WHERE message = :message ORDER BY n";
	static const char parts[] =
	    "SELECT number, type, charset, charset_state, filename, size, attachment, read, remark FROM part WHERE message = :message ORDER BY n";
	static const char deliveries[] = "SELECT seq, received, source, again FROM delivery WHERE message = :message ORDER BY seq";
	g_auto(Details) details = {0};

	if (!load_author(index, message, &details.author_reason, error))
		return FALSE;
	if ((details.addresses = load(index, addresses, message, read_address, address_free, error)) == NULL ||
	    (details.parts = load(index, parts, message, read_part, part_free, error)) == NULL ||
	    (details.deliveries = load(index, deliveries, message, read_delivery, delivery_free, error)) == NULL ||
	    (details.decisions = decisions_on(index, message, error)) == NULL || !counts_alike(index, message, NULL, &details.alike, error) ||
	    !correction_find(index, message, &details.correction, error))
		return FALSE;
	*out = details;
	details = (struct details){0};
	return TRUE;
}

void
details_clear(struct details *details)
{
	g_clear_pointer(&details->author_reason, g_free);
	g_clear_pointer(&details->addresses, g_ptr_array_unref);
	g_clear_pointer(&details->parts, g_ptr_array_unref);
	g_clear_pointer(&details->deliveries, g_ptr_array_unref);
	g_clear_pointer(&details->decisions, g_ptr_array_unref);
	g_clear_pointer(&details->correction, correction_free);
}
