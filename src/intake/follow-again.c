#include "intake/follow-private.h"

#include <string.h>

#include "archive/redaction.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/convert.h"
#include "intake/refile.h"

#define AGAIN_MOST 64                  /* messages with documents a transaction */
#define AGAIN_BYTES (16 * 1024 * 1024) /* or so much text, which waits in memory */

/* Rows made anew from the bytes that are left. Whoever cannot have them read leaves it to sweep: a message does not become unread by being redacted. */
enum applied
follow_apply_redaction(struct follow *follow, const struct entry *entry, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autofree char *rules = index_rules_of(follow->index, entry->content, &failure);
	g_autoptr(GBytes) raw = NULL;
	g_auto(Reading) reading = {0};
	gint64 received;

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FAILED;
	}
	raw = mailstore_read(follow->store, entry->content, LIMIT_HANDED_BYTES, &failure);
	if (entry->value != NULL && g_str_has_prefix(entry->value, REDACT_ALL))
		reading.record = index_tombstone(entry->value);
	else if (raw == NULL)
		reading.unread = g_strdup(failure->message);
	else {
		if (!mailstore_received(follow->store, entry->content, &received, error) || !follow_use_rules(follow, rules, error))
			return FAILED;
		if (!reader_is_alive(follow->reader))
			return NOT_YET;
		reader_submit(follow->reader, 0, raw, received);
		follow_collect_own(follow, &reading);
		if ((reading.record == NULL && reading.unread == NULL) || refile_had_no_reader(reading.unread))
			return NOT_YET;
	}
	return index_replace(follow->index, entry->content, reading.record, reading.unread, rules, error) &&
	               index_set_size(follow->index, entry->content, entry->size, error) && index_apply_decision(follow->index, entry, error)
	           ? APPLIED
	           : FAILED;
}

/* By the rules that were in force when it came: those of today file only what is new. */
static gboolean
read_again(struct follow *follow, gint64 content, guint *read, guint *still, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) raw = mailstore_read(follow->store, content, LIMIT_HANDED_BYTES, &reason);
	g_autoptr(GError) failure = NULL;
	g_autofree char *rules = index_rules_of(follow->index, content, &failure);
	g_auto(Reading) reading = {0};
	gint64 received;

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (!mailstore_received(follow->store, content, &received, error) || !follow_use_rules(follow, rules, error))
		return FALSE;
	if (raw != NULL) {
		reader_submit(follow->reader, 0, raw, received);
		follow_collect_own(follow, &reading);
	} else
		reading.unread = g_strdup(reason->message);
	*(reading.record != NULL ? read : still) += 1;
	return index_replace(follow->index, content, reading.record, reading.unread, rules, error);
}

gboolean
follow_read_unread(struct follow *follow, guint *read, guint *still, GError **error)
{
	g_autoptr(GArray) unread = NULL;

	*read = *still = 0;
	if (!index_begin(follow->index, error))
		return FALSE;
	unread = index_unread(follow->index, error);
	for (guint i = 0; unread != NULL && i < unread->len; i++)
		if (!read_again(follow, g_array_index(unread, gint64, i), read, still, error)) {
			index_rollback(follow->index);
			return FALSE;
		}
	if (unread == NULL) {
		index_rollback(follow->index);
		return FALSE;
	}
	return index_commit(follow->index, error);
}

static guint
count_failed(const struct record *record, GStrv numbers)
{
	guint failed = 0;

	for (guint i = 0; record != NULL && i < record->parts->len; i++) {
		const struct record_part *part = record->parts->pdata[i];

		failed += !part->read && g_strv_contains((const char *const *)numbers, part->number);
	}
	return failed;
}

/* Messages that were read with their documents, and wait for a transaction: nobody is kept waiting while programs convert. */
struct again {
	gint64 content;
	struct record *record;
	char *rules;
};

static void
again_free(gpointer data)
{
	struct again *again = data;

	record_free(again->record);
	g_free(again->rules);
	g_free(again);
}

/* AGAIN's record takes the place of what the index has, unless somebody else was faster. */
static gboolean
replace_waiting(struct follow *follow, const struct again *again, gboolean pdf, GError **error)
{
	g_auto(GStrv) numbers = index_waiting_parts(follow->index, again->content, pdf, error);

	return numbers != NULL && (numbers[0] == NULL || index_replace(follow->index, again->content, again->record, NULL, again->rules, error));
}

/* All of WAITING, which is empty then: many share a transaction, because each costs the search index a segment. */
static gboolean
replace_all(struct follow *follow, GPtrArray *waiting, gboolean pdf, GError **error)
{
	if (waiting->len == 0)
		return TRUE;
	if (!index_begin(follow->index, error))
		return FALSE;
	for (guint i = 0; i < waiting->len; i++)
		if (!replace_waiting(follow, g_ptr_array_index(waiting, i), pdf, error)) {
			index_rollback(follow->index);
			return FALSE;
		}
	g_ptr_array_set_size(waiting, 0);
	return index_commit(follow->index, error);
}

static void
add_again(GPtrArray *waiting, gint64 content, struct reading *reading, char **rules)
{
	struct again *again = g_new0(struct again, 1);

	again->content = content;
	again->record = g_steal_pointer(&reading->record);
	again->rules = g_steal_pointer(rules);
	g_ptr_array_add(waiting, again);
}

/* Whether those that wait are many, or take much memory; a record is about as large as its text. */
static gboolean
are_enough(const GPtrArray *waiting)
{
	gsize bytes = 0;

	for (guint i = 0; i < waiting->len; i++) {
		const struct again *again = g_ptr_array_index(waiting, i);

		for (guint j = 0; j < again->record->passages->len; j++)
			bytes += strlen(((const struct record_passage *)again->record->passages->pdata[j])->text);
	}
	return waiting->len >= AGAIN_MOST || bytes >= AGAIN_BYTES;
}

/* NUMBERS, or where other documents of the message RAW were converted before, these too: what waits in it when it is read without any text. Caller frees. */
static GStrv
list_documents(struct follow *follow, gint64 content, GBytes *raw, gint64 received, GStrv numbers, gboolean pdf, GError **error)
{
	g_auto(Reading) reading = {0};
	gboolean converted;
	GStrv all = NULL;

	if (!index_has_converted(follow->index, content, &converted, error))
		return NULL;
	if (converted) {
		reader_submit(follow->reader, 0, raw, received);
		follow_collect_own(follow, &reading);
		all = reading.record != NULL ? convert_waiting(reading.record, pdf) : NULL;
	}
	return all != NULL ? all : g_strdupv(numbers);
}

/* READING gets a record, or none where the documents NUMBERS of the message go on waiting. */
static gboolean
convert(struct follow *follow, gint64 content, GStrv numbers, const char *rules, struct converting *converting, struct reading *reading, GError **error)
{
	g_autoptr(GBytes) raw = mailstore_read(follow->store, content, LIMIT_HANDED_BYTES, error);
	g_auto(GStrv) all = NULL;
	gint64 received;

	if (raw == NULL || !mailstore_received(follow->store, content, &received, error) || !follow_use_rules(follow, rules, error) ||
	    (all = list_documents(follow, content, raw, received, numbers, converting->pdf_program != NULL, error)) == NULL)
		return FALSE;
	if (!convert_read(converting, raw, all, received, reading))
		reading_clear(reading);
	return TRUE;
}

static gboolean
read_documents_of(struct follow *follow, gint64 content, const char *pdf_program, GPtrArray *waiting, struct follow_documents *out, GError **error)
{
	g_auto(GStrv) numbers = index_waiting_parts(follow->index, content, pdf_program != NULL, error);
	g_autoptr(GError) failure = NULL;
	g_autofree char *rules = numbers != NULL ? index_rules_of(follow->index, content, &failure) : NULL;
	struct converting converting = {.reader = follow->reader, .pdf_program = pdf_program};
	g_auto(Reading) reading = {0};

	if (failure != NULL)
		g_propagate_error(error, g_steal_pointer(&failure));
	if (numbers == NULL || (error != NULL && *error != NULL))
		return FALSE;
	if (numbers[0] == NULL)
		return TRUE;
	if (follow->desk != NULL)
		(void)desk_collect(follow->desk, content, -1, &reading); /* it came too late for its entry */
	if (reading.record == NULL && !convert(follow, content, numbers, rules, &converting, &reading, error))
		return FALSE;
	out->hurried = out->hurried || converting.hurried;
	out->read += reading.record != NULL;
	out->failed += count_failed(reading.record, numbers);
	if (reading.record != NULL)
		add_again(waiting, content, &reading, &rules);
	return !are_enough(waiting) || replace_all(follow, waiting, pdf_program != NULL, error);
}

gboolean
follow_read_documents(struct follow *follow, const GArray *only, struct follow_documents *out, GError **error)
{
	g_autofree char *pdf_program = convert_pdf_program();
	g_autoptr(GArray) waiting = only == NULL ? index_waiting(follow->index, pdf_program != NULL, error) : NULL;
	g_autoptr(GPtrArray) again = g_ptr_array_new_with_free_func(again_free);
	const GArray *list = only != NULL ? only : waiting;

	*out = (struct follow_documents){0};
	follow_take_all(follow); /* what another process has put into the index meanwhile was never asked for */
	for (guint i = 0; list != NULL && i < list->len && reader_is_alive(follow->reader); i++)
		if (!read_documents_of(follow, g_array_index(list, gint64, i), pdf_program, again, out, error))
			return FALSE;
	return list != NULL && replace_all(follow, again, pdf_program != NULL, error);
}
