/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries that are there before the load begins, with the time to live that the load
 * would have left them, so that a population of minutes is measured in seconds.
 *
 * They are entries like any other, found and freed by the program's own callback; only
 * who armed them differs, and `seeded` counts them beside `started`.
 *
 * Overhead: none for hooks and callbacks. Include it after defining the map `timers`.
 */
#ifndef SEEDING_H
#define SEEDING_H

#include "work.h"

/* key: place in a chunk; value: expiry, ns after the epoch; writer: user space by mmap; reader: seed. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} residuals SEC(".maps");

/* Start a timer that is due at some time: by the kernel's flag, which is exact and saves two
 * readings of the clock, or, before 6.4, by the delay. */
static __always_inline long start_at(struct bpf_timer *timer, __u64 due)
{
	long err = bpf_timer_start(timer, due, timer_flags | TIMER_ABS);
	__u64 now;

	if (err != -EINVAL || (timer_flags & TIMER_ABS))
		return err;
	now = clock_now();
	return bpf_timer_start(timer, due > now ? due - now : 0, timer_flags);
}

/* Start an initialised timer as start_new does, due at some time. */
static __always_inline long
start_due_at(struct slot *s, struct entry *entry,
	     int (*callback)(void *, void *, void *), __u64 due)
{
	long err = prepare_start(entry, callback);

	if (!err)
		err = start_at(timer_of(entry), due);
	count_start(s, entry, err);
	return err;
}

/* Start the timer of a seeded entry; 0 or the error, counted unless it will be tried again. */
static __always_inline long start_seed(struct slot *s, struct arm_args *args,
				       void *map, struct entry *entry,
				       int (*callback)(void *, void *, void *),
				       __u64 due)
{
	long err = init_new(s, timer_of(entry), map);

	if (!err && engine == ENGINE_BPF_WQ)
		err = init_work(s, entry, map);
	if (err == -ENOMEM && !args->last_pass)
		args->missing++;
	else if (err)
		count_errno(s->init_failed, err);
	else
		err = start_due_at(s, entry, callback, due);
	return err;
}

/* An entry that is due at some time, unless an earlier pass has made it. */
static __always_inline void seed_entry(struct arm_args *args, void *map,
				       void *key,
				       int (*callback)(void *, void *, void *),
				       __u64 due)
{
	struct slot *s = this_slot();
	struct entry *entry;

	if (!s || (args->again && bpf_map_lookup_elem(map, key)))
		return;
	entry = insert_new(s, map, key, due);
	if (!entry)
		return;
	if (has_timers()) {
		if (start_seed(s, args, map, entry, callback, due)) {
			bpf_map_delete_elem(map, key);
			return;
		}
	} else {
		entry->armed = due;
		count(&s->started);
	}
	count(&s->seeded);
}

/* Seed `count` entries on the calling CPU, whose residual times are in `residuals`. */
static __always_inline int seed_each(struct arm_args *args,
				     long (*seed_nth)(__u32, struct arm_args *))
{
	struct arm_args copy = *args;

	copy.missing = 0;
	if (bpf_loop(copy.count, seed_nth, &copy, 0) != copy.count)
		return 1;
	args->missing = copy.missing;
	return 0;
}

static long seed_one(__u32 index, struct arm_args *args);

/* Entries with keys that the load never uses. */
SEC("syscall")
int seed(struct arm_args *args)
{
	return seed_each(args, seed_one);
}

#endif
