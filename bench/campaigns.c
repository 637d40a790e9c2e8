/* Letters of one campaign put into an index, nothing else: campaigns LETTERS FOLDER. Prints microseconds a letter: of the processor, and of the clock in the
 * slowest thousand. With "unlike" no letter is like another, with "passage" half of each is a passage that all share. */
#include "archive/index.h"
#include "base/error.h"
#include "base/hash.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BATCH 1000 /* letters a transaction, as an import has them */

static const char *const sentences[] = {
    "I am writing about the way in which the old harbour is looked after.",
    "The plan for the next five years leaves out what matters most to those who live beside it.",
    "Notices of a closed quay come three days before it closes, and a school or a shop cannot act in three days.",
    "The reports on the water are published as pictures of tables, which nobody can search.",
    "We ask for plain files, every month, at a place that does not move.",
    "The office answers in one language only, and people who write in another wait for weeks.",
};

/* Each letter has its own signer, one in three a sentence of its own, one in five a word changed. */
static struct record *
letter_record(guint i, const char *way)
{
	g_autoptr(GString) text = g_string_new(i % 2 == 0 ? "Dear team,\n\n" : "Good morning,\n\n");
	g_autofree char *address = g_strdup_printf("signer%u@example.org", i);
	g_autofree char *id = g_strdup_printf("%u@example.org", i);
	struct record *record = record_new();

	for (guint n = 0; n < G_N_ELEMENTS(sentences); n++)
		if (way == NULL || (n < 3 && strcmp(way, "passage") == 0))
			g_string_append_printf(text, "%s%s\n", i % 5 == n ? "Indeed: " : "", sentences[n]);
		else
			for (guint word = 0; word < 15; word++)
				g_string_append_printf(text, "w%x ", (guint)(hash_quick(&(guint[]){i, n, word}, 12) % 20000));
	if (i % 3 == 0)
		g_string_append_printf(text, "On the %uth of the month I waited for %u hours.\n", i % 31, i);
	g_string_append_printf(text, "\nYours, Signer %u of Street %u\n", i, i % 977);
	record->message_id = g_strdup(id);
	record->author_address = g_strdup(address);
	record->author_name = g_strdup("Signer");
	record->subject = g_strdup("the harbour");
	record->subject_base = g_strdup("the harbour");
	record->words = 80;
	record_add_address(record, ROLE_FROM, "Signer", address);
	record_add_part(record, "1", "text/plain")->read = TRUE;
	record_add_passage(record, PASSAGE_SUBJECT, 0, "the harbour", -1);
	record_add_passage(record, PASSAGE_NEW, 0, text->str, -1);
	return record;
}

static gboolean
fill(struct index *index, guint letters, const char *way, gint64 *worst, GError **error)
{
	for (guint i = 0; i < letters; i++) {
		g_autoptr(Record) record = letter_record(i, way);
		struct hash hash = hash_bytes(record->message_id, strlen(record->message_id));
		g_autofree char *public_id = hash_base32(&hash, 16);
		struct entry entry = {
		    .seq = i + 1, .content = i + 1, .type = "delivery", .received = 1550000000 + i, .public_id = public_id, .source = "import"};
		static gint64 begun;

		if (i % BATCH == 0) {
			begun = g_get_monotonic_time();
			if (!index_begin(index, error))
				return FALSE;
		}
		if (!index_apply_delivery(index, &entry, record, NULL, "r", error))
			return FALSE;
		if ((i + 1) % BATCH == 0 || i + 1 == letters) {
			if (!index_commit(index, error))
				return FALSE;
			*worst = MAX(*worst, g_get_monotonic_time() - begun);
		}
	}
	return TRUE;
}

int
main(int argc, char **argv)
{
	guint letters = argc > 2 ? (guint)atoi(argv[1]) : 0;
	g_autoptr(GError) error = NULL;
	g_autoptr(Index) index = letters > 0 && g_mkdir(argv[2], 0700) == 0 ? index_open(argv[2], DB_CREATE, 1000, &error) : NULL;
	gint64 worst = 0;
	struct rusage usage;

	if (index == NULL || !index_reset(index, "bench", &error) || !fill(index, letters, argv[3], &worst, &error)) {
		fprintf(stderr, "campaigns LETTERS NEW-FOLDER [unlike|passage]: %s\n", error != NULL ? error->message : "no such number or folder");
		return 1;
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%.1f %.1f\n", ((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / letters,
	    (double)worst / MIN(letters, BATCH));
	return 0;
}
