#include "intake/desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "intake/reader-private.h"

#define WAIT_US (60 * G_USEC_PER_SEC)
#define RECEIVED 1550048400

static const char rule_file[] = "[taxonomy bus]\ntitle = Buses\n\n[workstream w]\ntitle = Money\n\n[topic w.fares]\ntitle = Fares\nkeyword = fares\n";

static void
set_rules(struct reader *reader)
{
	GVariantBuilder builder;
	g_autoptr(GPtrArray) targets = NULL;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
	g_variant_builder_add(&builder, "(ss)", "bus.rules", rule_file);
	reader_set_rules(reader, g_variant_builder_end(&builder));
	targets = reader_rules_targets(reader, NULL);
	assert_non_null(targets);
}

/* A letter with TEXT in a document. */
static GBytes *
letter(const char *text)
{
	char *bytes = g_strdup_printf("From: a@example.org\nSubject: see below\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHere.\n"
	                              "--b\nContent-Type: application/rtf\nContent-Disposition: attachment; filename=a.rtf\n\n{\\rtf1\\ansi %s\\par}\n--b--\n",
	    text);

	return g_bytes_new_take(bytes, strlen(bytes));
}

static struct record *
read_letter(struct reader *reader, GBytes *bytes)
{
	struct reading reading = {0};

	reader_submit(reader, 1, bytes, RECEIVED);
	assert_true(reader_collect(reader, -1, &reading));
	assert_non_null(reading.record);
	return reading.record;
}

/* What waits for a converter, without a process that would tell. */
static struct record *
waiting_record(void)
{
	struct record *record = record_new();
	struct record_part *part = record_add_part(record, "2", "application/rtf");

	part->attachment = TRUE;
	part->remark = g_strdup(REMARK_WAITING);
	return record;
}

/* Documents come back as text of their messages, filed by the rules of the reader beside whose they are read; a message without one is not taken. */
static void
test_converts(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Desk) desk = desk_new(reader, NULL);
	g_autoptr(GBytes) plain = g_bytes_new_static("Subject: s\n\ntext\n", 17);
	g_autoptr(Record) plain_record = NULL;
	g_auto(Reading) none = {0};

	set_rules(reader);
	plain_record = read_letter(reader, plain);
	assert_false(desk_submit(desk, 1, plain, plain_record, RECEIVED));
	assert_false(desk_has(desk, 1));
	for (gint64 i = 2; i < 20; i++) {
		g_autoptr(GBytes) bytes = letter(i % 2 == 0 ? "The fares are too high." : "Nothing of the kind.");
		g_autoptr(Record) record = read_letter(reader, bytes);

		assert_null(record_find_filing(record, TARGET_TOPIC, "w.fares"));
		assert_true(desk_submit(desk, i, bytes, record, RECEIVED));
		assert_true(desk_has(desk, i));
	}
	for (gint64 i = 19; i >= 2; i--) {
		g_auto(Reading) reading = {0};

		assert_true(desk_collect(desk, i, -1, &reading));
		assert_non_null(reading.record);
		assert_int_equal(record_find_filing(reading.record, TARGET_TOPIC, "w.fares") != NULL, i % 2 == 0);
		assert_false(desk_has(desk, i));
	}
	assert_true(desk_collect(desk, 2, 0, &none));
	assert_null(none.record);
}

/* A PDF where there is no program for it is not taken. */
static void
test_waits(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Desk) desk = desk_new(reader, NULL);
	g_autoptr(Record) record = waiting_record();
	g_autoptr(GBytes) bytes = letter("x");
	struct record_part *part = record->parts->pdata[0];

	g_free(part->remark);
	part->remark = g_strdup(REMARK_WAITING_PDF);
	assert_false(desk_submit(desk, 1, bytes, record, RECEIVED));
}

/* There is an end to what the desk takes. */
static void
test_room(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(Desk) desk = desk_new(reader, NULL);
	g_autoptr(Record) record = waiting_record();
	g_autoptr(GBytes) large = g_bytes_new_take(g_malloc0(LIMIT_DESK_BYTES + 1), LIMIT_DESK_BYTES + 1);

	assert_false(desk_submit(desk, 1, large, record, RECEIVED));
	assert_false(desk_has(desk, 1));
}

/* What the tests tell the processes that read. */
static volatile int *gate;

/* In place of reading: nothing is answered before the gate is open, and then the process ends. */
static void
wait_at_gate(G_GNUC_UNUSED int fd)
{
	while (!*gate)
		g_usleep(1000);
	_exit(0);
}

/* Other rules come: nothing that was read by the old ones is on its way after that. And a desk with work on it can be left. */
static void
test_change(void **state)
{
	struct worker worker = {.planted = wait_at_gate};
	g_autoptr(Reader) reader = NULL;
	g_autoptr(Desk) desk = NULL;
	g_autoptr(Record) record = waiting_record();
	g_autoptr(GBytes) bytes = letter("x");
	g_auto(Reading) reading = {0};

	gate = mmap(NULL, sizeof *gate, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(gate != MAP_FAILED);
	reader = reader_new_planted(READER_MANY, &worker, WAIT_US, NULL);
	desk = desk_new(reader, NULL);
	for (gint64 i = 1; i <= 3; i++)
		assert_true(desk_submit(desk, i, bytes, record, RECEIVED));
	assert_false(desk_collect(desk, 3, 1000, &reading));
	*gate = 1;
	desk_change_rules(desk);
	for (gint64 i = 1; i <= 3; i++) {
		assert_true(desk_collect(desk, i, 0, &reading));
		assert_null(reading.record);
	}
	assert_true(desk_submit(desk, 4, bytes, record, RECEIVED));
	g_clear_pointer(&desk, desk_free);
	munmap((void *)gate, sizeof *gate);
}

/* What nobody will ask for leaves the desk, also when it is in the thread's hands, and nobody waits for that. */
static void
test_drop(void **state)
{
	struct worker worker = {.planted = wait_at_gate};
	g_autoptr(Reader) reader = NULL;
	g_autoptr(Desk) desk = NULL;
	g_autoptr(Record) record = waiting_record();
	g_autoptr(GBytes) bytes = letter("x");
	g_auto(Reading) reading = {0};

	gate = mmap(NULL, sizeof *gate, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(gate != MAP_FAILED);
	reader = reader_new_planted(READER_MANY, &worker, WAIT_US, NULL);
	desk = desk_new(reader, NULL);
	for (gint64 i = 1; i <= 2; i++)
		assert_true(desk_submit(desk, i, bytes, record, RECEIVED));
	g_usleep(10000); /* the first is begun then, as a rule */
	for (gint64 i = 1; i <= 3; i++) {
		desk_drop(desk, i);
		assert_false(desk_has(desk, i));
		assert_true(desk_collect(desk, i, -1, &reading));
		assert_null(reading.record);
	}
	*gate = 1;
	desk_change_rules(desk); /* which awaits what was begun */
	assert_true(desk_submit(desk, 1, bytes, record, RECEIVED));
	g_clear_pointer(&desk, desk_free);
	munmap((void *)gate, sizeof *gate);
}

/* How a program ended that the small process forked. */
static int
run(struct reader *reader, const char *program, const char *argument)
{
	char *const argv[] = {(char *)program, (char *)argument, NULL};
	int pair[2], status = -1;
	gint64 end = g_get_monotonic_time() + WAIT_US;
	pid_t pid = -1;

	assert_int_equal(pipe(pair), 0);
	assert_true(reader_confine(reader, argv, (const int[]){pair[0], pair[1], pair[1]}, &pid));
	assert_true(pid > 0);
	close(pair[0]);
	close(pair[1]);
	while (!reader_has_ended(reader, pid, &status) && g_get_monotonic_time() < end)
		g_usleep(1000);
	return status;
}

/* Programs that convert are forked by the small process, and how they ended is told; also when there is no such program. */
static void
test_programs(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autofree char *works = g_find_program_in_path("true"), *fails = g_find_program_in_path("false"), *long_word = g_strnfill(20000, 'x');
	char *const argv[] = {works, long_word, NULL};
	pid_t pid;

	assert_true(WIFEXITED(run(reader, works, NULL)) && WEXITSTATUS(run(reader, works, "x")) == 0);
	assert_int_equal(WEXITSTATUS(run(reader, fails, NULL)), 1);
	assert_int_equal(WEXITSTATUS(run(reader, "/nowhere/at/all", NULL)), 127);
	assert_false(reader_confine(reader, argv, (const int[]){0, 1, 2}, &pid));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_converts),
	    cmocka_unit_test(test_waits),
	    cmocka_unit_test(test_room),
	    cmocka_unit_test(test_change),
	    cmocka_unit_test(test_drop),
	    cmocka_unit_test(test_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
