// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which values with timers can a program use? A kernel may create a map
 * whose value it does not like, and refuse the programs that use it only. Loaded one
 * at a time, never run.
 */
#include "limits.h"

struct two_timers {
	struct bpf_timer first;
	struct bpf_timer second;
};

struct timer_array {
	struct bpf_timer timers[2];
};

struct deep {
	__u64 mark;
	struct timed inner;
};

#define MAP(name, type_of_value)                 \
	struct {                                 \
		__uint(type, BPF_MAP_TYPE_HASH); \
		__uint(max_entries, 1);          \
		__type(key, __u32);              \
		__type(value, type_of_value);    \
	} name SEC(".maps")

/* key: 0; value: a timer alone, two, an array of two, one within a nested struct. */
MAP(single, struct timed);
MAP(two, struct two_timers);
MAP(array, struct timer_array);
MAP(nested, struct deep);

#define STARTS(name, map, type_of_value, field)                         \
	SEC("tc")                                                       \
	int name(void *ctx)                                             \
	{                                                               \
		__u32 key = 0;                                          \
		type_of_value *value = bpf_map_lookup_elem(&map, &key); \
                                                                        \
		if (value)                                              \
			bpf_timer_start(&value->field, FAR_NS, 0);      \
		return 0;                                               \
	}

STARTS(uses_single, single, struct timed, timer)
STARTS(uses_first, two, struct two_timers, first)
STARTS(uses_second, two, struct two_timers, second)
STARTS(uses_array, array, struct timer_array, timers[0])
STARTS(uses_nested, nested, struct deep, inner.timer)

char LICENSE[] SEC("license") = "GPL";
