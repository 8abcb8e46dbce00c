/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: did this CPU take an interrupt between two moments?
 *
 * Hooks count what the kernel traces of interrupts: those of devices (on arm64 of the
 * timer, too), and on x86 the CPU's own. A softirq begins at the end of one, and so does
 * a pre-emption. What the kernel does not trace is not seen (callbacks of a hypervisor),
 * nor what a hypervisor takes without an interrupt.
 *
 * Overhead: one hook per interrupt.
 */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include <bpf/bpf_tracing.h>
#include "timerbench.h"

/* Set before loading: the hooks are attached. */
const volatile __u32 interrupts_watched = 0;

/* key: 0; value: interrupts of a CPU so far; writer: the hooks; reader: stopwatches. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} taken SEC(".maps");

static __always_inline __u64 *interrupts_taken(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&taken, &zero);
}

/* Interrupts of this CPU so far; only a difference means anything. */
static __always_inline __u64 interrupts(void)
{
	__u64 *number = interrupts_watched ? interrupts_taken() : 0;

	return number ? *(volatile __u64 *)number : 0;
}

/* An NMI may interrupt another interrupt's hook. */
static __always_inline int count_interrupt(void)
{
	__u64 *number = interrupts_taken();

	if (number)
		__sync_fetch_and_add(number, 1);
	return 0;
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(taken_device)
{
	return count_interrupt();
}

SEC("tp_btf/nmi_handler")
int BPF_PROG(taken_nmi)
{
	return count_interrupt();
}

SEC("tp_btf/ipi_entry")
int BPF_PROG(taken_ipi)
{
	return count_interrupt();
}

SEC("tp_btf/local_timer_entry")
int BPF_PROG(taken_timer)
{
	return count_interrupt();
}

SEC("tp_btf/reschedule_entry")
int BPF_PROG(taken_reschedule)
{
	return count_interrupt();
}

SEC("tp_btf/call_function_entry")
int BPF_PROG(taken_calls)
{
	return count_interrupt();
}

SEC("tp_btf/call_function_single_entry")
int BPF_PROG(taken_call)
{
	return count_interrupt();
}

SEC("tp_btf/irq_work_entry")
int BPF_PROG(taken_work)
{
	return count_interrupt();
}

SEC("tp_btf/x86_platform_ipi_entry")
int BPF_PROG(taken_platform)
{
	return count_interrupt();
}

#endif
