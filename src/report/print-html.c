#include "report/print-html-private.h"

#include "base/text.h"

#include <string.h>

#define BAR 22 /* pixels of the highest */

/* Colours on a dark screen; where a mail program drops this, the page is light and no worse. Outlook takes a font from no cell around, and makes no cell
 * lower than a line. */
#define STYLE                                                                                                                                                  \
	"<style>\n"                                                                                                                                            \
	":root{color-scheme:light dark}\n"                                                                                                                     \
	"@media (prefers-color-scheme:dark){\n"                                                                                                                \
	".p{background-color:#101413!important}.c{background-color:#191f1d!important}\n"                                                                       \
	".t{color:#e4e9e7!important}.m{color:#a2aeaa!important}.a{color:#63cdb9!important}\n"                                                                  \
	".r{border-color:#2d3633!important}.k{border-color:#63cdb9!important}\n"                                                                               \
	".f{background-color:#123d36!important;color:#a9e8db!important}.s{border-color:#6d7a75!important;color:#a2aeaa!important}\n"                           \
	".x{background-color:#e4e9e7!important;color:#101413!important}\n"                                                                                     \
	".d{background-color:#22302c!important;border-color:#63cdb9!important}.b{background-color:#6d7a75!important}.n{background-color:#63cdb9!important}\n"  \
	"}\n"                                                                                                                                                  \
	"@media (max-width:400px){.h{display:none!important}}\n"                                                                                               \
	"</style>\n"                                                                                                                                           \
	"<!--[if mso]><style>body,table,td,th,p,h1,h2,h3{font-family:'Segoe UI',Arial,sans-serif}"                                                             \
	".b,.n{font-size:1px;line-height:1px;mso-line-height-rule:exactly}</style><![endif]-->\n"

static void
add_alarm(struct printer *printer, const char *title, const char *text)
{
	html_add(
	    printer, "<div class=\"x\" style=\"margin:16px 0 0;padding:12px 16px;border-radius:4px;background-color:#1c2321;color:#ffffff;" LOOK_SMALL "\">");
	html_format(printer, "<b>%s</b><br>", title);
	html_line(printer, text, 6 * COLUMNS);
	html_add(printer, "</div>\n");
}

/* "3 held +": the number first, as one reads it. */
static void
add_class(struct printer *printer, const char *name, const char *number, gboolean more)
{
	html_format(printer, "<span style=\"white-space:nowrap\"><b class=\"t\" style=\"" LOOK_TEXT "\">%s</b>&nbsp;%s%s</span>%s", number, name,
	    more ? "&nbsp;+" : "", more ? " " : "");
}

/* "received 14 = input 9 + held 1", with the weight on the numbers. */
static void
add_ledger_line(struct printer *printer)
{
	g_autofree char *line = ledger_line(&printer->digest->ledger);
	char *classes = strstr(line, " = ");
	g_auto(GStrv) terms = NULL;

	if (classes == NULL) {
		html_add(printer, "<p class=\"t\" style=\"margin:16px 0 0;font-size:16px;line-height:1.5;" LOOK_TEXT "\">Nothing received.</p>\n");
		return;
	}
	*classes = '\0';
	terms = g_strsplit(classes + 3, " + ", -1);
	html_format(printer,
	    "<p class=\"t\" style=\"margin:16px 0 0;font-size:16px;line-height:1.5;" LOOK_TEXT
	    "\"><b style=\"font-size:32px;line-height:1.2;font-weight:700\">%s</b> received, each counted once</p>\n",
	    strrchr(line, ' ') + 1);
	html_add(printer, "<p class=\"m\" style=\"margin:4px 0 0;font-size:15px;line-height:1.7;" LOOK_MUTED "\">");
	for (char **term = terms; *term != NULL; term++) {
		char *space = strrchr(*term, ' ');

		if (space == NULL)
			continue;
		*space = '\0';
		add_class(printer, *term, space + 1, term[1] != NULL);
	}
	html_add(printer, "</p>\n");
}

static void
add_ledger(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	const struct ledger *ledger = &digest->ledger;
	g_autofree char *title = g_strdup_printf("does not reconcile: %" G_GINT64_FORMAT, ledger->difference);
	g_autofree char *text = g_strdup_printf("mail.db has %" G_GINT64_FORMAT " deliveries of this time and the spool %" G_GINT64_FORMAT
	                                        " more, the index %" G_GINT64_FORMAT "; run postbag sweep; if that does not help, postbag rebuild",
	    ledger->truth, ledger->spooled, ledger->rows);
	g_autofree char *spooled =
	    g_strdup_printf("%" G_GINT64_FORMAT " of the unread %s in the spool: run postbag sweep", ledger->spooled, ledger->spooled == 1 ? "waits" : "wait");
	g_autofree char *behind =
	    g_strdup_printf("the index is behind by %" G_GINT64_FORMAT " %s: run postbag sweep", ledger->behind, ledger->behind == 1 ? "entry" : "entries");
	g_autofree char *selection = label_selection(digest);
	g_autofree char *redactions = g_strdup_printf("%" G_GINT64_FORMAT " %s pending: postbag redact --verify", digest->redactions_pending,
	    digest->redactions_pending == 1 ? "redaction is" : "redactions are");

	add_ledger_line(printer);
	if (ledger->difference != 0)
		add_alarm(printer, title, text);
	if (selection != NULL)
		html_note(printer, selection);
	if (ledger->spooled > 0)
		html_note(printer, spooled);
	if (ledger->behind > 0)
		html_note(printer, behind);
	if (digest->redactions_pending > 0)
		html_note(printer, redactions);
	if (digest->rules_trouble != NULL)
		add_alarm(printer, "rules", digest->rules_trouble);
}

/* Bars of cells, whose height and colour stand in attributes, so that every mail program draws them; this window's in the accent. */
static void
add_bars(struct printer *printer, const gint64 *history, gint64 most)
{
	html_add(printer, "<table role=\"img\" aria-label=\"before: ");
	for (int i = 0; i < DIGEST_WINDOWS; i++)
		html_format(printer, "%s%" G_GINT64_FORMAT, i == 0 ? "" : i < DIGEST_WINDOWS - 1 ? ", " : "; now: ", history[i]);
	html_add(printer, "\" align=\"right\" cellpadding=\"0\" cellspacing=\"0\"><tr>");
	for (int i = 0; i < DIGEST_WINDOWS; i++) {
		gboolean now = i == DIGEST_WINDOWS - 1;
		int height = history[i] <= 0 || most <= 0 ? 1 : 3 + (int)((history[i] - 1) * (BAR - 3) / MAX(most - 1, 1));

		html_format(printer,
		    "<td valign=\"bottom\" height=\"%d\" style=\"padding:0 1px 0 0\"><table cellpadding=\"0\" cellspacing=\"0\"><tr>"
		    "<td class=\"%s\" width=\"5\" height=\"%d\" bgcolor=\"%s\"></td></tr></table></td>",
		    BAR, now ? "n" : "b", height, now ? "#0a6b5e" : "#8a9691");
	}
	html_add(printer, "</tr></table>");
}

#define CELL(name) "class=\"" name "\" style=\"padding:7px 0 7px 10px;vertical-align:middle;" LOOK_RULE ";text-align:right;white-space:nowrap"
#define COLUMN(name)                                                                                                                                           \
	"<th scope=\"col\" class=\"" name "\" style=\"padding:0 0 4px "                                                                                        \
	"10px;font-size:13px;white-space:nowrap;font-weight:400;text-align:right;vertical-align:bottom;" LOOK_MUTED "\">"

static void
add_place(struct printer *printer, const struct digest_place *place, gint64 most)
{
	const gint64 *history = place->history;
	gint64 change = history[DIGEST_WINDOWS - 1] - history[DIGEST_WINDOWS - 2];
	gboolean quiet = place->count == 0;
	const char *weight = quiet ? "class=\"m\" style=\"font-weight:400;" LOOK_MUTED "\"" : "class=\"t\" style=\"font-weight:600;" LOOK_TEXT "\"";

	html_add(printer, "<tr><th scope=\"row\" class=\"r\" style=\"padding:7px 0;vertical-align:middle;text-align:left;" LOOK_RULE "\">");
	html_format(printer, "<span %s>", weight);
	html_line(printer, place->title != NULL ? place->title : *place->id == '\0' ? "unfiled" : place->id, 2 * COLUMNS);
	html_add(printer, "</span>");
	html_add(printer, "<span class=\"m\" style=\"font-size:13px;font-weight:400;" LOOK_MUTED "\">");
	if (place->title != NULL) {
		html_add(printer, " ");
		html_line(printer, place->id, NAME_COLUMNS);
	}
	if (place->unique != place->count)
		html_format(printer, " (%" G_GINT64_FORMAT " unique)", place->unique);
	html_format(printer, "</span></th>\n<td " CELL("r") "\"><span %s>%" G_GINT64_FORMAT "</span>", weight, place->count);
	html_add(printer, "</td>\n<td " CELL("r h") ";width:42px\">");
	add_bars(printer, history, most);
	html_add(printer, "</td>\n<td " CELL("r") "\"><span class=\"m\" style=\"" LOOK_MUTED "\">");
	if (change != 0)
		html_format(printer, "%s%" G_GINT64_FORMAT, change > 0 ? "+" : "\u2212", ABS(change));
	else
		html_add(printer, quiet ? "" : "=");
	html_add(printer, "</span></td></tr>\n");
}

static gint64
most_of(const struct digest_place *place, gint64 most)
{
	for (int i = 0; i < DIGEST_WINDOWS; i++)
		most = MAX(most, place->history[i]);
	return most;
}

static void
add_table(struct printer *printer)
{
	const struct digest *digest = printer->digest;
	gint64 most = digest->workstream == NULL ? most_of(digest->unfiled, 0) : 0;

	for (guint i = 0; i < digest->places->len; i++)
		most = most_of(g_ptr_array_index(digest->places, i), most);
	if (most == 0)
		return;
	html_add(printer, LOOK_TABLE
	    "style=\"width:100%;margin:20px 0 0;border-collapse:collapse;" LOOK_FONT ";font-size:15px;line-height:1.4;" LOOK_TEXT "\" class=\"t\">\n<tr>"
	    "<th scope=\"col\" class=\"m\" style=\"padding:0 0 4px;font-size:13px;font-weight:400;text-align:left;vertical-align:bottom;" LOOK_MUTED
	    "\">workstream</th>");
	html_format(printer, COLUMN("m") "new</th>" COLUMN("m h") "trend</th>" COLUMN("m") "change</th></tr>\n");
	for (guint i = 0; i < digest->places->len; i++)
		add_place(printer, g_ptr_array_index(digest->places, i), most);
	if (digest->workstream == NULL)
		add_place(printer, digest->unfiled, most);
	html_add(printer, "</table>\n");
}

static void
add_name(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	html_line(printer, digest->title, COLUMNS);
	if (digest->workstream == NULL)
		return;
	html_add(printer, " \u00b7 ");
	html_line(printer, digest->workstream, COLUMNS);
}

/* The outer table keeps the page at 600 pixels, for Outlook by the table that only it sees. */
void
html_page_begin(struct printer *printer)
{
	html_add(printer, "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n"
	                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	                  "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
	                  "<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no, url=no\">\n<title>");
	add_name(printer);
	html_add(printer, " \u00b7 ");
	html_line(printer, printer->digest->label, COLUMNS);
	html_add(printer, "</title>\n" STYLE "</head>\n<body class=\"p\" style=\"margin:0;padding:0;background-color:#eef0ed\">\n");
	html_add(printer,
	    "<table role=\"presentation\" class=\"p\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background-color:#eef0ed\"><tr>"
	    "<td role=\"main\" align=\"center\" style=\"padding:0 0 24px\">\n<!--[if mso]><table role=\"presentation\" width=\"600\"><tr><td><![endif]-->\n");
	html_add(printer,
	    "<table role=\"presentation\" class=\"c k t\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;max-width:600px;"
	    "background-color:#ffffff;border-top:4px solid #0a6b5e;text-align:start;" LOOK_FONT ";font-size:16px;line-height:1.5;" LOOK_TEXT "\">\n");
}

/* "To do  3 to answer  2 held", with the weight on the numbers. */
static void
add_todo(struct printer *printer)
{
	g_autofree char *todo = print_todo(printer->digest);
	g_auto(GStrv) terms = g_strsplit(todo, ", ", -1);

	if (*todo == '\0')
		return;
	html_add(printer,
	    LOOK_TABLE "role=\"presentation\" style=\"width:100%;margin:16px 0 0\"><tr><td class=\"d t\" bgcolor=\"#eef4f2\" "
	               "style=\"padding:10px 14px;border-left:3px solid #0a6b5e;background-color:#eef4f2;font-size:15px;line-height:1.6;" LOOK_TEXT
	               "\"><span class=\"a\" style=\"font-weight:600;" LOOK_ACCENT "\">To do</span>");
	for (char **term = terms; *term != NULL; term++) {
		gsize digits = strspn(*term, "0123456789");

		html_format(printer, "%s<b>%.*s</b>%s", term == terms ? "&nbsp; " : " \u00b7 ", (int)digits, *term, *term + digits);
	}
	html_add(printer, "</td></tr></table>\n");
}

static void
add_head(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	html_add(printer, "<tr><td style=\"padding:24px 20px 28px;" LOOK_BREAK
	                  "\">\n<p class=\"a\" style=\"margin:0;font-size:14px;line-height:1.4;font-weight:600;" LOOK_ACCENT "\">");
	add_name(printer);
	html_add(printer, "</p>\n<h1 class=\"t\" style=\"margin:2px 0 0;font-size:23px;line-height:1.3;font-weight:700;" LOOK_TEXT "\">");
	html_line(printer, digest->label, COLUMNS);
	html_add(printer, "</h1>\n<p class=\"m\" style=\"margin:2px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">");
	html_line(printer, digest->zone_name, NAME_COLUMNS);
	html_add(printer, "</p>\n");
	add_ledger(printer);
	add_todo(printer);
	if (printer->most != G_MAXUINT)
		html_note(printer, digest->foot != NULL ? "Shortened, since mail programs cut long pages: the plain text of this mail tells all."
		                                        : "Shortened to the length that was asked for: postbag digest without --max-bytes tells all.");
	add_table(printer);
	html_end(printer);
}

void
html_page_end(struct printer *printer)
{
	html_add(printer, "</table>\n<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</body>\n</html>\n");
}

static void
add_foot(struct printer *printer)
{
	const struct digest *digest = printer->digest;

	html_add(printer, "<tr><td class=\"r\" style=\"padding:20px 20px 24px;" LOOK_RULE "\">\n");
	if (digest->rows->len > 0) {
		html_add(printer, "<p class=\"m\" style=\"margin:0;" LOOK_SMALL ";line-height:1.7;" LOOK_MUTED "\">");
		html_label(printer, "certain", FALSE);
		html_add(printer, " ");
		html_label(printer, "suggested", TRUE);
		html_add(printer, " not certain, to be checked</p>\n");
	}
	html_add(printer, "<p class=\"m\" style=\"margin:4px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">");
	if (*digest->rules != '\0')
		html_format(printer, "rules %.12s", digest->rules);
	else
		html_add(printer, "no rules in force");
	html_add(printer, " \u00b7 one message: postbag show id</p>\n");
	if (digest->foot != NULL)
		html_note(printer, digest->foot);
	html_end(printer);
	html_page_end(printer);
}

/* The page with at most MOST entries in each list. */
static GString *
print_page(const struct digest *digest, guint most)
{
	struct printer printer = {g_string_new(NULL), digest, most};

	html_page_begin(&printer);
	add_head(&printer);
	html_places(&printer);
	html_awaiting(&printer);
	html_held(&printer);
	html_look(&printer);
	html_others(&printer);
	html_decisions(&printer);
	add_foot(&printer);
	return printer.out;
}

/* No list is longer. */
static guint
longest_list(const struct digest *digest)
{
	const GPtrArray *const lists[] = {digest->unfiled->items, digest->suggested, digest->routed, digest->corrections, digest->awaiting, digest->others,
	    digest->held, digest->unread, digest->attachments, digest->late, digest->decisions, digest->changed};
	guint longest = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		longest = MAX(longest, lists[i]->len);
	for (guint i = 0; i < digest->places->len; i++)
		longest = MAX(longest, ((const struct digest_place *)g_ptr_array_index(digest->places, i))->items->len);
	return longest;
}

char *
digest_print_html(const struct digest *digest)
{
	GString *page = print_page(digest, G_MAXUINT);
	guint fits = 0, over;

	if (digest->html_bytes == 0 || (gint64)page->len <= digest->html_bytes)
		return g_string_free(page, FALSE);
	over = longest_list(digest);
	while (over - fits > 1) {
		guint most = fits + (over - fits) / 2;
		g_autoptr(GString) tried = print_page(digest, most);

		if ((gint64)tried->len <= digest->html_bytes)
			fits = most;
		else
			over = most;
	}
	g_string_free(page, TRUE);
	return g_string_free(print_page(digest, fits), FALSE);
}
