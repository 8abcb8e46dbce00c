// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: may a value hold a timer and a bpf_spin_lock, and what may be called
 * under the lock? Programs are loaded one at a time and never run.
 */
#include "limits.h"

struct locked {
	struct bpf_timer timer;
	struct bpf_spin_lock lock;
	__u32 mark;
};

/* key: 0; value: a timer beside a lock. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} values SEC(".maps");

static __always_inline struct locked *lookup(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&values, &key);
}

SEC("tc")
int start_beside_lock(void *ctx)
{
	struct locked *value = lookup();

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	value->mark++;
	bpf_spin_unlock(&value->lock);
	bpf_timer_start(&value->timer, FAR_NS, 0);
	return 0;
}

SEC("tc")
int start_under_lock(void *ctx)
{
	struct locked *value = lookup();

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	bpf_timer_start(&value->timer, FAR_NS, 0);
	bpf_spin_unlock(&value->lock);
	return 0;
}

SEC("tc")
int cancel_under_lock(void *ctx)
{
	struct locked *value = lookup();

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	bpf_timer_cancel(&value->timer);
	bpf_spin_unlock(&value->lock);
	return 0;
}

/* No timer helper at all: whether the lock alone is the reason. */
SEC("tc")
int lookup_under_lock(void *ctx)
{
	__u32 key = 0;
	struct locked *value = lookup();

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	bpf_map_lookup_elem(&values, &key);
	bpf_spin_unlock(&value->lock);
	return 0;
}

/* A sleepable program with the lock only, and one with the timer only. */
SEC("syscall")
int sleepable_with_lock(void *ctx)
{
	struct locked *value = lookup();

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	value->mark++;
	bpf_spin_unlock(&value->lock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
