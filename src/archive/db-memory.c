#include "archive/db-private.h"

#include <stdlib.h>
#include <string.h>

/*
 * SQLite asks for memory in some thousand small pieces to read a schema: a tenth of what a short question costs when each is asked of malloc(3). They are cut
 * one behind the other from greater pieces, by each thread from its own, and what a thread gives back it keeps for its next of that size. What a thread leaves
 * behind is lost, so there is an end to it: from then on all is malloc's.
 */
/* A sanitizer wants to see each piece. */
#ifdef __SANITIZE_ADDRESS__
#define WATCHED TRUE
#else
#define WATCHED FALSE
#endif

#define STEP 16    /* sizes are multiples of it */
#define CLASSES 64 /* pieces up to 1 kB are cut */
#define SLAB 32768 /* from so many bytes */
#define SLABS 128  /* of all threads: 4 MB */

/* Before each piece, which stands at a multiple of 8, as SQLite wants it. */
struct head {
	guint32 size, class; /* CLASS 0: it is malloc's */
};

struct piece {
	struct piece *next; /* of those of its class that were given back */
};

static _Thread_local struct {
	char *next, *end; /* what is left of the slab */
	struct piece *free[CLASSES + 1];
} memory;

static gint slabs;

static struct head *
head_of(void *data)
{
	return (struct head *)data - 1;
}

static gboolean
add_slab(void)
{
	char *slab = g_atomic_int_get(&slabs) < SLABS ? malloc(SLAB) : NULL;

	if (slab == NULL)
		return FALSE;
	g_atomic_int_inc(&slabs);
	memory.next = slab;
	memory.end = slab + SLAB;
	return TRUE;
}

/* NULL: there is nothing to cut it from. */
static void *
take(guint class)
{
	gsize bytes = sizeof(struct head) + (gsize) class * STEP;
	struct piece *piece = memory.free[class];
	struct head *head;

	if (piece != NULL) {
		memory.free[class] = piece->next;
		return piece;
	}
	if ((gsize)(memory.end - memory.next) < bytes && !add_slab())
		return NULL;
	head = (struct head *)memory.next;
	memory.next += bytes;
	*head = (struct head){class * STEP, class};
	return head + 1;
}

static void *
memory_malloc(int size)
{
	void *piece = size <= CLASSES * STEP ? take(((guint)size + STEP - 1) / STEP) : NULL;
	struct head *head;

	if (piece != NULL)
		return piece;
	head = malloc(sizeof(struct head) + (gsize)size);
	if (head == NULL)
		return NULL;
	*head = (struct head){(guint)size, 0};
	return head + 1;
}

static void
memory_free(void *data)
{
	struct head *head = head_of(data);
	struct piece *piece = data;

	if (head->class == 0) {
		free(head);
		return;
	}
	piece->next = memory.free[head->class];
	memory.free[head->class] = piece;
}

static void *
memory_realloc(void *data, int size)
{
	struct head *head = head_of(data);
	void *other;

	if (head->class == 0) {
		head = realloc(head, sizeof(struct head) + (gsize)size);
		if (head == NULL)
			return NULL;
		head->size = (guint)size;
		return head + 1;
	}
	if ((guint)size <= head->size)
		return data;
	other = memory_malloc(size);
	if (other == NULL)
		return NULL;
	memcpy(other, data, head->size);
	memory_free(data);
	return other;
}

static int
memory_size(void *data)
{
	return data != NULL ? (int)head_of(data)->size : 0;
}

static int
memory_roundup(int size)
{
	return (size + STEP - 1) / STEP * STEP;
}

static int
memory_init(void *data G_GNUC_UNUSED)
{
	return SQLITE_OK;
}

static void
memory_shutdown(void *data G_GNUC_UNUSED)
{
}

void
db_memory_register(void)
{
	static const sqlite3_mem_methods methods = {
	    memory_malloc, memory_free, memory_realloc, memory_size, memory_roundup, memory_init, memory_shutdown, NULL};

	if (!WATCHED)
		sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
