// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how much time do softirqs take, vector by vector, and how often is
 * ksoftirqd woken, how long does it wait for its CPU and how long does it hold
 * it?
 *
 * Clock: CLOCK_MONOTONIC (bpf_ktime_get_ns). Times are wall time between two
 * hooks: they contain hardware interrupts and time stolen by a hypervisor.
 *
 * Overhead: two hooks and two clock reads a softirq, one hook a task switch or
 * wake-up. All writes go to a slot of the CPU's own; no lock, no atomic, nothing
 * is sent to user space. Raw tracepoints are used because they cost less an
 * event than perf tracepoints, and detach without waiting.
 *
 * Kernel layout: none is used, only arguments of tracepoints and helpers. So
 * the headers that BCC compiles with need not be those of the running kernel.
 *
 * Blind spot: some kernels run no BPF tracing program over certain tasks (seen:
 * threads of PID 1, on 6.18). Softirqs that interrupt these are not counted.
 *
 * This is BCC's dialect; its Python side defines CPUS.
 */
#include <linux/types.h>

/* The kernel has 10; new ones would be shown by number. */
#define VECTORS 16
#define MMAPABLE 1024 /* BPF_F_MMAPABLE */

/*
 * Totals only grow. At the end of an interval its start is cleared before the
 * total grows: a reader between the two stores misses the interval until later,
 * but never counts it twice.
 */
struct cpu_slot {
	/* softirqs */
	u64 vector; /* vector now running, valid while since_ns is set */
	u64 since_ns; /* entry of that vector, 0 = none is running */
	u64 count[VECTORS]; /* entries */
	u64 ns[VECTORS]; /* time between entry and exit */
	/* ksoftirqd of this CPU */
	u64 pid; /* written by user space before attaching, 0 = none */
	u64 task; /* address of its task, 0 = not met yet */
	u64 on_since_ns; /* got the CPU, 0 = is not running */
	u64 ready_since_ns; /* became runnable, 0 = is not waiting */
	u64 cpu_ns; /* time on the CPU */
	u64 runq_delay_ns; /* time runnable without the CPU */
	u64 wakeups; /* times it became runnable after sleeping */
	u64 pad[7]; /* to whole cache lines */
};

/* key: CPU; value: its slot; writer: this file; reader: bcc_observer.py (mmap) */
BPF_F_TABLE("array", u32, struct cpu_slot, cpu_slots, CPUS, MMAPABLE);

static __always_inline struct cpu_slot *own_slot(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return cpu_slots.lookup(&cpu);
}

static __always_inline void leave_cpu(struct cpu_slot *slot, bool preempted)
{
	u64 now = bpf_ktime_get_ns();
	u64 since = slot->on_since_ns;

	slot->on_since_ns = 0;
	if (since)
		slot->cpu_ns += now - since;
	if (preempted)
		slot->ready_since_ns = now;
	else if (!since) /* its turn was not seen: its waiting has no end */
		slot->ready_since_ns = 0;
}

/* Without a known start of its waiting, what woke it was not seen: make up. */
static __always_inline void take_cpu(struct cpu_slot *slot, u64 now)
{
	u64 ready = slot->ready_since_ns;

	slot->ready_since_ns = 0;
	if (ready)
		slot->runq_delay_ns += now - ready;
	else
		slot->wakeups++;
	slot->on_since_ns = now;
}

/*
 * A softirq is about to run in a ksoftirqd that was not seen taking the CPU:
 * because it is met for the first time, had the CPU when the hooks were
 * attached, or followed a task over which no hook runs. From the first meeting
 * on, the address of its task tells it from others in the scheduler's hooks.
 */
static __always_inline void meet_ksoftirqd(struct cpu_slot *slot, u64 now)
{
	u32 pid = bpf_get_current_pid_tgid();

	if (!pid || pid != slot->pid)
		return;
	slot->task = bpf_get_current_task();
	take_cpu(slot, now);
}

/* args: vector */
int on_softirq_entry(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();
	u64 vector = ctx->args[0] & (VECTORS - 1);
	u64 now;

	if (!slot)
		return 0;
	now = bpf_ktime_get_ns();
	slot->count[vector]++;
	slot->vector = vector;
	slot->since_ns = now;
	if (!slot->on_since_ns)
		meet_ksoftirqd(slot, now);
	return 0;
}

/* args: vector */
int on_softirq_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();
	u64 vector = ctx->args[0] & (VECTORS - 1);
	u64 since;

	if (!slot)
		return 0;
	since = slot->since_ns;
	slot->since_ns = 0;
	if (since)
		slot->ns[vector] += bpf_ktime_get_ns() - since;
	return 0;
}

/* args: task; a CPU wakes its own ksoftirqd only, hence the own slot */
int on_sched_wakeup(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();

	if (!slot || slot->task != ctx->args[0])
		return 0;
	slot->wakeups++;
	/* It may be woken while it still runs, or waits already. */
	if (!slot->on_since_ns && !slot->ready_since_ns)
		slot->ready_since_ns = bpf_ktime_get_ns();
	return 0;
}

/* args: preempted, previous task, next task; since 5.18 also previous state */
int on_sched_switch(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();

	if (!slot)
		return 0;
	if (slot->task == ctx->args[1])
		leave_cpu(slot, ctx->args[0]);
	else if (slot->task == ctx->args[2])
		take_cpu(slot, bpf_ktime_get_ns());
	return 0;
}
