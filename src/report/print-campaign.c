#include "report/print-campaign.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "find/counts.h"
#include "report/print-private.h"

struct compared {
	struct campaign *campaign;
	struct campaign_facts facts;
	const GPtrArray *common, *others;
	gint64 untold;
};

static void
compared_clear(struct compared *compared)
{
	g_clear_pointer(&compared->campaign, campaign_free);
}

typedef struct compared Compared;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Compared, compared_clear)

static gboolean
compare(struct index *index, gint64 number, struct compared *out, GError **error)
{
	g_autoptr(GArray) letters = NULL;

	if (!campaign_facts(index, number, &out->facts, error) || (letters = campaign_letters(index, number, 0, error)) == NULL)
		return FALSE;
	out->campaign = campaign_new();
	for (guint i = 0; i < letters->len; i++)
		if (!campaign_add(out->campaign, index, g_array_index(letters, gint64, i), FALSE, error))
			return FALSE;
	campaign_finish(out->campaign, &out->common, &out->others, &out->untold);
	return TRUE;
}

static void
append_wrapped(GString *out, const char *first, const char *text)
{
	g_autofree char *indent = g_strnfill(text_columns(first), ' ');
	g_autofree char *escaped = text_escape(text, FALSE);
	g_autofree char *wrapped = text_wrap(escaped, COLUMNS, indent);

	g_string_append_printf(out, "%s%s\n", first, g_str_has_prefix(wrapped, indent) ? wrapped + strlen(indent) : wrapped);
}

static void
append_common(GString *out, const struct compared *compared)
{
	g_autoptr(GString) paragraph = g_string_new(NULL);

	g_string_append(out, "\nWhat most of them say\n\n");
	for (guint i = 0; i <= compared->common->len; i++) {
		const struct campaign_sentence *sentence = i < compared->common->len ? g_ptr_array_index(compared->common, i) : NULL;

		if (paragraph->len > 0 && (sentence == NULL || sentence->begins)) {
			append_wrapped(out, "", paragraph->str);
			g_string_append(out, sentence != NULL ? "\n" : "");
			g_string_truncate(paragraph, 0);
		}
		if (sentence != NULL)
			g_string_append_printf(paragraph, "%s%s", paragraph->len > 0 ? " " : "", sentence->text);
	}
	if (compared->common->len == 0)
		g_string_append(out, "(no sentence is in more than half of them)\n");
}

static char *
id_of(struct index *index, gint64 message, GError **error)
{
	g_autoptr(MessageRow) row = message_row_load(index, message, FALSE, error);

	return row != NULL ? g_strdup(row->public_id) : NULL;
}

/* "  12  4f2kq7m5  The sentence"; an asterisk where it says what the common letter does not. */
static gboolean
append_others(GString *out, struct index *index, const struct compared *compared, guint different, GError **error)
{
	guint shown = different == 0 ? compared->others->len : MIN(different, compared->others->len);

	if (compared->others->len > 0)
		g_string_append(out, "\nWhere they differ: letters, one that says so, the sentence (*: worth reading)\n\n");
	for (guint i = 0; i < shown; i++) {
		const struct campaign_sentence *sentence = g_ptr_array_index(compared->others, i);
		g_autofree char *id = id_of(index, sentence->message, error);
		g_autofree char *first =
		    id != NULL ? g_strdup_printf("%6" G_GINT64_FORMAT "  %.*s %c ", sentence->letters, ID_SHOWN, id, sentence->worth ? '*' : ' ') : NULL;

		if (first == NULL)
			return FALSE;
		append_wrapped(out, first, sentence->text);
	}
	if (shown < compared->others->len)
		g_string_append_printf(out, "and %u more; --limit 0 shows all\n", compared->others->len - shown);
	if (compared->untold > 0)
		g_string_append_printf(out, "and %" G_GINT64_FORMAT " times a sentence beyond the first %u, not told apart\n", compared->untold,
		    compared->common->len + compared->others->len);
	return TRUE;
}

char *
campaign_print_text(struct index *index, const struct message_row *row, GTimeZone *zone, guint different, GError **error)
{
	g_auto(Compared) compared = {0};
	g_autoptr(GString) out = g_string_new(NULL);

	if (!compare(index, row->campaign, &compared, error))
		return NULL;
	g_autofree char *subject = print_one_line(row->subject != NULL ? row->subject : "(no subject)", COLUMNS);
	g_autofree char *first = clock_format(compared.facts.first, zone, "%Y-%m-%d"), *last = clock_format(compared.facts.last, zone, "%Y-%m-%d");
	if (compared.facts.letters <= 1) {
		g_string_append_printf(out, "%s\ncampaign   %s\nletters    no other letter is like it\n", subject, row->campaign_id);
		return g_string_free(g_steal_pointer(&out), FALSE);
	}
	g_autofree char *letters = text_count(compared.facts.letters, "letter", "letters alike");
	g_autofree char *authors = text_count(compared.facts.authors, "author", "different authors");

	g_string_append_printf(out, "%s\ncampaign   %s\nletters    %s, %s\nreceived   %s to %s\n", subject, row->campaign_id, letters, authors, first, last);
	if (compared.facts.superseded > 0)
		g_string_append_printf(out, "superseded %" G_GINT64_FORMAT " of them, by corrections\n", compared.facts.superseded);
	append_common(out, &compared);
	return append_others(out, index, &compared, different, error) ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static void
put_time(struct json *object, const char *key, gint64 t)
{
	g_autofree char *iso = clock_iso(t);

	json_put_text(object, key, iso);
}

char *
campaign_print_json(struct index *index, const struct message_row *row, guint different, GError **error)
{
	g_auto(Compared) compared = {0};
	g_autoptr(Json) object = json_new_object();
	struct json *common = json_new_array(), *others = json_new_array();
	guint shown;

	json_put(object, "common", common);
	json_put(object, "different", others);
	if (!compare(index, row->campaign, &compared, error))
		return NULL;
	json_put_text(object, "id", row->campaign_id);
	json_put_number(object, "letters", compared.facts.letters);
	json_put_number(object, "authors", compared.facts.authors);
	json_put_number(object, "superseded", compared.facts.superseded);
	put_time(object, "first", compared.facts.first);
	put_time(object, "last", compared.facts.last);
	for (guint i = 0; i < compared.common->len; i++)
		json_add_text(common, ((const struct campaign_sentence *)g_ptr_array_index(compared.common, i))->text);
	shown = different == 0 ? compared.others->len : MIN(different, compared.others->len);
	for (guint i = 0; i < shown; i++) {
		const struct campaign_sentence *sentence = g_ptr_array_index(compared.others, i);
		g_autofree char *id = id_of(index, sentence->message, error);
		struct json *item;

		if (id == NULL)
			return NULL;
		item = json_new_object();
		json_put_text(item, "text", sentence->text);
		json_put_number(item, "letters", sentence->letters);
		json_put_text(item, "id", id);
		json_put_boolean(item, "worth_reading", sentence->worth);
		json_add(others, item);
	}
	json_put_number(object, "different_total", compared.others->len);
	json_put_number(object, "untold", compared.untold);
	return json_print(object, TRUE);
}
