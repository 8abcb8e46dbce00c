/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HdrHistogram layout, 2 significant digits, 0 .. 2^36 ns: values below 256 have
 * a counter each, above, every power of two has 128 linear steps. The same as
 * index_of() of bench/histogram.py. Needs nothing of BPF, so that a test can
 * compile it for the host.
 */
#ifndef HIST_H
#define HIST_H

#include <linux/types.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define HIST_COUNTERS 3968
#define HIST_HIGHEST (1ULL << 36)
#define HIST_HALF 128

static __always_inline __u32 hist_index(__u64 value)
{
	__u32 shift = 0;
	__u64 v = value;

	if (v >= 1ULL << 24) {
		v >>= 16;
		shift += 16;
	}
	if (v >= 1ULL << 16) {
		v >>= 8;
		shift += 8;
	}
	if (v >= 1ULL << 12) {
		v >>= 4;
		shift += 4;
	}
	if (v >= 1ULL << 10) {
		v >>= 2;
		shift += 2;
	}
	if (v >= 1ULL << 9) {
		v >>= 1;
		shift += 1;
	}
	if (v >= 1ULL << 8) {
		v >>= 1;
		shift += 1;
	}
	return shift * HIST_HALF + v;
}

#endif
