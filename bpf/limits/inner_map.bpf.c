// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: does a timer work in the value of an inner map? `first` is put into
 * `outer` by user space; the program arms its timer by the inner map's pointer.
 * Clock: monotonic.
 */
#include "limits.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timed);
} first SEC(".maps"), second SEC(".maps");

/* key: 0, 1; value: an inner map. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { &first, &second } };

static int expired(void *map, __u32 *key, struct timed *value)
{
	value->mark++;
	return 0;
}

/* Returns the answer of init or start. */
SEC("syscall")
int arm_inner(void *ctx)
{
	struct timed *value;
	__u32 key = 0;
	void *inner;
	long err;

	inner = bpf_map_lookup_elem(&outer, &key);
	if (!inner)
		return -ENOENT;
	value = bpf_map_lookup_elem(inner, &key);
	if (!value)
		return -ENOENT;
	err = bpf_timer_init(&value->timer, inner, LIMITS_CLOCK);
	if (err)
		return err;
	bpf_timer_set_callback(&value->timer, expired);
	return bpf_timer_start(&value->timer, 1000000, 0);
}

/* A timer of one inner map, initialised with the pointer of another: refused. */
SEC("syscall")
int mix_inner(void *ctx)
{
	__u32 key = 0, other = 1;
	struct timed *value;
	void *inner, *wrong;

	inner = bpf_map_lookup_elem(&outer, &key);
	wrong = bpf_map_lookup_elem(&outer, &other);
	if (!inner || !wrong)
		return -ENOENT;
	value = bpf_map_lookup_elem(inner, &key);
	if (!value)
		return -ENOENT;
	return bpf_timer_init(&value->timer, wrong, LIMITS_CLOCK);
}

char LICENSE[] SEC("license") = "GPL";
