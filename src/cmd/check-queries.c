#include <string.h>

#include "cmd/checks.h"
#include "find/query.h"

void
check_saved_queries(const struct app *app, struct index *index, struct findings *findings)
{
	for (guint i = 0; i < app->conf->queries->len; i++) {
		const struct saved_query *saved = g_ptr_array_index(app->conf->queries, i);
		g_autofree char *asked = g_strconcat("saved:", saved->name, NULL);
		g_autoptr(GError) reason = NULL;
		g_autoptr(Query) query = query_parse_saved(index, asked, app->now, app->zone, app->conf->queries, &reason);
		const char *message = query == NULL ? strstr(reason->message, ": ") : NULL;

		if (query == NULL) /* "column 1" is of the asking, which nobody wrote */
			findings_fault(findings, "saved queries", "the configuration", "mend the query; postbag-query(7) has the language", "%s",
			    message != NULL ? message + 2 : reason->message);
	}
}
