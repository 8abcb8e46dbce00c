// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how late do timers expire that need no softirq? Of hard hrtimers that
 * wake a sleeping thread, as those of clock_nanosleep do: the floor under any
 * bpf_timer on this host. Hard is what is not soft; is_hard only tells what must
 * stay so on PREEMPT_RT.
 *
 * A thread's timer slack (50 us by default) lies between the time it asked for and
 * the one that the hardware is set to: it is no lateness of the timer. So timers
 * with slack, of whatever thread of the host, are left out.
 *
 * Clock: CLOCK_MONOTONIC; timers on other clocks are left out.
 * Overhead: a hook for every hrtimer that expires, of whatever kind.
 */
#include "distributions.h" /* maps distributions, slots, stopping */
#include <bpf/bpf_tracing.h>

#define HARD_TIMER 0

/* Slack of the threads whose timers are counted: 1 ns is the least one can ask for. */
#define MOST_SLACK_NS 1

/* What the clock event device is set to; newer kernels link the node otherwise. */
struct timerqueue_node___local {
	__s64 expires;
} KERNEL_LOCAL;

struct hrtimer___hard {
	struct timerqueue_node___local node;
	void *function;
	__s64 _softexpires;
	struct hrtimer_clock_base___local *base;
	__u8 is_soft;
} KERNEL_LOCAL;

/* Set before loading: address of hrtimer_wakeup. */
const volatile __u64 wakeup_function = 0;

SEC("tp_btf/hrtimer_expire_entry")
int BPF_PROG(hard_timer, struct hrtimer___hard *timer)
{
	__u64 now = bpf_ktime_get_ns();
	struct distribution *d;

	if ((__u64)timer->function != wakeup_function || timer->is_soft ||
	    timer->base->clockid != CLOCK_MONOTONIC)
		return 0;
	if (timer->node.expires - timer->_softexpires > MOST_SLACK_NS)
		return 0;
	d = distribution(HARD_TIMER);
	if (d)
		record_value(d, now - timer->_softexpires);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
