#include <string.h>

#include "base/text.h"
#include "rules/loader.h"
#include "rules/series.h"

enum suffix { SUFFIX_NONE, SUFFIX_LANGUAGE, SUFFIX_NUMBER, SUFFIX_ANY };

#define ON(type) (1u << SECTION_##type)
#define ROSTERS (ON(TEAM) | ON(STAFF) | ON(BOARD))
#define FILED (ON(WORKSTREAM) | ON(TOPIC))
#define VOICED (ON(GROUP) | ON(REGION))
#define TESTED (FILED | ON(KIND) | ON(INTENT) | VOICED)
#define PHRASES(key) NULL, KEY_##key
#define BY(function) function, N_RULE_KEYS

struct key_reader {
	const char *name;
	guint types; /* of sections it may stand in */
	enum suffix suffix;
	gboolean (*read)(struct loader *loader, const struct section_entry *entry); /* NULL: a list of phrases */
	enum rule_key key;
};

static struct rule_series *
series_at_work(const struct loader *loader)
{
	return &g_array_index(loader->ruleset->series, struct rule_series, loader_section(loader)->series);
}

static const char *
keep_value(struct loader *loader, const struct section_entry *entry)
{
	return loader_keep(loader, entry->value, strlen(entry->value));
}

static gboolean
fail(const struct loader *loader, const struct section_entry *entry, const char *message)
{
	return sections_fail(loader->error, loader->name, entry->line, entry->column, "%s", message);
}

/* The number in the suffix of a series' key; 0 when it has none. FALSE when it is out of the range. */
gboolean
loader_item_of(const struct loader *loader, const struct section_entry *entry, guint *item)
{
	const struct rule_series *series;
	guint64 number;

	*item = 0;
	if (loader_section(loader)->type != SECTION_SERIES || entry->suffix == NULL || !g_ascii_isdigit(*entry->suffix))
		return TRUE;
	series = series_at_work(loader);
	number = g_ascii_strtoull(entry->suffix, NULL, 10);
	if (series->last == 0)
		return sections_fail(loader->error, loader->name, entry->line, 1, "the series has no range yet; write \"range = 1-28\" before its items");
	if (number < series->first || number > series->last)
		return sections_fail(
		    loader->error, loader->name, entry->line, 1, "%s.%s is outside the range %u-%u", entry->key, entry->suffix, series->first, series->last);
	*item = number;
	return TRUE;
}

typedef gboolean (*item_check)(const struct loader *loader, const struct section_item *item, const char *text);

static gboolean
read_keys(struct loader *loader, const struct section_entry *entry, item_check check, GPtrArray **list)
{
	struct section_item item = {0};
	gsize cursor = 0;

	if (*list == NULL)
		*list = g_ptr_array_new_with_free_func(g_free);
	while (section_entry_next(entry, &cursor, &item)) {
		const char *text = loader_keep_item(loader, &item);

		if (check != NULL && !check(loader, &item, text))
			return FALSE;
		g_ptr_array_add(*list, text_fold_key(text));
	}
	return TRUE;
}

static gboolean
read_address(struct loader *loader, const struct section_entry *entry)
{
	return read_keys(loader, entry, loader_check_address, &loader_section(loader)->addresses);
}

static gboolean
read_domain(struct loader *loader, const struct section_entry *entry)
{
	return read_keys(loader, entry, loader_check_domain, &loader_section(loader)->domains);
}

static gboolean
read_name(struct loader *loader, const struct section_entry *entry)
{
	return read_keys(loader, entry, NULL, &loader_section(loader)->names);
}

static gboolean
read_words(struct loader *loader, const struct section_entry *entry)
{
	char *end;
	guint64 words = g_ascii_strtoull(entry->value, &end, 10);

	if (!g_ascii_isdigit(*entry->value) || *end != '\0' || words > 1000000)
		return fail(loader, entry, "expected a number of words, as in \"words < 60\"");
	if (entry->operator== '=')
		return fail(loader, entry, "expected \"<\" or \">\", as in \"words < 60\"");
	if (entry->operator== '<')
		loader_section(loader)->words_below = words;
	else
		loader_section(loader)->words_above = words;
	loader_section(loader)->conditions_line = entry->line;
	return TRUE;
}

static gboolean
read_attachment(struct loader *loader, const struct section_entry *entry)
{
	gboolean yes;

	if (!section_entry_boolean(loader->name, entry, &yes, loader->error))
		return FALSE;
	loader_section(loader)->attachment = yes;
	loader_section(loader)->conditions_line = entry->line;
	return TRUE;
}

static gboolean
read_filed(struct loader *loader, const struct section_entry *entry)
{
	gboolean yes;

	if (!section_entry_boolean(loader->name, entry, &yes, loader->error))
		return FALSE;
	loader_section(loader)->filed = yes;
	loader_section(loader)->conditions_line = entry->line;
	return TRUE;
}

static gboolean
read_unless(struct loader *loader, const struct section_entry *entry)
{
	loader_section(loader)->conditions_line = entry->line;
	return read_keys(loader, entry, NULL, &loader_section(loader)->unless);
}

static gboolean
read_otherwise(struct loader *loader, const struct section_entry *entry)
{
	loader_section(loader)->conditions_line = entry->line;
	return section_entry_boolean(loader->name, entry, &loader_section(loader)->otherwise, loader->error);
}

static gboolean
read_hold(struct loader *loader, const struct section_entry *entry)
{
	return section_entry_boolean(loader->name, entry, &loader->target->hold, loader->error);
}

static gboolean
read_route(struct loader *loader, const struct section_entry *entry)
{
	g_free(loader->target->route);
	loader->target->route = g_strdup(entry->value);
	return TRUE;
}

static gboolean
read_since(struct loader *loader, const struct section_entry *entry)
{
	struct rule_section *section = loader_section(loader);

	if (!section_entry_date(loader->name, entry, &section->since, loader->error))
		return FALSE;
	return section->since < section->until || fail(loader, entry, "since is not before until");
}

static gboolean
read_until(struct loader *loader, const struct section_entry *entry)
{
	struct rule_section *section = loader_section(loader);

	if (!section_entry_date(loader->name, entry, &section->until, loader->error))
		return FALSE;
	return section->since < section->until || fail(loader, entry, "until is not after since");
}

static gboolean
read_title(struct loader *loader, const struct section_entry *entry)
{
	struct rule_series *series = loader_section(loader)->type == SECTION_SERIES ? series_at_work(loader) : NULL;
	char **title = loader->target != NULL      ? &loader->target->title
	               : loader->milestone != NULL ? &loader->milestone->title
	               : loader->document != NULL  ? &loader->document->title
	                                           : NULL;

	if (series != NULL && series->title != NULL)
		return fail(loader, entry, "the series has a title already");
	if (series != NULL)
		series->title = keep_value(loader, entry);
	if (title != NULL) {
		g_free(*title);
		*title = g_strdup(entry->value);
	}
	return TRUE;
}

static gboolean
read_workstream(struct loader *loader, const struct section_entry *entry)
{
	if (!loader_is_id(entry->value, FALSE))
		return fail(loader, entry, "expected the id of a workstream");
	if (loader_section(loader)->type == SECTION_SERIES) {
		series_at_work(loader)->workstream = keep_value(loader, entry);
		return TRUE;
	}
	g_free(loader->target->parent);
	loader->target->parent = g_strdup(entry->value);
	return TRUE;
}

static gboolean
read_maps(struct loader *loader, const struct section_entry *entry)
{
	struct section_item item = {0};

	for (gsize cursor = 0; section_entry_next(entry, &cursor, &item);) {
		struct rule_map map = {.from = loader_section(loader)->target, .to = G_MAXUINT, .file = loader->file, .line = item.line, .column = item.column};

		map.id = loader_keep_item(loader, &item);
		if (!loader_is_id(map.id, FALSE))
			return sections_fail(loader->error, loader->name, item.line, item.column, "\"%s\" is no id", map.id);
		g_array_append_val(loader->ruleset->maps, map);
	}
	return TRUE;
}

static gboolean
read_range(struct loader *loader, const struct section_entry *entry)
{
	struct rule_series *series = series_at_work(loader);
	char *end, *second;
	guint64 first = g_ascii_strtoull(entry->value, &end, 10), last = *end == '-' ? g_ascii_strtoull(end + 1, &second, 10) : 0;

	if (*end != '-' || *second != '\0' || first < 1 || last < first || last > SERIES_MOST)
		return fail(loader, entry, "expected the first and the last number from 1 to 999, as in \"1-28\"");
	if (series->last != 0)
		return fail(loader, entry, "the series has a range already");
	series->first = first;
	series->last = last;
	return TRUE;
}

static gboolean
read_number(struct loader *loader, const struct section_entry *entry)
{
	struct rule_series *series = series_at_work(loader);
	struct section_item item = {0};
	const char *language;
	guint number = 0;

	if (entry->suffix == NULL)
		return sections_fail(loader->error, loader->name, entry->line, 1, "expected a language after \"number\", as in \"number.en\"");
	for (guint i = 0; i < series->languages->len; i++)
		number += strcmp(g_ptr_array_index(series->languages, i), entry->suffix) == 0;
	language = loader_keep(loader, entry->suffix, strlen(entry->suffix));
	for (gsize cursor = 0; section_entry_next(entry, &cursor, &item);) {
		const char *word = loader_keep_folded(loader, loader_keep_item(loader, &item));

		number++;
		g_ptr_array_add(series->words, (gpointer)word);
		g_ptr_array_add(series->languages, (gpointer)language);
		g_array_append_val(series->numbers, number);
	}
	return TRUE;
}

static gboolean
read_item(struct loader *loader, const struct section_entry *entry)
{
	struct rule_series *series = series_at_work(loader);
	guint item;

	if (entry->suffix == NULL)
		return sections_fail(loader->error, loader->name, entry->line, 1, "expected a number after \"item\", as in \"item.9\"");
	if (!loader_item_of(loader, entry, &item))
		return FALSE;
	if (series->titles == NULL) {
		series->titles = g_ptr_array_new();
		g_ptr_array_set_size(series->titles, series->last - series->first + 1);
	}
	if (g_ptr_array_index(series->titles, item - series->first) != NULL)
		return sections_fail(loader->error, loader->name, entry->line, 1, "item.%u has a title already", item);
	g_ptr_array_index(series->titles, item - series->first) = (gpointer)keep_value(loader, entry);
	return TRUE;
}

static gboolean
read_test(struct loader *loader, const struct section_entry *entry)
{
	struct rule_test test = {.section = loader->section, .line = entry->line, .accept = entry->key[0] == 'a'};
	const char *text = entry->value;

	if (!loader_item_of(loader, entry, &test.item))
		return FALSE;
	if (text[0] == '(' && g_ascii_isdigit(text[1]) && strlen(text) > 11 && text[11] == ')') {
		g_autofree char *date = g_strndup(text + 1, 10);

		if (!section_date(loader->name, date, entry->line, entry->column + 1, &test.day, loader->error))
			return FALSE;
		test.has_day = TRUE;
		text += 12;
		while (*text == ' ')
			text++;
	}
	if (*text == '\0')
		return fail(loader, entry, "expected a text to try");
	test.text = loader_keep(loader, text, strlen(text));
	g_array_append_val(loader->ruleset->tests, test);
	return TRUE;
}

static gboolean
read_dates(struct loader *loader, const struct section_entry *entry, gint64 *from, gint64 *to)
{
	const char *dots = strstr(entry->value, "..");
	g_autofree char *first = dots != NULL ? g_strndup(entry->value, dots - entry->value) : g_strdup(entry->value);

	if (!section_date(loader->name, first, entry->line, entry->column, from, loader->error))
		return FALSE;
	*to = *from;
	if (dots != NULL && !section_date(loader->name, dots + 2, entry->line, entry->column + (dots + 2 - entry->value), to, loader->error))
		return FALSE;
	if (*to < *from)
		return fail(loader, entry, "the second date is before the first");
	*to += 24 * 60 * 60;
	return TRUE;
}

static gboolean
read_planned(struct loader *loader, const struct section_entry *entry)
{
	return read_dates(loader, entry, &loader->milestone->planned_from, &loader->milestone->planned_to);
}

static gboolean
read_actual(struct loader *loader, const struct section_entry *entry)
{
	return read_dates(loader, entry, &loader->milestone->actual_from, &loader->milestone->actual_to);
}

static gboolean
read_published(struct loader *loader, const struct section_entry *entry)
{
	return section_entry_date(loader->name, entry, &loader->document->published, loader->error);
}

static gboolean
read_document_section(struct loader *loader, const struct section_entry *entry)
{
	if (!g_ascii_isalnum(*entry->value))
		return fail(loader, entry, "expected a number and a title, as in \"3.1.2 Title\"");
	g_ptr_array_add(loader->document->sections, g_strdup(entry->value));
	return TRUE;
}

static gboolean
read_refer(struct loader *loader, const struct section_entry *entry)
{
	return read_keys(loader, entry, NULL, &loader->document->refer);
}

static gboolean
read_nothing(struct loader *loader, const struct section_entry *entry)
{
	return TRUE;
}

/* The language, as postbag-rules(5) has it. A key may stand here more than once, for different sections. */
static const struct key_reader key_readers[] = {
    {"keyword", FILED | ON(KIND) | ON(INTENT) | VOICED | ON(VOICE) | ON(MASK), SUFFIX_LANGUAGE, PHRASES(KEYWORD)},
    {"keyword", ON(SERIES), SUFFIX_NUMBER, PHRASES(KEYWORD)},
    {"likely", FILED | ON(INTENT), SUFFIX_LANGUAGE, PHRASES(LIKELY)},
    {"likely", ON(SERIES), SUFFIX_NUMBER, PHRASES(LIKELY)},
    {"hint", FILED | ON(INTENT) | ON(KIND), SUFFIX_LANGUAGE, PHRASES(HINT)},
    {"hint", ON(SERIES), SUFFIX_NUMBER, PHRASES(HINT)},
    {"pattern", FILED | ON(KIND) | ON(INTENT) | VOICED | ON(VOICE) | ON(MASK) | ON(SERIES), SUFFIX_LANGUAGE, BY(loader_read_pattern)},
    {"not", FILED | ON(KIND) | ON(INTENT) | VOICED | ON(SERIES), SUFFIX_LANGUAGE, PHRASES(NOT)},
    {"subject", ON(KIND) | ON(INTENT), SUFFIX_LANGUAGE, PHRASES(SUBJECT)},
    {"filename", ON(INTENT), SUFFIX_LANGUAGE, PHRASES(FILENAME)},
    {"personal", ROSTERS, SUFFIX_LANGUAGE, PHRASES(PERSONAL)},
    {"header", ON(KIND), SUFFIX_NONE, BY(loader_read_header)},
    {"address", ON(KIND) | VOICED | ROSTERS, SUFFIX_NONE, BY(read_address)},
    {"domain", ROSTERS, SUFFIX_NONE, BY(read_domain)},
    {"name", ROSTERS, SUFFIX_NONE, BY(read_name)},
    {"words", ON(KIND) | ON(INTENT), SUFFIX_NONE, BY(read_words)},
    {"attachment", ON(INTENT), SUFFIX_NONE, BY(read_attachment)},
    {"filed", ON(INTENT), SUFFIX_NONE, BY(read_filed)},
    {"unless", ON(INTENT), SUFFIX_NONE, BY(read_unless)},
    {"otherwise", VOICED, SUFFIX_NONE, BY(read_otherwise)},
    {"hold", ON(INTENT), SUFFIX_NONE, BY(read_hold)},
    {"route", ON(INTENT), SUFFIX_NONE, BY(read_route)},
    {"rapporteur", ON(WORKSTREAM), SUFFIX_NONE, BY(read_route)},
    {"title", FILED | ON(SERIES) | ON(INTENT) | VOICED | ON(MILESTONE) | ON(DOCUMENT) | ON(TAXONOMY), SUFFIX_NONE, BY(read_title)},
    {"workstream", ON(TOPIC) | ON(SERIES), SUFFIX_NONE, BY(read_workstream)},
    {"maps", FILED, SUFFIX_NONE, BY(read_maps)},
    {"since", FILED | ON(SERIES) | ROSTERS | ON(TAXONOMY), SUFFIX_NONE, BY(read_since)},
    {"until", FILED | ON(SERIES) | ROSTERS, SUFFIX_NONE, BY(read_until)},
    {"range", ON(SERIES), SUFFIX_NONE, BY(read_range)},
    {"number", ON(SERIES), SUFFIX_LANGUAGE, BY(read_number)},
    {"item", ON(SERIES), SUFFIX_NUMBER, BY(read_item)},
    {"accept", TESTED, SUFFIX_ANY, BY(read_test)},
    {"accept", ON(SERIES), SUFFIX_NUMBER, BY(read_test)},
    {"reject", TESTED, SUFFIX_ANY, BY(read_test)},
    {"reject", ON(SERIES), SUFFIX_NUMBER, BY(read_test)},
    {"planned", ON(MILESTONE), SUFFIX_NONE, BY(read_planned)},
    {"actual", ON(MILESTONE), SUFFIX_NONE, BY(read_actual)},
    {"published", ON(DOCUMENT), SUFFIX_NONE, BY(read_published)},
    {"word", ON(WORDS), SUFFIX_LANGUAGE, BY(loader_read_words)},
    {"section", ON(DOCUMENT), SUFFIX_NONE, BY(read_document_section)},
    {"refer", ON(DOCUMENT), SUFFIX_LANGUAGE, BY(read_refer)},
    {"follows", ON(TAXONOMY), SUFFIX_NONE, BY(read_nothing)}, /* read before, to order the files */
    {"note", (1u << N_SECTION_TYPES) - 1, SUFFIX_NONE, BY(read_nothing)},
};

static gboolean
suffix_fits(enum suffix kind, const char *suffix)
{
	gsize length;

	if (suffix == NULL)
		return TRUE;
	length = strlen(suffix);
	switch (kind) {
	case SUFFIX_NONE:
		return FALSE;
	case SUFFIX_LANGUAGE:
		return length >= 2 && length <= 3 && strspn(suffix, "abcdefghijklmnopqrstuvwxyz") == length;
	case SUFFIX_NUMBER:
		return length <= 3 && strspn(suffix, "0123456789") == length;
	case SUFFIX_ANY:
		return TRUE;
	}
	return FALSE;
}

static gboolean
fail_unknown(const struct loader *loader, const struct section_entry *entry)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	enum section_type type = loader_section(loader)->type;
	g_autofree char *expected = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(key_readers); i++)
		if ((key_readers[i].types & 1u << type) != 0)
			g_ptr_array_add(known, (gpointer)key_readers[i].name);
	g_ptr_array_add(known, NULL);
	expected = loader_expected(entry->key, (const char *const *)known->pdata);
	return sections_fail(loader->error, loader->name, entry->line, 1, "unknown key \"%s\" in [%s]; %s", entry->key, section_type_name(type), expected);
}

static gboolean
fail_suffix(const struct loader *loader, const struct section_entry *entry, enum suffix kind)
{
	static const char *const expected[] = {
	    [SUFFIX_NONE] = "",
	    [SUFFIX_LANGUAGE] = "a language of two or three small letters, as in \"keyword.fr\"",
	    [SUFFIX_NUMBER] = "a number, as in \"item.9\"",
	    [SUFFIX_ANY] = "",
	};

	if (kind == SUFFIX_NONE)
		return sections_fail(loader->error, loader->name, entry->line, 1, "\"%s\" takes nothing after a dot", entry->key);
	return sections_fail(loader->error, loader->name, entry->line, 1, "\".%s\" after \"%s\"; expected %s", entry->suffix, entry->key, expected[kind]);
}

gboolean
loader_read_entry(struct loader *loader, const struct section_entry *entry)
{
	const struct key_reader *reader = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(key_readers) && reader == NULL; i++)
		if ((key_readers[i].types & 1u << loader_section(loader)->type) != 0 && strcmp(key_readers[i].name, entry->key) == 0)
			reader = &key_readers[i];
	if (reader == NULL)
		return fail_unknown(loader, entry);
	if (!suffix_fits(reader->suffix, entry->suffix))
		return fail_suffix(loader, entry, reader->suffix);
	if (entry->operator!= '=' && reader->read != read_words)
		return sections_fail(loader->error, loader->name, entry->line, 1, "expected \"%s = ...\"", entry->key);
	if (*entry->value == '\0')
		return sections_fail(loader->error, loader->name, entry->line, entry->column, "\"%s\" has no value", entry->key);
	return reader->read != NULL ? reader->read(loader, entry) : loader_read_phrases(loader, entry, reader->key);
}
