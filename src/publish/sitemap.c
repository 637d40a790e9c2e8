#include "publish/sitemap.h"

#include "base/limits.h"

#include <stdio.h>
#include <string.h>

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define SPACE " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"

static const struct place all = {NULL, NULL};

char *
sitemap_file(const char *month, const char *leaf)
{
	return g_strdup_printf("sitemap/%s%s%s.xml", month, *leaf != '\0' ? "/" : "", leaf);
}

static void
add_address(GString *out, const struct page_site *site, const char *element, const char *path)
{
	g_autofree char *whole = g_markup_printf_escaped("%s%s%s", site->address, site->prefix, path);

	g_string_append_printf(out, "<%s><loc>%s</loc></%s>\n", element, whole, element);
}

static gboolean
add_letters(struct index *index, struct page_archive *archive, const struct page_site *site, const char *file, gint64 now, GString *out, GError **error)
{
	struct audience audience = page_audience(site, now);
	guint year, month;
	char name[16] = "";
	const GArray *leaves;

	if (sscanf(file, "sitemap/%4u-%2u/%15[^.]", &year, &month, name) < 2 || month < 1 || month > 12)
		return TRUE;
	leaves = page_leaves(archive, site, &all, year, month, now, error);
	for (guint i = 0; leaves != NULL && i < leaves->len; i++) {
		const struct page_leaf *leaf = &g_array_index(leaves, struct page_leaf, i);
		const struct time_window window = {leaf->from, leaf->to};
		g_autoptr(GArray) numbers = NULL;
		g_autoptr(GPtrArray) ids = NULL;

		if (strcmp(leaf->name, name) != 0)
			continue;
		numbers = pages_list(index, &audience, &all, &window, FALSE, leaf->skip, leaf->count, error);
		ids = numbers != NULL ? message_ids_load(index, numbers, error) : NULL;
		for (guint j = 0; ids != NULL && j < ids->len; j++) {
			g_autofree char *path = g_strdup_printf("/message/%s.html", (const char *)g_ptr_array_index(ids, j));

			add_address(out, site, "url", path);
		}
		return ids != NULL;
	}
	return leaves != NULL;
}

/* Places lead to their months. */
static gboolean
add_places(struct index *index, const struct page_site *site, gint64 now, GString *out, GError **error)
{
	g_autoptr(GPtrArray) paths = page_paths_always(index, site, now, error);

	for (guint i = 0; paths != NULL && i < paths->len; i++) {
		const char *path = g_ptr_array_index(paths, i);
		g_autofree char *page = g_strconcat(strcmp(path, "/") == 0 ? "/index" : path, ".html", NULL);

		if (strcmp(path, "/style.css") != 0 && strcmp(path, "/icon.svg") != 0 && strcmp(path, "/robots.txt") != 0)
			add_address(out, site, "url", page);
	}
	return paths != NULL;
}

gboolean
sitemap_make(struct index *index, struct page_archive *archive, const struct page_site *site, const char *file, gint64 now, GBytes **out, GError **error)
{
	g_autoptr(GString) text = g_string_new(HEAD "<urlset" SPACE);
	gsize empty = text->len;

	*out = NULL;
	if (site->address == NULL)
		return TRUE;
	if (!(strcmp(file, "sitemap/places.xml") == 0 ? add_places(index, site, now, text, error) : add_letters(index, archive, site, file, now, text, error)))
		return FALSE;
	if (text->len == empty)
		return TRUE;
	g_string_append(text, "</urlset>\n");
	*out = g_string_free_to_bytes(g_steal_pointer(&text));
	return TRUE;
}

GBytes *
sitemap_index(const struct page_site *site, const GPtrArray *files)
{
	g_autoptr(GString) text = g_string_new(HEAD "<sitemapindex" SPACE);

	if (site->address == NULL)
		return NULL;
	/* the newest stand last */
	for (guint i = files->len > LIMIT_SITEMAPS ? files->len - LIMIT_SITEMAPS : 0; i < files->len; i++) {
		g_autofree char *path = g_strconcat("/", g_ptr_array_index(files, i), NULL);

		add_address(text, site, "sitemap", path);
	}
	g_string_append(text, "</sitemapindex>\n");
	return g_string_free_to_bytes(g_steal_pointer(&text));
}
