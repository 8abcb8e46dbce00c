// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how late do callbacks of many timers come, and how many of them can a
 * host serve? Each of `map_size` timers re-arms itself, on its own grid or relative
 * to its callback (periodic.h); or, one-shot, never.
 *
 * Clock: that of the timers (timer_clock), read once in each callback.
 * Overhead: one clock read, one histogram increment, one venue; the callback
 * with `instrument_full` = 0 only counts and re-arms, as the yardstick.
 */
#include "fired.h" /* maps slots, stopping, stage_cpus, outliers */
#include "periodic.h"
#include "phase.h"

/* key: number of the timer; value: the timer; writer: arm, the callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entry);
} timers SEC(".maps");

/* Set before loading. */
const volatile __u32 timer_count = 1;
const volatile __u32 first_phase = PHASE_RANDOM;
const volatile __u64 phase_seed = 0;
const volatile __u32 periodic = 1;

#define TIMER_KEY __u32
#include "outer.h" /* map outer */
#include "lifecycle.h" /* programs census, cancel_all */
#include "extra_work.h" /* program time_work */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

#define DEADLINE_CHECK_MASK 1023

/* Start the timer again unless arming is over; periods left out are counted. */
static __always_inline void go_on(struct slot *s, struct entry *entry,
				  __u64 now, __u64 missed)
{
	if (!periodic || arming_over(now))
		entry->armed = 0;
	else
		rearm(s, entry, now, &missed);
	s->missed_periods += missed;
}

/* The yardstick: without a grid it looks at the clock once in 1024 callbacks. */
static __always_inline void expired_empty(struct slot *s, struct entry *entry)
{
	__u64 now = 0;

	s->fired++;
	if (rearm_absolute)
		now = clock_now();
	else if (!(s->fired & DEADLINE_CHECK_MASK))
		s->stopped = arming_over(clock_now());
	if (s->stopped)
		entry->armed = 0;
	else
		go_on(s, entry, now, 0);
}

static __always_inline void expired_full(struct slot *s, struct entry *entry)
{
	__u64 now = clock_now(), missed = 0;
	__s64 late = record_fired(s, now, entry);

	/* On a grid, starting again counts the periods that it leaves out. */
	if (!(rearm_absolute && periodic) && late >= (__s64)timeout_ns)
		missed = (__u64)late / timeout_ns;
	go_on(s, entry, now, missed);
}

static int expired(void *map, __u32 *key, struct entry *entry)
{
	struct slot *s = this_slot();

	if (!s)
		return 0;
	do_extra_work();
	if (is_timed(s))
		expired_full(s, entry);
	else
		expired_empty(s, entry);
	return 0;
}

/* The entry of a key, made if there is none; NULL if that failed, counted. */
static __always_inline struct entry *entry_of(struct slot *s, void *map,
					      __u32 key, __u64 again)
{
	struct entry fresh = {}, *entry;
	long err;

	/* An LRU map makes room before it looks whether there is an entry. */
	if (again) {
		entry = bpf_map_lookup_elem(map, &key);
		if (entry)
			return entry;
	}
	err = bpf_map_update_elem(map, &key, &fresh, BPF_NOEXIST);
	if (err && err != -EEXIST) /* arrays have all their entries */
		count_errno(s->insert_failed, err);
	return bpf_map_lookup_elem(map, &key);
}

/* First expiries begin at the epoch, so that arming is not slowed by callbacks. */
static __always_inline __u64 first_due(__u32 key, __u64 epoch_ns)
{
	return epoch_ns +
	       phase_of(first_phase, timeout_ns, key, timer_count, phase_seed);
}

static long arm_one(__u32 index, struct arm_args *args)
{
	__u32 key = args->first + index * args->stride;
	struct slot *s = this_slot();
	void *map = timer_map();
	struct entry *entry;
	long err;

	if (!s || !map)
		return 1;
	entry = entry_of(s, map, key, args->again);
	if (!entry || (args->again && timer_kernel(&entry->timer)))
		return 0;
	err = init_new(s, &entry->timer, map);
	if (err == -ENOMEM && !args->last_pass)
		args->missing++;
	else if (err)
		count_errno(s->init_failed, err);
	else
		start_first(s, entry, (void *)expired,
			    first_due(key, args->epoch_ns));
	return 0;
}

/* Arm `count` timers on the calling CPU; those that are initialised stay as they are. */
SEC("syscall")
int arm(struct arm_args *args)
{
	struct arm_args copy = *args;

	copy.missing = 0;
	if (bpf_loop(copy.count, arm_one, &copy, 0) != copy.count)
		return 1;
	args->missing = copy.missing;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
