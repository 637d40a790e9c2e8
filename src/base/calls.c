#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/calls.h"

#ifdef HAVE_SECCOMP
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define END_PROCESS SCMP_ACT_KILL_PROCESS

static guint32
otherwise(const struct calls *calls)
{
	return calls->others ? SCMP_ACT_ALLOW : END_PROCESS;
}

#if defined(__x86_64__) && !defined(__ILP32__)
#define CALLS_MOST 512          /* numbers from there on are nobody's that is named */
#define OTHER_WAY 0x40000000    /* from there on: calls of the x32 ABI, but for -1, which a tracer leaves of a call that it forbids */
#define WORDS (CALLS_MOST / 32) /* in which the calls of one answer are bits */

enum { ALLOWED, REFUSED, DEADLY, ANSWERS };

struct sets {
	guint32 bits[ANSWERS][WORDS];
};

static void
add(GArray *program, guint16 code, guint32 k, guint8 if_true, guint8 if_false)
{
	struct sock_filter step = {code, if_true, if_false, k};

	g_array_append_val(program, step);
}

static void
answer(GArray *program, guint32 action)
{
	add(program, BPF_RET | BPF_K, action, 0, 0);
}

static gboolean
put_bits(guint32 bits[WORDS], const int *numbers, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		if (numbers[i] >= CALLS_MOST)
			return FALSE;
		if (numbers[i] >= 0)
			bits[numbers[i] / 32] |= 1U << numbers[i] % 32;
	}
	return TRUE;
}

/* The calls of one word: each answer's bits, moved by the call's place in X. */
static void
add_word(GArray *program, const struct calls *calls, const struct sets *sets, guint word)
{
	const guint32 actions[ANSWERS] = {[ALLOWED] = SCMP_ACT_ALLOW, [REFUSED] = SCMP_ACT_ERRNO(calls->error), [DEADLY] = END_PROCESS};
	guint8 length = 1;

	for (guint i = 0; i < ANSWERS; i++)
		length += sets->bits[i][word] != 0 ? 4 : 0;
	if (length == 1)
		return;
	add(program, BPF_JMP | BPF_JEQ | BPF_K, word, 0, length);
	for (guint i = 0; i < ANSWERS; i++) {
		if (sets->bits[i][word] == 0)
			continue;
		add(program, BPF_LD | BPF_IMM, sets->bits[i][word], 0, 0);
		add(program, BPF_ALU | BPF_RSH | BPF_X, 0, 0, 0);
		add(program, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
		answer(program, actions[i]);
	}
	answer(program, otherwise(calls));
}

/* With the call's number in A; it is there again behind this. */
static void
add_own_signal(GArray *program, pid_t pid)
{
	const guint32 low = offsetof(struct seccomp_data, args), number = offsetof(struct seccomp_data, nr);

	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 6);
	add(program, BPF_LD | BPF_W | BPF_ABS, low, 0, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, (guint32)pid, 0, 3);
	add(program, BPF_LD | BPF_W | BPF_ABS, low + 4, 0, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
	answer(program, SCMP_ACT_ALLOW);
	add(program, BPF_LD | BPF_W | BPF_ABS, number, 0, 0);
}

GArray *
calls_make(const struct calls *calls, pid_t pid)
{
	g_autoptr(GArray) program = g_array_sized_new(FALSE, FALSE, sizeof(struct sock_filter), 128);
	struct sets sets = {0};

	if (!put_bits(sets.bits[ALLOWED], calls->allowed, calls->n_allowed) || !put_bits(sets.bits[REFUSED], calls->refused, calls->n_refused) ||
	    !put_bits(sets.bits[DEADLY], calls->deadly, calls->n_deadly))
		return NULL;
	add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	answer(program, END_PROCESS);
	add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(program, BPF_JMP | BPF_JGE | BPF_K, OTHER_WAY, 0, 2);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, ~0U, 1, 0);
	answer(program, END_PROCESS);
	if (calls->own_signal)
		add_own_signal(program, pid);
	add(program, BPF_ALU | BPF_AND | BPF_K, 31, 0, 0);
	add(program, BPF_MISC | BPF_TAX, 0, 0, 0);
	add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(program, BPF_ALU | BPF_RSH | BPF_K, 5, 0, 0);
	for (guint i = 0; i < WORDS; i++)
		add_word(program, calls, &sets, i);
	answer(program, otherwise(calls));
	return g_steal_pointer(&program);
}
#else
/* Elsewhere libseccomp knows what else is to be looked at: how a number stands for several calls, and which numbering it is of. */
GArray *
calls_make(G_GNUC_UNUSED const struct calls *calls, G_GNUC_UNUSED pid_t pid)
{
	return NULL;
}
#endif

static gboolean
add_rules(scmp_filter_ctx filter, guint32 action, const int *numbers, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (seccomp_rule_add(filter, action, numbers[i], 0) != 0)
			return FALSE;
	return TRUE;
}

static scmp_filter_ctx
build(const struct calls *calls, pid_t pid)
{
	scmp_filter_ctx filter = seccomp_init(otherwise(calls));

	if (filter == NULL)
		return NULL;
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree of comparisons: the kernel takes it in sooner */
	if ((calls->others || add_rules(filter, SCMP_ACT_ALLOW, calls->allowed, calls->n_allowed)) &&
	    add_rules(filter, SCMP_ACT_ERRNO(calls->error), calls->refused, calls->n_refused) &&
	    add_rules(filter, END_PROCESS, calls->deadly, calls->n_deadly) &&
	    (!calls->own_signal || seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)pid)) == 0))
		return filter;
	seccomp_release(filter);
	return NULL;
}

GArray *
calls_make_by_library(const struct calls *calls, pid_t pid)
{
	scmp_filter_ctx filter = build(calls, pid);
	GArray *program = NULL;
	struct sock_filter steps[1024];
	int pair[2];
	gssize n;

	if (filter == NULL || pipe(pair) != 0) {
		if (filter != NULL)
			seccomp_release(filter);
		return NULL;
	}
	if (seccomp_export_bpf(filter, pair[1]) == 0 && (n = read(pair[0], steps, sizeof steps)) > 0) {
		program = g_array_new(FALSE, FALSE, sizeof(struct sock_filter));
		g_array_append_vals(program, steps, (guint)((gsize)n / sizeof *steps));
	}
	close(pair[0]);
	close(pair[1]);
	seccomp_release(filter);
	return program;
}

gboolean
calls_filter(const struct calls *calls)
{
	g_autoptr(GArray) program = calls_make(calls, getpid());
	scmp_filter_ctx filter;
	gboolean ok;

	if (program != NULL) {
		struct sock_fprog steps = {(gushort)program->len, (struct sock_filter *)(gpointer)program->data};

		return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &steps) == 0;
	}
	filter = build(calls, getpid());
	ok = filter != NULL && seccomp_load(filter) == 0;
	if (filter != NULL)
		seccomp_release(filter);
	return ok;
}
#else
gboolean
calls_filter(G_GNUC_UNUSED const struct calls *calls)
{
	return FALSE;
}

GArray *
calls_make(G_GNUC_UNUSED const struct calls *calls, G_GNUC_UNUSED pid_t pid)
{
	return NULL;
}

GArray *
calls_make_by_library(G_GNUC_UNUSED const struct calls *calls, G_GNUC_UNUSED pid_t pid)
{
	return NULL;
}
#endif
