/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel keeps of a bpf_timer that this project did not load: who it
 * belongs to and when it is due. One accessor for each rename or move.
 *
 * All reads are bpf_probe_read_kernel(): the timer may be freed meanwhile.
 */
#ifndef WATCH_KERNEL_TIMER_H
#define WATCH_KERNEL_TIMER_H

#include <linux/bpf.h>
#include "kernel_local.h"

#define BPF_NAME_BYTES 16

struct btf___watched {
	__u32 id;
} KERNEL_LOCAL;

/* Since 6.2 ("bpf: Consolidate spin_lock, timer management into btf_record"). */
struct btf_record___watched {
	int timer_off;
} KERNEL_LOCAL;

struct bpf_map___watched {
	__u32 id;
	enum bpf_map_type map_type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 btf_key_type_id;
	struct btf___watched *btf;
	struct btf_record___watched *record;
	char name[BPF_NAME_BYTES];
	struct {
		__s64 counter;
	} usercnt;
} KERNEL_LOCAL;

/* Before 6.2. */
struct bpf_map___offset {
	int timer_off;
} KERNEL_LOCAL;

struct bpf_prog_aux___watched {
	__u32 id;
} KERNEL_LOCAL;

struct bpf_prog___watched {
	struct bpf_prog_aux___watched *aux;
} KERNEL_LOCAL;

/* Common to timers and work queues, since 6.10 ("bpf: replace bpf_timer_init with a generic helper"). */
struct bpf_async_cb___watched {
	struct bpf_map___watched *map;
	struct bpf_prog___watched *prog;
	void *callback_fn;
	void *value;
} KERNEL_LOCAL;

struct bpf_hrtimer___watched {
	struct bpf_async_cb___watched cb;
	struct hrtimer___local timer;
} KERNEL_LOCAL;

/* Before 6.10 these were its own. */
struct bpf_hrtimer___flat {
	struct bpf_map___watched *map;
	struct bpf_prog___watched *prog;
	void *callback_fn;
	void *value;
} KERNEL_LOCAL;

struct hrtimer_cpu_base___watched {
	__u32 cpu;
} KERNEL_LOCAL;

struct hrtimer_clock_base___watched {
	struct hrtimer_cpu_base___watched *cpu_base;
	__s32 clockid;
} KERNEL_LOCAL;

/* A member of the timer's owner record, wherever this kernel keeps it. */
#define TIMER_OWN(timer, member)                                             \
	({                                                                   \
		typeof(((struct bpf_hrtimer___flat *)0)->member) own_;       \
		if (bpf_core_field_exists(struct bpf_hrtimer___watched, cb)) \
			own_ = BPF_CORE_READ(timer, cb.member);              \
		else                                                         \
			own_ = BPF_CORE_READ(                                \
				(struct bpf_hrtimer___flat *)timer, member); \
		own_;                                                        \
	})

/* Whether the kernel has the timer in its queue now. */
static __always_inline int is_enqueued(struct bpf_hrtimer___watched *timer)
{
	if (bpf_core_field_exists(struct hrtimer___queued, is_queued))
		return BPF_CORE_READ((struct bpf_hrtimer___queued *)timer,
				     timer.is_queued);
	return BPF_CORE_READ(timer, timer.state) & HRTIMER_STATE_ENQUEUED;
}

/* Where in a value of the map its timer is; negative if it has none. */
static __always_inline int timer_offset(struct bpf_map___watched *map)
{
	struct btf_record___watched *record;

	if (!bpf_core_field_exists(struct bpf_map___watched, record))
		return BPF_CORE_READ((struct bpf_map___offset *)map, timer_off);
	record = BPF_CORE_READ(map, record);
	/* NULL, or an error as a pointer, which is negative. */
	if ((__s64)record >= -4095 && (__s64)record <= 0)
		return -1;
	return BPF_CORE_READ(record, timer_off);
}

#endif
