/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The largest of many keys, kept in a heap whose smallest is first. Needs nothing
 * of BPF, so that a test can compile it for the host.
 */
#ifndef LATEST_H
#define LATEST_H

#include <linux/types.h>

/* Place 0 is not used, so that the children of i are 2 i and 2 i + 1. */
#define LATEST 128
#define LATEST_STEPS 6

/* Put a key in place of the smallest; the heap is a full tree of seven levels. */
static __always_inline void replace_smallest(__u64 *heap, __u64 key)
{
	__u32 place = 1, child, step;

#pragma unroll
	for (step = 0; step < LATEST_STEPS; step++) {
		child = 2 * place & (LATEST - 2);
		if (heap[child | 1] < heap[child])
			child |= 1;
		if (heap[child] >= key)
			break;
		heap[place] = heap[child];
		place = child;
	}
	heap[place & (LATEST - 1)] = key;
}

#endif
