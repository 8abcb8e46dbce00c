/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests only: a known amount of work beside what a callback does anyway, so that a
 * comparison can be held against a truth. Without it the verifier removes the call.
 */
#ifndef EXTRA_WORK_H
#define EXTRA_WORK_H

#include "timerbench.h"

/* Set before loading: turns of work in each callback. */
const volatile __u32 extra_work = 0;

/* A multiplication that depends on the one before. */
static long work_turn(__u32 turn, __u64 *state)
{
	*state = *state * 6364136223846793005ULL + turn;
	return 0;
}

static __always_inline void do_extra_work(void)
{
	__u64 state = 1;

	if (extra_work)
		bpf_loop(extra_work, work_turn, &state, 0);
}

/* How long `count` turns take here and now, in ns: the truth. */
SEC("syscall")
int time_work(struct arm_args *args)
{
	__u64 state = 1, begin = bpf_ktime_get_ns();

	bpf_loop(args->count, work_turn, &state, 0);
	return (int)(bpf_ktime_get_ns() - begin);
}

#endif
