/* SPDX-License-Identifier: GPL-2.0-only */
/* What the scripted programs are given and answer, and how they set their marks. */
#ifndef INSTRUCTIONS_PART_H
#define INSTRUCTIONS_PART_H

#include "marks.h"

/* A scripted part: mirrored in bench/instructions/inside.py. */
struct part {
	__u32 operation; /* enum operation */
	__u32 count; /* calls, or rounds of expiry */
	__u32 clock;
	__u32 together; /* timers of one round */
	__u64 flags; /* of bpf_timer_start */
	__u64 base_ns; /* CLOCK_MONOTONIC that expiries are counted from */
	__u32 rearm; /* whether callbacks start their timer again */
	__u32 failed; /* out: calls that did not do what they should */
	__s64 error; /* out: what the last of them answered */
};

/* r0 is the caller's to lose; nothing moves across it. */
#define mark(number)                                               \
	asm volatile("r0 = %[constant] ll"                         \
		     :                                             \
		     : [constant] "i"(MARK_MAGIC << 32 | (number)) \
		     : "r0", "memory")

static __always_inline void count_failed(struct part *part, long err)
{
	part->failed++;
	if (!part->error)
		part->error = err;
}

static __always_inline void answer(struct part *to, const struct part *from)
{
	to->failed = from->failed;
	to->error = from->error;
}

#endif
