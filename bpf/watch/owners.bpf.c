// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which processes hold which maps by a descriptor?
 *
 * An iterator over the open files of all processes, read once.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "kernel_timer.h"
#include "owners.h"

char LICENSE[] SEC("license") = "GPL";

/* key: 0; value: what is looked for; writers: user space, the first walk. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holder_search);
} search SEC(".maps");

struct seq_file;

struct bpf_iter_meta___held {
	struct seq_file *seq;
} KERNEL_LOCAL;

struct task_struct___held {
	int tgid;
	char comm[16];
	struct task_struct___held *group_leader;
} KERNEL_LOCAL;

struct file___held {
	const void *f_op;
	void *private_data;
} KERNEL_LOCAL;

struct bpf_iter__task_file___held {
	struct bpf_iter_meta___held *meta;
	struct task_struct___held *task;
	__u32 fd;
	struct file___held *file;
} KERNEL_LOCAL;

/* Whether a file is the map `search`, as the process that reads this iterator has it. */
static __always_inline int is_own(struct holder_search *wanted,
				  struct task_struct___held *task, __u32 fd)
{
	return task->tgid == bpf_get_current_pid_tgid() >> 32 &&
	       fd == wanted->own_fd;
}

static __always_inline void write_holder(struct seq_file *seq,
					 struct task_struct___held *task,
					 struct file___held *file)
{
	struct bpf_map___watched *map = file->private_data;
	struct map_holder found = {};

	found.pid = task->tgid;
	found.map = BPF_CORE_READ(map, id);
	BPF_CORE_READ_STR_INTO(&found.comm, task, group_leader, comm);
	bpf_seq_write(seq, &found, sizeof(found));
}

/*
 * The first walk finds by what operations a file is known as a map: few kernels
 * list that symbol. The second finds all such files.
 */
SEC("iter/task_file")
int list_holders(struct bpf_iter__task_file___held *ctx)
{
	struct task_struct___held *task = ctx->task;
	struct file___held *file = ctx->file;
	struct holder_search *wanted;
	__u32 zero = 0;

	wanted = bpf_map_lookup_elem(&search, &zero);
	if (!task || !file || !wanted)
		return 0;
	if (wanted->operations) {
		if ((__u64)file->f_op == wanted->operations)
			write_holder(ctx->meta->seq, task, file);
	} else if (is_own(wanted, task, ctx->fd)) {
		wanted->operations = (__u64)file->f_op;
	}
	return 0;
}
