#include "base/conf-query.h"

#include "base/text.h"

#include <string.h>

static const char *const keys[] = {"query", "title", NULL};

struct saved_query *
saved_query_new(const char *name, const char *file, guint line)
{
	struct saved_query *saved = g_new0(struct saved_query, 1);

	saved->name = g_strdup(name);
	saved->file = g_strdup(file);
	saved->line = line;
	return saved;
}

void
saved_query_free(struct saved_query *saved)
{
	if (saved == NULL)
		return;
	g_free(saved->name);
	g_free(saved->text);
	g_free(saved->title);
	g_free(saved->file);
	g_free(saved->breaks);
	g_free(saved);
}

gboolean
saved_query_entry(struct saved_query *saved, const struct section_entry *entry, GError **error)
{
	gboolean query = strcmp(entry->key, "query") == 0;
	char **out = query ? &saved->text : &saved->title;

	if (entry->operator!= '=' || entry->suffix != NULL)
		return sections_fail(error, saved->file, entry->line, 1, "expected \"key = value\"");
	if (!query && strcmp(entry->key, "title") != 0) {
		const char *nearest = text_nearest(entry->key, keys);

		return sections_fail(error, saved->file, entry->line, 1, "unknown key \"%s\"; %s%s", entry->key,
		    nearest != NULL ? "did you mean " : "expected query or title", nearest != NULL ? nearest : "");
	}
	if (*entry->value == '\0')
		return sections_fail(error, saved->file, entry->line, entry->column, "\"%s\" has no value", entry->key);
	if (*out != NULL)
		return sections_fail(error, saved->file, entry->line, 1, "\"%s\" is given twice", entry->key);
	*out = g_strdup(entry->value);
	if (query) {
		saved->breaks = g_memdup2(entry->breaks, entry->n_breaks * sizeof *entry->breaks);
		saved->n_breaks = entry->n_breaks;
	}
	return TRUE;
}

gboolean
saved_query_finish(const struct saved_query *saved, GError **error)
{
	return saved->text != NULL ||
	       sections_fail(error, saved->file, saved->line, 1, "[query %s] has no query; write one as \"query = is:unanswered\"", saved->name);
}

char *
saved_query_place(const struct saved_query *saved, guint column)
{
	const struct section_entry entry = {.value = saved->text, .breaks = saved->breaks, .n_breaks = saved->n_breaks};
	glong characters = MIN((glong)column - 1, g_utf8_strlen(saved->text, -1));
	guint line, at;

	section_entry_place(&entry, g_utf8_offset_to_pointer(saved->text, characters) - saved->text, &line, &at);
	return g_strdup_printf("%s:%u:%u", saved->file, line, at);
}

const struct saved_query *
saved_query_find(const GPtrArray *queries, const char *name)
{
	for (guint i = 0; queries != NULL && i < queries->len; i++) {
		const struct saved_query *saved = g_ptr_array_index(queries, i);

		if (strcmp(saved->name, name) == 0)
			return saved;
	}
	return NULL;
}
