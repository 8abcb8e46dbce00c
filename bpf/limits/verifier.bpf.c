// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does the verifier refuse around bpf_timer? One program per attempt;
 * `counterpart` is the same program with nothing wrong. They are loaded one at a time and
 * never run. Clock: monotonic.
 */
#include "arm.h"

/* key: 0; value: a timer; the map that a timer of `timers` does not live in. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timed);
} others SEC(".maps");

static __u64 sink;

static __always_inline struct timed *lookup(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&timers, &key);
}

SEC("tc")
int counterpart(void *ctx)
{
	arm();
	return 0;
}

SEC("syscall")
int control_syscall(void *ctx)
{
	arm();
	return 0;
}

static int returns_one(void *map, __u32 *key, struct timed *value)
{
	return 1;
}

SEC("tc")
int callback_returns_one(void *ctx)
{
	struct timed *value = lookup();

	if (!value)
		return 0;
	bpf_timer_set_callback(&value->timer, returns_one);
	return 0;
}

SEC("tc")
int direct_load(void *ctx)
{
	struct timed *value = lookup();

	if (!value)
		return 0;
	sink = *(volatile __u64 *)&value->timer;
	return 0;
}

SEC("tc")
int direct_store(void *ctx)
{
	struct timed *value = lookup();

	if (!value)
		return 0;
	*(volatile __u64 *)&value->timer = 0;
	return 0;
}

SEC("tc")
int neighbour_store(void *ctx)
{
	struct timed *value = lookup();

	if (!value)
		return 0;
	value->mark = 1;
	return 0;
}

SEC("tc")
int probe_read(void *ctx)
{
	__u64 raw = 0;
	struct timed *value = lookup();

	if (!value)
		return 0;
	bpf_probe_read_kernel(&raw, sizeof(raw), &value->timer);
	sink = raw;
	return 0;
}

SEC("tc")
int init_other_map(void *ctx)
{
	struct timed *value = lookup();

	if (!value)
		return 0;
	bpf_timer_init(&value->timer, &others, LIMITS_CLOCK);
	return 0;
}

SEC("tc")
int timer_on_stack(void *ctx)
{
	struct bpf_timer timer = {};

	bpf_timer_start(&timer, FAR_NS, 0);
	return 0;
}

SEC("tc")
int timer_where_none_is(void *ctx)
{
	__u32 key = 0;
	struct untimed *value = bpf_map_lookup_elem(&words, &key);

	if (value)
		bpf_timer_start((struct bpf_timer *)value, FAR_NS, 0);
	return 0;
}

SEC("tc")
int timer_off_by_eight(void *ctx)
{
	struct timed *value = lookup();

	if (!value)
		return 0;
	bpf_timer_start((struct bpf_timer *)((char *)value + 8), FAR_NS, 0);
	return 0;
}

static int sleeps(void *map, __u32 *key, struct timed *value)
{
	__u64 word = 0;

	bpf_copy_from_user(&word, sizeof(word), 0);
	value->mark = word;
	return 0;
}

SEC("syscall")
int sleeps_itself(void *ctx)
{
	__u64 word = 0;

	bpf_copy_from_user(&word, sizeof(word), 0);
	sink = word;
	arm();
	return 0;
}

SEC("syscall")
int sleeps_in_callback(void *ctx)
{
	struct timed *value = lookup();

	if (!value)
		return 0;
	bpf_timer_set_callback(&value->timer, sleeps);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
