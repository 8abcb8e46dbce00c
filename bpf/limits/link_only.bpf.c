// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: is a link to the program enough to keep its map usable for timers? On any
 * system call of the process `pid`, initialise the timer and leave the answer.
 * Clock: monotonic.
 */
#include "timed_map.h"

const volatile __u32 pid = 0;

struct limits_answer {
	__u64 asked;
	__s64 result;
};

/* key: 0; value: the first answer; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limits_answer);
} answers SEC(".maps");

/* key: 0; value: 1 once user space wants an answer. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} wanted SEC(".maps");

SEC("tp_btf/sys_enter")
int on_sys_enter(void *ctx)
{
	struct limits_answer *answer;
	struct timed *value;
	__u32 key = 0;
	__u64 *now;

	if (bpf_get_current_pid_tgid() >> 32 != pid)
		return 0;
	now = bpf_map_lookup_elem(&wanted, &key);
	value = bpf_map_lookup_elem(&timers, &key);
	answer = bpf_map_lookup_elem(&answers, &key);
	if (!now || !*now || !value || !answer || answer->asked)
		return 0;
	answer->result = bpf_timer_init(&value->timer, &timers, LIMITS_CLOCK);
	answer->asked = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
