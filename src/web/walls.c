#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "web/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
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

#if HAVE_LANDLOCK
#define WRITE_FILE LANDLOCK_ACCESS_FS_WRITE_FILE
#define TRUNCATE_FILE (G_GUINT64_CONSTANT(1) << 14) /* from ABI 3; the headers may be older */

/* The kernel's struct landlock_ruleset_attr as of ABI 4. */
struct ruleset_attributes {
	guint64 files, net;
};

static void
allow(int rules, const char *path, guint64 rights)
{
	struct landlock_path_beneath_attr place = {.allowed_access = rights};
	struct stat about;

	place.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (place.parent_fd < 0)
		return;
	if (fstat(place.parent_fd, &about) == 0 && S_ISDIR(about.st_mode))
		place.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &place, 0);
	close(place.parent_fd);
}

/* The archive is read; only the index's shared memory, in which readers of SQLite note how far they have read, is written. */
static gboolean
close_files(const char *folder)
{
	static const char *const libraries[] = {
		"/usr",
		"/lib",
		"/lib64",
		"/etc/ld.so.cache",
		"/etc/localtime",
		"/dev/urandom",
#if defined(__SANITIZE_ADDRESS__)
		"/proc", /* the search for leaks at the end */
#endif
	};
	static const char *const shared[] = {"index.db-shm", "mail.db-shm"};
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), rules;
	struct ruleset_attributes attributes = {0};
	gboolean ok;

	if (abi < 1)
		return FALSE;
	attributes.files = (G_GUINT64_CONSTANT(1) << (abi >= 5 ? 16 : MIN(12 + abi, 15))) - 1;
	attributes.net = abi >= 4 ? 3 : 0;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, abi >= 4 ? sizeof attributes : sizeof attributes.files, 0);
	if (rules < 0)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(libraries); i++)
		allow(rules, libraries[i], LANDLOCK_ACCESS_FS_READ_FILE);
	allow(rules, folder, LANDLOCK_ACCESS_FS_READ_FILE);
	for (gsize i = 0; i < G_N_ELEMENTS(shared); i++) {
		g_autofree char *path = g_build_filename(folder, shared[i], NULL);

		allow(rules, path, LANDLOCK_ACCESS_FS_READ_FILE | WRITE_FILE | (abi >= 3 ? TRUNCATE_FILE : 0));
	}
	ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return ok;
}
#else
static gboolean
close_files(const char *folder)
{
	return FALSE;
}
#endif

#ifdef HAVE_SECCOMP
/* What a server that only answers has no use for. */
static const int outward[] = {
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
#if !defined(__SANITIZE_ADDRESS__) /* which looks for leaks from a process of its own */
    SCMP_SYS(ptrace),
#endif
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(bpf),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(chroot),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchownat),
    SCMP_SYS(setuid),
    SCMP_SYS(setresuid),
};

/* Threads are made with clone(2); clone3(2) hides its flags from filters, and the C library does without. */
static gboolean
close_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	gboolean ok = filter != NULL;

	for (gsize i = 0; ok && i < G_N_ELEMENTS(outward); i++)
		ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), outward[i], 0) == 0;
#if !defined(__SANITIZE_ADDRESS__)
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	     seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
#endif
	ok = ok && seccomp_load(filter) == 0;
	if (filter != NULL)
		seccomp_release(filter);
	return ok;
}
#else
static gboolean
close_calls(void)
{
	return FALSE;
}
#endif

void
walls_enter(const char *folder, gboolean *landlock, gboolean *calls)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	*landlock = close_files(folder);
	*calls = close_calls();
}
