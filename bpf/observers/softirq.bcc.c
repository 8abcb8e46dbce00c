// SPDX-License-Identifier: GPL-2.0-only
/*
 * Observer `bcc`: the hooks of softirq.h in BCC's dialect, as raw tracepoints,
 * which cost less an event than perf tracepoints, and detach without waiting.
 * Its Python side defines CPUS and says where softirq.h is.
 */
#include <linux/types.h>
#include "softirq.h"

#define MMAPABLE 1024 /* BPF_F_MMAPABLE */

/* key: CPU; value: its slot; writer: this file; reader: slots.py (mmap) */
BPF_F_TABLE("array", u32, struct cpu_slot, cpu_slots, CPUS, MMAPABLE);

static __always_inline struct cpu_slot *own_slot(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return cpu_slots.lookup(&cpu);
}

/* args: vector */
int on_softirq_entry(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		softirq_entered(slot, VECTOR(ctx->args[0]));
	return 0;
}

/* args: vector */
int on_softirq_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		softirq_left(slot, VECTOR(ctx->args[0]));
	return 0;
}

/* args: task */
int on_sched_wakeup(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		task_woken(slot, ctx->args[0]);
	return 0;
}

/* args: preempted, previous task, next task; since 5.18 also previous state */
int on_sched_switch(struct bpf_raw_tracepoint_args *ctx)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		tasks_switched(slot, ctx->args[0], ctx->args[1], ctx->args[2]);
	return 0;
}
