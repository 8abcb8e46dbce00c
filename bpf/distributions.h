/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Distributions of a program's own, beside lateness: a histogram and an errno table
 * for each, on each CPU. The program's class names them, in the order of their
 * numbers.
 */
#ifndef DISTRIBUTIONS_H
#define DISTRIBUTIONS_H

#include "timerbench.h"

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

#endif
