/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Distributions of a program's own, beside lateness: a histogram and an errno table
 * for each, on each CPU. The program's class names them, in the order of their
 * numbers. Mirrored in bench/abi.py.
 */
#ifndef DISTRIBUTION_H
#define DISTRIBUTION_H

#include "timerbench.h"

struct distribution {
	__u64 total_ns;
	__u64 min_ns; /* reset by user space when the window opens */
	__u64 max_ns; /* likewise */
	__u64 negative;
	__u64 overflow;
	__u64 errors[ERRNO_SLOTS];
	__u64 counts[HIST_COUNTERS];
} __attribute__((aligned(128)));

/* Set before loading: CPUs that each distribution has room for. */
const volatile __u32 distribution_cpus = 1;

/* key: number * CPUs + CPU; value: ns; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries,
	       1); /* set to their number times the CPUs before loading */
	__type(key, __u32);
	__type(value, struct distribution);
} distributions SEC(".maps");

static __always_inline struct distribution *distribution(__u32 number)
{
	__u32 key = number * distribution_cpus + bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&distributions, &key);
}

/* Count a value; of one CPU only one context may do so for a given number. */
static __always_inline void record_value(struct distribution *d, __s64 value)
{
	__u32 index;

	if (value < 0) {
		d->negative++;
		return;
	}
	d->total_ns += value;
	if ((__u64)value < d->min_ns)
		d->min_ns = value;
	if ((__u64)value > d->max_ns)
		d->max_ns = value;
	if (value > HIST_HIGHEST) {
		d->overflow++;
		return;
	}
	index = hist_index(value);
	if (index < HIST_COUNTERS)
		d->counts[index]++;
}

#endif
