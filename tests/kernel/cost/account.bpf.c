// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: for how long has each CPU nothing to do but to idle, or to run one
 * process that takes what is left?
 *
 * A CPU is spare from the moment at which the scheduler chooses its idle task or
 * that process until it chooses another, without the interrupts and softirqs that
 * come meanwhile.
 *
 * Clock: CLOCK_MONOTONIC. Overhead: a hook and a clock read at each task switch
 * and at each begin and end of an interrupt or softirq.
 *
 * Blind spot: the way from an interrupt's vector to its tracepoint and back, and
 * tasks over which the kernel runs no BPF program.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct___local {
	__s32 pid;
	__s32 tgid;
} __attribute__((preserve_access_index));

struct account {
	__u64 spare_ns; /* total so far */
	__u64 since_ns; /* began to be spare, 0 = it is not */
	__u64 depth; /* interrupts and softirqs within each other */
	__u64 interrupts; /* entered while it was spare */
} __attribute__((aligned(128)));

/* key: CPU; value: its account; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the CPUs before loading */
	__type(key, __u32);
	__type(value, struct account);
} accounts SEC(".maps");

/* Set before loading: process that counts as idle, 0 = none. */
const volatile __s32 spare_tgid = 0;

static __always_inline struct account *own(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&accounts, &cpu);
}

static __always_inline bool is_spare(__s32 pid, __s32 tgid)
{
	return !pid || (spare_tgid && tgid == spare_tgid);
}

static __always_inline void end_spare(struct account *a)
{
	__u64 since = a->since_ns;

	a->since_ns = 0;
	if (since)
		a->spare_ns += bpf_ktime_get_ns() - since;
}

static __always_inline int entered(void)
{
	struct account *a = own();

	if (a && !a->depth++) {
		a->interrupts += a->since_ns > 0;
		end_spare(a);
	}
	return 0;
}

static __always_inline int left(void)
{
	struct account *a = own();
	__u64 ids = bpf_get_current_pid_tgid();

	if (!a)
		return 0;
	if (a->depth)
		a->depth--;
	if (!a->depth && is_spare(ids, ids >> 32))
		a->since_ns = bpf_ktime_get_ns();
	return 0;
}

#define INTERRUPT(name)               \
	SEC("tp_btf/" #name "_entry") \
	int name##_entry(void *ctx)   \
	{                             \
		return entered();     \
	}                             \
	SEC("tp_btf/" #name "_exit")  \
	int name##_exit(void *ctx)    \
	{                             \
		return left();        \
	}

INTERRUPT(softirq)
INTERRUPT(irq_handler)
INTERRUPT(local_timer)
INTERRUPT(reschedule)
INTERRUPT(call_function)
INTERRUPT(call_function_single)
INTERRUPT(irq_work)

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempted, void *previous,
	     struct task_struct___local *next)
{
	struct account *a = own();

	if (!a)
		return 0;
	end_spare(a);
	a->depth = 0;
	if (is_spare(BPF_CORE_READ(next, pid), BPF_CORE_READ(next, tgid)))
		a->since_ns = bpf_ktime_get_ns();
	return 0;
}
