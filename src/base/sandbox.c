#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/sandbox.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#define HAVE_LANDLOCK 1
#else
#define HAVE_LANDLOCK 0
#endif
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

/* Never above what the process was started with: a hard limit can only be lowered. */
static void
lower(int resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0)
		return;
	limit.rlim_cur = MIN(value, limit.rlim_max);
	limit.rlim_max = limit.rlim_cur;
	setrlimit(resource, &limit);
}

static void
limit_process(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	lower(RLIMIT_CORE, 0);
	lower(RLIMIT_FSIZE, 0);
	lower(RLIMIT_CPU, LIMIT_READER_CPU_SECONDS);
#if !defined(__SANITIZE_ADDRESS__) /* which reserves terabytes of address space */
	g_autofree char *statm = NULL;
	guint64 size = 0;

	if (g_file_get_contents("/proc/self/statm", &statm, NULL, NULL))
		size = g_ascii_strtoull(statm, NULL, 10) * (guint64)sysconf(_SC_PAGESIZE);
	lower(RLIMIT_AS, size + LIMIT_READER_MEMORY);
#endif
}

/* No further descriptor and no further process: the wall that needs nothing of the kernel but its age. Root may fork all the same. */
static void
close_descriptors(void)
{
	lower(RLIMIT_NOFILE, 0);
	lower(RLIMIT_NPROC, 0);
}

#if HAVE_LANDLOCK
/* The kernel's struct landlock_ruleset_attr as of ABI 6: the headers that this is built with may be older than the kernel that it runs on. */
struct ruleset_attributes {
	guint64 files;  /* rights denied: 13 in ABI 1, renaming in 2, truncation in 3, device control in 5 */
	guint64 net;    /* binding and connecting TCP, from ABI 4 */
	guint64 scoped; /* abstract Unix sockets and signals to outside, from ABI 6 */
};

/* Where libraries and converters of charsets are. */
static const char *const library_places[] = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache"};

static void
allow_libraries(int rules)
{
	for (gsize i = 0; i < G_N_ELEMENTS(library_places); i++) {
		struct landlock_path_beneath_attr place = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
		struct stat about;

		place.parent_fd = open(library_places[i], O_PATH | O_CLOEXEC);
		if (place.parent_fd < 0)
			continue;
		if (fstat(place.parent_fd, &about) == 0 && S_ISDIR(about.st_mode))
			place.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
		syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &place, 0);
		close(place.parent_fd);
	}
}

/* The ABI version whose walls stand now. LIBRARIES may be read still. */
static int
close_files(gboolean libraries)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset_attributes attributes = {0};
	gsize size = abi >= 6   ? sizeof attributes
	             : abi >= 4 ? G_STRUCT_OFFSET(struct ruleset_attributes, scoped)
	                        : G_STRUCT_OFFSET(struct ruleset_attributes, net);
	int rules;
	gboolean ok;

	if (abi < 1)
		return 0;
	attributes.files = (G_GUINT64_CONSTANT(1) << (abi >= 5 ? 16 : MIN(12 + abi, 15))) - 1;
	attributes.net = abi >= 4 ? 3 : 0;
	attributes.scoped = abi >= 6 ? 3 : 0;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
	if (rules < 0)
		return 0;
	if (libraries)
		allow_libraries(rules);
	ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return ok ? abi : 0;
}
#else
static int
close_files(gboolean libraries)
{
	return 0;
}
#endif

#ifdef HAVE_SECCOMP
/* What reading does: its socket, memory, time, its own end. */
static const int needed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(mmap2),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#if defined(__SANITIZE_ADDRESS__)
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getppid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(close),
#endif
};

/* What the C library and GLib ask in passing, and can do without an answer to: a missing charset module, the local time zone, whether stderr is a terminal. */
static const int refused[] = {
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(stat64),
    SCMP_SYS(fstat64),
    SCMP_SYS(fstatat64),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(ioctl),
    SCMP_SYS(fcntl),
    SCMP_SYS(lseek),
    SCMP_SYS(prlimit64),
    SCMP_SYS(uname),
};

/* What no library that reading opens has a use for: a first and coarse filter, while files can still be opened. */
static const int outward[] = {
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(kill),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(bpf),
};

const struct calls *
sandbox_outward_calls(void)
{
	static const struct calls calls = {.deadly = outward, .n_deadly = G_N_ELEMENTS(outward), .others = TRUE};

	return &calls;
}

const struct calls *
sandbox_inner_calls(void)
{
	static const struct calls calls = {
	    .allowed = needed, .n_allowed = G_N_ELEMENTS(needed), .refused = refused, .n_refused = G_N_ELEMENTS(refused), .error = EACCES, .own_signal = TRUE};

	return &calls;
}
#else
const struct calls *
sandbox_outward_calls(void)
{
	static const struct calls calls = {.others = TRUE};

	return &calls;
}

const struct calls *
sandbox_inner_calls(void)
{
	return sandbox_outward_calls();
}
#endif
void
sandbox_enter(void)
{
	limit_process();
	close_files(TRUE);
	calls_filter(sandbox_outward_calls());
}

void
sandbox_close(void)
{
	close_files(FALSE);
	close_descriptors();
	calls_filter(sandbox_inner_calls());
}

/* In the child: each wall is put up and then run against. The answer is one byte: the ABI of Landlock, and a bit for each of the others. */
static void G_GNUC_NORETURN
try_walls(int fd)
{
	struct rlimit core;
	struct stat about;
	guint8 found = 0;
	int file, abi;

	sandbox_enter();
	found |= prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 1 : 0;
	abi = close_files(FALSE);
	file = open("/", O_RDONLY | O_CLOEXEC);
	if (file < 0 && errno == EACCES)
		found |= (guint8)(MIN(abi, 31) << 3);
	if (file >= 0)
		close(file);
	close_descriptors();
	if (getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 && dup(fd) < 0)
		found |= 2;
	if (calls_filter(sandbox_inner_calls()) && stat("/", &about) != 0 && errno == EACCES)
		found |= 4;
	_exit(write(fd, &found, 1) == 1 ? 0 : 1);
}

gboolean
sandbox_try(struct sandbox_walls *walls)
{
	guint8 found = 0;
	int pair[2];
	gssize n = 0;
	pid_t pid;

	memset(walls, 0, sizeof *walls);
	if (pipe2(pair, O_CLOEXEC) != 0)
		return FALSE;
	pid = fork();
	if (pid == 0)
		try_walls(pair[1]);
	close(pair[1]);
	if (pid > 0) {
		do
			n = read(pair[0], &found, 1);
		while (n < 0 && errno == EINTR);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close(pair[0]);
	walls->no_new_privs = (found & 1) != 0;
	walls->limits = (found & 2) != 0;
	walls->seccomp = (found & 4) != 0;
	walls->landlock = found >> 3;
	return n == 1;
}
