/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that note when softirqs are raised, entered and left, for stages.h. */
#ifndef STAGE_HOOKS_H
#define STAGE_HOOKS_H

#include <bpf/bpf_tracing.h>
#include "stages.h"

SEC("tp_btf/softirq_raise")
int BPF_PROG(stage_raise, unsigned int vector)
{
	struct stage_cpu *c;

	if (vector != hrtimer_softirq)
		return 0;
	c = this_stage_cpu();
	if (c)
		c->pending_ns = clock_now();
	return 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(stage_entry, unsigned int vector)
{
	struct stage_cpu *c = this_stage_cpu();
	__u64 now = clock_now();

	if (!c)
		return 0;
	c->vector_ns = now;
	if (vector != hrtimer_softirq)
		return 0;
	c->raised_ns = c->pending_ns;
	c->entered_ns = now;
	c->pending_ns = 0;
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(stage_exit, unsigned int vector)
{
	struct stage_cpu *c = this_stage_cpu();
	__u64 now = clock_now();

	if (!c)
		return 0;
	c->before = vector;
	c->before_ns = c->vector_ns ? now - c->vector_ns : 0;
	c->before_end_ns = c->vector_ns ? now : 0;
	c->vector_ns = 0;
	if (vector == hrtimer_softirq) {
		c->entered_ns = 0;
		c->ended_ns = now;
	}
	return 0;
}

#endif
