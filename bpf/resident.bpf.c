// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how late do callbacks of many timers come, and how many of them can a
 * host serve? Each of `map_size` timers re-arms itself after a timeout relative to
 * the callback, as a periodic user would; with flag ABS relative to its own expiry,
 * so that it keeps its phase; or, one-shot, never.
 *
 * Clock: that of the timers (timer_clock), read once in each callback.
 * Overhead: one clock read, one histogram increment, one venue; the callback
 * with `instrument_full` = 0 only counts and re-arms, as the yardstick.
 */
#include "fired.h" /* maps slots, control, stage_cpus, outliers */
#include "periodic.h"

/* key: number of the timer; value: the timer; writer: arm, the callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entry);
} timers SEC(".maps");

/* Set before loading. */
const volatile __u32 timer_count = 1;
const volatile __u32 spread_phase = 1;
const volatile __u32 periodic = 1;

#define TIMER_KEY __u32
#include "outer.h" /* map outer */
#include "lifecycle.h" /* programs census, cancel_all */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

#define DEADLINE_CHECK_MASK 1023

/* The yardstick: looks at the clock once in 1024 callbacks, to keep the deadline. */
static __always_inline void expired_empty(struct slot *s, struct entry *entry)
{
	s->fired++;
	if (!(s->fired & DEADLINE_CHECK_MASK))
		s->stopped = arming_over(clock_now());
	if (!periodic || s->stopped || arming_over(0))
		entry->armed = 0;
	else
		rearm(s, entry);
}

static __always_inline void expired_full(struct slot *s, struct entry *entry)
{
	__u64 now = clock_now();
	__s64 late = record_fired(s, now, &entry->timer);

	if (late >= (__s64)timeout_ns)
		s->missed_periods += (__u64)late / timeout_ns;
	if (!periodic || arming_over(now))
		entry->armed = 0;
	else
		rearm(s, entry);
}

static int expired(void *map, __u32 *key, struct entry *entry)
{
	struct slot *s = this_slot();

	if (!s)
		return 0;
	if (instrument_full)
		expired_full(s, entry);
	else
		expired_empty(s, entry);
	return 0;
}

/* Phase of a timer: one timeout, or its share of one timeout. */
static __always_inline __u64 phase(__u32 key)
{
	if (!spread_phase || !timer_count)
		return timeout_ns;
	return spread_over(timeout_ns, key, timer_count);
}

/* First expiries begin at the epoch, so that arming is not slowed by callbacks. */
static __always_inline __u64 first_delay(__u32 key, __u64 epoch_ns)
{
	__u64 now = clock_now(), due = epoch_ns + phase(key);

	return due > now ? due - now : 1;
}

/* The entry of a key, made if there is none; NULL if that failed, counted. */
static __always_inline struct entry *entry_of(struct slot *s, void *map,
					      __u32 key)
{
	struct entry fresh = {}, *entry = bpf_map_lookup_elem(map, &key);
	long err;

	if (entry)
		return entry;
	err = bpf_map_update_elem(map, &key, &fresh, BPF_NOEXIST);
	if (err)
		count_errno(s->insert_failed, err);
	return bpf_map_lookup_elem(map, &key);
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
	entry = entry_of(s, map, key);
	if (!entry || timer_kernel(&entry->timer))
		return 0;
	err = init_new(s, &entry->timer, map);
	if (err == -ENOMEM && !args->last_pass)
		args->missing++;
	else if (err)
		count_errno(s->init_failed, err);
	else
		start_new(s, entry, (void *)expired,
			  first_delay(key, args->epoch_ns));
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
