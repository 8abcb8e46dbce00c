/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latest callbacks of a window, with what may have delayed them. A CPU keeps
 * its own; user space puts the CPUs' together.
 *
 * Overhead: one look-up and one compare for a callback that is not among the
 * latest; for one that is, its record and six steps down a heap.
 */
#ifndef OUTLIERS_H
#define OUTLIERS_H

#include "latest.h"
#include "timerbench.h"

#define PLACE_BITS 7
#define COMM_BYTES 16

struct outlier {
	__u64 t_ns; /* callback, lateness_clock */
	__u64 lateness_ns;
	__u64 ended_ns; /* end of the HRTIMER run before, 0 = there was none */
	__u64 raised_ns; /* HRTIMER softirq raised, lateness_clock, 0 = unknown */
	__u64 entered_ns; /* and entered */
	__u64 before_ns; /* how long the softirq before that took */
	__u64 before_end_ns; /* when it ended, 0 = unknown */
	__u32 before; /* its vector */
	__u32 venue;
	__u32 pid;
	__u32 padding;
	char comm[COMM_BYTES];
};

struct outlier_table {
	__u64 open; /* written by user space: record callbacks */
	/*
	 * Smallest first: lateness << PLACE_BITS | place in records. Set to the
	 * places by user space before the program is attached.
	 */
	__u64 heap[LATEST];
	struct outlier records[LATEST];
} __attribute__((aligned(128)));

/* key: CPU; value: latest callbacks; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the CPUs before loading */
	__type(key, __u32);
	__type(value, struct outlier_table);
} outliers SEC(".maps");

/* The record to fill for a callback so late; NULL if it is not among the latest. */
static __always_inline struct outlier *outlier_of(__u64 late)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct outlier_table *t = bpf_map_lookup_elem(&outliers, &cpu);
	__u64 place;

	if (!t || late <= t->heap[1] >> PLACE_BITS || !t->open)
		return 0;
	place = t->heap[1] & (LATEST - 1);
	replace_smallest(t->heap, late << PLACE_BITS | place);
	return &t->records[place];
}

#endif
