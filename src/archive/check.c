#include "archive/check.h"

#include "base/limits.h"
#include "base/text.h"

#include <string.h>

struct findings {
	GPtrArray *list;
	GHashTable *counts; /* kind -> how many */
	guint faults;
	gboolean closed;
};

static void
finding_free(gpointer data)
{
	struct finding *finding = data;

	g_free(finding->where);
	g_free(finding->what);
	g_free(finding->remedy);
	g_free(finding);
}

struct findings *
findings_new(void)
{
	struct findings *findings = g_new0(struct findings, 1);

	findings->list = g_ptr_array_new_with_free_func(finding_free);
	findings->counts = g_hash_table_new(g_str_hash, g_str_equal);
	return findings;
}

void
findings_free(struct findings *findings)
{
	if (findings == NULL)
		return;
	g_ptr_array_unref(findings->list);
	g_hash_table_unref(findings->counts);
	g_free(findings);
}

static void
add(struct findings *findings, const struct finding *like)
{
	struct finding *finding = g_new(struct finding, 1);

	*finding = (struct finding){like->warning, like->kind, text_escape(like->where, FALSE), text_escape(like->what, FALSE), g_strdup(like->remedy)};
	g_ptr_array_add(findings->list, finding);
}

/* Takes over WHAT. */
static void
count(struct findings *findings, gboolean warning, const char *kind, const char *where, const char *remedy, char *what)
{
	struct finding finding = {warning, kind, (char *)where, what, (char *)remedy};
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(findings->counts, kind)) + 1;

	g_hash_table_insert(findings->counts, (gpointer)kind, GUINT_TO_POINTER(n));
	findings->faults += !warning;
	if (n <= LIMIT_FINDINGS)
		add(findings, &finding);
	g_free(what);
}

void
findings_fault(struct findings *findings, const char *kind, const char *where, const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	count(findings, FALSE, kind, where, remedy, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

void
findings_warning(struct findings *findings, const char *kind, const char *where, const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	count(findings, TRUE, kind, where, remedy, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

void
findings_error(struct findings *findings, const char *kind, const char *where, const GError *error)
{
	findings_fault(findings, kind, where, NULL, "%s", error->message);
}

const GPtrArray *
findings_list(struct findings *findings)
{
	GHashTableIter iter;
	gpointer kind, n;

	if (findings->closed)
		return findings->list;
	findings->closed = TRUE;
	g_hash_table_iter_init(&iter, findings->counts);
	while (g_hash_table_iter_next(&iter, &kind, &n))
		if (GPOINTER_TO_UINT(n) > LIMIT_FINDINGS) {
			g_autofree char *what = g_strdup_printf("%u more of the same kind", GPOINTER_TO_UINT(n) - LIMIT_FINDINGS);
			struct finding more = {FALSE, kind, kind, what, NULL};

			add(findings, &more);
		}
	return findings->list;
}

guint
findings_faults(const struct findings *findings)
{
	return findings->faults;
}
