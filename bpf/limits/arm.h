/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One timer armed far in the future, and two maps to choose from: with a timer in
 * its value, and without one. For attempts that only ask whether a program loads:
 * the timer is never armed.
 */
#ifndef LIMITS_ARM_H
#define LIMITS_ARM_H

#include "timed_map.h"

struct untimed {
	__u64 words[3];
};

/* key: 0; value: as long as the other one, without a timer. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct untimed);
} words SEC(".maps");

static int expired(void *map, __u32 *key, struct timed *value)
{
	return 0;
}

static __always_inline void arm(void)
{
	struct timed *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&timers, &key);
	if (!value)
		return;
	bpf_timer_init(&value->timer, &timers, LIMITS_CLOCK);
	bpf_timer_set_callback(&value->timer, expired);
	bpf_timer_start(&value->timer, FAR_NS, 0);
}

static __always_inline void touch(void)
{
	struct untimed *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&words, &key);
	if (value)
		value->words[0]++;
}

#endif
