/* An archive in a scratch folder, filled with hand-made records: for the tests of find and report. */
#ifndef TESTS_UNIT_FIND_FIXTURE_H
#define TESTS_UNIT_FIND_FIXTURE_H

#include "archive/index.h"
#include "archive/mailstore.h"
#include "base/record.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define NOW G_GINT64_CONSTANT(1550052000) /* 2019-02-13T10:00:00Z */
#define DAY 86400

struct fixture {
	char *folder, *archive;
	struct mailstore *store;
	struct index *index;
	gint64 seq; /* of the last entry applied */
};

static inline void
must(gboolean done, GError *error)
{
	if (!done)
		fail_msg("%s", error != NULL ? error->message : "failed without a message");
	assert_null(error);
}

/* FOLDER and the files in it. */
static inline void
remove_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_remove(path);
	}
	g_rmdir(folder);
}

static inline void
fixture_close(struct fixture *fixture)
{
	index_close(fixture->index);
	mailstore_close(fixture->store);
	remove_folder(fixture->archive);
	remove_folder(fixture->folder);
	g_free(fixture->archive);
	g_free(fixture->folder);
	g_free(fixture);
}
typedef struct fixture Fixture;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_close)

/* Applies the one entry that was just made. */
static inline void
fixture_follow(struct fixture *fixture, const struct record *record, const char *unread, const GPtrArray *targets)
{
	GError *error = NULL;
	struct entry entry;

	must(index_begin(fixture->index, &error), error);
	must(mailstore_next(fixture->store, fixture->seq, &entry, &error), error);
	if (g_str_equal(entry.type, "delivery"))
		must(index_apply_delivery(fixture->index, &entry, record, unread, "0123456789abcdef", &error), error);
	else if (g_str_equal(entry.type, "rules"))
		must(index_apply_rules(fixture->index, &entry, targets, &error), error);
	else
		must(index_apply_decision(fixture->index, &entry, &error), error);
	fixture->seq = entry.seq;
	must(index_commit(fixture->index, &error), error);
}

/* Delivers a message whose bytes are TEXT; RECORD (taken over) is what was understood of it, NULL and UNREAD when nothing was. Returns its public id; caller
 * frees. */
static inline char *
fixture_deliver(struct fixture *fixture, const char *text, gint64 received, struct record *record, const char *unread)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
	struct delivery delivery = {.received = received, .source = "deliver"};
	struct kept kept;
	GError *error = NULL;

	must(mailstore_begin(fixture->store, &error), error);
	must(mailstore_add(fixture->store, raw, &delivery, FALSE, &kept, &error), error);
	must(mailstore_commit(fixture->store, &error), error);
	fixture_follow(fixture, record, unread, NULL);
	if (record != NULL)
		record_free(record);
	return g_strdup(kept.public_id);
}

static inline void
fixture_decide(struct fixture *fixture, const char *public_id, gint64 at, const char *action, const char *value, const char *note)
{
	g_autofree char *found = NULL;
	GError *error = NULL;
	gint64 content, seq;

	must(mailstore_resolve(fixture->store, public_id, &content, &found, &error), error);
	must(mailstore_begin(fixture->store, &error), error);
	must(mailstore_add_decision(fixture->store, content, at, "ada", action, value, note, &seq, &error), error);
	must(mailstore_commit(fixture->store, &error), error);
	fixture_follow(fixture, NULL, NULL, NULL);
}

static inline void
fixture_undo(struct fixture *fixture, const char *public_id, gint64 at)
{
	g_auto(TakenBack) taken = {0};
	g_autofree char *found = NULL;
	GError *error = NULL;
	gint64 content, seq;

	must(mailstore_resolve(fixture->store, public_id, &content, &found, &error), error);
	must(mailstore_begin(fixture->store, &error), error);
	must(mailstore_add_undo(fixture->store, content, at, "bo", NULL, &taken, &seq, &error), error);
	must(mailstore_commit(fixture->store, &error), error);
	fixture_follow(fixture, NULL, NULL, NULL);
}

/* A review of bicycle lanes: nothing in the program may know one review from another. */
static inline void
fixture_rules(struct fixture *fixture)
{
	static const struct index_target list[] = {
	    {"workstream", "paths", "Paths and lanes", NULL, "town", "paths@example.org", TRUE, FALSE, 1},
	    {"topic", "paths.width", "Width of lanes", "paths", "town", NULL, TRUE, FALSE, 2},
	    {"topic", "paths.light", "Light at night", "paths", "town", NULL, TRUE, FALSE, 3},
	    {"workstream", "parking", "Parking of bicycles at stations and in front of public buildings", NULL, "town", NULL, TRUE, FALSE, 4},
	    {"topic", "parking.rec1", "Recommendation 1", "parking", "town", NULL, TRUE, FALSE, 5},
	    {"topic", "parking.rec12", "Recommendation 12", "parking", "town", NULL, TRUE, FALSE, 6},
	    {"intent", "question", "Question", NULL, "town", NULL, TRUE, FALSE, 7},
	    {"intent", "consultation", "Consultation", NULL, "town", NULL, TRUE, FALSE, 8},
	    {"intent", "observer", "Wants to look on", NULL, "town", "office@example.org", TRUE, FALSE, 9},
	    {"group", "CYCLISTS", "Cyclists' union", NULL, "town", NULL, TRUE, FALSE, 10},
	    {"workstream", "old1", "Roads (before 2018)", NULL, "town-2017", NULL, FALSE, FALSE, 11},
	};
	g_autoptr(GPtrArray) targets = g_ptr_array_new();
	GVariantBuilder files;
	GError *error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(list); i++)
		g_ptr_array_add(targets, (gpointer)&list[i]);
	g_variant_builder_init(&files, G_VARIANT_TYPE("a(ss)"));
	g_autoptr(GVariant) none = g_variant_ref_sink(g_variant_builder_end(&files));
	must(mailstore_begin(fixture->store, &error), error);
	must(mailstore_add_rules(fixture->store, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", none, NOW - 100 * DAY, &error), error);
	must(mailstore_commit(fixture->store, &error), error);
	fixture_follow(fixture, NULL, NULL, targets);
}

static inline struct fixture *
fixture_open(void)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	GError *error = NULL;
	gboolean made;

	fixture->folder = g_dir_make_tmp("postbag-XXXXXX", &error);
	must(fixture->folder != NULL, error);
	fixture->archive = g_build_filename(fixture->folder, "archive", NULL);
	must(mailstore_create(fixture->archive, &made, &error), error);
	fixture->store = mailstore_open(fixture->archive, DB_WRITE, 1000, &error);
	must(fixture->store != NULL, error);
	fixture->index = index_open(fixture->archive, DB_WRITE, 1000, &error);
	must(fixture->index != NULL, error);
	must(index_begin(fixture->index, &error), error);
	must(index_reset(fixture->index, mailstore_uuid(fixture->store), &error), error);
	must(index_commit(fixture->index, &error), error);
	fixture_rules(fixture);
	return fixture;
}

/* A record of input with NAME's words; more is added by the caller. */
static inline struct record *
fixture_record(const char *name, const char *address, const char *subject, const char *text, gint64 date)
{
	struct record *record = record_new();

	record->author_name = g_strdup(name);
	record->author_address = g_strdup(address);
	record->author_reason = g_strdup("From");
	record->subject = g_strdup(subject);
	record->subject_base = g_strdup(subject);
	record->has_date = TRUE;
	record->date = date;
	record->lang = g_strdup("en");
	record->words = 10;
	record->kind = KIND_INPUT;
	record->kind_reason = g_strdup("no sign of anything else");
	record_add_address(record, ROLE_FROM, name, address);
	record_add_part(record, "1", "text/plain")->read = TRUE;
	record_add_passage(record, PASSAGE_SUBJECT, 0, subject, -1);
	record_add_passage(record, PASSAGE_NEW, 0, text, -1);
	return record;
}

/* Files RECORD under TYPE ID, with the words that say so. */
static inline void
fixture_file(struct record *record, enum record_target type, const char *id, enum record_tier tier, const char *words)
{
	struct record_evidence *evidence;

	record_add_filing(record, type, id, "town", tier);
	if (words == NULL)
		return;
	evidence = record_add_evidence(record, type, id, tier, "keyword", words, "town.rules", 7);
	evidence->words = g_strdup(words);
	evidence->passage = -1;
}

#endif
