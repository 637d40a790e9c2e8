#include "publish/plan-private.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "pages/route.h"

#include <string.h>

gboolean
places_is_safe(const char *id)
{
	gsize length = strlen(id);

	return length > 0 && length <= 200 && strspn(id, "abcdefghijklmnopqrstuvwxyz234567") == length;
}

char *
places_base(const char *type, const char *id)
{
	g_autofree char *name = id != NULL ? route_name(id) : NULL;

	return type == NULL ? g_strdup("all") : name == NULL ? g_strdup(type) : g_strconcat(type, "/", name, NULL);
}

char *
places_mailbox(const struct plan *plan, gint64 date)
{
	g_autofree char *month = clock_format(date, plan->site->zone, "%Y-%m");

	return g_strdup_printf("mbox/%s.mbox.gz", month);
}

static void
add_line(GString *lines, const char *base)
{
	g_string_append(lines, base);
	g_string_append_c(lines, '\n');
}

static void
add_place(GString *lines, const char *type, const char *id, const char *month)
{
	g_autofree char *base = places_base(type, id);

	add_line(lines, base);
	g_string_append_printf(lines, "%s/%s\n", base, month);
}

static void
add_places(const struct plan *plan, GString *lines, const struct message_row *row)
{
	static const char *const types[] = {"workstream", "topic", "group", "intent", "region", NULL};
	g_autofree char *month = clock_format(row->date_effective, plan->site->zone, "%Y-%m");
	g_autofree char *mailbox = places_mailbox(plan, row->date_effective);

	add_place(lines, NULL, NULL, month);
	add_line(lines, mailbox);
	if (strcmp(row->kind, "input") == 0 && !message_row_has(row, "workstream"))
		add_place(lines, "unfiled", NULL, month);
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_strv_contains(types, filing->type))
			add_place(lines, filing->type, filing->id, month);
	}
}

static void
add_letter(GString *lines, const char *id)
{
	if (id != NULL && places_is_safe(id) && strcmp(id, SUPERSEDES_NONE) != 0)
		g_string_append_printf(lines, "message/%s\n", id);
}

gboolean
places_kin_page(struct plan *plan, gboolean campaign, gint64 number, const char **out, GError **error)
{
	char *name = g_hash_table_lookup(plan->names[campaign], &number);
	g_autoptr(GArray) kin = NULL;

	if (name == NULL) {
		g_autoptr(MessageRow) first = NULL;

		kin = campaign ? pages_campaign(plan->index, &plan->audience, number, 2, error)
		               : pages_thread_begins(plan->index, &plan->audience, number, error);
		if (kin == NULL || (kin->len > 1 && (first = message_row_load(plan->index, g_array_index(kin, gint64, 0), FALSE, error)) == NULL))
			return FALSE;
		name = first != NULL ? g_strconcat(campaign ? "campaign/" : "thread/", first->public_id, NULL) : g_strdup("");
		g_hash_table_insert(plan->names[campaign], g_memdup2(&number, sizeof number), name);
	}
	*out = *name != '\0' ? name : NULL;
	return TRUE;
}

static gboolean
add_kin(struct plan *plan, const struct message_row *row, struct published_letter *out, GString *lines, GError **error)
{
	const char *thread, *campaign;

	if (!places_kin_page(plan, FALSE, row->thread, &thread, error) || !places_kin_page(plan, TRUE, row->campaign, &campaign, error))
		return FALSE;
	out->thread = g_strdup(thread);
	out->campaign = g_strdup(campaign);
	if (thread != NULL)
		add_line(lines, thread);
	if (campaign != NULL)
		add_line(lines, campaign);
	return TRUE;
}

static gboolean
add_attachments(struct plan *plan, const struct message_row *row, GString *lines, GError **error)
{
	g_auto(Details) details = {0};

	if (row->attachments == 0 || !plan->site->attachments)
		return TRUE;
	if (!details_load(plan->index, row->message, &details, error))
		return FALSE;
	for (guint i = 0; i < details.parts->len; i++) {
		g_autofree char *file = page_attachment_file(plan->site, row, g_ptr_array_index(details.parts, i));

		if (file != NULL)
			g_string_append_printf(lines, "attachment/%s/%s\n", row->public_id, file);
	}
	return TRUE;
}

/* Who wrote it and what it is called is on the pages of those beside it, and its name in their References. */
static gint64
face_of(const struct message_row *row)
{
	const char *const words[] = {
	    row->public_id, row->message_id, row->subject, row->author_name, row->author_address, row->redacted, row->copy_of, row->lang};
	g_autoptr(GString) all = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		g_string_append_printf(all, "%s%c", words[i] != NULL ? words[i] : "", words[i] != NULL ? '\1' : '\2');
	return (gint64)hash_quick(all->str, all->len);
}

static void
letter_free(gpointer data)
{
	published_letter_clear(data);
	g_free(data);
}

const struct published_letter *
places_find(struct plan *plan, gint64 message, GError **error)
{
	struct published_letter *letter;
	g_autoptr(MessageRow) row = NULL;
	g_autoptr(GString) lines = g_string_new(NULL);
	gboolean visible;

	if (plan->letters == NULL)
		plan->letters = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, letter_free);
	letter = g_hash_table_lookup(plan->letters, &message);
	if (letter != NULL)
		return letter;
	if (!pages_visible(plan->index, &plan->audience, message, &visible, error) || (row = message_row_load(plan->index, message, FALSE, error)) == NULL)
		return NULL;
	letter = g_new0(struct published_letter, 1);
	g_hash_table_insert(plan->letters, g_memdup2(&message, sizeof message), letter);
	letter->date = row->date_effective;
	letter->thread_number = row->thread;
	letter->campaign_number = row->campaign;
	if (!visible)
		return letter;
	add_letter(lines, row->public_id);
	if (!add_kin(plan, row, letter, lines, error) || !add_attachments(plan, row, lines, error))
		return NULL;
	if (row->copy_of == NULL && g_strcmp0(row->redacted, "whole") != 0)
		add_places(plan, lines, row);
	add_letter(lines, row->supersedes);
	add_letter(lines, row->superseded_by);
	letter->places = g_strndup(lines->str, lines->len);
	letter->face = face_of(row);
	return letter;
}
