#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/confine.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* STANDS_BY: it forks what converts, and each of these takes the right to fork from itself. */
static void
set_limits(gboolean stands_by)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	lower(RLIMIT_CORE, 0);
	lower(RLIMIT_FSIZE, 0);
	if (!stands_by)
		lower(RLIMIT_NPROC, 0);
	lower(RLIMIT_NOFILE, 64);
	lower(RLIMIT_CPU, LIMIT_CONVERTER_SECONDS);
}

#if HAVE_LANDLOCK
#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ_FOLDER (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RUN LANDLOCK_ACCESS_FS_EXECUTE

static void
allow(int rules, const char *path, guint64 folder_rights, guint64 file_rights)
{
	struct landlock_path_beneath_attr rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
	struct stat about;

	if (rule.parent_fd < 0)
		return; /* what is not there need not be allowed */
	if (fstat(rule.parent_fd, &about) == 0) {
		rule.allowed_access = S_ISDIR(about.st_mode) ? folder_rights : file_rights;
		(void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	close(rule.parent_fd);
}

static void
close_files(const char *program)
{
	static const char *const folders[] = {"/usr", "/lib", "/lib64", "/lib32"};
	static const char *const readable[] = {"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.preload", "/etc/fonts", "/etc/alternatives"};
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	/* struct landlock_ruleset_attr as of ABI 6, as in base/sandbox.c */
	guint64 attributes[3] = {(G_GUINT64_CONSTANT(1) << (abi >= 5 ? 16 : MIN(12 + abi, 15))) - 1, abi >= 4 ? 3 : 0, abi >= 6 ? 3 : 0};
	int rules;

	if (abi < 1)
		return;
	rules = (int)syscall(SYS_landlock_create_ruleset, attributes, (abi >= 6 ? 3 : abi >= 4 ? 2 : 1) * sizeof *attributes, 0);
	if (rules < 0)
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
		allow(rules, folders[i], READ_FOLDER | RUN, READ_FILE | RUN);
	for (gsize i = 0; i < G_N_ELEMENTS(readable); i++)
		allow(rules, readable[i], READ_FOLDER, READ_FILE);
	allow(rules, program, 0, READ_FILE | RUN);
	(void)syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
}
#else
static void
close_files(G_GNUC_UNUSED const char *program)
{
}
#endif

#ifdef HAVE_SECCOMP
/* What a program needs to start, to read files and memory, and to end. The rest fails with EPERM: no socket, no process, no signal to another. */
static const int needed[] = {SCMP_SYS(execve), SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(open),
    SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(stat64), SCMP_SYS(fstat64), SCMP_SYS(fstatat64), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(ioctl), SCMP_SYS(dup), SCMP_SYS(dup2),
    SCMP_SYS(dup3), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(futex),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrlimit), SCMP_SYS(arch_prctl), SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group)};

/* fcntl(2) could have another process of the user signalled by a pipe, with SIGKILL too, and prlimit(2) could take its processor time or its files away. */
static gboolean
allow_in_itself(scmp_filter_ctx filter)
{
	static const guint commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};

	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		struct scmp_arg_cmp is = SCMP_A1(SCMP_CMP_MASKED_EQ, G_MAXUINT32, commands[i]);

		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, is) != 0 ||
		    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl64), 1, is) != 0)
			return FALSE;
	}
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, G_MAXUINT32, 0)) == 0;
}

/* What a program that stands by does beside that, and forbids to what it forks (src/standby-preload.c). */
static gboolean
allow_standing_by(scmp_filter_ctx filter)
{
#if HAVE_LANDLOCK
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SYS_landlock_create_ruleset, 0) != 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SYS_landlock_restrict_self, 0) != 0)
		return FALSE;
#endif
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_EQ, CLONE_PARENT | SIGCHLD)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 0) == 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 0) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 0) == 0;
}

static void
close_calls(gboolean stands_by)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	gboolean ok = filter != NULL;

	for (gsize i = 0; ok && i < G_N_ELEMENTS(needed); i++)
		ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, needed[i], 0) == 0;
	ok = ok && allow_in_itself(filter);
	if (stands_by)
		ok = ok && allow_standing_by(filter);
	else /* abort() signals its own process */
		ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) == 0;
	if (ok)
		(void)seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
}
#else
static void
close_calls(G_GNUC_UNUSED gboolean stands_by)
{
}
#endif

/* Becomes ARGV, with STANDARD as its three first descriptors and MORE behind them, or -1s. */
static void G_GNUC_NORETURN
become(char *const argv[], char *const environment[], const int standard[3], const int more[2])
{
	gboolean stands_by = more[0] >= 0;
	int copies[5];

	for (int i = 0; i < 5; i++)
		copies[i] = fcntl(i < 3 ? standard[i] : more[i - 3], F_DUPFD_CLOEXEC, 10);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	for (int i = 0; i < (stands_by ? 5 : 3); i++)
		if (dup2(copies[i], i) < 0)
			_exit(127);
	if (chdir("/") != 0)
		_exit(127);
	close_range(stands_by ? 5 : 3, ~0U, 0);
	set_limits(stands_by);
	close_files(argv[0]);
	close_calls(stands_by);
	lower(RLIMIT_AS, LIMIT_CONVERTER_MEMORY); /* last: this process may have more than that itself */
	execve(argv[0], argv, environment);
	_exit(127);
}

void
confine_exec(char *const argv[], int input, int output, int says)
{
	static char *const environment[] = {(char *)"LC_ALL=C.UTF-8", NULL};

	become(argv, environment, (const int[]){input, output, says}, (const int[]){-1, -1});
}

void
confine_stand_by(char *const argv[], int socket, int preload)
{
	static char *const environment[] = {(char *)"LC_ALL=C.UTF-8", (char *)"LD_BIND_NOW=1", (char *)"LD_PRELOAD=/proc/self/fd/4", NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	become(argv, environment, (const int[]){null, null, null}, (const int[]){socket, preload});
}
