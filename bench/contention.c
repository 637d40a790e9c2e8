/* contention N ROUNDS FILE COMMAND...: runs COMMAND with FILE on standard input, alone N times and then N at once, in ROUNDS turns, each time with another
 * number in place of the letters NNNNNNNN in its Message-ID and at its end; prints the median of one alone, and what 99 of 100 of those at once stay under. */
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 1000 /* at once */

struct message {
	char *text, *mark;
	size_t length;
};

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

/* A file in memory with message NUMBER; negative when there is none. */
static int
make_input(struct message *message, unsigned number)
{
	char digits[16];
	int fd = memfd_create("message", MFD_CLOEXEC), length = snprintf(digits, sizeof digits, "%08u\n", number % 100000000u);

	if (message->mark != NULL)
		memcpy(message->mark, digits, 8);
	if (fd < 0 || write(fd, message->text, message->length) != (ssize_t)message->length || write(fd, digits, length) != length ||
	    lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	return fd;
}

static pid_t
start(char **command, int fd)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Starts AT_ONCE of them and writes the milliseconds that each took from its start; 0 when one failed. */
static int
run(struct message *message, char **command, int at_once, unsigned first, double *times)
{
	pid_t pids[MOST];
	double begun[MOST];
	int fds[MOST];

	for (int i = 0; i < at_once; i++)
		if ((fds[i] = make_input(message, first + i)) < 0)
			return 0;
	for (int i = 0; i < at_once; i++) {
		begun[i] = now();
		if ((pids[i] = start(command, fds[i])) < 0)
			return 0;
	}
	for (int left = at_once; left > 0; left--) {
		int status;
		pid_t pid = wait(&status);

		if (pid < 0 || status != 0)
			return 0;
		for (int i = 0; i < at_once; i++)
			if (pids[i] == pid)
				times[i] = now() - begun[i];
	}
	for (int i = 0; i < at_once; i++)
		close(fds[i]);
	return 1;
}

static int
read_message(const char *path, struct message *message)
{
	struct stat about;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &about) != 0)
		return 0;
	message->length = about.st_size;
	message->text = calloc(1, message->length + 1);
	if (read(fd, message->text, message->length) != (ssize_t)message->length)
		return 0;
	message->mark = strstr(message->text, "NNNNNNNN");
	close(fd);
	return 1;
}

int
main(int argc, char **argv)
{
	int at_once = argc > 4 ? atoi(argv[1]) : 0, rounds = argc > 4 ? atoi(argv[2]) : 0, count = at_once * rounds;
	struct message message;
	unsigned number = (unsigned)getpid() * 1000u;

	if (at_once <= 0 || at_once > MOST || rounds <= 0 || !read_message(argv[3], &message)) {
		fputs("usage: contention N ROUNDS FILE COMMAND...\n", stderr);
		return 64;
	}
	double *alone = calloc(count, sizeof *alone), *crowd = calloc(count, sizeof *crowd);
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < at_once; i++)
			if (!run(&message, argv + 4, 1, number++, &alone[round * at_once + i])) {
				fprintf(stderr, "%s failed\n", argv[4]);
				return 1;
			}
		if (!run(&message, argv + 4, at_once, number, &crowd[round * at_once])) {
			fprintf(stderr, "%s failed beside %d others\n", argv[4], at_once - 1);
			return 1;
		}
		number += at_once;
	}
	qsort(alone, count, sizeof *alone, compare);
	qsort(crowd, count, sizeof *crowd, compare);
	printf("alone median %.2f ms; %d at once median %.2f ms, 99 of 100 under %.2f ms, longest %.2f ms, of %d; ratio %.1f\n", alone[count / 2], at_once,
	    crowd[count / 2], crowd[count * 99 / 100], crowd[count - 1], count, crowd[count * 99 / 100] / alone[count / 2]);
	return 0;
}
