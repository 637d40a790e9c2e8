#include "rules/evidence.h"

#include <string.h>

#include "base/limits.h"

#define WORDS_MOST 200
#define RULE_MOST 100 /* of a phrase with alternatives; the file and line lead to the whole of it */
#define CUT " ... "

struct piece {
	struct evidence_for what;
	enum record_tier tier;
	const char *key;
	char *rule;
	guint file, line;
	gint passage;
	guint offset, length;
	char *words;
	guint rank; /* among the pieces for the same thing */
};

struct evidence {
	const struct search *search;
	GArray *pieces;
};

static void
piece_clear(gpointer data)
{
	struct piece *piece = data;

	g_free(piece->rule);
	g_free(piece->words);
}

struct evidence *
evidence_new(const struct search *search)
{
	struct evidence *evidence = g_new0(struct evidence, 1);

	evidence->search = search;
	evidence->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
	g_array_set_clear_func(evidence->pieces, piece_clear);
	return evidence;
}

void
evidence_free(struct evidence *evidence)
{
	if (evidence == NULL)
		return;
	g_array_unref(evidence->pieces);
	g_free(evidence);
}

/* LENGTH bytes of TEXT on one line. Caller frees. */
static char *
squeeze(const char *text, gsize length)
{
	GString *out = g_string_sized_new(length + 8);
	gboolean space = FALSE;

	for (const char *p = text; p < text + length; p = g_utf8_next_char(p)) {
		gunichar c = (guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p);

		if (c < 0x80 ? c <= ' ' || c == 0x7f : g_unichar_isspace(c) || g_unichar_iscntrl(c)) {
			space = out->len > 0;
			continue;
		}
		if (space)
			g_string_append_c(out, ' ');
		space = FALSE;
		if (c < 0x80)
			g_string_append_c(out, (char)c);
		else
			g_string_append_len(out, p, g_utf8_next_char(p) - p);
	}
	return g_string_free(out, FALSE);
}

/* At most MOST bytes of TEXT from its start, whole characters; returns their number. */
static gsize
head_of(const char *text, gsize length, gsize most)
{
	if (length <= most)
		return length;
	while (most > 0 && (text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static gsize
tail_of(const char *text, gsize length, gsize most)
{
	if (length <= most)
		return length;
	while (most > 0 && (text[length - most] & 0xc0) == 0x80)
		most--;
	return most;
}

/* LENGTH bytes of TEXT on one line, at most WORDS_MOST bytes: of a long one both ends, for parts of a phrase stand there. Caller frees. */
static char *
show_words(const char *text, gsize length)
{
	g_autofree char *head = squeeze(text, head_of(text, length, 2 * WORDS_MOST)), *tail = NULL;
	gsize half = (WORDS_MOST - strlen(CUT)) / 2;

	if (length <= 2 * WORDS_MOST && strlen(head) <= WORDS_MOST)
		return g_steal_pointer(&head);
	tail = squeeze(text + length - tail_of(text, length, 2 * WORDS_MOST), tail_of(text, length, 2 * WORDS_MOST));
	head[head_of(head, strlen(head), half)] = '\0';
	return g_strconcat(g_strchomp(head), CUT, g_strchug(tail + strlen(tail) - tail_of(tail, strlen(tail), half)), NULL);
}

/* The first alternatives of SIDE, in about MOST bytes, and whether there are more. */
static void
show_side(GString *out, const struct phrase_side *side, gsize most)
{
	const char *cursor = side->start, *start, *end;
	gsize before = out->len;

	while (phrase_next_alternative(side, &cursor, &start, &end)) {
		gsize length = end - start;

		if (out->len > before && out->len - before + length > most) {
			g_string_append(out, " | ...");
			return;
		}
		if (out->len > before)
			g_string_append(out, " | ");
		g_string_append_len(out, start, head_of(start, length, WORDS_MOST));
	}
}

char *
evidence_rule(const char *text)
{
	struct phrase_side sides[PHRASE_SIDES_MOST];
	GString *out;
	guint n;

	if (strlen(text) <= RULE_MOST || strchr(text, '|') == NULL)
		return g_strdup(text);
	if (*text == '/')
		return strlen(text) <= WORDS_MOST ? g_strdup(text) : g_strdup_printf("%.*s ...", (int)head_of(text, strlen(text), WORDS_MOST), text);
	out = g_string_sized_new(RULE_MOST);
	n = phrase_sides(text, sides);
	for (guint i = 0; i < n; i++) {
		if (i > 0 && sides[i].within == PHRASE_SENTENCE)
			g_string_append(out, " ~s ");
		else if (i > 0)
			g_string_append_printf(out, " ~%u ", sides[i].within);
		show_side(out, &sides[i], RULE_MOST / n);
	}
	return g_string_free(out, FALSE);
}

/* The bytes of the original that SPAN of the folded text comes from; a character that folds to several counts whole. */
static struct span
original_span(const struct reading *reading, const struct span *span)
{
	const struct folded *folded = &reading->folded;
	gsize end = span->end;

	while (folded->map != NULL && end > 0 && end < folded->length && folded->map[end] == folded->map[end - 1])
		end++;
	return (struct span){folded_origin(folded, span->start), folded_origin(folded, end)};
}

void
evidence_add_match(struct evidence *evidence, const struct evidence_for *what, enum record_tier tier, const struct match *match)
{
	const struct ruleset *ruleset = evidence->search->ruleset;
	const struct rule *rule = ruleset_rule(ruleset, match->rule);
	const struct reading *reading = g_ptr_array_index(evidence->search->readings, match->reading);
	struct span span = original_span(reading, &match->span);
	struct piece piece = {
	    .what = *what,
	    .tier = tier,
	    .key = rule_key_name(rule->key),
	    .rule = evidence_rule(rule->text),
	    .file = ruleset_section(ruleset, rule->section)->file,
	    .line = rule->line,
	    .passage = reading->passage,
	};

	if (reading->passage >= 0) {
		piece.offset = span.start;
		piece.length = span.end - span.start;
	}
	piece.words = show_words(reading->original + span.start, span.end - span.start);
	g_array_append_val(evidence->pieces, piece);
}

void
evidence_add_fact(struct evidence *evidence, const struct evidence_for *what, enum record_tier tier, const char *key, const char *rule, guint file, guint line,
    const char *words)
{
	struct piece piece = {.what = *what, .tier = tier, .key = key, .rule = g_strdup(rule), .file = file, .line = line, .passage = -1};

	piece.words = words != NULL ? show_words(words, strlen(words)) : NULL;
	g_array_append_val(evidence->pieces, piece);
}

void
evidence_lower(struct evidence *evidence, const struct evidence_for *what, enum record_tier tier)
{
	for (guint i = 0; i < evidence->pieces->len; i++) {
		struct piece *piece = &g_array_index(evidence->pieces, struct piece, i);

		if (piece->what.order == what->order && piece->tier < tier)
			piece->tier = tier;
	}
}

static int
compare_numbers(guint64 a, guint64 b)
{
	return a < b ? -1 : a > b;
}

/* By what it speaks for, passage, offset; then by the place of the rule, so that the order never depends on chance. */
static int
compare_pieces(gconstpointer a, gconstpointer b)
{
	const struct piece *x = a, *y = b;
	int order = compare_numbers(x->what.order, y->what.order);

	if (order == 0)
		order = compare_numbers((guint)(x->passage + 1), (guint)(y->passage + 1));
	if (order == 0)
		order = compare_numbers(x->offset, y->offset);
	if (order == 0)
		order = compare_numbers(x->length, y->length);
	if (order == 0)
		order = compare_numbers((guint64)x->file << 32 | x->line, (guint64)y->file << 32 | y->line);
	if (order == 0)
		order = strcmp(x->rule, y->rule);
	if (order == 0)
		order = g_strcmp0(x->words, y->words);
	return order;
}

/* The number of pieces for each thing that may stay. */
static guint
ranks_that_fit(const GArray *pieces)
{
	guint counts[LIMIT_EVIDENCE + 1] = {0}, total = 0, rank = 0;

	for (guint i = 0; i < pieces->len; i++)
		counts[MIN(g_array_index(pieces, struct piece, i).rank, LIMIT_EVIDENCE)]++;
	while (rank < LIMIT_EVIDENCE && total + counts[rank] <= LIMIT_EVIDENCE)
		total += counts[rank++];
	return MAX(rank, 1);
}

/* Pieces that made a filing before near misses, so that a limit never takes the ground from under a filing. */
static void
rank_pieces(GArray *pieces)
{
	for (guint first = 0, last; first < pieces->len; first = last) {
		guint rank = 0;
		const struct evidence_for *what = &g_array_index(pieces, struct piece, first).what;

		for (last = first; last < pieces->len && g_array_index(pieces, struct piece, last).what.order == what->order;)
			last++;
		for (enum record_tier tier = TIER_FIRM; tier < N_TIERS; tier++)
			for (guint i = first; i < last; i++)
				if (g_array_index(pieces, struct piece, i).tier == tier)
					g_array_index(pieces, struct piece, i).rank = rank++;
	}
}

void
evidence_write(struct evidence *evidence)
{
	struct record *record = evidence->search->record;
	GArray *pieces = evidence->pieces;
	guint ranks = G_MAXUINT, written = 0;

	g_array_sort(pieces, compare_pieces);
	if (pieces->len > LIMIT_EVIDENCE) {
		rank_pieces(pieces);
		ranks = ranks_that_fit(pieces);
		record_add_remark(record, "rules found %u pieces of evidence: the first %u for each filing are kept", pieces->len, ranks);
	}
	for (guint i = 0; i < pieces->len && written < LIMIT_EVIDENCE; i++) {
		const struct piece *piece = &g_array_index(pieces, struct piece, i);
		struct record_evidence *out;

		if (piece->rank >= ranks)
			continue;
		out = record_add_evidence(record, piece->what.type, piece->what.id, piece->tier, piece->key, piece->rule,
		    ruleset_file(evidence->search->ruleset, piece->file)->base, piece->line);
		out->passage = piece->passage;
		out->offset = piece->offset;
		out->length = piece->length;
		g_free(out->words);
		out->words = g_strdup(piece->words);
		written++;
	}
}
