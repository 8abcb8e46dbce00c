/* SPDX-License-Identifier: GPL-2.0-only */
/* The map of attempts that need one timer and no more. */
#ifndef LIMITS_TIMED_MAP_H
#define LIMITS_TIMED_MAP_H

#include "limits.h"

/* key: 0; value: a timer. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

#endif
