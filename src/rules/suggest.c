#include "rules/suggest.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "rules/rulefile.h"

#define WORD_LEAST 2         /* characters of a word */
#define WORD_MOST 40         /* a longer one is an address or noise */
#define SINGULAR_LEAST 4     /* bytes of a singular that is made of its plural */
#define HAN_LEAST 2          /* characters of a phrase in a script without spaces */
#define HAN_MOST 6           /* the longest terms are as long */
#define TERMS_MOST 500000    /* words and phrases: some thousand messages' */
#define MESSAGES_LEAST 2     /* that belong there and have it: a word of one message tells nothing of the next */
#define RATIO_LEAST 6.63     /* chance alone reaches it once in a hundred words (chi-square, one degree of freedom) */
#define KEYWORD_PRECISION 95 /* in a hundred, by at least KEYWORD_MESSAGES */
#define KEYWORD_MESSAGES 5
#define LIKELY_PRECISION 60
#define HINT_PRECISION 30
#define EXAMPLE_CHARACTERS 200

struct term {
	guint in[N_SUGGEST_CLASSES];
	guint seen;       /* the last message that had it */
	const char *lang; /* of the missed ones so far; "" when they differ */
	gboolean cjk;
	gboolean made; /* stands in no missed message itself, only its plural does */
};

struct suggest {
	GStringChunk *strings;
	GHashTable *terms; /* char * -> struct term */
	guint totals[N_SUGGEST_CLASSES];
	guint messages, made;
};

typedef void (*take_term)(gpointer data, const char *term, gsize length, gboolean cjk);

struct suggest *
suggest_new(void)
{
	struct suggest *suggest = g_new0(struct suggest, 1);

	suggest->strings = g_string_chunk_new(65536);
	suggest->terms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	return suggest;
}

void
suggest_free(struct suggest *suggest)
{
	if (suggest == NULL)
		return;
	g_hash_table_unref(suggest->terms);
	g_string_chunk_free(suggest->strings);
	g_free(suggest);
}

guint
suggest_total(const struct suggest *suggest, enum suggest_class is)
{
	return suggest->totals[is];
}

static gboolean
is_letter(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

/* A blank, a hyphen and one line's end join the words of a phrase, as in rules. All else parts them. */
char *
suggest_fold(const char *text)
{
	g_auto(Folded) folded = {NULL, 0, NULL};
	GString *out = g_string_new(NULL);
	gunichar last = '\n';

	text_fold(text, -1, &folded);
	for (const char *p = folded.text; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		gboolean inside = c == '\'' && is_letter(last) && is_letter(g_utf8_get_char(p + 1));
		gboolean joint = c == ' ' || c == '\t' || c == '-' || (c == '\n' && p[1] != '\n' && (p == folded.text || p[-1] != '\n'));

		c = is_letter(c) || inside ? g_unichar_tolower(c) : joint ? ' ' : '\n';
		if ((c == ' ' && (last == ' ' || last == '\n')) || (c == '\n' && last == '\n'))
			continue;
		if (c == '\n' && last == ' ')
			g_string_truncate(out, out->len - 1);
		g_string_append_unichar(out, c);
		last = c;
	}
	return g_string_free(out, FALSE);
}

static gboolean
is_word(const char *word, gsize length)
{
	glong characters = g_utf8_strlen(word, (gssize)length);

	if (characters < WORD_LEAST || characters > WORD_MOST)
		return FALSE;
	for (const char *p = word; p < word + length; p = g_utf8_next_char(p))
		if (g_unichar_isalpha(g_utf8_get_char(p)))
			return TRUE;
	return FALSE;
}

/* The end of the run of characters from P on that are, or are not, of a script without spaces. */
static const char *
run_end(const char *p, gboolean cjk)
{
	while (*p != '\0' && *p != ' ' && *p != '\n' && text_is_cjk(g_utf8_get_char(p)) == cjk)
		p = g_utf8_next_char(p);
	return p;
}

static void
take_han(const char *run, const char *end, take_term take, gpointer data)
{
	for (const char *p = run; p < end; p = g_utf8_next_char(p)) {
		const char *q = p;

		for (guint n = 1; n <= HAN_MOST && q < end; n++) {
			q = g_utf8_next_char(q);
			if (n >= HAN_LEAST)
				take(data, p, q - p, TRUE);
		}
	}
}

/* Words, phrases of two words that stand together, and pieces of text without spaces. FOLDED: suggest_fold. */
static void
take_terms(const char *folded, take_term take, gpointer data)
{
	const char *before = NULL;

	for (const char *p = folded, *end; *p != '\0'; p = end) {
		gboolean cjk = text_is_cjk(g_utf8_get_char(p));

		if (*p == ' ' || *p == '\n') {
			before = *p == '\n' ? NULL : before;
			end = p + 1;
			continue;
		}
		end = run_end(p, cjk);
		if (cjk)
			take_han(p, end, take, data);
		else if (is_word(p, end - p)) {
			take(data, p, end - p, FALSE);
			if (before != NULL)
				take(data, before, end - before, FALSE);
		}
		before = cjk || *end != ' ' || !is_word(p, end - p) ? NULL : p;
	}
}

/* "lantern" of "lanterns": a rule for it finds both, one for the plural does not. NULL where it is no plural, or hardly one; caller frees. */
static char *
singular_of(const char *word, gsize length)
{
	gsize cut = length > 4 && (strncmp(word + length - 4, "ches", 4) == 0 || strncmp(word + length - 4, "shes", 4) == 0 ||
	                              strncmp(word + length - 4, "sses", 4) == 0 || strncmp(word + length - 3, "xes", 3) == 0)
	                ? 2
	                : 1;

	if (length < SINGULAR_LEAST + 1 || word[length - 1] != 's' || memchr(word, ' ', length) != NULL || strchr("aiousy'", word[length - 2]) != NULL ||
	    (guint8)word[length - 2] >= 0x80 || strncmp(word + length - 3, "ies", 3) == 0)
		return NULL;
	return g_strndup(word, length - cut);
}

static void
add_term(struct suggest *suggest, const char *key, gboolean cjk, gboolean made)
{
	struct term *term = g_hash_table_lookup(suggest->terms, key);

	if (term == NULL && g_hash_table_size(suggest->terms) < TERMS_MOST) {
		term = g_new0(struct term, 1);
		term->cjk = cjk;
		term->made = made;
		suggest->made += made;
		g_hash_table_insert(suggest->terms, g_string_chunk_insert(suggest->strings, key), term);
	} else if (term != NULL && term->made && !made) {
		term->made = FALSE;
		suggest->made--;
	}
}

static void
add_candidate(gpointer data, const char *text, gsize length, gboolean cjk)
{
	g_autofree char *key = g_strndup(text, length), *singular = cjk ? NULL : singular_of(text, length);

	add_term(data, key, cjk, FALSE);
	if (singular != NULL)
		add_term(data, singular, FALSE, TRUE);
}

void
suggest_add_candidates(struct suggest *suggest, const char *text)
{
	g_autofree char *folded = suggest_fold(text);

	take_terms(folded, add_candidate, suggest);
}

struct counting {
	struct suggest *suggest;
	enum suggest_class is;
	const char *lang;
	GString *key;
};

static void
count_key(struct counting *counting)
{
	struct term *term = g_hash_table_lookup(counting->suggest->terms, counting->key->str);

	if (term == NULL || term->seen == counting->suggest->messages)
		return;
	term->seen = counting->suggest->messages;
	term->in[counting->is]++;
	if (counting->is == SUGGEST_MISSED)
		term->lang = term->lang == NULL || term->lang == counting->lang ? counting->lang : "";
}

/* A rule for a word finds its plural too. */
static void
count_term(gpointer data, const char *text, gsize length, gboolean cjk)
{
	struct counting *counting = data;

	g_string_truncate(counting->key, 0);
	g_string_append_len(counting->key, text, (gssize)length);
	count_key(counting);
	for (guint i = 0; !cjk && i < 2 && length > 2 && counting->key->str[counting->key->len - 1] == "se"[i]; i++) {
		g_string_truncate(counting->key, counting->key->len - 1);
		count_key(counting);
	}
}

void
suggest_count(struct suggest *suggest, enum suggest_class is, const GPtrArray *texts, const char *lang)
{
	struct counting counting = {suggest, is, g_intern_string(lang != NULL ? lang : ""), g_string_new(NULL)};

	suggest->messages++;
	suggest->totals[is]++;
	for (guint i = 0; i < texts->len; i++) {
		g_autofree char *folded = suggest_fold(g_ptr_array_index(texts, i));

		take_terms(folded, count_term, &counting);
	}
	g_string_free(counting.key, TRUE);
}

/* X ln (X / EXPECTED) */
static double
part(double x, double expected)
{
	return x > 0 ? x * log(x / expected) : 0;
}

double
suggest_ratio(guint a, guint n, guint b, guint m)
{
	double all = (double)n + m, have = (double)a + b;

	if (n == 0 || m == 0 || have <= 0 || have >= all)
		return 0;
	return 2 *
	       (part(a, n * have / all) + part(b, m * have / all) + part((double)n - a, n * (all - have) / all) + part((double)m - b, m * (all - have) / all));
}

double
suggest_chance(guint a, guint h, guint n, guint m)
{
	double share = n / ((double)n + m), sum = 0;

	if (n == 0 || m == 0)
		return 1;
	for (guint k = a; k <= h; k++) {
		double one = exp(lgamma(h + 1.0) - lgamma(k + 1.0) - lgamma(h - k + 1.0) + k * log(share) + (h - k) * log(1 - share));

		sum += one;
		if (k > h * share && one < sum * 1e-9)
			break;
	}
	return MIN(sum, 1);
}

static const char *
key_of(guint precision, guint messages)
{
	if (precision >= KEYWORD_PRECISION && messages >= KEYWORD_MESSAGES)
		return "keyword";
	return precision >= LIKELY_PRECISION ? "likely" : precision >= HINT_PRECISION ? "hint" : NULL;
}

static gboolean
weigh(const struct suggest *suggest, const char *words, const struct term *term, struct suggestion *out)
{
	guint missed = suggest->totals[SUGGEST_MISSED], others = suggest->totals[SUGGEST_OTHER];
	guint belong = term->in[SUGGEST_MISSED] + term->in[SUGGEST_FOUND], all = belong + term->in[SUGGEST_OTHER];
	guint counted = term->in[SUGGEST_MISSED] + term->in[SUGGEST_OTHER];

	if (term->in[SUGGEST_MISSED] == 0 || belong < MESSAGES_LEAST)
		return FALSE;
	*out = (struct suggestion){.words = words, .lang = term->lang != NULL && *term->lang != '\0' ? term->lang : NULL, .precision = belong * 100 / all};
	memcpy(out->in, term->in, sizeof out->in);
	out->ratio = suggest_ratio(term->in[SUGGEST_MISSED], missed, term->in[SUGGEST_OTHER], others);
	out->key = key_of(out->precision, belong);
	if (out->key == NULL || out->ratio < RATIO_LEAST || (guint64)term->in[SUGGEST_MISSED] * others <= (guint64)term->in[SUGGEST_OTHER] * missed)
		return FALSE;
	/* The words that are tried are those that one missed message has at least. */
	out->chance = (g_hash_table_size(suggest->terms) - suggest->made) * suggest_chance(term->in[SUGGEST_MISSED], counted, missed, others) /
	              suggest_chance(1, counted, missed, others);
	return TRUE;
}

/* The surest first; of equals what more of the topic's messages have, then the shorter, of scripts without spaces the longer. */
static gint
compare(gconstpointer a, gconstpointer b)
{
	const struct suggestion *x = a, *y = b;
	gboolean cjk = text_is_cjk(g_utf8_get_char(x->words)), other = text_is_cjk(g_utf8_get_char(y->words));
	gsize lx = strlen(x->words), ly = strlen(y->words);

	if (x->ratio < y->ratio || x->ratio > y->ratio)
		return x->ratio > y->ratio ? -1 : 1;
	if (x->in[SUGGEST_FOUND] != y->in[SUGGEST_FOUND])
		return x->in[SUGGEST_FOUND] > y->in[SUGGEST_FOUND] ? -1 : 1;
	if (cjk != other)
		return cjk ? 1 : -1;
	if (lx != ly)
		return (lx < ly) != cjk ? -1 : 1;
	return strcmp(x->words, y->words);
}

/* Whether one of A and B is part of the other, at words' borders. */
static gboolean
overlap(const char *a, const char *b)
{
	const char *whole = strlen(a) > strlen(b) ? a : b, *piece = whole == a ? b : a, *at = whole;
	gsize length = strlen(piece);

	if (text_is_cjk(g_utf8_get_char(piece)))
		return strstr(whole, piece) != NULL;
	while ((at = strstr(at, piece)) != NULL) {
		if ((at == whole || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
			return TRUE;
		at++;
	}
	return FALSE;
}

/* Whether the plural is as good as the singular, which finds it too: then the singular is said, made from it or not. */
static gboolean
is_plural(const char *singular, const char *words)
{
	g_autofree char *made = singular_of(words, strlen(words));

	return g_strcmp0(made, singular) == 0;
}

/* A better one finds the same messages at least, and as surely. */
static gboolean
is_said(const GArray *chosen, const struct suggestion *one)
{
	for (guint i = 0; i < chosen->len; i++) {
		const struct suggestion *other = &g_array_index(chosen, struct suggestion, i);

		if ((overlap(other->words, one->words) || is_plural(other->words, one->words) || is_plural(one->words, other->words)) &&
		    other->in[SUGGEST_MISSED] >= one->in[SUGGEST_MISSED] && other->precision >= one->precision)
			return TRUE;
	}
	return FALSE;
}

/* Whether SECTION's rules speak for the target. */
static gboolean
speaks_for(const struct ruleset *ruleset, const struct rule_section *section, enum record_target type, const char *id)
{
	const struct rule_target *target;

	if (type == TARGET_KIND)
		return section->type == SECTION_KIND && strcmp(kind_name(section->kind), id) == 0;
	if (section->target == G_MAXUINT)
		return FALSE;
	target = ruleset_target(ruleset, section->target);
	return target->type == type && strcmp(target->id, id) == 0;
}

static gboolean
matches(const struct ruleset *ruleset, guint index, const char *words)
{
	struct pattern *pattern = rule_compile(ruleset, ruleset_rule(ruleset, index), NULL);
	g_autofree char *capitals = g_utf8_strup(words, -1);
	struct pattern_span span;

	/* a rule in capitals says the same word */
	return pattern != NULL && (pattern_match(pattern, words, strlen(words), 0, &span, 1) == PATTERN_MATCH ||
	                              pattern_match(pattern, capitals, strlen(capitals), 0, &span, 1) == PATTERN_MATCH);
}

gboolean
suggest_is_known(const struct ruleset *ruleset, enum record_target type, const char *id, gboolean not, const char *words)
{
	for (guint i = 0; ruleset != NULL && i < ruleset->sections->len; i++) {
		const struct rule_section *section = ruleset_section(ruleset, i);

		if (!speaks_for(ruleset, section, type, id))
			continue;
		for (guint j = section->first_rule; j < section->first_rule + section->n_rules; j++) {
			enum rule_key key = ruleset_rule(ruleset, j)->key;

			if ((key == KEY_NOT) == not &&key != KEY_HEADER && matches(ruleset, j, words))
				return TRUE;
		}
	}
	return FALSE;
}

GArray *
suggest_best(const struct suggest *suggest, const struct ruleset *ruleset, enum record_target type, const char *id, guint most)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct suggestion));
	GArray *chosen = g_array_new(FALSE, FALSE, sizeof(struct suggestion));
	GHashTableIter iter;
	gpointer words, term;

	for (g_hash_table_iter_init(&iter, suggest->terms); g_hash_table_iter_next(&iter, &words, &term);) {
		struct suggestion one;

		if (weigh(suggest, words, term, &one))
			g_array_append_val(all, one);
	}
	g_array_sort(all, compare);
	for (guint i = 0; i < all->len && (most == 0 || chosen->len < most); i++) {
		const struct suggestion *one = &g_array_index(all, struct suggestion, i);

		if (!is_said(chosen, one) && !suggest_is_known(ruleset, type, id, FALSE, one->words))
			g_array_append_val(chosen, *one);
	}
	return chosen;
}

/* Where the sentence after P ends: behind its mark, or at an empty line. */
static const char *
sentence_end(const char *p)
{
	for (; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		const char *next = g_utf8_next_char(p);

		if (c == 0x3002 || c == 0xff01 || c == 0xff1f || (strchr(".!?", *p) != NULL && (*next == '\0' || g_ascii_isspace(*next))))
			return next;
		if (c == '\n' && *next == '\n')
			return p;
	}
	return p;
}

gboolean
suggest_has(const char *folded, const char *words)
{
	gboolean cjk = text_is_cjk(g_utf8_get_char(words));
	gsize length = strlen(words);

	for (const char *at = folded; (at = strstr(at, words)) != NULL; at++) {
		const char *end = at + length;

		if (cjk)
			return TRUE;
		if (end[0] == 's' || (end[0] == 'e' && end[1] == 's'))
			end += end[0] == 's' ? 1 : 2;
		if ((at == folded || at[-1] == ' ' || at[-1] == '\n') && strchr(" \n", *end) != NULL)
			return TRUE;
	}
	return FALSE;
}

char *
suggest_example(const char *text, const char *words)
{
	for (const char *p = text, *end; *p != '\0'; p = end) {
		g_autofree char *sentence = NULL, *folded = NULL;

		end = sentence_end(p);
		if (end == p)
			end = g_utf8_next_char(p);
		sentence = g_strndup(p, end - p);
		folded = suggest_fold(sentence);
		if (!suggest_has(folded, words))
			continue;
		g_auto(GStrv) pieces = g_strsplit_set(g_strstrip(sentence), " \t\n\r", -1);
		GString *out = g_string_new(NULL);
		for (char **piece = pieces; *piece != NULL; piece++)
			if (**piece != '\0')
				g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *piece);
		if (g_utf8_strlen(out->str, -1) <= EXAMPLE_CHARACTERS)
			return g_string_free(out, FALSE);
		g_string_free(out, TRUE); /* a long one may be cut before the words */
	}
	return NULL;
}
