#include "report/mentions.h"

#include "base/pattern.h"
#include "base/text.h"

#include <string.h>

#define NUMBER "[0-9]+[a-z]?(?:\\.[0-9a-z]+)*"
#define JOINED "\\s*(?:[,;&/\\x{2013}-]|\\p{L}{1,3}(?=\\s))\\s*" /* comma, dash, "and", "et", "und", "to" */
#define MOST 64                                                  /* mentions of one text: a contents list names hundreds */

#define TRIED 1000       /* places that are looked at for one */
#define BEHIND_BYTES 100 /* behind a number in which it is said of what the section is */

struct mentions {
	struct pattern *named; /* a word and the numbers behind it */
	struct pattern *number;
	GPtrArray *ids, *titles; /* of the document's sections, in its order */
	GHashTable *words;       /* of its title, folded */
};

void
mentions_free(struct mentions *mentions)
{
	g_clear_pointer(&mentions->named, pattern_free);
	g_clear_pointer(&mentions->number, pattern_free);
	g_ptr_array_unref(mentions->ids);
	g_ptr_array_unref(mentions->titles);
	g_hash_table_unref(mentions->words);
	g_free(mentions);
}

static void
mention_free(gpointer data)
{
	struct mention *mention = data;

	g_free(mention->section);
	g_free(mention);
}

/* WORD as an alternative of an expression, spaces as any white space. */
static void
append_word(GString *out, const char *word)
{
	g_string_append(out, out->len > 0 ? "|" : "");
	for (const char *p = word; *p != '\0'; p++) {
		if (*p == ' ')
			g_string_append(out, "\\s+");
		else if ((guchar)*p >= 0x80 || g_ascii_isalnum(*p))
			g_string_append_c(out, *p);
		else
			g_string_append_printf(out, "\\%c", *p);
	}
}

static char *
alternatives(const struct mentions_document *document)
{
	static const char *const usual[] = {"section", "sections", "sec.", "\u00a7", "\u00a7\u00a7"};
	GString *out = g_string_new(NULL);

	for (guint i = 0; document->refer != NULL && i < document->refer->len; i++)
		append_word(out, g_ptr_array_index(document->refer, i));
	for (guint i = 0; document->refer == NULL && i < G_N_ELEMENTS(usual); i++)
		append_word(out, usual[i]);
	return g_string_free(out, FALSE);
}

static void
add_title_words(struct mentions *mentions, const char *title)
{
	g_autofree char *folded = text_fold_key(title);
	g_auto(GStrv) words = g_strsplit(folded, " ", -1);

	for (char **word = words; *word != NULL; word++)
		if (g_utf8_strlen(*word, -1) > 3)
			g_hash_table_add(mentions->words, g_strdup(*word));
}

struct mentions *
mentions_new(const struct mentions_document *document)
{
	g_autoptr(Mentions) mentions = g_new0(struct mentions, 1);
	g_autofree char *words = alternatives(document);
	g_autofree char *expression = g_strdup_printf("(?<![\\p{L}\\p{N}])(?:%s)\\s*(" NUMBER "(?:" JOINED NUMBER ")*)(?![\\p{L}\\p{N}])", words);
	gsize offset;

	mentions->ids = g_ptr_array_new_with_free_func(g_free);
	mentions->titles = g_ptr_array_new_with_free_func(g_free);
	mentions->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < document->sections->len; i++) {
		const char *section = g_ptr_array_index(document->sections, i);
		gsize length = strcspn(section, " \t");

		g_ptr_array_add(mentions->ids, g_ascii_strdown(section, length));
		g_ptr_array_add(mentions->titles, g_strstrip(g_strdup(section + length)));
	}
	add_title_words(mentions, document->title);
	mentions->named = pattern_new(expression, TRUE, &offset, NULL);
	mentions->number = pattern_new(NUMBER, TRUE, &offset, NULL);
	return mentions->ids->len > 0 && mentions->named != NULL && mentions->number != NULL ? g_steal_pointer(&mentions) : NULL;
}

/* The place of ID, or of the section it is part of, in the document; -1: it has neither. */
static int
find_section(const struct mentions *mentions, const char *id)
{
	g_autofree char *part = g_ascii_strdown(id, -1);

	for (;;) {
		char *dot;

		for (guint i = 0; i < mentions->ids->len; i++)
			if (strcmp(g_ptr_array_index(mentions->ids, i), part) == 0)
				return (int)i;
		dot = strrchr(part, '.');
		if (dot == NULL)
			return -1;
		*dot = '\0';
	}
}

const char *
mentions_title(const struct mentions *mentions, const char *id)
{
	int place = find_section(mentions, id);

	return place >= 0 ? g_ptr_array_index(mentions->titles, place) : NULL;
}

int
mentions_compare(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (g_ascii_isdigit(*a) && g_ascii_isdigit(*b)) {
			char *behind_a, *behind_b;
			guint64 x = g_ascii_strtoull(a, &behind_a, 10), y = g_ascii_strtoull(b, &behind_b, 10);

			if (x != y)
				return x < y ? -1 : 1;
			a = behind_a;
			b = behind_b;
			continue;
		}
		if (*a != *b)
			return (guchar)*a < (guchar)*b ? -1 : 1;
		a++;
		b++;
	}
	return (*a != '\0') - (*b != '\0');
}

/* The words behind END, up to a full stop: "of the contract". */
static gboolean
is_of_another(const struct mentions *mentions, const char *end)
{
	gsize length = MIN(strcspn(end, ".;:!?()\n"), strnlen(end, BEHIND_BYTES));
	g_autofree char *cut = g_strndup(end, length), *behind = g_utf8_make_valid(cut, -1);
	g_autofree char *folded = text_fold_key(behind);
	g_auto(GStrv) words = g_strsplit_set(folded, " ,", 6);

	if (words[0] == NULL || strcmp(words[0], "of") != 0)
		return FALSE;
	for (guint i = 1; words[i] != NULL && i < 5; i++)
		if (g_hash_table_contains(mentions->words, words[i]) || strcmp(words[i], "this") == 0 || strcmp(words[i], "your") == 0)
			return FALSE;
	return TRUE;
}

/* "RFC 2119, section 4", "the Bylaws Section 4": a name or a number right before the word at OFFSET, within its sentence, that is not the document's. */
static gboolean
is_behind_another(const struct mentions *mentions, const char *text, gsize offset)
{
	const char *end = text + offset, *start;

	while (end > text && (end[-1] == ' ' || end[-1] == ',' || end[-1] == '\n'))
		end--;
	for (start = end; start > text; start = g_utf8_prev_char(start)) {
		gunichar c = g_utf8_get_char(g_utf8_prev_char(start));

		if (!g_unichar_isalnum(c) && c != '-')
			break;
	}
	if (start == end || start == text || start[-1] == '\n')
		return FALSE;
	const char *before = start;
	while (before > text && before[-1] == ' ')
		before--;
	if (before == text || strchr(".!?:\n(\"", before[-1]) != NULL)
		return FALSE;
	g_autofree char *word = g_strndup(start, end - start);
	g_autofree char *folded = text_fold_key(word);
	gunichar first = g_utf8_get_char(word);
	return (g_unichar_isupper(first) || g_unichar_isdigit(first)) && !g_hash_table_contains(mentions->words, folded);
}

struct finding {
	const struct mentions *mentions;
	GPtrArray *out;
	gsize offset, length;
};

static void
add_mention(struct finding *finding, const char *section)
{
	struct mention *mention;

	if (finding->out->len >= MOST)
		return;
	mention = g_new0(struct mention, 1);
	mention->offset = finding->offset;
	mention->length = finding->length;
	mention->section = g_strdup(section);
	g_ptr_array_add(finding->out, mention);
}

/* What the document has behind the section at FIRST and before that at LAST, of the same depth. */
static void
fill_range(struct finding *finding, const char *first, const char *last)
{
	const GPtrArray *ids = finding->mentions->ids;

	for (guint i = 0; i < ids->len; i++) {
		const char *id = g_ptr_array_index(ids, i);
		guint dots = 0, wanted = 0;

		for (const char *p = id; *p != '\0'; p++)
			dots += *p == '.';
		for (const char *p = first; *p != '\0'; p++)
			wanted += *p == '.';
		if (dots == wanted && mentions_compare(id, first) > 0 && mentions_compare(id, last) < 0)
			add_mention(finding, id);
	}
}

/* TEXT's bytes [start, end): numbers with what joins them. */
static void
add_numbers(struct finding *finding, const char *text, gsize start, gsize end)
{
	g_autofree char *before = NULL;
	struct pattern_span span;
	gsize last = start;

	while (last < end && pattern_match(finding->mentions->number, text, end, last, &span, 1) == PATTERN_MATCH) {
		g_autofree char *id = g_ascii_strdown(text + span.start, span.end - span.start);
		g_autofree char *between = g_strndup(text + last, span.start - last);
		gboolean range = strchr(between, '-') != NULL || strstr(between, "\u2013") != NULL;

		last = span.end;
		if (find_section(finding->mentions, id) < 0)
			continue;
		if (range && before != NULL)
			fill_range(finding, before, id);
		add_mention(finding, id);
		g_free(before);
		before = g_steal_pointer(&id);
	}
}

GPtrArray *
mentions_find(const struct mentions *mentions, const char *text)
{
	struct finding finding = {mentions, g_ptr_array_new_with_free_func(mention_free), 0, 0};
	gsize length = strlen(text), start = 0;
	struct pattern_span spans[2];

	for (guint n = 0;
	     n < TRIED && start < length && finding.out->len < MOST && pattern_match(mentions->named, text, length, start, spans, 2) == PATTERN_MATCH; n++) {
		start = spans[0].end;
		finding.offset = spans[0].start;
		finding.length = spans[0].end - spans[0].start;
		if (!is_of_another(mentions, text + spans[0].end) && !is_behind_another(mentions, text, spans[0].start))
			add_numbers(&finding, text, spans[1].start, spans[1].end);
	}
	return finding.out;
}
