#include "archive/paragraphs.h"

#include "base/hash.h"
#include "base/text.h"

#include <string.h>

#define WORDS 8           /* of a paragraph that says something */
#define REST_WORDS 3      /* "thank you" is no letter */
#define FEET 3            /* paragraphs of a notice and a signature */
#define NOTICES 2         /* of them that are left out of what a short letter says */
#define LINE_COLUMNS 60   /* of a signature's lines */
#define LONGEST 4000      /* bytes of a paragraph that is nobody's letter */
#define SIGNATURE_LINES 2 /* at least */

static gint64
key_of(char sign, const char *text, gsize length)
{
	g_autofree char *folded = text_fold_key_of(text, length);
	g_autofree char *all = g_strdup_printf("%c %s", sign, folded);
	struct hash hash = hash_bytes(all, strlen(all));
	gint64 key;

	memcpy(&key, hash.bytes, sizeof(key));
	return GINT64_FROM_BE(key) | 1; /* never 0 */
}

static gboolean
ends_sentence(const char *line)
{
	static const char *const marks[] = {".", "!", "?", "。", "！", "？", "؟", "।", "…"};

	for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
		if (g_str_has_suffix(line, marks[i]))
			return TRUE;
	return FALSE;
}

static gboolean
is_signature(const char *text, gsize length)
{
	g_autofree char *copy = g_strndup(text, length);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	guint n = 0;

	for (; lines[n] != NULL; n++)
		if (text_columns(g_strchomp(lines[n])) > LINE_COLUMNS || ends_sentence(lines[n]))
			return FALSE;
	return n >= SIGNATURE_LINES;
}

static gboolean
is_blank(const char *line, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (line[i] != ' ' && line[i] != '\t')
			return FALSE;
	return TRUE;
}

/* Appends the paragraphs of passage NUMBER that have words enough. */
static void
split(GArray *out, const char *text, guint number)
{
	gsize at = 0, length = strlen(text), start = 0, end = 0;

	while (at <= length) {
		const char *feed = at < length ? memchr(text + at, '\n', length - at) : NULL;
		gsize stop = feed != NULL ? (gsize)(feed - text) : length;

		if (at < length && !is_blank(text + at, stop - at)) {
			start = end == 0 ? at : start;
			end = stop;
		} else if (end > 0) {
			struct paragraph paragraph = {.passage = number, .offset = (guint)start, .length = (guint)(end - start)};

			if (text_count_words_of(text + start, end - start) >= WORDS)
				g_array_append_val(out, paragraph);
			end = 0;
		}
		at = stop + 1;
	}
}

static const char *
text_of(const GPtrArray *passages, const struct paragraph *paragraph)
{
	return ((const struct record_passage *)g_ptr_array_index(passages, paragraph->passage))->text + paragraph->offset;
}

/*
 * A number for a text that texts alike have in common: the least hash of its words (a min-hash; equal in two texts as often as they share words). So letters
 * that differ by a name and a date are one text, and letters on different things are not. It is put together from pieces, so that no word is looked at twice.
 */
struct likeness {
	guint64 least;
	guint words;
};

/* 0: the text says hardly anything. */
static gint64
likeness_number(const struct likeness *likeness)
{
	return likeness->words < REST_WORDS ? 0 : (gint64)(likeness->least >> 1) | 1;
}

static void
add_likeness(struct likeness *likeness, const char *text, gsize length)
{
	g_autofree char *words = text_index_words(text, (gssize)length);

	for (const char *word = words; *word != '\0';) {
		const char *end = strchrnul(word, ' ');

		likeness->least = MIN(likeness->least, hash_quick(word, end - word));
		likeness->words++;
		word = end + (*end == ' ');
	}
}

/* A place in the new text. */
struct place {
	guint passage;
	gsize offset;
};

/* Goes on with the new text from FROM to END (passage PASSAGES->len: its end), whole lines. */
static void
add_between(struct likeness *likeness, const GPtrArray *passages, struct place from, struct place end)
{
	for (guint i = from.passage; i < passages->len && i <= end.passage; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		gsize start = i == from.passage ? from.offset : 0;
		gsize stop = i == end.passage ? end.offset : strlen(passage->text);

		if (passage->kind == PASSAGE_NEW && stop > start)
			add_likeness(likeness, passage->text + start, stop - start);
	}
}

static struct place
start_of(const struct paragraph *paragraph)
{
	return (struct place){paragraph->passage, paragraph->offset};
}

/* What the letter says below its head. */
static gint64
rest_below(const GPtrArray *passages, const struct paragraph *head)
{
	struct likeness likeness = {G_MAXUINT64, 0};

	add_between(&likeness, passages, (struct place){head->passage, head->offset + head->length}, (struct place){passages->len, 0});
	return likeness_number(&likeness);
}

static void
add(GArray *out, const GPtrArray *passages, const struct paragraph *found, enum paragraph_place place, gint64 rest)
{
	struct paragraph paragraph = *found;
	const char *text = text_of(passages, &paragraph);

	if (paragraph.length > LONGEST)
		return;
	paragraph.place = place;
	paragraph.hash = key_of(place == PLACE_HEAD ? 'h' : 'f', text, paragraph.length);
	paragraph.rest = rest;
	paragraph.signature = place == PLACE_FOOT && is_signature(text, paragraph.length);
	g_array_append_val(out, paragraph);
}

/* The feet of a letter, from below. With each goes what the letter says besides it: above the notices at its foot, of which there may be two. */
static void
add_feet(GArray *out, const GPtrArray *passages, const GArray *all)
{
	guint n = MIN(FEET, all->len), ends[FEET];
	gint64 rests[FEET] = {0};
	struct likeness likeness = {G_MAXUINT64, 0};
	struct place at = {0, 0};

	for (guint depth = 1; depth <= n; depth++)
		ends[depth - 1] = MIN(all->len - depth, MAX(1, all->len > NOTICES ? all->len - NOTICES : 1));
	for (guint depth = n; depth > 0; depth--) {
		struct place end = start_of(&g_array_index(all, struct paragraph, ends[depth - 1]));

		add_between(&likeness, passages, at, end);
		rests[depth - 1] = likeness_number(&likeness);
		at = end;
	}
	for (guint depth = 1; depth <= n; depth++)
		add(out, passages, &g_array_index(all, struct paragraph, all->len - depth), PLACE_FOOT, rests[depth - 1]);
}

GArray *
paragraphs_find(const GPtrArray *passages)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct paragraph));
	GArray *out = g_array_new(FALSE, FALSE, sizeof(struct paragraph));

	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);

		if (passage->kind == PASSAGE_NEW)
			split(all, passage->text, i);
	}
	if (all->len > 1)
		add(out, passages, &g_array_index(all, struct paragraph, 0), PLACE_HEAD, rest_below(passages, &g_array_index(all, struct paragraph, 0)));
	add_feet(out, passages, all);
	return out;
}

GPtrArray *
paragraphs_without(const GPtrArray *passages, const GArray *spans)
{
	GPtrArray *out = record_passages_new();

	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		struct record_passage *copy = g_new0(struct record_passage, 1);

		*copy = (struct record_passage){.kind = passage->kind, .part = passage->part, .text = g_strdup(passage->text)};
		for (guint j = 0; j < spans->len; j++) {
			const struct paragraph *span = &g_array_index(spans, struct paragraph, j);

			if (span->passage == i && span->offset + span->length <= strlen(passage->text))
				memset(copy->text + span->offset, ' ', span->length);
		}
		g_ptr_array_add(out, copy);
	}
	return out;
}
