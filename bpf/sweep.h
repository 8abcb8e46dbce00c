/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One timer that collects a whole table: at each tick it scans the next of the parts
 * (parts.h), and is through with all of them once a period. Its callback is a softirq,
 * which nothing but a hard interrupt can disturb: a part is what it holds its CPU for.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "parts.h"
#include "scan.h"

/* Set before loading: from the scan of a part to that of the next. */
const volatile __u64 tick_ns = 1000000;

struct sweeper {
	struct bpf_timer timer;
	__u64 due_ns; /* CLOCK_MONOTONIC */
	__u64 ticks;
	__u64 stopped; /* a start that fails then is none that was wanted */
};

/* key: 0; value: the timer; writer: sweep_start, its callback. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sweeper);
} sweeper SEC(".maps");

static __always_inline void scan_part(struct scan_counts *counts, __u32 part)
{
	struct scan scan = { .now = clock_now() };
	__u64 begin = bpf_ktime_get_ns();
	void *map = nth_part(part);

	if (map)
		bpf_for_each_map_elem(map, scan_one, &scan, 0);
	counts->scanned += scan.seen;
	counts->scan_ns += bpf_ktime_get_ns() - begin;
	if (part == PARTS - 1)
		counts->scans++;
}

/* Ticks keep their grid, but those that are over are left out. */
static __always_inline void next_tick(struct sweeper *sweeper)
{
	__u64 now = bpf_ktime_get_ns(), due = sweeper->due_ns + tick_ns;
	struct slot *s = this_slot();
	long err;

	if (due < now)
		due = now;
	sweeper->due_ns = due;
	err = bpf_timer_start(&sweeper->timer, due - now, 0);
	if (err && s && !*(volatile __u64 *)&sweeper->stopped)
		count_errno(s->start_failed, err);
}

/* It goes on when nothing is armed any more, until all is collected or it is stopped. */
static int tick(void *map, __u32 *key, struct sweeper *sweeper)
{
	struct scan_counts *counts = scan_counts();
	struct stopping *c = this_stopping();

	if (!counts || !c)
		return 0;
	scan_part(counts, sweeper->ticks++ % PARTS);
	if (!sweeper->stopped && clock_now() < c->deadline_ns)
		next_tick(sweeper);
	return 0;
}

static __always_inline struct sweeper *this_sweeper(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&sweeper, &zero);
}

/* Begin on the calling CPU; the kernel's error, if there is one. */
SEC("syscall")
int sweep_start(void *unused)
{
	struct sweeper *own = this_sweeper();
	long err;

	if (!own)
		return -ENOENT;
	err = bpf_timer_init(&own->timer, &sweeper, CLOCK_MONOTONIC);
	if (!err)
		err = bpf_timer_set_callback(&own->timer, tick);
	own->due_ns = bpf_ktime_get_ns() + tick_ns;
	return err ?: bpf_timer_start(&own->timer, tick_ns, 0);
}

/* End for good, once the callback that runs has ended. */
SEC("syscall")
int sweep_stop(void *unused)
{
	struct sweeper *own = this_sweeper();

	if (!own)
		return -ENOENT;
	*(volatile __u64 *)&own->stopped = 1;
	return bpf_timer_cancel(&own->timer);
}

#endif
