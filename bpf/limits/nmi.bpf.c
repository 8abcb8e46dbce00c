// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what do the helpers answer in an NMI? The first NMI that reaches a handler
 * calls each once. Clock: monotonic.
 */
#include "timed_map.h"

struct limits_nmi {
	__u64 seen;
	__s64 init;
	__s64 set_callback;
	__s64 start;
	__s64 cancel;
};

/* key: 0; value: answers; writer: the first NMI; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limits_nmi);
} answers SEC(".maps");

static int expired(void *map, __u32 *key, struct timed *value)
{
	value->mark++;
	return 0;
}

SEC("tp_btf/nmi_handler")
int on_nmi(void *ctx)
{
	struct limits_nmi *answer;
	struct timed *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&timers, &key);
	answer = bpf_map_lookup_elem(&answers, &key);
	if (!value || !answer || __sync_fetch_and_add(&answer->seen, 1))
		return 0;
	answer->init = bpf_timer_init(&value->timer, &timers, LIMITS_CLOCK);
	answer->set_callback = bpf_timer_set_callback(&value->timer, expired);
	answer->start = bpf_timer_start(&value->timer, FAR_NS, 0);
	answer->cancel = bpf_timer_cancel(&value->timer);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
