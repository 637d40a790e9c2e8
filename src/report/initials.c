#include "report/initials.h"

#include "base/text.h"

#include <string.h>

#define PERSON_MOST 4
#define BODY_MOST 8
#define WORD_MOST 12 /* letters of a word that stands for itself */

static gboolean
is_letter(gunichar c)
{
	return g_unichar_isalpha(c) || text_is_cjk(c);
}

/* The word that begins at or after *P, letters and digits with the marks on them; *P stands behind it. NULL at the end. Caller frees. */
static char *
next_word(const char **p)
{
	const char *start;

	while (**p != '\0' && !g_unichar_isalnum(g_utf8_get_char(*p)))
		*p = g_utf8_next_char(*p);
	for (start = *p; **p != '\0' && (g_unichar_isalnum(g_utf8_get_char(*p)) || g_unichar_ismark(g_utf8_get_char(*p)));)
		*p = g_utf8_next_char(*p);
	return *p > start ? g_strndup(start, *p - start) : NULL;
}

static void
append_letter(GString *out, const char *word)
{
	gunichar c = g_unichar_toupper(g_utf8_get_char(word));

	g_string_append_unichar(out, c);
}

/* The first MOST characters of a word that is written without capitals and spaces. */
static void
append_characters(GString *out, const char *word, glong most)
{
	const char *end = word;

	for (glong n = 0; *end != '\0' && n < most; n++)
		end = g_utf8_next_char(end);
	g_string_append_len(out, word, end - word);
}

/* First letters of TEXT's words; where any is a capital, of those alone that begin with one: "van" and "of" say nothing. */
static char *
letters_of(const char *text, glong most)
{
	g_autoptr(GString) capitals = g_string_new(NULL);
	g_autoptr(GString) all = g_string_new(NULL);
	const char *p = text;
	char *next;

	while ((next = next_word(&p)) != NULL && g_utf8_strlen(all->str, -1) < 4 * most) {
		g_autofree char *word = next;
		gunichar c = g_utf8_get_char(word);

		if (*p == '.' && g_utf8_strlen(word, -1) > 1) /* "Dr.", "Prof." are no names; "J." is one */
			continue;
		if (text_is_cjk(c))
			append_characters(capitals, word, most);
		else if (g_unichar_isupper(c) || g_unichar_istitle(c))
			append_letter(capitals, word);
		if (is_letter(c))
			append_letter(all, word);
	}
	g_free(next);
	g_autoptr(GString) cut = g_string_new(NULL);
	append_characters(cut, capitals->len > 0 ? capitals->str : all->str, most);
	return g_strdup(cut->str);
}

/* NAME up to a bracket or an at sign; "Doe, Jane" with the names in their order. Caller frees. */
static char *
settle_name(const char *name)
{
	g_autofree char *plain = g_strndup(name, strcspn(name, "(<[{@\""));
	char *comma = strchr(plain, ',');

	if (comma == NULL || strchr(comma + 1, ',') != NULL)
		return g_steal_pointer(&plain);
	*comma = '\0';
	return g_strdup_printf("%s %s", comma + 1, plain);
}

char *
initials_of_person(const char *name, const char *address)
{
	g_autofree char *valid = g_utf8_make_valid(name != NULL ? name : "", -1);
	g_autofree char *settled = settle_name(valid + strspn(valid, "\"' "));
	g_autofree char *letters = letters_of(settled, PERSON_MOST);
	g_autofree char *local = g_utf8_make_valid(address != NULL ? address : "", -1);

	if (*letters != '\0')
		return g_steal_pointer(&letters);
	local[strcspn(local, "@")] = '\0';
	g_strdelimit(local, "._-+", ' ');
	g_free(letters);
	letters = letters_of(local, PERSON_MOST);
	return *letters != '\0' ? g_steal_pointer(&letters) : g_strdup("X");
}

/* One word in capitals and digits, with hyphens: "HUG", "DNS-OARC", "M3AAWG". */
static gboolean
is_acronym(const char *text)
{
	gsize length = strlen(text), capitals = 0;

	for (const char *p = text; *p != '\0'; p++) {
		capitals += g_ascii_isupper(*p) != 0;
		if (!g_ascii_isupper(*p) && !g_ascii_isdigit(*p) && *p != '-')
			return FALSE;
	}
	return capitals >= 2 && length <= WORD_MOST;
}

/* "Harbour Users Group (HUG)": HUG, or NULL. */
static char *
bracketed(const char *name)
{
	const char *open = strrchr(name, '('), *close = open != NULL ? strchr(open, ')') : NULL;
	g_autofree char *inside = close != NULL ? g_strndup(open + 1, close - open - 1) : NULL;

	return inside != NULL && is_acronym(inside) ? g_steal_pointer(&inside) : NULL;
}

char *
initials_of_body(const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	g_autofree char *inside = bracketed(valid);
	g_autofree char *letters = NULL;
	const char *p = valid;

	g_strstrip(valid);
	if (inside != NULL)
		return g_steal_pointer(&inside);
	if (is_acronym(valid))
		return g_strdup(valid);
	letters = letters_of(valid, BODY_MOST);
	if (g_utf8_strlen(letters, -1) != 1)
		return *letters != '\0' ? g_steal_pointer(&letters) : g_strdup("X");
	g_autofree char *word = next_word(&p);
	g_autoptr(GString) cut = g_string_new(NULL);
	append_characters(cut, word != NULL ? word : letters, WORD_MOST);
	return g_strdup(cut->str);
}

gboolean
initials_are_valid(const char *text)
{
	gboolean between = TRUE; /* nothing to stand between yet */

	if (!g_utf8_validate(text, -1, NULL) || g_utf8_strlen(text, -1) > INITIALS_MOST)
		return FALSE;
	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		gboolean mark = g_unichar_ismark(c);

		if (!g_unichar_isalnum(c) && !(mark && !between) && (between || strchr("-&./", *p) == NULL))
			return FALSE;
		between = !g_unichar_isalnum(c) && !mark;
	}
	return !between;
}

char *
initials_take(GHashTable *taken, const char *wanted)
{
	g_autofree char *first = g_utf8_casefold(wanted, -1);
	char *initials = g_strdup(wanted);

	for (guint n = MAX(2, GPOINTER_TO_UINT(g_hash_table_lookup(taken, first)));; n++) {
		g_autofree char *key = g_utf8_casefold(initials, -1);

		if (!g_hash_table_contains(taken, key)) {
			g_hash_table_insert(taken, g_steal_pointer(&key), GUINT_TO_POINTER(2));
			g_hash_table_insert(taken, g_steal_pointer(&first), GUINT_TO_POINTER(n)); /* the next one need not try all of them again */
			return initials;
		}
		g_free(initials);
		initials = g_strdup_printf("%s%u", wanted, n);
	}
}
