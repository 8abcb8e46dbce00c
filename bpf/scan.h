/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: what does it cost to collect a table's entries by looking at all of them,
 * and how late does each go? Include it after defining the map `timers`.
 *
 * Entries hold when they are due (entry.armed). A scan deletes those that are, and
 * counts each as a callback would, when the deletion has returned. A packet that
 * refreshes an entry between its being looked at and its deletion comes too late, as in
 * other collectors of this kind.
 *
 * Concurrency: one scan at a time. It stays on its CPU, and nothing else fires there.
 */
#ifndef SCAN_H
#define SCAN_H

#include "fired.h"

/* key: 0; value: counts; writer: whoever scans; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scan_counts);
} scans SEC(".maps");

struct scan {
	__u64 now; /* what is due by then is deleted */
	__u64 seen; /* entries looked at */
};

static __always_inline struct scan_counts *scan_counts(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scans, &zero);
}

/* Delete an entry that is due. */
static __always_inline void collect(void *map, const void *key, __u64 due)
{
	long err = bpf_map_delete_elem(map, key);
	struct slot *s = this_slot();

	if (!s)
		return;
	if (err) {
		/* An LRU map has evicted it meanwhile. */
		count_errno(s->collect_failed, err);
		return;
	}
	s->fired++;
	count(&s->collected);
	if (is_timed(s))
		record_late(s, clock_now(), due);
}

static long scan_one(void *map, const void *key, struct entry *entry,
		     struct scan *scan)
{
	__u64 due = *(volatile __u64 *)&entry->armed;

	scan->seen++;
	if (due <= scan->now)
		collect(map, key, due);
	return 0;
}

static long count_young(void *map, const void *key, struct entry *entry,
			struct scan *scan)
{
	if (entry->armed > scan->now)
		scan->seen++;
	return 0;
}

/* Answers how many entries a timer would not have ended yet. */
SEC("syscall")
int young(void *unused)
{
	struct scan scan = { .now = clock_now() };

	bpf_for_each_map_elem(&timers, count_young, &scan, 0);
	return scan.seen;
}

/* Delete what is due in the whole table; called by user space once a period. */
SEC("syscall")
int scan(void *unused)
{
	struct scan scan = { .now = clock_now() };
	struct scan_counts *counts = scan_counts();

	bpf_for_each_map_elem(&timers, scan_one, &scan, 0);
	if (counts)
		counts->scanned += scan.seen;
	return 0;
}

#endif
