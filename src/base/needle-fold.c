#include "base/needle-private.h"

#include "base/text.h"

guint
needle_fold(gunichar c, gunichar out[G_UNICHAR_MAX_DECOMPOSITION_LENGTH])
{
	gsize n, kept = 0;

	if (c < 0x80) {
		out[0] = g_ascii_isalnum((char)c) ? (gunichar)g_ascii_tolower((char)c) : 0;
		return 1;
	}
	n = g_unichar_fully_decompose(c, TRUE, out, G_UNICHAR_MAX_DECOMPOSITION_LENGTH);
	for (gsize i = 0; i < n; i++) {
		GUnicodeType type = g_unichar_type(out[i]);

		if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK || type == G_UNICODE_FORMAT)
			continue;
		out[kept++] = g_unichar_isalnum(out[i]) || g_unichar_ismark(out[i]) ? text_caseless(g_unichar_tolower(out[i])) : 0;
	}
	return (guint)kept;
}

/* One entry of a page. */
static guint32
entry(gunichar c)
{
	gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
	guint n = needle_fold(c, folded);
	gboolean wide = n > 1;

	if (n == 0)
		return NEEDLE_FOLD_NOTHING;
	if (n == 1)
		return folded[0] == 0 ? ' ' : folded[0];
	for (guint i = 0; i < n; i++)
		wide = wide && folded[i] > NEEDLE_NARROW;
	return wide ? NEEDLE_FOLD_WIDE : NEEDLE_FOLD_MANY;
}

const guint32 *
needle_folds_page(struct needle_folds *folds, guint page)
{
	if (folds->pages[page] == NULL) {
		folds->pages[page] = g_new(guint32, 256);
		for (guint i = 0; i < 256; i++)
			folds->pages[page][i] = entry(page << 8 | i);
	}
	return folds->pages[page];
}

struct needle_folds *
needle_folds_new(void)
{
	struct needle_folds *folds = g_new0(struct needle_folds, 1);

	(void)needle_folds_page(folds, 0);
	for (guint i = 0; i < G_N_ELEMENTS(folds->base64); i++)
		folds->base64[i] = needle_base64((guint8)i);
	return folds;
}

void
needle_folds_free(struct needle_folds *folds)
{
	for (guint i = 0; i < G_N_ELEMENTS(folds->pages); i++)
		g_free(folds->pages[i]);
	g_free(folds);
}
