#include "cmd/query.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cmd/pager.h"
#include "report/print-mbox.h"

#define ROWS_AT_ONCE 200 /* in memory: a list of any length takes no more */

const char *const withheld_names[N_WITHHELD] = {"held", "spam", "unread", "redacted"};

struct listing {
	struct asking *asking;
	FILE *out;
	gboolean piped; /* to a pager, which may leave */
	guint withheld[N_WITHHELD];
	guint printed;
};

/* What keeps ROW out of an mbox; N_WITHHELD: nothing. */
static enum withheld
withheld(const struct asking *asking, const struct message_row *row)
{
	const gboolean is[N_WITHHELD] = {
	    [WITHHELD_HELD] = row->held != NULL,
	    [WITHHELD_SPAM] = g_str_equal(row->kind, "spam"),
	    [WITHHELD_UNREAD] = row->unread != NULL,
	    [WITHHELD_REDACTED] = row->redacted != NULL || row->redaction_pending,
	};

	for (int i = 0; i < N_WITHHELD; i++)
		if (is[i] && (asking->include & (1u << i)) == 0)
			return i;
	return N_WITHHELD;
}

static gboolean
put(struct listing *listing, const char *data, gsize length, GError **error)
{
	if (fwrite(data, 1, length, listing->out) == length || (listing->piped && errno == EPIPE))
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot write the output: %s", g_strerror(errno));
	return FALSE;
}

static gboolean
put_mail(struct listing *listing, const struct message_row *row, GError **error)
{
	enum withheld reason = withheld(listing->asking, row);
	g_autoptr(GBytes) raw = NULL;
	g_autoptr(GBytes) framed = NULL;
	g_autoptr(GError) inner = NULL;
	gconstpointer data;
	gsize length;

	if (reason != N_WITHHELD) {
		listing->withheld[reason]++;
		return TRUE;
	}
	raw = mailstore_read(listing->asking->archive.store, row->message, 0, &inner);
	if (raw == NULL && row->redacted != NULL && g_error_matches(inner, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)) {
		listing->withheld[WITHHELD_REDACTED]++; /* nothing is left of it */
		return TRUE;
	}
	if (raw == NULL) {
		g_propagate_error(error, g_steal_pointer(&inner));
		return FALSE;
	}
	framed = mbox_print(raw, row->author_address, row->received);
	data = g_bytes_get_data(framed, &length);
	return put(listing, data, length, error);
}

static GPtrArray *
load_excerpts(struct asking *asking, const GPtrArray *rows, GError **error)
{
	GPtrArray *excerpts = g_ptr_array_new_with_free_func((GDestroyNotify)excerpt_free);

	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autoptr(GPtrArray) passages = row->unread != NULL ? g_ptr_array_new() : index_passages(asking->archive.index, row->message, error);
		guint columns = asking->style.columns > 60 ? asking->style.columns - 10 : 100;

		if (passages == NULL) {
			g_ptr_array_unref(excerpts);
			return NULL;
		}
		g_ptr_array_add(excerpts, excerpt_new(passages, asking->style.words, columns));
	}
	return excerpts;
}

static char *
print_rows(struct listing *listing, const GPtrArray *rows, const GPtrArray *excerpts)
{
	switch (listing->asking->app->format) {
	case FORMAT_JSON:
		return list_print_json_excerpts(rows, excerpts);
	case FORMAT_CSV:
		return listing->printed == 0 ? list_print_csv(rows, excerpts) : list_print_csv_more(rows, excerpts);
	default:
		return list_print_text(rows, excerpts, &listing->asking->style);
	}
}

static gboolean
put_rows(struct listing *listing, const GPtrArray *rows, GError **error)
{
	struct asking *asking = listing->asking;
	g_autoptr(GPtrArray) excerpts = NULL;
	g_autofree char *text = NULL;

	if (asking->app->format == FORMAT_MBOX) {
		for (guint i = 0; i < rows->len; i++)
			if (!put_mail(listing, g_ptr_array_index(rows, i), error))
				return FALSE;
		return TRUE;
	}
	if (asking->excerpts && (excerpts = load_excerpts(asking, rows, error)) == NULL)
		return FALSE;
	index_rollback(asking->archive.index);
	text = print_rows(listing, rows, excerpts);
	return put(listing, text, strlen(text), error);
}

static gboolean
put_ids(struct listing *listing, const GArray *numbers, GError **error)
{
	g_autoptr(GPtrArray) ids = message_ids_load(listing->asking->archive.index, numbers, error);
	g_autoptr(GString) text = g_string_new(NULL);

	index_rollback(listing->asking->archive.index);
	for (guint i = 0; ids != NULL && i < ids->len; i++)
		g_string_append_printf(text, "%s\n", (const char *)g_ptr_array_index(ids, i));
	return ids != NULL && put(listing, text->str, text->len, error);
}

static gboolean
put_all(struct listing *listing, const GArray *numbers, GError **error)
{
	struct asking *asking = listing->asking;

	do {
		guint count = MIN(numbers->len - listing->printed, ROWS_AT_ONCE);
		g_autoptr(GArray) some = g_array_sized_new(FALSE, FALSE, sizeof(gint64), count);
		g_autoptr(GPtrArray) rows = NULL;

		if (count > 0)
			g_array_append_vals(some, &g_array_index(numbers, gint64, listing->printed), count);
		if (asking->app->format == FORMAT_IDS) {
			if (!put_ids(listing, some, error))
				return FALSE;
		} else {
			rows = message_rows_load(asking->archive.index, some, asking->app->format == FORMAT_JSON, error);
			if (rows == NULL || !put_rows(listing, rows, error))
				return FALSE;
		}
		listing->printed += count;
	} while (listing->printed < numbers->len && !ferror(listing->out));
	return TRUE;
}

/* The messages to print, and in *ALL how many there are without a limit; -1: not known, and no more than were printed. */
static GArray *
find_numbers(struct asking *asking, gint64 *all, GError **error)
{
	g_autoptr(GArray) numbers = query_run_numbers(asking->archive.index, asking->query, asking->order, asking->unique ? 0 : asking->limit, error);
	g_autoptr(GArray) unique = NULL;

	*all = -1;
	if (numbers == NULL)
		return NULL;
	if (asking->unique) {
		unique = query_unique(asking->archive.index, numbers, error);
		if (unique == NULL)
			return NULL;
		*all = unique->len;
		if (asking->limit > 0 && unique->len > asking->limit)
			g_array_set_size(unique, asking->limit);
		return g_steal_pointer(&unique);
	}
	if (asking->app->level > LOG_QUIET && asking->limit > 0 && numbers->len == asking->limit &&
	    !query_count(asking->archive.index, asking->query, all, error))
		return NULL;
	return g_steal_pointer(&numbers);
}

static void
say_the_rest(const struct listing *listing, guint shown, gint64 all)
{
	static const char *const why[N_WITHHELD] = {
	    [WITHHELD_HELD] = "is held", [WITHHELD_SPAM] = "is spam", [WITHHELD_UNREAD] = "could not be read", [WITHHELD_REDACTED] = "was redacted"};
	const struct app *app = listing->asking->app;

	for (int i = 0; i < N_WITHHELD; i++)
		if (listing->withheld[i] > 0) {
			g_autofree char *count = text_count(listing->withheld[i], "message", "messages");

			log_notice(app->level, "%s left out that %s; --include %s takes what there is of it", count, why[i], withheld_names[i]);
		}
	if (all > shown)
		log_notice(app->level, "%u of %" G_GINT64_FORMAT " shown; --limit 0 shows all", shown, all);
	if (shown == 0 && (app->format == FORMAT_TEXT || app->format == FORMAT_MBOX))
		log_notice(app->level, "no message matches");
}

/*
 * Who reads the output may take his time, and while a view is held what was redacted stays in the log. So a short list ends its view before the first byte is
 * written, and a long one, read as it is written, is read in many views.
 */
static gboolean
read_in_pieces(struct asking *asking, GError **error)
{
	index_close(asking->archive.index);
	asking->archive.index = index_open(mailstore_folder(asking->archive.store), DB_READ, APP_WAIT_MS, error);
	return asking->archive.index != NULL && db_save_memory(index_db(asking->archive.index), error);
}

gboolean
query_list(struct asking *asking, GError **error)
{
	struct listing listing = {.asking = asking};
	struct pager *pager;
	gint64 all;
	g_autoptr(GArray) numbers = find_numbers(asking, &all, error);
	gboolean done;

	if (numbers == NULL || (numbers->len > ROWS_AT_ONCE && !read_in_pieces(asking, error)))
		return FALSE;
	listing.out = pager_open(asking->pager && asking->app->format == FORMAT_TEXT && numbers->len > 0, &pager);
	listing.piped = pager != NULL;
	done = put_all(&listing, numbers, error);
	fflush(listing.out); /* before what is said on stderr */
	pager_close(pager);
	if (done)
		say_the_rest(&listing, numbers->len, all);
	return done;
}
