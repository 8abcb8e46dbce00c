/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table divided among inner maps, so that a timer can scan one of them at a time.
 * Include it after defining the map `timers`, which is then empty, and TIMER_KEY, the
 * type of its keys, which are whole words.
 */
#ifndef PARTS_H
#define PARTS_H

#include "phase.h" /* mixed */
#include "timerbench.h"

#define PARTS 64

/* key: part; value: a map like `timers`; writer: user space, once; reader: programs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, PARTS);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_HASH);
			__uint(max_entries, 1);
			__type(key, TIMER_KEY);
			__type(value, struct entry);
		});
} parts SEC(".maps");

static __always_inline void *nth_part(__u32 n)
{
	return bpf_map_lookup_elem(&parts, &n);
}

/* The map that holds a key: NULL if user space has put none there. */
static __always_inline void *part_of(TIMER_KEY *key)
{
	__u64 *words = (__u64 *)key, sum = 0;
	__u32 word;

#pragma unroll
	for (word = 0; word < sizeof(*key) / sizeof(__u64); word++)
		sum = sum * GOLDEN_GAMMA + words[word];
	return nth_part(mixed(sum) % PARTS);
}

#endif
