#include "archive/residue-words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define SHARES 256       /* of the messages, each sorted by itself: of a million messages a share is some MB */
#define SHARE_WORDS 4096 /* of a share that are kept until they are written */
#define COLUMNS_MOST 16
#define COLUMN_SHIFT 28 /* a message has no 2^28 words: LIMIT_TEXT_BYTES */

struct word {
	gint64 message;
	guint32 place; /* its column, and where it stands there */
	guint32 term;
};

struct share {
	struct word words[SHARE_WORDS];
	guint used;
	GArray *written; /* of guint: pieces of the file */
};

struct sorting {
	FILE *file;
	guint pieces;
	struct share *shares;
	gint64 each;    /* messages of a share */
	GString *terms; /* each with its NUL */
	GArray *starts; /* of gsize: where each begins */
	char *columns[COLUMNS_MOST];
	guint n_columns;
};

static void
sorting_clear(struct sorting *sorting)
{
	for (guint i = 0; sorting->shares != NULL && i < SHARES; i++)
		g_clear_pointer(&sorting->shares[i].written, g_array_unref);
	for (guint i = 0; i < sorting->n_columns; i++)
		g_free(sorting->columns[i]);
	g_free(sorting->shares);
	g_clear_pointer(&sorting->file, fclose);
	g_string_free(sorting->terms, TRUE);
	g_array_unref(sorting->starts);
}

typedef struct sorting Sorting;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sorting, sorting_clear)

static gboolean
file_failed(GError **error)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "cannot use a temporary file (%s): is there room in $TMPDIR or /tmp?", g_strerror(errno));
	return FALSE;
}

static gboolean
write_share(struct sorting *sorting, struct share *share, GError **error)
{
	if (fwrite(share->words, sizeof share->words, 1, sorting->file) != 1)
		return file_failed(error);
	g_array_append_val(share->written, sorting->pieces);
	sorting->pieces++;
	share->used = 0;
	return TRUE;
}

static guint
column(struct sorting *sorting, const char *name)
{
	guint i = 0;

	while (i < sorting->n_columns && strcmp(sorting->columns[i], name) != 0)
		i++;
	if (i == sorting->n_columns && i < COLUMNS_MOST - 1)
		sorting->columns[sorting->n_columns++] = g_strdup(name);
	return i;
}

/* One row: they come term by term. */
static gboolean
take(struct sorting *sorting, struct stmt *stmt, GError **error)
{
	const char *term = stmt_text(stmt, 1);
	gint64 message = stmt_int(stmt, 0);
	struct share *share = &sorting->shares[CLAMP(message / sorting->each, 0, SHARES - 1)];
	struct word *word = &share->words[share->used++];
	guint n = sorting->starts->len;

	if (n == 0 || strcmp(sorting->terms->str + g_array_index(sorting->starts, gsize, n - 1), term) != 0) {
		g_array_append_val(sorting->starts, sorting->terms->len);
		g_string_append_len(sorting->terms, term, (gssize)strlen(term) + 1);
		n++;
	}
	*word = (struct word){message, column(sorting, stmt_text(stmt, 2)) << COLUMN_SHIFT | (guint32)stmt_int(stmt, 3), n - 1};
	return share->used < SHARE_WORDS || write_share(sorting, share, error);
}

static gboolean
take_all(struct sorting *sorting, struct db *db, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(db, "SELECT doc, term, col, \"offset\" FROM temp.search_words", error);
	enum stmt_result result = STMT_ERROR;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW)
		if (!take(sorting, stmt, error))
			return FALSE;
	return result == STMT_END;
}

static int
compare_words(const void *a, const void *b)
{
	const struct word *left = a, *right = b;

	if (left->message != right->message)
		return left->message < right->message ? -1 : 1;
	return (left->place > right->place) - (left->place < right->place);
}

/* Columns come as they are met, and are wanted by name. */
static guint
rank(const struct sorting *sorting, guint n)
{
	guint before = 0;

	for (guint i = 0; i < sorting->n_columns; i++)
		before += strcmp(sorting->columns[i], sorting->columns[n]) < 0 ? 1 : 0;
	return before;
}

static GArray *
read_share(struct sorting *sorting, const struct share *share, GError **error)
{
	guint n = share->written->len;
	g_autoptr(GArray) words = g_array_sized_new(FALSE, FALSE, sizeof(struct word), n * SHARE_WORDS + share->used);
	guint32 ranks[COLUMNS_MOST];

	g_array_set_size(words, n * SHARE_WORDS);
	for (guint i = 0; i < n; i++)
		if (fseeko(sorting->file, (off_t)g_array_index(share->written, guint, i) * (off_t)sizeof share->words, SEEK_SET) != 0 ||
		    fread(words->data + i * sizeof share->words, sizeof share->words, 1, sorting->file) != 1) {
			file_failed(error);
			return NULL;
		}
	g_array_append_vals(words, share->words, share->used);
	for (guint i = 0; i < sorting->n_columns; i++)
		ranks[i] = rank(sorting, i);
	for (guint i = 0; i < words->len; i++) {
		guint32 *place = &g_array_index(words, struct word, i).place;

		*place = ranks[*place >> COLUMN_SHIFT] << COLUMN_SHIFT | (*place & ((1U << COLUMN_SHIFT) - 1));
	}
	if (words->len > 0) /* qsort takes no null pointer */
		qsort(words->data, words->len, sizeof(struct word), compare_words);
	return g_steal_pointer(&words);
}

static void
tell(const struct sorting *sorting, const GArray *words, residue_words_of call, gpointer data)
{
	g_autoptr(GString) line = g_string_new(NULL);

	for (guint i = 0; i < words->len; i++) {
		const struct word *word = &g_array_index(words, struct word, i);

		g_string_append(line, sorting->terms->str + g_array_index(sorting->starts, gsize, word->term));
		g_string_append_c(line, ' ');
		if (i + 1 < words->len && word[1].message == word->message)
			continue;
		call(data, word->message, line->str);
		g_string_truncate(line, 0);
	}
}

gboolean
residue_words(struct db *db, residue_words_of call, gpointer data, GError **error)
{
	g_auto(Sorting) sorting = {.terms = g_string_new(NULL), .starts = g_array_new(FALSE, FALSE, sizeof(gsize))};
	g_autoptr(Stmt) stmt = NULL;

	if (!db_execute(db, "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab(main, search, instance)", error) ||
	    (stmt = db_statement(db, "SELECT ifnull(max(message), 0) FROM message", error)) == NULL || stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	sorting.each = stmt_int(stmt, 0) / SHARES + 1;
	if ((sorting.file = tmpfile()) == NULL)
		return file_failed(error);
	sorting.shares = g_new(struct share, SHARES);
	for (guint i = 0; i < SHARES; i++) {
		sorting.shares[i].used = 0;
		sorting.shares[i].written = g_array_new(FALSE, FALSE, sizeof(guint));
	}
	if (!take_all(&sorting, db, error))
		return FALSE;
	for (guint i = 0; i < SHARES; i++) {
		g_autoptr(GArray) words = read_share(&sorting, &sorting.shares[i], error);

		if (words == NULL)
			return FALSE;
		tell(&sorting, words, call, data);
	}
	return TRUE;
}
