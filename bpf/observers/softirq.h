/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: how much time do softirqs take, vector by vector, and how often is
 * ksoftirqd woken, how long does it wait for its CPU and how long does it hold
 * it? The one source of the answer: softirq.bcc.c and softirq.bpf.c are hooks
 * that call what is here, for hosts with kernel headers and without.
 *
 * Clock: CLOCK_MONOTONIC (bpf_ktime_get_ns). Times are wall time between two
 * hooks: they contain hardware interrupts and time stolen by a hypervisor.
 *
 * Overhead: two hooks and two clock reads a softirq, one hook a task switch or
 * wake-up. All writes go to a slot of the CPU's own; no lock, no atomic, nothing
 * is sent to user space.
 *
 * Kernel layout: none is used, only arguments of tracepoints and helpers. So
 * the headers that BCC compiles with need not be those of the running kernel.
 *
 * Blind spot: some kernels run no BPF tracing program over certain tasks (seen:
 * threads of PID 1, on 6.18). Softirqs that interrupt these are not counted.
 * Those that run over ksoftirqd all are, and are counted apart, so that only
 * the others have to be made up for (docs/decisions/0009).
 *
 * Plain C: includer brings __u32, __u64, __always_inline and BPF's helpers.
 */
#ifndef OBSERVERS_SOFTIRQ_H
#define OBSERVERS_SOFTIRQ_H

/* The kernel has 10; new ones would be shown by number. */
#define VECTORS 16
#define VECTOR(number) ((number) & (VECTORS - 1))

/*
 * Totals only grow. At the end of an interval its start is cleared before the
 * total grows: a reader between the two stores misses the interval until later,
 * but never counts it twice.
 */
struct cpu_slot {
	/* softirqs */
	__u64 vector; /* vector now running, valid while since_ns is set */
	__u64 since_ns; /* entry of that vector, 0 = none is running */
	__u64 count[VECTORS]; /* entries */
	__u64 ns[VECTORS]; /* time between entry and exit */
	__u64 thread_count[VECTORS]; /* of the entries, those over ksoftirqd */
	__u64 thread_ns[VECTORS]; /* of the time, that over ksoftirqd */
	/* ksoftirqd of this CPU */
	__u64 pid; /* written by user space before attaching, 0 = none */
	__u64 task; /* address of its task, 0 = not met yet */
	__u64 on_since_ns; /* got the CPU, 0 = is not running */
	__u64 ready_since_ns; /* became runnable, 0 = is not waiting */
	__u64 cpu_ns; /* time on the CPU */
	__u64 runq_delay_ns; /* time runnable without the CPU */
	__u64 wakeups; /* times it became runnable after sleeping */
	__u64 pad[7]; /* to whole cache lines */
};

static __always_inline void leave_cpu(struct cpu_slot *slot, int preempted)
{
	__u64 now = bpf_ktime_get_ns();
	__u64 since = slot->on_since_ns;

	slot->on_since_ns = 0;
	if (since)
		slot->cpu_ns += now - since;
	if (preempted)
		slot->ready_since_ns = now;
	else if (!since) /* its turn was not seen: its waiting has no end */
		slot->ready_since_ns = 0;
}

/* Without a known start of its waiting, what woke it was not seen: make up. */
static __always_inline void take_cpu(struct cpu_slot *slot, __u64 now)
{
	__u64 ready = slot->ready_since_ns;

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
static __always_inline void meet_ksoftirqd(struct cpu_slot *slot, __u64 now)
{
	__u32 pid = bpf_get_current_pid_tgid();

	if (!pid || pid != slot->pid)
		return;
	slot->task = bpf_get_current_task();
	take_cpu(slot, now);
}

static __always_inline void softirq_entered(struct cpu_slot *slot, __u64 vector)
{
	__u64 now = bpf_ktime_get_ns();

	slot->count[vector]++;
	slot->vector = vector;
	slot->since_ns = now;
	if (!slot->on_since_ns)
		meet_ksoftirqd(slot, now);
	if (slot->on_since_ns)
		slot->thread_count[vector]++;
}

/* A softirq ends over the task that it began over. */
static __always_inline void softirq_left(struct cpu_slot *slot, __u64 vector)
{
	__u64 since = slot->since_ns;
	__u64 spent;

	slot->since_ns = 0;
	if (!since)
		return;
	spent = bpf_ktime_get_ns() - since;
	slot->ns[vector] += spent;
	if (slot->on_since_ns)
		slot->thread_ns[vector] += spent;
}

/* A CPU wakes its own ksoftirqd only, hence the own slot. */
static __always_inline void task_woken(struct cpu_slot *slot, __u64 task)
{
	if (slot->task != task)
		return;
	slot->wakeups++;
	/* It may be woken while it still runs, or waits already. */
	if (!slot->on_since_ns && !slot->ready_since_ns)
		slot->ready_since_ns = bpf_ktime_get_ns();
}

static __always_inline void tasks_switched(struct cpu_slot *slot, int preempted,
					   __u64 previous, __u64 next)
{
	if (slot->task == previous)
		leave_cpu(slot, preempted);
	else if (slot->task == next)
		take_cpu(slot, bpf_ktime_get_ns());
}

#endif
