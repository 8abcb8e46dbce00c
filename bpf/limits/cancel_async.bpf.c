// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: does the kernel have the kfunc bpf_timer_cancel_async? Loaded, never run.
 */
#include "arm.h"

extern int bpf_timer_cancel_async(struct bpf_timer *timer) __ksym;

SEC("tc")
int cancels(void *ctx)
{
	struct timed *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&timers, &key);
	if (value)
		bpf_timer_cancel_async(&value->timer);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
