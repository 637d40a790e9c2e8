#include "cmd/moves.h"

#include <stdio.h>
#include <string.h>

#include "archive/boilerplate.h"
#include "base/json.h"
#include "base/text.h"
#include "report/csv.h"

static void
print_text(const GPtrArray *list)
{
	for (guint i = 0; i < list->len; i++) {
		const struct boilerplate *row = g_ptr_array_index(list, i);
		g_autofree char *words = boilerplate_words(row), *shown = text_escape(words, FALSE);
		g_autofree char *text = text_escape(row->text != NULL ? row->text : "", TRUE);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

		printf("%s  %s\n", row->public_id, shown);
		for (char **line = lines; *line != NULL; line++)
			printf("    %s\n", *line);
	}
	if (list->len == 0)
		puts("no boilerplate was learned: that needs a paragraph at the foot of four letters from one domain, by two writers,\n"
		     "or of six to one list, by three, that came over 30 days or more; postbag-rules(5) has [mask] for what is known at once");
}

static void
print_json(const GPtrArray *list)
{
	g_autoptr(Json) array = json_new_array();
	g_autofree char *text = NULL;

	for (guint i = 0; i < list->len; i++) {
		const struct boilerplate *row = g_ptr_array_index(list, i);
		struct json *object = json_new_object();

		json_put_text(object, "id", row->public_id);
		json_put_text(object, "of", row->kind);
		json_put_text(object, "name", row->name);
		json_put_text(object, "place", row->place);
		json_put_number(object, "letters", row->letters);
		json_put_text(object, "text", row->text);
		json_add(array, object);
	}
	text = json_print(array, TRUE);
	fputs(text, stdout);
}

static void
print_csv(const GPtrArray *list)
{
	g_autoptr(GString) out = g_string_new("id,of,name,place,letters,text" CSV_END);

	for (guint i = 0; i < list->len; i++) {
		const struct boilerplate *row = g_ptr_array_index(list, i);
		g_autofree char *letters = g_strdup_printf("%" G_GINT64_FORMAT, row->letters);

		csv_cell(out, row->public_id);
		csv_cell(out, row->kind);
		csv_cell(out, row->name);
		csv_cell(out, row->place);
		csv_cell(out, letters);
		csv_cell(out, row->text);
		csv_end(out);
	}
	fputs(out->str, stdout);
}

gboolean
rules_boilerplate(struct app *app, int argc, char **argv, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(GPtrArray) list = NULL;

	if (argc != 2)
		return app_usage(error, "rules boilerplate: unexpected argument \"%s\"", argv[2]);
	if (!app_open(app, DB_READ, &archive, error) || (list = boilerplate_list(archive.index, error)) == NULL)
		return FALSE;
	if (app->format == FORMAT_JSON)
		print_json(list);
	else if (app->format == FORMAT_CSV)
		print_csv(list);
	else
		print_text(list);
	return TRUE;
}
