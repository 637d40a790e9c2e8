/* pair N NAME COMMAND... -- COMMAND...: runs both in turn N times after one warm-up, what they print thrown away, and prints one line: medians, the ratio, its
 * spread (the middle half of the N ratios), the ratio of the medians of processor time, which a busy machine disturbs less, and the largest resident memory of
 * the first. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* Milliseconds of one run; negative when it failed. *PROCESSOR gets those of the processor, *MEMORY its peak in kB. */
static double
run(char **command, double *processor, long *memory)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage = {0};
	double start = now();
	pid_t pid;
	int status = 1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) == 0)
		wait4(pid, &status, 0, &usage);
	posix_spawn_file_actions_destroy(&actions);
	*processor = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
	*memory = usage.ru_maxrss > *memory ? usage.ru_maxrss : *memory;
	return status == 0 ? now() - start : -1;
}

int
main(int argc, char **argv)
{
	char **commands[2] = {argv + 3, NULL};
	int runs = argc > 5 ? atoi(argv[1]) : 0;
	double *times[2] = {calloc((size_t)runs + 1, sizeof(double)), calloc((size_t)runs + 1, sizeof(double))},
	       *ratios = calloc((size_t)runs + 1, sizeof(double));
	double *processor[2] = {calloc((size_t)runs + 1, sizeof(double)), calloc((size_t)runs + 1, sizeof(double))};
	long memory[2] = {0, 0};

	for (int i = 3; i < argc && commands[1] == NULL; i++)
		if (strcmp(argv[i], "--") == 0 && i > 3) {
			argv[i] = NULL;
			commands[1] = argv + i + 1;
		}
	if (runs <= 0 || commands[1] == NULL) {
		fputs("usage: pair N NAME COMMAND... -- COMMAND...\n", stderr);
		return 64;
	}
	for (int i = -1; i < runs; i++) {
		for (int side = 0; side < 2; side++) {
			double used, time = run(commands[side], &used, &memory[side]);

			if (time < 0) {
				fprintf(stderr, "%s: %s failed\n", argv[2], commands[side][0]);
				return 1;
			}
			if (i >= 0) {
				times[side][i] = time;
				processor[side][i] = used;
			}
		}
		if (i >= 0)
			ratios[i] = times[0][i] / times[1][i];
	}
	for (int side = 0; side < 2; side++) {
		qsort(times[side], (size_t)runs, sizeof(double), compare);
		qsort(processor[side], (size_t)runs, sizeof(double), compare);
	}
	qsort(ratios, (size_t)runs, sizeof(double), compare);
	printf("%-44s %7.1f ms %8.1f ms  ratio %.2f (%.2f-%.2f), processor %.2f  %.0f MB\n", argv[2], times[0][runs / 2], times[1][runs / 2],
	    times[0][runs / 2] / times[1][runs / 2], ratios[runs / 4], ratios[runs - 1 - runs / 4], processor[0][runs / 2] / processor[1][runs / 2],
	    (double)memory[0] / 1024);
	return 0;
}
