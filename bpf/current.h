/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The task that runs on this CPU, or that an interrupt runs over. Read from the task itself:
 * older kernels give programs in the packet path neither bpf_get_current_pid_tgid() nor
 * bpf_get_current_comm() ("unknown func" in XDP on 6.1), but bpf_get_current_task_btf().
 */
#ifndef CURRENT_H
#define CURRENT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "kernel_local.h"

#define TASK_COMM_BYTES 16

struct task_struct___local {
	__s32 pid;
	char comm[TASK_COMM_BYTES];
} KERNEL_LOCAL;

/* Id of the thread; 0 for the idle task. */
static __always_inline __u32 current_thread(void)
{
	struct task_struct___local *task = (void *)bpf_get_current_task_btf();

	return task->pid;
}

static __always_inline void read_current_comm(char comm[TASK_COMM_BYTES])
{
	struct task_struct___local *task = (void *)bpf_get_current_task_btf();

	bpf_core_read(comm, TASK_COMM_BYTES, &task->comm);
}

#endif
