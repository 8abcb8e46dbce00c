/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs ask of their timers: how far ahead they arm them, and how long it takes
 * from the call of bpf_timer_start() until the timer is in a queue.
 *
 * A request can be interrupted by others on its CPU, where starts and expiries cannot: its
 * counters are atomic, and it looks up its group instead of trusting the CPU's last one.
 */
#ifndef WATCH_REQUESTS_H
#define WATCH_REQUESTS_H

#include "slots.h"

/* key: CPU's `first` + slot; one entry unless requests are watched; writer, reader: as `slots`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watch_requests);
} requests SEC(".maps");

#define ADD(counter, number) __sync_fetch_and_add(&(counter), number)

static __always_inline struct watch_requests *requests_of(struct watch_cpu *c,
							  __u32 slot)
{
	__u32 place = c->first + slot;

	return bpf_map_lookup_elem(&requests, &place);
}

/* As own_begin() and own_end(), for what can be interrupted by these. */
static __always_inline __u64 begin_at_random(void)
{
	return bpf_get_prandom_u32() % TIMED_ONE_IN ? 0 : bpf_ktime_get_ns();
}

static __always_inline void end_at_random(struct watch_cpu *c, __u64 begun)
{
	ADD(c->events, 1);
	if (!begun)
		return;
	ADD(c->timed_ns, bpf_ktime_get_ns() - begun);
	ADD(c->timed, 1);
}

/* How far ahead of now a timer is asked to expire; one that is due already: 0. */
static __always_inline __u64 time_ahead(struct bpf_hrtimer___watched *outer,
					__u64 nsecs, __u64 flags)
{
	__u64 now;

	if (!(flags & TIMER_ABS))
		return nsecs;
	now = BPF_CORE_READ(outer, timer.base, clockid) == CLOCK_BOOTTIME ?
		      bpf_ktime_get_boot_ns() :
		      bpf_ktime_get_ns();
	return nsecs > now ? nsecs - now : 0;
}

static __always_inline void record_ahead(struct watch_requests *r, __u64 ahead)
{
	__u32 index;

	ADD(r->requested, 1);
	if (ahead > r->ahead_max_ns)
		r->ahead_max_ns = ahead;
	/* Such times would wrap a sum that has a few of them. */
	ADD(r->ahead_sum_ns, ahead < LONGEST_AHEAD ? ahead : LONGEST_AHEAD);
	if (ahead > HIST_HIGHEST) {
		ADD(r->ahead_overflow, 1);
		return;
	}
	index = hist_index(ahead);
	if (index < HIST_COUNTERS)
		ADD(r->ahead[index], 1);
}

/* A timer was asked for: count it, and remember when, last, for its start. */
static __always_inline void record_request(struct watch_cpu *c, void *outer,
					   __u64 ahead)
{
	struct watch_key key = {};
	struct watch_requests *r;

	read_key(&key, outer);
	r = requests_of(c, key.map ? looked_up(&key, outer) : 0);
	if (r)
		record_ahead(r, ahead);
	c->asked_ns = bpf_ktime_get_ns();
	c->asked = (__u64)outer;
}

/* A timer is put into a queue, interrupts off: whether it was the last one asked for here. */
static __always_inline void record_queued(struct watch_cpu *c, void *outer,
					  __u32 slot)
{
	struct watch_requests *r;
	__u64 took;

	if (c->asked != (__u64)outer)
		return;
	took = bpf_ktime_get_ns() - c->asked_ns;
	c->asked = 0;
	r = requests_of(c, slot);
	if (!r)
		return;
	if (took > HIST_HIGHEST)
		took = HIST_HIGHEST;
	r->queued_sum_ns += took;
	if (took > r->queued_max_ns)
		r->queued_max_ns = took;
	if (hist_index(took) < HIST_COUNTERS)
		r->queued[hist_index(took)]++;
}

#endif
