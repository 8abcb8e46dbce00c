/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of watch.bpf.c: which slot the timers of a map with a callback have, and
 * what an event of a timer costs. Each CPU writes its own slots.
 */
#ifndef WATCH_SLOTS_H
#define WATCH_SLOTS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "kernel_timer.h"
#include "watch.h"

#define MOST_GROUPS 512

/* key: CPU; value: what it does now; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watch_cpu);
} cpus SEC(".maps");

/* key: CPU's `first` + slot; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watch_slot);
} slots SEC(".maps");

/* The same for run times; one entry unless ends of callbacks are watched. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watch_runs);
} runs SEC(".maps");

/* key: map and callback; value: their slot; writer: programs; reader: user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MOST_GROUPS);
	__type(key, struct watch_key);
	__type(value, struct watch_group);
} groups SEC(".maps");

/* Slots that nobody has yet; writer: user space; reader: programs. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, MOST_GROUPS);
	__type(value, __u32);
} unused SEC(".maps");

static __always_inline struct watch_cpu *this_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline struct watch_slot *slot_of(struct watch_cpu *c,
						  __u32 slot)
{
	__u32 place = c->first + slot;

	return bpf_map_lookup_elem(&slots, &place);
}

/* The bpf_timer around an hrtimer. */
static __always_inline void *outer_of(void *timer)
{
	return timer -
	       bpf_core_field_offset(struct bpf_hrtimer___watched, timer);
}

static __always_inline void read_key(struct watch_key *key, void *outer)
{
	if (!bpf_rdonly_cast) {
		struct bpf_map___watched *map =
			TIMER_OWN((struct bpf_hrtimer___watched *)outer, map);

		key->map = BPF_CORE_READ(map, id);
		key->callback = (__u64)TIMER_OWN(
			(struct bpf_hrtimer___watched *)outer, callback_fn);
	} else if (bpf_core_field_exists(struct bpf_hrtimer___watched, cb)) {
		struct bpf_hrtimer___watched *view = bpf_rdonly_cast(
			outer,
			bpf_core_type_id_kernel(struct bpf_hrtimer___watched));

		key->map = view->cb.map->id;
		key->callback = (__u64)view->cb.callback_fn;
	} else {
		struct bpf_hrtimer___flat *view = bpf_rdonly_cast(
			outer,
			bpf_core_type_id_kernel(struct bpf_hrtimer___flat));

		key->map = view->map->id;
		key->callback = (__u64)view->callback_fn;
	}
}

/* The slot of a group that has none yet: 0, that of all others, if none is left. */
static __noinline __u32 new_slot(struct watch_key *key, __u32 program)
{
	struct watch_group fresh = { .program = program }, *known;

	if (!key || bpf_map_pop_elem(&unused, &fresh.slot))
		return 0;
	if (!bpf_map_update_elem(&groups, key, &fresh, BPF_NOEXIST))
		return fresh.slot;
	/* Another CPU was first. */
	bpf_map_push_elem(&unused, &fresh.slot, 0);
	known = bpf_map_lookup_elem(&groups, key);
	return known ? known->slot : 0;
}

static __always_inline __u32 looked_up(struct watch_key *key, void *outer)
{
	struct watch_group *known = bpf_map_lookup_elem(&groups, key);
	struct bpf_prog___watched *program;

	if (known)
		return known->slot;
	program = TIMER_OWN((struct bpf_hrtimer___watched *)outer, prog);
	return new_slot(key, BPF_CORE_READ(program, aux, id));
}

static __always_inline __u32 slot_number(struct watch_cpu *c, void *timer)
{
	struct watch_key key = {};
	void *outer = outer_of(timer);

	read_key(&key, outer);
	if (!key.map) /* The map goes, and its timers with it. */
		return 0;
	if (key.map != c->map || key.callback != c->callback) {
		c->slot = looked_up(&key, outer);
		c->map = key.map;
		c->callback = key.callback;
	}
	return c->slot;
}

/* When an event begins that is to be timed, else 0. */
static __always_inline __u64 own_begin(struct watch_cpu *c)
{
	c->events++;
	if (c->untimed) {
		c->untimed--;
		return 0;
	}
	c->untimed = bpf_get_prandom_u32() % (2 * TIMED_ONE_IN - 1);
	return bpf_ktime_get_ns();
}

static __always_inline void own_end(struct watch_cpu *c, __u64 begun)
{
	if (!begun)
		return;
	c->timed_ns += bpf_ktime_get_ns() - begun;
	c->timed++;
}

#endif
