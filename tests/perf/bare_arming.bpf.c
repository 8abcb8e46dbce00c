// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that arming a timer takes: a new entry, init, set_callback, start. The
 * yardstick of tests/perf/arming.py.
 */
#include "timerbench.h"
#include "phase.h"

struct number {
	__u32 nth;
#ifdef LIKE_FLOWS
	__u8 rest[36]; /* keys are as long as those of tcp */
#endif
};

/* key: number; value: as programs under test have it; writer: arm. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct number);
	__type(value, struct entry);
} timers SEC(".maps");

/* Set before loading: between the expiries of timers that are armed in their order. */
const volatile __u64 step_ns = 0;

/* In order as a population is seeded, or at random as resident timers are. */
static __always_inline __u64 expiry(__u32 nth)
{
	return step_ns ? step_ns * nth : random_phase(timeout_ns, nth, 7);
}

static int expired(void *map, struct number *key, struct entry *entry)
{
	return 0;
}

static long arm_one(__u32 index, struct arm_args *args)
{
	struct number key = { .nth = args->first + index * args->stride };
	struct entry fresh = {}, *entry;

	if (bpf_map_update_elem(&timers, &key, &fresh, BPF_NOEXIST))
		return 1;
	entry = bpf_map_lookup_elem(&timers, &key);
	if (!entry)
		return 1;
	if (bpf_timer_init(&entry->timer, &timers, CLOCK_MONOTONIC))
		args->missing++;
	bpf_timer_set_callback(&entry->timer, expired);
	bpf_timer_start(&entry->timer, args->epoch_ns + expiry(key.nth),
			TIMER_ABS);
	return 0;
}

SEC("syscall")
int arm(struct arm_args *args)
{
	struct arm_args copy = *args;

	if (bpf_loop(copy.count, arm_one, &copy, 0) != copy.count)
		return 1;
	args->missing = copy.missing;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
