/* What search engines are told of the pages (the sitemaps protocol 0.9), where the site knows its own address: whole addresses are all that it takes. */
#ifndef PUBLISH_SITEMAP_H
#define PUBLISH_SITEMAP_H

#include "pages/pages.h"

/* FILE "sitemap/2019-02.xml" or "sitemap/2019-02/08-14.xml": the letters of that piece of a month; "sitemap/places.xml": all other pages. *OUT NULL: there are
 * none, or the site does not know its address. */
gboolean sitemap_make(struct index *index, struct page_archive *archive, const struct page_site *site, const char *file, gint64 now, GBytes **out,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "sitemap.xml", which leads to FILES, of char *; NULL: the site does not know its address. */
GBytes *sitemap_index(const struct page_site *site, const GPtrArray *files);
/* "sitemap/2019-02/08-14.xml" for a piece of "all/2019-02". Caller frees. */
char *sitemap_file(const char *month, const char *leaf);

#endif
