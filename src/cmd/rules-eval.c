#include <stdio.h>

#include "base/json.h"
#include "cmd/moves.h"
#include "intake/measure.h"
#include "report/csv.h"

/* PART of WHOLE as "0.75", "-" where nothing can be said. */
static char *
ratio(guint part, guint whole)
{
	return whole > 0 ? g_strdup_printf("%u.%02u", part / whole, part * 100 / whole % 100) : g_strdup("-");
}

static void
print_text(const GPtrArray *measures, guint messages)
{
	for (guint i = 0; i < measures->len; i++) {
		const struct measure *measure = g_ptr_array_index(measures, i);
		g_autofree char *precision = ratio(measure->right, measure->right + measure->wrong);
		g_autofree char *recall = ratio(measure->right, measure->right + measure->missed);

		printf("%-10s %-32s precision %-4s recall %-4s  %u right, %u wrong, %u missed\n", target_name(measure->type), measure->id, precision, recall,
		    measure->right, measure->wrong, measure->missed);
	}
	printf("%u messages that people decided on\n", messages);
}

static void
print_csv(const GPtrArray *measures)
{
	puts("type,id,precision,recall,right,wrong,missed");
	for (guint i = 0; i < measures->len; i++) {
		const struct measure *measure = g_ptr_array_index(measures, i);
		g_autofree char *precision = ratio(measure->right, measure->right + measure->wrong);
		g_autofree char *recall = ratio(measure->right, measure->right + measure->missed);
		g_autoptr(GString) line = g_string_new(NULL);

		csv_cell(line, target_name(measure->type));
		csv_cell(line, measure->id);
		printf("%s,%s,%s,%u,%u,%u\n", line->str, *precision == '-' ? "" : precision, *recall == '-' ? "" : recall, measure->right, measure->wrong,
		    measure->missed);
	}
}

/* The numbers say all; a ratio is left to whoever reads them. */
static void
print_json(const GPtrArray *measures)
{
	for (guint i = 0; i < measures->len; i++) {
		const struct measure *measure = g_ptr_array_index(measures, i);
		g_autoptr(Json) json = json_new_object();
		g_autofree char *line = NULL;

		json_put_text(json, "type", target_name(measure->type));
		json_put_text(json, "id", measure->id);
		json_put_number(json, "right", measure->right);
		json_put_number(json, "wrong", measure->wrong);
		json_put_number(json, "missed", measure->missed);
		line = json_print(json, FALSE);
		puts(line);
	}
}

gboolean
rules_eval(struct app *app, int argc, char **argv, GError **error)
{
	g_autofree char *names = argc > 2 ? g_strjoinv(",", argv + 2) : g_strdup(app->conf->rules->len > 0 ? "configured" : "kept");
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, error);
	g_autoptr(GVariant) files = NULL;
	g_autoptr(GPtrArray) measures = NULL;
	g_auto(Archive) archive = {0};
	guint messages;

	if (reader == NULL || !app_open(app, DB_READ, &archive, error) || (files = moves_rules(app, archive.store, names, NULL, error)) == NULL ||
	    !moves_give_rules(reader, files, error) || (measures = measure_rules(archive.index, reader, &messages, error)) == NULL)
		return FALSE;
	if (app->format == FORMAT_JSON)
		print_json(measures);
	else if (app->format == FORMAT_CSV)
		print_csv(measures);
	else
		print_text(measures, messages);
	return TRUE;
}
