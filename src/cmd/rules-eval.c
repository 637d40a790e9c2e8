#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "cmd/moves.h"
#include "intake/measure.h"
#include "report/csv.h"

#define FEW 20 /* messages: a share of so many is known to a fifth or so */

/* PART of WHOLE as "0.75", "-" where nothing can be said. */
static char *
ratio(guint part, guint whole)
{
	guint hundredths = whole > 0 ? (part * 200 + whole) / (2 * whole) : 0;

	if (part < whole && hundredths == 100) /* 1.00 is all */
		hundredths = 99;
	return whole > 0 ? g_strdup_printf("%u.%02u", hundredths / 100, hundredths % 100) : g_strdup("-");
}

struct ratios {
	char *precision, *recall, *f1, *firm_precision, *firm_recall;
};

static void
ratios_clear(struct ratios *ratios)
{
	g_free(ratios->precision);
	g_free(ratios->recall);
	g_free(ratios->f1);
	g_free(ratios->firm_precision);
	g_free(ratios->firm_recall);
}

typedef struct ratios Ratios;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ratios, ratios_clear)

static struct ratios
ratios_of(const struct measure *measure)
{
	guint belong = measure->right + measure->missed;

	return (struct ratios){ratio(measure->right, measure->right + measure->wrong), ratio(measure->right, belong),
	    ratio(2 * measure->right, 2 * measure->right + measure->wrong + measure->missed),
	    ratio(measure->firm_right, measure->firm_right + measure->firm_wrong), ratio(measure->firm_right, belong)};
}

static void
print_text(const GPtrArray *measures, guint messages)
{
	g_autofree char *count = text_count(messages, "message", "messages");

	for (guint i = 0; i < measures->len; i++) {
		const struct measure *measure = g_ptr_array_index(measures, i);
		g_auto(Ratios) ratios = ratios_of(measure);

		printf("%-10s %-32s precision %-4s recall %-4s F1 %-4s firm %-4s %-4s  %u right, %u wrong, %u missed, %u decided%s\n",
		    target_name(measure->type), measure->id, ratios.precision, ratios.recall, ratios.f1, ratios.firm_precision, ratios.firm_recall,
		    measure->right, measure->wrong, measure->missed, measure->decided, measure->right + measure->wrong + measure->missed < FEW ? ": few" : "");
	}
	printf("%s that people decided on\n", count);
	if (messages > 0 && messages < FEW)
		printf("fewer than %d tell little: one more decision can turn any of these numbers\n", FEW);
}

/* What nothing can be said of is an empty cell. */
static const char *
cell(const char *ratio)
{
	return *ratio == '-' ? "" : ratio;
}

static void
print_csv(const GPtrArray *measures)
{
	fputs("type,id,precision,recall,right,wrong,missed,f1,firm_precision,firm_recall,decided" CSV_END, stdout);
	for (guint i = 0; i < measures->len; i++) {
		const struct measure *measure = g_ptr_array_index(measures, i);
		g_auto(Ratios) ratios = ratios_of(measure);
		g_autoptr(GString) line = g_string_new(NULL);

		csv_cell(line, target_name(measure->type));
		csv_cell(line, measure->id);
		printf("%s,%s,%s,%u,%u,%u,%s,%s,%s,%u" CSV_END, line->str, cell(ratios.precision), cell(ratios.recall), measure->right, measure->wrong,
		    measure->missed, cell(ratios.f1), cell(ratios.firm_precision), cell(ratios.firm_recall), measure->decided);
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
		json_put_number(json, "firm_right", measure->firm_right);
		json_put_number(json, "firm_wrong", measure->firm_wrong);
		json_put_number(json, "decided", measure->decided);
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
