#include "intake/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "base/limits.h"

/* Byte ranges of a file that is there anyway: such locks (F_OFD_SETLK) and the writers' queue on the whole file (flock) do not know of one another. */
#define FILE_NAME "lock.index"
#define FIRST_BYTE 1024

/* A turn for each processor, of which the kernel is asked in one call: sysconf(3) opens and reads a file for it. */
static int
count_turns(void)
{
	cpu_set_t processors;
	int count = LIMIT_TURNS; /* of more than the set has room for */

	if (sched_getaffinity(0, sizeof processors, &processors) == 0)
		count = CPU_COUNT(&processors);
	return CLAMP(count, 1, LIMIT_TURNS);
}

int
turn_take(const char *folder, gboolean *free)
{
	g_autofree char *path = g_build_filename(folder, FILE_NAME, NULL);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), turns = count_turns();

	*free = TRUE;
	for (int i = 0; fd >= 0 && i < turns; i++) {
		struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = FIRST_BYTE + i, .l_len = 1};

		if (fcntl(fd, F_OFD_SETLK, &range) == 0)
			return fd;
		if (errno != EAGAIN && errno != EACCES)
			break;
		*free = i + 1 < turns;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}
