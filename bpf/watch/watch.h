/* SPDX-License-Identifier: GPL-2.0-only */
/* What watch.bpf.c counts; mirrored in bench/abi.py. */
#ifndef WATCH_H
#define WATCH_H

#include <linux/types.h>
#include "hist.h"

#define WATCH_VENUES 3
/* Of the events of a CPU, one in so many is timed, on average. */
#define TIMED_ONE_IN 64
/* A timer asked for later than this is summed up as if it were this, ns: 78 hours. */
#define LONGEST_AHEAD (1ULL << 48)

/* Which timers are counted together. */
struct watch_key {
	__u64 callback; /* address */
	__u32 map; /* id */
	__u32 padding;
};

struct watch_group {
	__u32 slot; /* number of the group's counters on each CPU */
	__u32 program; /* id of the program that the callback is of */
};

/* One CPU. */
struct watch_cpu {
	/* the group of the last event, so that the next need not look it up */
	__u64 callback;
	__u32 map;
	__u32 slot;
	/* by user space, before the hooks are attached */
	__u64 ksoftirqd_pid;
	__u64 first; /* place of its slot 0 */
	__u64 running; /* timer whose callback runs, 0: none */
	__u64 running_since_ns;
	__u64 taken_off; /* timer that left its queue, and nobody knows why yet */
	__u32 taken_off_slot;
	__u32 running_slot;
	__u64 asked; /* bpf_timer that was asked for last, 0: it was queued */
	__u64 asked_ns;
	__u64 unsampled; /* events until the next that is recorded, with `sample` */
	/* what the hooks themselves take */
	__u64 untimed; /* events until the next that is timed */
	__u64 events;
	__u64 timed;
	__u64 timed_ns;
} __attribute__((aligned(128)));

/* The timers of a group on one CPU; counters only grow. */
struct watch_slot {
	__u64 fired;
	__u64 sampled; /* callbacks whose lateness was recorded */
	__u64 late_sum_ns;
	__u64 late_max_ns; /* reset by user space at each interval */
	__u64 negative;
	__u64 overflow;
	__u64 other_clock; /* on a clock that no helper reads */
	__u64 venue[WATCH_VENUES];
	__u64 started; /* timers that were not in a queue */
	__u64 pushed_back; /* timers that were */
	__u64 cancelled;
	__u64 elsewhere; /* starts that put the timer into another CPU's queue */
	__u64 softirqs; /* runs of the queue in which a callback of these was called */
	__u64 last_run; /* the time that the last of these was begun with */
	__u64 ran;
	__u64 ran_sum_ns;
	__u64 ran_max_ns; /* reset likewise */
	__u32 late[HIST_COUNTERS]; /* these wrap: read them more often than every minute */
} __attribute__((aligned(128)));

/* Run times of the callbacks of a group on one CPU. */
struct watch_runs {
	__u32 ran[HIST_COUNTERS];
};

/* What programs asked of the timers of a group on one CPU. */
struct watch_requests {
	__u64 requested; /* calls of bpf_timer_start() */
	__u64 ahead_sum_ns;
	__u64 ahead_max_ns; /* reset by user space at each interval */
	__u64 ahead_overflow;
	__u64 queued_sum_ns;
	__u64 queued_max_ns; /* reset likewise */
	__u32 ahead[HIST_COUNTERS]; /* time from the request to the expiry asked for */
	__u32 queued[HIST_COUNTERS]; /* time from the request until it was in a queue */
};

#endif
