#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/rawmessage.h"
#include "base/text.h"
#include "cmd/app.h"
#include "intake/convert.h"
#include "intake/keep.h"
#include "intake/reader.h"
#include "mail/maildir.h"
#include "report/json-record.h"

/* Columns of a rule: its line in the file is told as well. */
#define RULE_SHOWN 60

struct item {
	char *file, *id;
	GBytes *bytes;
};

struct classifying {
	struct app *app;
	struct reader *reader;
	char *pdf_program; /* or NULL */
	GQueue waiting;    /* of struct item: handed to the reader, in order */
	guint failed;
};

static char *
join_ids(const struct record *record, enum record_target type)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		if (filing->type == type)
			g_string_append_printf(out, " %s%s", filing->id, filing->tier == TIER_FIRM ? "" : "*");
	}
	return g_string_free(out, FALSE);
}

/* Under a message's line, each piece of evidence: what for, how sure (* suggested), by which rule, and the words it matched. */
static void
print_evidence(const struct record *record)
{
	for (guint i = 0; i < record->evidence->len; i++) {
		const struct record_evidence *piece = g_ptr_array_index(record->evidence, i);
		g_autofree char *words = text_escape(piece->words != NULL ? piece->words : "", FALSE), *rule_text = text_escape(piece->rule, FALSE);
		g_autofree char *rule = text_cut(rule_text, RULE_SHOWN), *file = text_escape(piece->file, FALSE);

		printf("  %s%s: ", *piece->id != '\0' ? piece->id : target_name(piece->type), piece->tier == TIER_FIRM ? "" : "*");
		if (*words != '\0')
			printf("\"%s\" ", words);
		printf("%s %s", piece->key, rule);
		printf(" (%s:%u)\n", file, piece->line);
	}
	for (guint i = 0; i < record->remarks->len; i++) {
		g_autofree char *remark = text_escape(g_ptr_array_index(record->remarks, i), FALSE);

		printf("  remark: %s\n", remark);
	}
}

static void
print_text(const char *file, const struct reading *reading, gboolean reasons)
{
	const struct record *record = reading->record;
	g_autofree char *name = text_escape(file, FALSE);

	if (record == NULL) {
		printf("%s: unread: %s\n", name, reading->unread);
		return;
	}
	g_autofree char *reason = text_escape(record->kind_reason != NULL ? record->kind_reason : "", FALSE);
	g_autofree char *workstreams = join_ids(record, TARGET_WORKSTREAM), *topics = join_ids(record, TARGET_TOPIC);
	g_autofree char *intents = join_ids(record, TARGET_INTENT), *groups = join_ids(record, TARGET_GROUP);
	printf("%s: %s (%s)%s%s%s%s%s%s%s%s%s\n", name, kind_name(record->kind), reason, *workstreams != '\0' ? "; workstreams" : "", workstreams,
	    *topics != '\0' ? "; topics" : "", topics, *intents != '\0' ? "; intents" : "", intents, *groups != '\0' ? "; groups" : "", groups,
	    record->held ? "; held" : "");
	if (reasons)
		print_evidence(record);
}

static void
item_free(struct item *item)
{
	g_bytes_unref(item->bytes);
	g_free(item->file);
	g_free(item->id);
	g_free(item);
}

static void
print(struct classifying *c, const struct item *item, const struct reading *reading)
{
	if (c->app->format == FORMAT_JSON) {
		g_autoptr(Json) json = record_to_json(item->file, item->id, reading->record, reading->unread);
		g_autofree char *line = json_print(json, FALSE);

		puts(line);
	} else
		print_text(item->file, reading, c->app->level == LOG_VERBOSE);
	c->failed += reading->record == NULL ? 1 : 0;
}

/* The same reading, or one with the text of the attached documents. */
static void
read_documents(struct classifying *c, const struct item *item, struct reading *reading)
{
	struct converting converting = {.reader = c->reader, .pdf_program = c->pdf_program};
	g_auto(GStrv) numbers = reading->record != NULL ? convert_waiting(reading->record, c->pdf_program != NULL) : NULL;
	g_auto(Reading) better = {0};

	if (numbers == NULL || !convert_read(&converting, item->bytes, numbers, c->app->now, &better))
		return;
	reading_clear(reading);
	*reading = better;
	memset(&better, 0, sizeof better);
}
/* Takes over READING. Its documents are converted by the reader that the answers behind it come from: these are taken first. */
static void
finish(struct classifying *c, struct reading reading)
{
	g_autoptr(GArray) readings = g_array_new(FALSE, FALSE, sizeof(struct reading));
	g_auto(GStrv) numbers = reading.record != NULL ? convert_waiting(reading.record, c->pdf_program != NULL) : NULL;

	g_array_append_val(readings, reading);
	while (numbers != NULL && reader_collect(c->reader, -1, &reading))
		g_array_append_val(readings, reading);
	for (guint i = 0; i < readings->len; i++) {
		struct item *item = g_queue_pop_head(&c->waiting);
		struct reading *one = &g_array_index(readings, struct reading, i);

		read_documents(c, item, one);
		print(c, item, one);
		reading_clear(one);
		item_free(item);
	}
}

/* Prints the answers that are there; all of them when ALL. */
static void
collect(struct classifying *c, gboolean all)
{
	struct reading reading;

	while ((all || reader_pending(c->reader) > 32) && reader_collect(c->reader, -1, &reading))
		finish(c, reading);
}

static gboolean
submit_file(struct classifying *c, const char *file, GError **error)
{
	int fd = strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
	g_autoptr(RawMessage) raw = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (fd < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s: %s", file, g_strerror(errno));
		return FALSE;
	}
	raw = raw_message_from_fd(fd, NULL, error);
	close(fd);
	if (raw == NULL || (bytes = raw_message_read(raw, 0, LIMIT_HANDED_BYTES, error)) == NULL)
		return FALSE;
	struct item *item = g_new0(struct item, 1);
	item->file = g_strdup(file);
	item->bytes = g_bytes_ref(bytes);
	item->id = hash_base32(raw_message_content(raw), 16);
	g_queue_push_tail(&c->waiting, item);
	reader_submit(c->reader, 0, bytes, c->app->now);
	collect(c, FALSE);
	return TRUE;
}

static gboolean
submit(struct classifying *c, const char *path, GError **error)
{
	if (!g_file_test(path, G_FILE_TEST_IS_DIR))
		return submit_file(c, path, error);
	g_autoptr(Maildir) files = maildir_list(path, error);
	for (guint i = 0; files != NULL && i < maildir_count(files); i++) {
		g_autofree char *file = maildir_path(files, i);

		if (!submit_file(c, file, error))
			return FALSE;
	}
	return files != NULL;
}

/* --rules, or the configuration's, or those in force in the archive. */
static GVariant *
find_rules(struct app *app, char **named, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new();
	g_autofree char *hash = NULL;

	for (char **path = named; path != NULL && *path != NULL; path++)
		g_ptr_array_add(paths, *path);
	if (paths->len > 0 || app->conf->rules->len > 0) {
		g_autoptr(GPtrArray) sources = keep_load_sources(paths->len > 0 ? paths : app->conf->rules, error);

		return sources != NULL ? keep_pack_rules(sources, error) : NULL;
	}

	const char *folder = app_folder(app, NULL);
	g_autoptr(Mailstore) store = folder != NULL ? mailstore_open(folder, DB_READ, APP_WAIT_MS, error) : NULL;
	GVariant *files = store != NULL ? mailstore_get_rules(store, NULL, &hash, error) : NULL;
	if (files == NULL && (error == NULL || *error == NULL))
		app_usage(error, "classify: no rules: name them with --rules FILE, in the configuration, or name an archive");
	return files;
}

gboolean
cmd_classify(struct app *app, int argc, char **argv, GError **error)
{
	g_auto(GStrv) named = NULL;
	const GOptionEntry entries[] = {
	    {"rules", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &named, "file by these rules (may be repeated)", "FILE"},
	    G_OPTION_ENTRY_NULL,
	};
	struct classifying c = {.app = app};
	g_autoptr(Reader) reader = NULL;
	g_autoptr(GVariant) rules = NULL;
	gboolean done, ok = TRUE;

	if (!app_parse(app, "classify", entries, &argc, &argv, &done, error) || done)
		return done;
	if (app->format == FORMAT_CSV)
		return app_usage(error, "classify: text or json");
	if ((c.reader = reader = reader_new(READER_MANY, NULL, error)) == NULL || (rules = find_rules(app, named, error)) == NULL)
		return FALSE;
	reader_set_rules(reader, rules);
	g_autoptr(GPtrArray) targets = reader_rules_targets(reader, error);
	if (targets == NULL)
		return FALSE;
	g_autofree char *pdf_program = c.pdf_program = convert_pdf_program();
	for (int i = 1; ok && i < argc; i++)
		ok = submit(&c, argv[i], error);
	if (argc == 1)
		ok = submit_file(&c, "-", error);
	collect(&c, TRUE);
	if (ok && c.failed > 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%u could not be read", c.failed);
	return ok && c.failed == 0;
}
