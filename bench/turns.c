/*
 * turns [-n TURNS] [-w WARM-UPS] [-p PREPARE] [-i MESSAGE] NAME COMMAND... [-- NAME COMMAND...]...: runs all commands in turn, TURNS times after the warm-ups.
 *
 * -p  a shell command, run before each of them with the NAME as its argument and not measured
 * -i  a file put on standard input, each time with another number at its end and in place of the letters NNNNNNNN in it, so that nothing is the same twice
 *
 * Prints for each side, between tabs: NAME, turns, of the clock in ms: median, least, most, what 9 of 10 stay under; processor ms (user and system, of all its
 * processes, those it left behind included); peak MB of any one of its processes; and of the ratios of the first side's time to its own, turn by turn: median,
 * lower and upper end (of all with up to 8 turns, else of the middle half); the ratio of the medians of processor time.
 */
#include <fcntl.h>
#include <glib.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIDES 16
#define FEW_TURNS 8 /* up to these many the spread is that of all */

struct side {
	char **command; /* its name first */
	double *wall, *processor, *ratio;
	long peak; /* kB */
};

struct bench {
	struct side sides[SIDES];
	int count, turns, warm_ups;
	const char *prepare;
	char *message;
	gsize length;
	char *mark;
	guint number;
	int input, errors;
};

static int
by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double
milliseconds(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3 + (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
}

static gboolean
prepare(const struct bench *bench, const char *name)
{
	char *arguments[] = {(char *)"sh", (char *)"-c", NULL, (char *)"prepare", (char *)name, NULL};
	g_autofree char *command = g_strconcat(bench->prepare, " \"$1\" > /dev/null", NULL);
	pid_t pid;
	int status = 1;

	arguments[2] = command;
	if (posix_spawnp(&pid, "sh", NULL, NULL, arguments, environ) == 0)
		waitpid(pid, &status, 0);
	return status == 0;
}

static gboolean
set_input(struct bench *bench)
{
	char digits[16];
	int length = snprintf(digits, sizeof digits, "%08u\n", bench->number++ % 100000000u);

	if (bench->mark != NULL)
		memcpy(bench->mark, digits, 8);
	return ftruncate(bench->input, 0) == 0 && pwrite(bench->input, bench->message, bench->length, 0) == (ssize_t)bench->length &&
	       pwrite(bench->input, digits, (size_t)length, (off_t)bench->length) == length && lseek(bench->input, 0, SEEK_SET) == 0;
}

/* FALSE when it failed. */
static gboolean
run(struct bench *bench, struct side *side, double *wall, double *processor)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage = {0};
	gint64 start;
	pid_t pid;
	int status = 1;

	if ((bench->prepare != NULL && !prepare(bench, side->command[0])) || (bench->message != NULL && !set_input(bench)) || ftruncate(bench->errors, 0) != 0)
		return FALSE;
	posix_spawn_file_actions_init(&actions);
	if (bench->message != NULL)
		posix_spawn_file_actions_adddup2(&actions, bench->input, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, bench->errors, STDERR_FILENO);
	start = g_get_monotonic_time();
	if (posix_spawnp(&pid, side->command[1], &actions, NULL, side->command + 1, environ) == 0)
		wait4(pid, &status, 0, &usage);
	*wall = (double)(g_get_monotonic_time() - start) / 1e3;
	posix_spawn_file_actions_destroy(&actions);
	*processor = milliseconds(&usage);
	side->peak = MAX(side->peak, usage.ru_maxrss);
	while (wait4(-1, NULL, 0, &usage) > 0) { /* what it left behind: it must not disturb the next */
		*processor += milliseconds(&usage);
		side->peak = MAX(side->peak, usage.ru_maxrss);
	}
	return status == 0;
}

static void
tell_failure(const struct bench *bench, const struct side *side)
{
	char said[2001] = "";
	ssize_t length = pread(bench->errors, said, sizeof said - 1, 0);

	fprintf(stderr, "turns: %s failed: %.*s\n", side->command[0], (int)MAX(length, 0), said);
}

static gboolean
run_all(struct bench *bench)
{
	for (int turn = -bench->warm_ups; turn < bench->turns; turn++)
		for (int i = 0; i < bench->count; i++) {
			struct side *side = &bench->sides[i];
			double wall, processor;

			if (!run(bench, side, &wall, &processor)) {
				tell_failure(bench, side);
				return FALSE;
			}
			if (turn < 0)
				continue;
			side->wall[turn] = wall;
			side->processor[turn] = processor;
			side->ratio[turn] = bench->sides[0].wall[turn] / wall;
		}
	return TRUE;
}

static void
print(struct bench *bench)
{
	int n = bench->turns, outer = n > FEW_TURNS ? n / 4 : 0;

	for (int i = 0; i < bench->count; i++) {
		const struct side *side = &bench->sides[i];

		qsort(side->wall, (gsize)n, sizeof(double), by_value);
		qsort(side->processor, (gsize)n, sizeof(double), by_value);
		qsort(side->ratio, (gsize)n, sizeof(double), by_value);
		printf("%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.1f\t%.4f\t%.4f\t%.4f\t%.4f\n", side->command[0], n, side->wall[n / 2], side->wall[0],
		    side->wall[n - 1], side->wall[n * 9 / 10], side->processor[n / 2], (double)side->peak / 1024, side->ratio[n / 2], side->ratio[outer],
		    side->ratio[n - 1 - outer], bench->sides[0].processor[n / 2] / MAX(side->processor[n / 2], 1e-3));
	}
}

static gboolean
read_arguments(struct bench *bench, int argc, char **argv)
{
	const char *message = NULL;
	int option;

	while ((option = getopt(argc, argv, "+n:w:p:i:")) != -1)
		if (option == 'n')
			bench->turns = atoi(optarg);
		else if (option == 'w')
			bench->warm_ups = atoi(optarg);
		else if (option == 'p')
			bench->prepare = optarg;
		else if (option == 'i')
			message = optarg;
		else
			return FALSE;
	for (int i = optind, first = optind; i <= argc; i++) {
		if (i < argc && strcmp(argv[i], "--") != 0)
			continue;
		if (i - first < 2 || bench->count == SIDES)
			return FALSE;
		argv[i] = NULL;
		bench->sides[bench->count++].command = argv + first;
		first = i + 1;
	}
	if (message != NULL && !g_file_get_contents(message, &bench->message, &bench->length, NULL))
		return FALSE;
	bench->mark = message != NULL ? strstr(bench->message, "NNNNNNNN") : NULL;
	return bench->turns > 0 && bench->warm_ups >= 0;
}

int
main(int argc, char **argv)
{
	struct bench bench = {.turns = 3, .number = (guint)getpid() * 1000u};

	if (!read_arguments(&bench, argc, argv)) {
		fputs("usage: turns [-n TURNS] [-w WARM-UPS] [-p PREPARE] [-i MESSAGE] NAME COMMAND... [-- NAME COMMAND...]...\n", stderr);
		return 64;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	bench.input = memfd_create("message", MFD_CLOEXEC);
	bench.errors = memfd_create("errors", MFD_CLOEXEC);
	for (int i = 0; i < bench.count; i++) {
		bench.sides[i].wall = g_new0(double, bench.turns);
		bench.sides[i].processor = g_new0(double, bench.turns);
		bench.sides[i].ratio = g_new0(double, bench.turns);
	}
	if (!run_all(&bench))
		return 1;
	print(&bench);
	return 0;
}
