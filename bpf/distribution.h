/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram of values with its extremes, and failures by errno. Mirrored in
 * bench/abi.py.
 */
#ifndef DISTRIBUTION_H
#define DISTRIBUTION_H

#include "hist.h"

/* Error counters by errno; the last one takes every errno beyond the table. */
#define ERRNO_SLOTS 136

struct distribution {
	__u64 total_ns;
	__u64 min_ns; /* reset by user space when the window opens */
	__u64 max_ns; /* likewise */
	__u64 negative;
	__u64 overflow;
	__u64 errors[ERRNO_SLOTS];
	__u64 counts[HIST_COUNTERS];
} __attribute__((aligned(128)));

/* Count a value; of one CPU only one context may do so for a given histogram. */
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
	if ((__u64)value > HIST_HIGHEST) {
		d->overflow++;
		return;
	}
	index = hist_index(value);
	if (index < HIST_COUNTERS)
		d->counts[index]++;
}

#endif
