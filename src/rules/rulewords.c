#include <string.h>

#include "base/text.h"
#include "rules/loader.h"
#include "rules/phrase.h"
#include "rules/required.h"
#include "rules/series.h"

static gboolean
is_ascii(const char *text)
{
	while (*text != '\0' && (guchar)*text < 0x80)
		text++;
	return *text == '\0';
}

/* TEXT folded, as a string that lives as long as the ruleset; TEXT itself where folding changes nothing. */
const char *
loader_keep_folded(struct loader *loader, const char *text)
{
	g_auto(Folded) folded = {NULL, 0, NULL};

	if (is_ascii(text))
		return text;
	text_fold(text, -1, &folded);
	return folded.map != NULL ? loader_keep(loader, folded.text, folded.length) : text;
}

static struct rule *
add_rule(struct loader *loader, enum rule_key key, const char *text, guint line, guint column)
{
	struct rule rule = {
	    .text = text, .folded = text, .section = loader->section, .line = line, .column = column, .key = key, .list_group = -1, .sought = LEXICON_NONE};

	loader_section(loader)->n_rules++;
	loader_section(loader)->n_keys[key]++;
	g_array_append_val(loader->ruleset->rules, rule);
	return ruleset_rule(loader->ruleset, loader->ruleset->rules->len - 1);
}

/* The place in the file of an error at byte OFFSET of RULE's folded text. */
static gboolean
fail_phrase(const struct loader *loader, const struct rule *rule, gsize offset, const char *message)
{
	g_auto(Folded) folded = {NULL, 0, NULL};
	guint column;

	text_fold(rule->text, -1, &folded);
	column = rule->column;
	if (offset > 0)
		column += g_utf8_strlen(rule->text, folded_origin(&folded, MIN(offset, folded.length)));
	return sections_fail(loader->error, loader->name, rule->line, column, "%s", message);
}

static gboolean
add_phrase(struct loader *loader, enum rule_key key, const char *text, guint line, guint column, struct rule **added)
{
	struct rule *rule = add_rule(loader, key, text, line, column);
	g_autofree char *unknown = NULL;
	const char *message;
	gsize offset;

	rule->folded = loader_keep_folded(loader, text);
	if (!phrase_check(rule->folded, &offset, &message))
		return fail_phrase(loader, rule, offset, message);
	if (!loader_seek(loader, rule, loader->ruleset->rules->len - 1, &offset, &unknown))
		return fail_phrase(loader, rule, offset, unknown);
	if (added != NULL)
		*added = rule;
	return TRUE;
}

const char *
loader_keep_item(struct loader *loader, const struct section_item *item)
{
	if (item->escaped) {
		g_autofree char *text = section_item_text(item);
		return loader_keep(loader, text, strlen(text));
	}
	return loader_keep(loader, item->text, item->length);
}

gboolean
loader_read_phrases(struct loader *loader, const struct section_entry *entry, enum rule_key key)
{
	struct section_item item = {0};
	guint number;

	if (!loader_item_of(loader, entry, &number))
		return FALSE;
	if (loader_section(loader)->type == SECTION_SERIES && number == 0 && key != KEY_NOT)
		return sections_fail(loader->error, loader->name, entry->line, 1, "expected a number after \"%s\", as in \"%s.9\"", entry->key, entry->key);
	for (gsize cursor = 0; section_entry_next(entry, &cursor, &item);) {
		const char *text = loader_keep_item(loader, &item);
		struct rule *rule;

		if (!loader_check_phrase(loader, entry, &item, text) || !add_phrase(loader, key, text, item.line, item.column, &rule))
			return FALSE;
		rule->item = number;
	}
	return TRUE;
}

gboolean
loader_read_words(struct loader *loader, const struct section_entry *entry)
{
	struct section_item item = {0};

	for (gsize cursor = 0; section_entry_next(entry, &cursor, &item);) {
		struct rule place = {.text = loader_keep_item(loader, &item), .line = item.line, .column = item.column};
		const char *folded = loader_keep_folded(loader, place.text), *wrong;
		g_autofree char *message = NULL;
		gsize offset;

		if (!loader_check_phrase(loader, entry, &item, place.text))
			return FALSE;
		if (!phrase_check(folded, &offset, &wrong))
			return fail_phrase(loader, &place, offset, wrong);
		if (!loader_add_to_list(loader, folded, &offset, &message))
			return fail_phrase(loader, &place, offset, message);
	}
	return TRUE;
}

/* EXPRESSION with its letters folded as the text's are; everything else is left alone. Caller frees. */
static char *
fold_letters(const char *expression, gsize length)
{
	GString *out = g_string_sized_new(length + 1);

	for (const char *p = expression; p < expression + length; p = g_utf8_next_char(p)) {
		g_auto(Folded) folded = {NULL, 0, NULL};
		gunichar c = g_utf8_get_char(p);

		if (c < 0x80 || !g_unichar_isalpha(c)) {
			g_string_append_unichar(out, c);
			continue;
		}
		text_fold(p, g_utf8_next_char(p) - p, &folded);
		g_string_append_len(out, folded.text, folded.length);
	}
	return g_string_free(out, FALSE);
}

static void
add_required(struct loader *loader, guint index, const char *expression)
{
	g_autofree char *before_list = NULL;
	g_autoptr(GPtrArray) literals = NULL, second = NULL;
	const char *list = strstr(expression, SERIES_LIST);

	/* any character stands for the list: no literal runs into it, and none is found in it */
	if (list != NULL)
		before_list = g_strdup_printf("%.*s(?s:.)%s", (int)(list - expression), expression, list + strlen(SERIES_LIST));
	literals = required_literals(before_list != NULL ? before_list : expression, &second);
	if (literals == NULL)
		matcher_add_always(loader->ruleset->matcher, index);
	for (guint i = 0; literals != NULL && i < literals->len; i++) {
		const char *literal = g_ptr_array_index(literals, i);

		matcher_add(loader->ruleset->matcher, index, literal, strlen(literal), 0);
	}
	for (guint i = 0; second != NULL && i < second->len; i++) {
		const char *literal = g_ptr_array_index(second, i);

		matcher_add_second(loader->ruleset->matcher, index, literal, strlen(literal), 0);
	}
}

void
loader_seek_again(struct loader *loader, guint index)
{
	struct rule *rule = ruleset_rule(loader->ruleset, index);
	g_autofree char *unknown = NULL;
	gsize offset;

	if (rule->is_pattern)
		add_required(loader, index, rule->folded);
	else if (!loader_seek(loader, rule, index, &offset, &unknown))
		matcher_add_always(loader->ruleset->matcher, index);
}

gboolean
loader_read_pattern(struct loader *loader, const struct section_entry *entry)
{
	const char *value = entry->value, *message = NULL;
	gsize length = strlen(value);
	gboolean series = loader_section(loader)->type == SECTION_SERIES;
	guint lists = 0;
	struct rule *rule;
	g_autofree char *expression = NULL;

	if (length < 3 || value[0] != '/' || value[length - 1] != '/')
		message = "expected one regular expression between slashes, as in \"/ISO[ -]2700[1-9]/\"";
	for (const char *p = value; (p = strstr(p, SERIES_LIST)) != NULL; p++)
		lists++;
	if (message == NULL && !series && lists > 0)
		message = "{list} has a meaning in [series] only; write \\{list} for these characters";
	if (message == NULL && series && lists != 1)
		message = "a series' pattern has {list} once, where the numbers stand";
	if (message != NULL)
		return sections_fail(loader->error, loader->name, entry->line, entry->column, "%s", message);
	expression = fold_letters(value + 1, length - 2);
	rule = add_rule(loader, KEY_PATTERN, loader_keep(loader, value, length), entry->line, entry->column);
	rule->folded = loader_keep(loader, expression, strlen(expression));
	rule->is_pattern = TRUE;
	add_required(loader, loader->ruleset->rules->len - 1, rule->folded);
	return TRUE;
}

gboolean
loader_read_header(struct loader *loader, const struct section_entry *entry)
{
	struct section_item item = {0};

	for (gsize cursor = 0; section_entry_next(entry, &cursor, &item);) {
		const char *text = loader_keep_item(loader, &item), *colon = strchr(text, ':');
		gsize name = colon != NULL ? (gsize)(colon - text) : 0, skip = name + 1;
		struct rule *rule;

		if (name == 0 || memchr(text, ' ', name) != NULL)
			return sections_fail(loader->error, loader->name, item.line, item.column, "expected \"Name: phrase\", as in \"X-Spam-Flag: yes\"");
		while (text[skip] == ' ')
			skip++;
		if (!add_phrase(loader, KEY_HEADER, text + skip, item.line, item.column + g_utf8_strlen(text, skip), &rule))
			return FALSE;
		rule->header = loader_keep(loader, text, name);
	}
	return TRUE;
}
