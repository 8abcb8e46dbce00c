/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: which part of a callback's lateness passed before the HRTIMER softirq
 * was raised, which before it was entered, which behind other callbacks?
 *
 *   irq    expiry -> raise: the timer interrupt came late
 *   entry  raise -> entry: other softirqs, or ksoftirqd waiting for its CPU
 *   queue  callbacks of other timers: expiry -> end of the run before, and
 *          entry -> callback
 *
 * The kernel looks at the clock once a run: a timer that expires while callbacks
 * run is left to the next run, and no interrupt comes for it before this one ends.
 *
 * One raise serves all timers that are due, and timers that expire afterwards. So
 * all moments are moved into the time from expiry to callback: what was before
 * the expiry delayed this timer by nothing. The parts are never negative and
 * their sum is the lateness.
 *
 * A CPU raises the softirq for itself only, in its timer interrupt, and not again
 * before the softirq has run. What is known of a round is forgotten at its end:
 * a callback whose round was not seen is counted as unstaged, never given the
 * moments of an earlier round.
 *
 * Clock: that of the timers, for all moments.
 * Overhead: a hook per softirq raised, two per softirq run, two clock reads per
 * softirq run and one per HRTIMER softirq raised; three histograms per callback.
 */
#ifndef STAGES_H
#define STAGES_H

#include "timerbench.h"

enum stage { STAGE_IRQ, STAGE_ENTRY, STAGE_QUEUE, STAGES };

struct stage_cpu {
	/* written by the hooks */
	__u64 pending_ns; /* HRTIMER softirq raised and not entered, 0 = is not */
	__u64 raised_ns; /* raise of the HRTIMER softirq that runs, 0 = not seen */
	__u64 entered_ns; /* its entry, 0 = none runs */
	__u64 ended_ns; /* end of the run before it, 0 = there was none */
	__u64 vector_ns; /* entry of the vector that runs, 0 = none does */
	__u64 before; /* vector of the softirq that ended last */
	__u64 before_ns; /* its duration */
	__u64 before_end_ns; /* its end, 0 = none was seen */
	/* written by callbacks */
	__u64 unstaged; /* callbacks whose raise or entry was not seen */
	__u64 contradictions; /* with check_stages: callbacks with wrong stages */
	struct distribution stages[STAGES];
} __attribute__((aligned(128)));

/* Moments of the HRTIMER softirq that a callback runs in. */
struct round {
	__u64 ended_ns; /* the run before it */
	__u64 raised_ns;
	__u64 entered_ns;
};

/* Set before loading: number of the vector HRTIMER in /proc/softirqs. */
const volatile __u32 hrtimer_softirq = 8;
/* Set before loading: compare the stages of every callback with its lateness. */
const volatile __u32 check_stages = 0;

/* key: CPU; value: ns; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the CPUs before loading */
	__type(key, __u32);
	__type(value, struct stage_cpu);
} stage_cpus SEC(".maps");

static __always_inline struct stage_cpu *this_stage_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&stage_cpus, &cpu);
}

static __always_inline __u64 within(__u64 value, __u64 low, __u64 high)
{
	return value < low ? low : value > high ? high : value;
}

/* Every callback, in a test: the order of the moments, and the sum of the parts. */
static __always_inline void check_parts(struct stage_cpu *c, struct round *seen,
					__u64 *parts, __u64 expiry, __u64 now)
{
	__u64 sum = parts[STAGE_IRQ] + parts[STAGE_ENTRY] + parts[STAGE_QUEUE];

	if (sum != now - expiry || parts[STAGE_IRQ] > sum ||
	    parts[STAGE_ENTRY] > sum || parts[STAGE_QUEUE] > sum ||
	    seen->raised_ns > seen->entered_ns || seen->entered_ns > now ||
	    seen->ended_ns > seen->entered_ns)
		c->contradictions++;
}

/* Divide the lateness of a callback at `now` that was due at `expiry`. */
static __always_inline void
record_stages(struct stage_cpu *c, struct round *seen, __u64 expiry, __u64 now)
{
	__u64 ended, raised, entered, parts[STAGES];

	if (!seen->raised_ns || !seen->entered_ns) {
		c->unstaged++;
		return;
	}
	ended = within(seen->ended_ns, expiry, now);
	raised = within(seen->raised_ns, ended, now);
	entered = within(seen->entered_ns, raised, now);
	parts[STAGE_IRQ] = raised - ended;
	parts[STAGE_ENTRY] = entered - raised;
	parts[STAGE_QUEUE] = ended - expiry + now - entered;
	record_value(&c->stages[STAGE_IRQ], parts[STAGE_IRQ]);
	record_value(&c->stages[STAGE_ENTRY], parts[STAGE_ENTRY]);
	record_value(&c->stages[STAGE_QUEUE], parts[STAGE_QUEUE]);
	if (check_stages)
		check_parts(c, seen, parts, expiry, now);
}

#endif
