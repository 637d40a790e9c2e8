#include <stdio.h>
#include <string.h>

#include "archive/index-ask.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/moves.h"
#include "find/query.h"
#include "find/targets.h"
#include "intake/keep.h"
#include "intake/propose.h"
#include "report/csv.h"

#define DEFAULT_LIMIT 10

/* "likely.fr": the language known, English being what rules are in where they say nothing. */
static char *
key_with_language(const struct proposal *proposal)
{
	gboolean plain = proposal->lang == NULL || strcmp(proposal->lang, "en") == 0;

	return plain ? g_strdup(proposal->key) : g_strdup_printf("%s.%s", proposal->key, proposal->lang);
}

/* A sentence as the test that the proposed words pass: one hint alone files nothing. */
static void
print_example(const struct proposal *proposal)
{
	g_autofree char *shown = NULL;

	if (proposal->example == NULL || strcmp(proposal->key, "hint") == 0)
		return;
	shown = text_escape(proposal->example, FALSE);
	printf("%s = %s\n", strcmp(proposal->key, "not") == 0 ? "reject" : "accept", shown);
}

static void
print_text(enum record_target type, const char *id, const struct proposals *proposals)
{
	printf("# [%s %s]: %u missed and %u filed wrongly, of %u there and %u others\n", target_name(type), id, proposals->missed, proposals->wrong,
	    proposals->belong, proposals->others);
	if (proposals->list->len == 0)
		puts(proposals->missed + proposals->wrong < 2 ? "# too few for words to tell: decide on more messages" : "# no words set them apart");
	for (guint i = 0; i < proposals->list->len; i++) {
		const struct proposal *one = g_ptr_array_index(proposals->list, i);
		g_autofree char *key = key_with_language(one), *words = text_escape(one->words, FALSE);

		if (strcmp(one->key, "not") == 0)
			printf("# in %u filed wrongly, in %u that belong there\n", one->others, one->belong);
		else
			printf("# in %u missed, %u there in all, %u others: precision %u.%02u, likelihood ratio %.1f%s\n", one->missed, one->belong,
			    one->others, one->precision / 100, one->precision % 100, one->ratio, one->chance ? ", perhaps by chance" : "");
		printf("%s = %s\n", key, words);
		print_example(one);
	}
}

static void
print_json(enum record_target type, const char *id, const struct proposals *proposals)
{
	for (guint i = 0; i < proposals->list->len; i++) {
		const struct proposal *one = g_ptr_array_index(proposals->list, i);
		gboolean not = strcmp(one->key, "not") == 0;
		g_autoptr(Json) json = json_new_object();
		g_autofree char *line = NULL;

		json_put_text(json, "type", target_name(type));
		json_put_text(json, "id", id);
		json_put_text(json, "key", one->key);
		json_put_text(json, "lang", one->lang);
		json_put_text(json, "words", one->words);
		json_put_number(json, "missed", one->missed);
		json_put_number(json, "belong", one->belong);
		json_put_number(json, not ? "wrong" : "others", one->others);
		json_put_number(json, "percent", one->precision);
		json_put_boolean(json, "chance", one->chance);
		json_put_text(json, "example", one->example);
		json_put_text(json, "message", one->example_id);
		line = json_print(json, FALSE);
		puts(line);
	}
}

static void
print_csv(enum record_target type, const char *id, const struct proposals *proposals)
{
	for (guint i = 0; i < proposals->list->len; i++) {
		const struct proposal *one = g_ptr_array_index(proposals->list, i);
		g_autoptr(GString) line = g_string_new(NULL), end = g_string_new(NULL);

		csv_cell(line, target_name(type));
		csv_cell(line, id);
		csv_cell(line, one->key);
		csv_cell(line, one->lang);
		csv_cell(line, one->words);
		csv_cell(end, one->example);
		csv_cell(end, one->example_id);
		printf("%s,%u,%u,%u,%u,%s" CSV_END, line->str, one->missed, one->belong, one->others, one->precision, end->str);
	}
}

static gboolean
suggest_for(struct app *app, struct index *index, struct propose_query *query, GError **error)
{
	g_auto(Proposals) proposals = {0};

	if (!propose(index, query, &proposals, error))
		return FALSE;
	if (app->format == FORMAT_JSON)
		print_json(query->type, query->id, &proposals);
	else if (app->format == FORMAT_CSV)
		print_csv(query->type, query->id, &proposals);
	else
		print_text(query->type, query->id, &proposals);
	return TRUE;
}

/* Adds "type id" of what WORD names to TARGETS: a topic, a workstream or a kind. FALSE with an error when it names none. */
static gboolean
find_target(struct index *index, const char *word, GPtrArray *targets, GError **error)
{
	g_autoptr(GPtrArray) all = targets_load(index, error), ids = g_ptr_array_new();
	g_autofree char *shown = text_escape(word, FALSE);
	const char *nearest;

	if (all == NULL)
		return FALSE;
	for (guint i = 0; i < all->len; i++) {
		const struct target *target = g_ptr_array_index(all, i);

		if (strcmp(target->type, "topic") != 0 && strcmp(target->type, "workstream") != 0)
			continue;
		if (strcmp(target->id, word) == 0) {
			g_ptr_array_add(targets, g_strdup_printf("%s %s", target->type, word));
			return TRUE;
		}
		g_ptr_array_add(ids, target->id);
	}
	if (kind_from_name(word) >= 0) {
		g_ptr_array_add(targets, g_strdup_printf("kind %s", word));
		return TRUE;
	}
	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(word, (const char *const *)ids->pdata);
	if (nearest != NULL)
		return app_usage(error, "rules suggest: no topic, workstream or kind \"%s\"; did you mean the topic \"%s\"?", shown, nearest);
	return app_usage(error,
	    "rules suggest: no topic, workstream or kind \"%s\"; the rule files name them (a query is written as topic:ID or with other terms of postbag(1))",
	    shown);
}

/* The messages that the query WORDS asks for. */
static GHashTable *
find_messages(struct app *app, struct index *index, char **words, GError **error)
{
	g_autofree char *text = g_strjoinv(" ", words);
	g_autoptr(Query) query = query_parse(index, text, app->now, app->zone, error);
	g_autoptr(GArray) list = query != NULL ? query_run_numbers(index, query, QUERY_OLDEST, 0, error) : NULL;
	GHashTable *only = list != NULL ? g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL) : NULL;

	for (guint i = 0; only != NULL && i < list->len; i++)
		g_hash_table_add(only, g_memdup2(&g_array_index(list, gint64, i), sizeof(gint64)));
	return only;
}

static gboolean
suggest_all(struct app *app, struct index *index, const struct ruleset *ruleset, char **words, GError **error)
{
	g_autoptr(GPtrArray) targets = NULL;
	g_autoptr(GHashTable) only = NULL;
	struct propose_query query = {.ruleset = ruleset, .most = app->limit >= 0 ? (guint)app->limit : DEFAULT_LIMIT};

	if (words[0] != NULL && strchr(words[0], ':') == NULL) {
		targets = g_ptr_array_new_with_free_func(g_free);
		if (!find_target(index, *words++, targets, error))
			return FALSE;
	} else if ((targets = index_disputed(index, error)) == NULL)
		return FALSE;
	if (words[0] != NULL && (only = find_messages(app, index, words, error)) == NULL)
		return FALSE;
	query.only = only;
	if (app->format == FORMAT_CSV)
		fputs("type,id,key,lang,words,missed,belong,others,percent,example,message" CSV_END, stdout);
	if (targets->len == 0)
		log_notice(app->level, "nobody has filed a message otherwise than the rules did: there is nothing to learn from");
	for (guint i = 0; i < targets->len; i++) {
		g_auto(GStrv) fields = g_strsplit(g_ptr_array_index(targets, i), " ", 2);

		query.type = target_from_name(fields[0]);
		query.id = fields[1];
		if (!suggest_for(app, index, &query, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
rules_suggest(struct app *app, char **words, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(GVariant) files = NULL;
	g_autoptr(GPtrArray) sources = NULL;
	g_autoptr(Ruleset) ruleset = NULL;
	gboolean ok;

	if (!app_open(app, DB_READ, &archive, error) ||
	    (files = moves_rules(app, archive.store, app->conf->rules->len > 0 ? "configured" : "kept", NULL, error)) == NULL)
		return FALSE;
	sources = keep_unpack_rules(files);
	/* One view of the index, whoever writes meanwhile. */
	if ((ruleset = ruleset_new(sources, error)) == NULL || !index_begin(archive.index, error))
		return FALSE;
	ok = suggest_all(app, archive.index, ruleset, words, error);
	index_rollback(archive.index);
	return ok;
}
