/* peak FILE COMMAND...: runs COMMAND with FILE on standard input and prints the largest resident memory of any one of its processes, the ones it left
 * behind included. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	pid_t pid;
	int status = 1;

	if (argc < 3)
		return 64;
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* a delivery does not wait for its reader's end */
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, argv[1], O_RDONLY, 0);
	if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ) == 0)
		waitpid(pid, &status, 0);
	while (wait(NULL) > 0)
		continue;
	getrusage(RUSAGE_CHILDREN, &usage); /* of the command and of every child it waited for: the larger one */
	printf("%s: status %d, peak %ld MB\n", argv[1], status, usage.ru_maxrss / 1024);
	return status == 0 ? 0 : 1;
}
