// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two packets push one timer back: the first swaps a near due time in, the second a far
 * one and starts the timer for it, then the first starts it for the near one. What is
 * left then is a timer that expires before its entry is due, with nobody to start it.
 */
#include "fired.h"
#include "pushback.h"

#define NEAR_NS 5000000
#define FAR_NS 50000000

/* key: 0; value: the timer; writer: overtake, the callback. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entry);
} timers SEC(".maps");

static int expired(void *map, __u32 *key, struct entry *entry)
{
	struct slot *s = this_slot();

	if (s && end_timer(s, entry, clock_now()))
		count(&s->collected);
	return 0;
}

SEC("syscall")
int overtake(struct arm_args *args)
{
	__u32 key = 0;
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);
	struct slot *s = this_slot();

	if (!s || !entry || init_new(s, &entry->timer, &timers) ||
	    start_new(s, entry, (void *)expired, FAR_NS))
		return 1;
	entry->armed = clock_now() + FAR_NS;
	return start_timer(&entry->timer, NEAR_NS) != 0;
}

char LICENSE[] SEC("license") = "GPL";
