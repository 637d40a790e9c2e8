/* shutdown LOG FOLDER...: cuts the power of the ext4 file systems mounted there: whatever is not on disk yet never gets there, and they answer EIO from now on.
 * Prints how many bytes LOG, which is elsewhere, had at the last moment with power. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXT4_SHUTDOWN _IOR('X', 125, uint32_t) /* EXT4_IOC_SHUTDOWN: not in the headers for programs before Linux 6.5 */
#define NO_LOG_FLUSH 2                         /* EXT4_GOING_FLAGS_NOLOGFLUSH: the journal in memory is lost as well */

int
main(int argc, char **argv)
{
	struct stat log = {0};
	int fds[8];

	if (argc < 3 || argc > 9) {
		fputs("usage: shutdown LOG FOLDER...\n", stderr);
		return 64;
	}
	for (int i = 2; i < argc; i++)
		if ((fds[i - 2] = open(argv[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
			perror(argv[i]);
			return 1;
		}
	if (stat(argv[1], &log) != 0) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		uint32_t flags = NO_LOG_FLUSH;

		if (ioctl(fds[i - 2], EXT4_SHUTDOWN, &flags) != 0) {
			perror(argv[i]);
			return 1;
		}
	}
	printf("%lld\n", (long long)log.st_size);
	return 0;
}
