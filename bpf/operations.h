/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: how long does one operation on a timer take? A stopwatch around the call
 * and nothing else: a call that an interrupt fell into is discarded, and counted; a
 * call that failed is counted by errno. Both have no time.
 *
 * Clock: CLOCK_MONOTONIC. A value contains one reading of it: see `clock`.
 */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "distributions.h" /* map distributions */
#include "interrupts.h"

/* Numbers of the distributions; OP_CLOCK is two readings with nothing between them. */
enum operation {
	OP_CLOCK,
	OP_INSERT,
	OP_INIT,
	OP_SET_CALLBACK,
	OP_START_IDLE,
	OP_PUSH_BACK_LATER,
	OP_PUSH_BACK_SOONER,
	OP_CANCEL,
	OP_DELETE_PENDING,
	OP_DELETE_FIRED,
	OP_REPLACE,
	OP_CALLBACK,
	OPERATIONS,
};

struct stopwatch {
	__u64 interrupts;
	__u64 begin_ns;
};

static __always_inline struct stopwatch begin_timing(void)
{
	struct stopwatch w = { .interrupts = interrupts() };

	w.begin_ns = bpf_ktime_get_ns();
	return w;
}

/* The time since then, ns; -EINTR if an interrupt fell into it. */
static __always_inline __s64 end_timing(struct stopwatch *w)
{
	__u64 now = bpf_ktime_get_ns();

	return interrupts() == w->interrupts ? (__s64)(now - w->begin_ns) :
					       -EINTR;
}

_Static_assert(OPERATIONS <= MEASURES, "a counter of discarded calls for each");

/*
 * Record a call that took `ns`, or was discarded, and answered `err`. The measures of
 * a slot begin with the discarded calls of each operation. A global function, which
 * the verifier reads once.
 */
__noinline int record_call(__u32 operation, __s64 ns, __s64 err)
{
	struct distribution *d = distribution(operation);
	struct slot *s = this_slot();

	if (!d || !s || operation >= OPERATIONS)
		return 0;
	if (err < 0)
		count_errno(d->errors, err);
	else if (ns < 0)
		count(&s->measures[operation]);
	else
		record_value(d, ns);
	return 0;
}

#endif
