#include "archive/campaigns-text.h"

#include "archive/index-private.h"
#include "archive/paragraphs.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

#define NOTE_WORDS 60    /* of a covering note: what its author has to say stands in the attachment */
#define LOGO_BYTES 20000 /* pictures below are taken for a signature's */

/* What the passages alone do not tell. */
struct source {
	gint64 words;           /* of the letter's own text */
	gboolean any, unread;   /* documents attached; some of them unread */
	GArray *taken;          /* of struct paragraph: what masks took, and what is boilerplate */
	const GPtrArray *parts; /* passages: of struct record_passage */
};

typedef struct source Source;

static void
source_clear(struct source *source)
{
	g_clear_pointer(&source->taken, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Source, source_clear)

static void
see_attachment(struct source *source, const char *type, gint64 size, gboolean read)
{
	if (g_str_has_suffix(type, "-signature") || (g_str_has_prefix(type, "image/") && size < LOGO_BYTES))
		return;
	source->any = TRUE;
	source->unread = source->unread || !read;
}

static void
take(struct source *source, gint64 passage, gint64 offset, gint64 length)
{
	struct paragraph span = {.passage = (guint)passage, .offset = (guint)offset, .length = (guint)length};

	if (passage >= 0 && length > 0)
		g_array_append_val(source->taken, span);
}

static char *
join(const GPtrArray *passages, gboolean note)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);

		if (text->len < LIMIT_CAMPAIGN_BYTES && (passage->kind == PASSAGE_NEW || (note && passage->kind == PASSAGE_ATTACHMENT))) {
			g_string_append(text, passage->text);
			g_string_append(text, "\n\n");
		}
	}
	if (text->len > LIMIT_CAMPAIGN_BYTES)
		g_string_truncate(text, g_utf8_find_prev_char(text->str, text->str + LIMIT_CAMPAIGN_BYTES) - text->str);
	return g_string_free(text, FALSE);
}

/* "Please find our comments attached" is written by everybody: a short note is compared together with what it brings, and not at all until that is read. */
static char *
text_of(const struct source *source)
{
	gboolean note = source->any && source->words < NOTE_WORDS;

	if (note && source->unread)
		return g_strdup("");
	if (source->taken->len > 0) {
		g_autoptr(GPtrArray) rest = paragraphs_without(source->parts, source->taken);
		g_autofree char *left = join(rest, note);
		g_autofree char *words = text_index_words(left, -1);

		/* One who sends the common text alone has said just that. */
		if (*words != '\0')
			return g_steal_pointer(&left);
	}
	return join(source->parts, note);
}

char *
campaigns_text(const struct record *record)
{
	g_auto(Source) source = {.words = record->words, .taken = g_array_new(FALSE, FALSE, sizeof(struct paragraph)), .parts = record->passages};

	for (guint i = 0; i < record->parts->len; i++) {
		const struct record_part *part = g_ptr_array_index(record->parts, i);

		if (part->attachment)
			see_attachment(&source, part->type, part->size, part->read);
	}
	for (guint i = 0; i < record->evidence->len; i++) {
		const struct record_evidence *evidence = g_ptr_array_index(record->evidence, i);

		if (evidence->type == TARGET_MASK && evidence->tier == TIER_MASKED)
			take(&source, evidence->passage, evidence->offset, evidence->length);
	}
	return text_of(&source);
}

static gboolean
read_attachments(struct index *index, gint64 message, struct source *source, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT type, size, read FROM part WHERE message = :message AND attachment", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		see_attachment(source, stmt_text(stmt, 0), stmt_int(stmt, 1), stmt_int(stmt, 2) != 0);
	return result == STMT_END;
}

static gboolean
read_taken(struct index *index, gint64 message, struct source *source, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT passage, \"offset\", length FROM proof WHERE message = :message AND type = 'mask' AND tier = 'masked' UNION ALL "
	    "SELECT passage, \"offset\", length FROM paragraph WHERE message = :message AND scope <> 0",
	    error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		take(source, stmt_int(stmt, 0), stmt_int(stmt, 1), stmt_int(stmt, 2));
	return result == STMT_END;
}

char *
campaigns_text_stored(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, message, error);
	g_auto(Source) source = {.taken = g_array_new(FALSE, FALSE, sizeof(struct paragraph)), .parts = passages};

	if (passages == NULL || !index_get(index, "SELECT words FROM message WHERE message = :message", message, 0, &source.words, error) ||
	    !read_attachments(index, message, &source, error) || !read_taken(index, message, &source, error))
		return NULL;
	return text_of(&source);
}
