#include "base/calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sandbox.h"

#define PID 4711

/* The kernel's reading of the steps that a filter is made of; fails the test at any other. */
static guint32
run(const GArray *program, const struct seccomp_data *data)
{
	guint32 a = 0, x = 0;

	for (guint at = 0; at < program->len; at++) {
		const struct sock_filter *step = &g_array_index(program, struct sock_filter, at);
		guint32 k = step->k;

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(k % 4 == 0 && k + 4 <= sizeof *data);
			memcpy(&a, (const char *)data + k, 4);
			break;
		case BPF_LD | BPF_IMM:
			a = k;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= k;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= k;
			break;
		case BPF_ALU | BPF_RSH | BPF_X:
			assert_true(x < 32);
			a >>= x;
			break;
		case BPF_JMP | BPF_JA:
			at += k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += (a & k) != 0 ? step->jt : step->jf;
			break;
		case BPF_RET | BPF_K:
			return k == SECCOMP_RET_KILL_THREAD ? SECCOMP_RET_KILL_PROCESS : k; /* of one thread it is the same */
		default:
			fail_msg("step %u is 0x%x", at, step->code);
		}
	}
	fail_msg("the program has no end");
	return 0;
}

static const guint32 machines[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};

static void
assert_same(const GArray *made, const GArray *known, guint32 machine, guint32 number, guint64 argument)
{
	const struct seccomp_data data = {.nr = (int)number, .arch = machine, .args = {argument}};

	if (run(made, &data) != run(known, &data))
		fail_msg("call 0x%x (0x%" G_GINT64_MODIFIER "x) of 0x%x: 0x%x, and libseccomp's filter says 0x%x", number, argument, machine, run(made, &data),
		    run(known, &data));
}

/* All numbers that are near any call's, of every numbering, with all that is made of an argument. */
static void
compare(const struct calls *calls)
{
	static const guint64 arguments[] = {0, PID, PID + 1, PID | G_GUINT64_CONSTANT(1) << 32, G_MAXUINT64};
	g_autoptr(GArray) made = calls_make(calls, PID);
	g_autoptr(GArray) known = calls_make_by_library(calls, PID);

	if (made == NULL) {
		print_message("SKIPPED: no program is made here, libseccomp is asked\n");
		skip();
	}
	assert_non_null(known);
	for (gsize i = 0; i < G_N_ELEMENTS(machines); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(arguments); j++)
			for (guint32 n = 0; n < 2048; n++) {
				assert_same(made, known, machines[i], n, arguments[j]);
				assert_same(made, known, machines[i], 0x40000000 - 1024 + n, arguments[j]);
				assert_same(made, known, machines[i], 0x80000000 - 1024 + n, arguments[j]);
				assert_same(made, known, machines[i], G_MAXUINT32 - n, arguments[j]);
			}
}

/* What the inner wall lets through is what libseccomp's filter of the same lists lets through. */
static void
test_inner(void **state)
{
	compare(sandbox_inner_calls());
}

/* The same of the outer wall. */
static void
test_outward(void **state)
{
	compare(sandbox_outward_calls());
}

/* The comparison would see a call too many, one too few and another answer. */
static void
test_comparison(void **state)
{
	static const int one[] = {SYS_read}, other[] = {SYS_write};
	const struct calls calls = {.allowed = one, .n_allowed = 1, .refused = other, .n_refused = 1, .error = EACCES, .own_signal = TRUE};
	g_autoptr(GArray) known = calls_make_by_library(&calls, PID);
	g_autoptr(GArray) made = calls_make(&calls, PID);
	struct seccomp_data data = {.arch = machines[0], .nr = SYS_read};

	if (known == NULL || made == NULL) {
		print_message("SKIPPED: no program is made here\n");
		skip();
	}
	assert_int_equal(run(known, &data), SECCOMP_RET_ALLOW);
	data.nr = SYS_write;
	assert_int_equal(run(known, &data), SECCOMP_RET_ERRNO | EACCES);
	data.nr = SYS_open;
	assert_int_equal(run(known, &data), SECCOMP_RET_KILL_PROCESS);
	data.nr = SYS_tgkill;
	assert_int_equal(run(known, &data), SECCOMP_RET_KILL_PROCESS);
	data.args[0] = PID;
	assert_int_equal(run(known, &data), SECCOMP_RET_ALLOW);
	compare(&calls);
}

static int
filtered(int what)
{
	static const int refused[] = {SYS_getppid}, deadly[] = {SYS_getpgrp};
	const struct calls calls = {.refused = refused, .n_refused = 1, .deadly = deadly, .n_deadly = 1, .error = EPERM, .others = TRUE};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!calls_filter(&calls))
		return 3;
	if (what == 1)
		syscall(SYS_getpgrp);
	return syscall(SYS_getppid) == -1 && errno == EPERM && syscall(SYS_getuid) >= 0 ? 0 : 1;
}

/* The kernel takes the program, and does as it says. */
static void
test_kernel(void **state)
{
	for (int what = 0; what < 2; what++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(filtered(what));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
			print_message("SKIPPED: no filters here\n");
			skip();
		}
		assert_true(what == 0 ? WIFEXITED(status) && WEXITSTATUS(status) == 0 : WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_inner),
	    cmocka_unit_test(test_outward),
	    cmocka_unit_test(test_comparison),
	    cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
