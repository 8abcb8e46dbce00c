/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timers' map as an inner map. Include it after defining the map `timers` and
 * TIMER_KEY, the type of its keys.
 *
 * The kind of `outer`, and the kind and size of what it holds, are set before
 * loading; user space then puts `timers` into it at key 0. A timer must be
 * initialised with the very map that its value was looked up in: timer_map() gives it.
 */
#ifndef OUTER_H
#define OUTER_H

#include "timerbench.h"

/* key: 0; value: the map `timers`; writer: user space, once; reader: programs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_HASH);
			__uint(max_entries, 1);
			__type(key, TIMER_KEY);
			__type(value, struct entry);
		});
} outer SEC(".maps");

/* The map that holds the timers: NULL if the outer map has none. */
static __always_inline void *timer_map(void)
{
	__u32 zero = 0;

	if (!outer_map)
		return &timers;
	return bpf_map_lookup_elem(&outer, &zero);
}

#endif
