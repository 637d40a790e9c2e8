#include "pages/private.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* Types that a browser only ever shows as what they are; and even these are downloads. */
static const char *const harmless[] = {"application/pdf", "image/png", "image/jpeg", "image/gif"};

/* RFC 6266 and RFC 8187: the name in ASCII without anything that could end it, and in UTF-8. */
static char *
disposition(const char *filename)
{
	g_autofree char *clean = text_clean(filename != NULL ? filename : "attachment", -1);
	g_autofree char *base = g_path_get_basename(clean);
	g_autofree char *cut = g_utf8_substring(base, 0, MIN(g_utf8_strlen(base, -1), 100));
	g_autofree char *encoded = g_uri_escape_string(cut, NULL, FALSE);
	g_autofree char *ascii = g_strdup(cut);
	char *to = ascii;

	for (const char *at = ascii; *at != '\0'; at++)
		if (g_ascii_isalnum(*at) || *at == '.' || *at == '-' || *at == '_')
			*to++ = *at;
	*to = '\0';
	return g_strdup_printf("attachment; filename=\"%s\"; filename*=UTF-8''%s", *ascii != '\0' && *ascii != '.' ? ascii : "attachment", encoded);
}

static const struct detail_part *
find_part(const struct details *details, const char *number)
{
	for (guint i = 0; i < details->parts->len; i++) {
		const struct detail_part *part = g_ptr_array_index(details->parts, i);

		if (part->attachment && strcmp(part->number, number) == 0)
			return part;
	}
	return NULL;
}

/* An enclosed message, and a card, have addresses with the names in them and headers that the public is not shown: what such a message says stands in the text.
 */
gboolean
attachment_is_offered(const struct page_site *site, const struct message_row *row, const struct detail_part *part)
{
	gboolean tells = g_str_has_prefix(part->type, "message/") || strcmp(part->type, "text/vcard") == 0 || strcmp(part->type, "text/x-vcard") == 0;

	return site->attachments && row->redacted == NULL && part->size <= LIMIT_PAGE_PART && (!tells || site->view == PAGE_STAFF);
}

/* A web server tells a file's type by its name's ending, and some look at every piece behind a dot: so there is one dot, and few endings. */
char *
page_attachment_file(const struct page_site *site, const struct message_row *row, const struct detail_part *part)
{
	static const struct {
		const char *type, *ending;
	} endings[] = {{"application/pdf", "pdf"}, {"image/png", "png"}, {"image/jpeg", "jpg"}, {"image/gif", "gif"}};
	g_autofree char *number = g_strdelimit(g_strdup(part->number), ".", '-');
	const char *ending = "bin";

	if (!part->attachment || !attachment_is_offered(site, row, part) || *number == '\0' || strspn(number, "0123456789-") != strlen(number))
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
		if (strcmp(endings[i].type, part->type) == 0)
			ending = endings[i].ending;
	return g_strconcat(number, ".", ending, NULL);
}

gboolean
page_attachment(struct page *page, GError **error)
{
	g_autoptr(MessageRow) row = NULL;
	g_auto(Details) details = {0};
	g_autoptr(GError) failure = NULL;
	const struct detail_part *part;
	g_autofree char *value = NULL;
	gint64 message = 0;

	if (!pages_resolve(page->index, &page->audience, page->route->id, &message, error))
		return FALSE;
	if (message == 0 || page->archive->part == NULL)
		return page_missing(page);
	row = message_row_load(page->index, message, FALSE, error);
	if (row == NULL || !details_load(page->index, message, &details, error))
		return FALSE;
	part = find_part(&details, page->route->part);
	if (part == NULL || !attachment_is_offered(page->site, row, part))
		return page_missing(page);
	page->bytes = page->archive->part(page->archive->part_data, row->public_id, part->number, &failure);
	if (g_error_matches(failure, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)) /* redacted, and the index has not followed yet */
		return page_missing(page);
	if (page->bytes == NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	value = disposition(part->filename);
	page->type = "application/octet-stream";
	for (gsize i = 0; i < G_N_ELEMENTS(harmless); i++)
		if (strcmp(harmless[i], part->type) == 0)
			page->type = harmless[i];
	page_add_header(page, "Content-Disposition", value);
	return TRUE;
}
