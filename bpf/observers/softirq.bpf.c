// SPDX-License-Identifier: GPL-2.0-only
/*
 * Observer `core`: the hooks of softirq.h as a CO-RE object. They are attached
 * by the kernel's BTF, so that a host without kernel headers has them, too.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "softirq.h"

char LICENSE[] SEC("license") = "GPL";

/* Of the kernel only addresses are used, nothing behind them. */
struct task_struct;

/* key: CPU; value: its slot; writer: this file; reader: slots.py (mmap) */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the CPUs before loading */
	__type(key, __u32);
	__type(value, struct cpu_slot);
} cpu_slots SEC(".maps");

static __always_inline struct cpu_slot *own_slot(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpu_slots, &cpu);
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(on_softirq_entry, unsigned int vector)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		softirq_entered(slot, VECTOR(vector));
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(on_softirq_exit, unsigned int vector)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		softirq_left(slot, VECTOR(vector));
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_sched_wakeup, struct task_struct *task)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		task_woken(slot, (__u64)task);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempted, struct task_struct *previous,
	     struct task_struct *next)
{
	struct cpu_slot *slot = own_slot();

	if (slot)
		tasks_switched(slot, preempted, (__u64)previous, (__u64)next);
	return 0;
}
