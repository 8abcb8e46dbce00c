/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of one operation on half a batch of entries, with nothing between them, between
 * two readings of the clock.
 */
#ifndef GROUPS_H
#define GROUPS_H

#include "operations.h"

#define BATCH 64
/* As many pointers as the stack of a BPF program has room for; clocked by themselves. */
#define GROUP 32

/* Distance of the delays of a batch's timers. */
static __always_inline __u64 delay_step(void)
{
	return timeout_ns / 4 / BATCH;
}

/* Delay of a batch's first timer when it is started for an operation. */
static __always_inline __u64 first_delay(__u32 operation, __u32 seed)
{
	__u64 delay_ns = timeout_ns + timeout_ns * 3 / 8 +
			 timeout_ns / 8 / 1024 * (seed % 1024);

	if (operation == OP_PUSH_BACK_LATER)
		delay_ns += timeout_ns / 8;
	else if (operation == OP_PUSH_BACK_SOONER)
		delay_ns -= timeout_ns / 8;
	return delay_ns;
}

/*
 * Time the calls of a group of keys from `first` on: ns, -EINTR if an interrupt fell
 * into them, or the last of their errors.
 */
#define TIME_GROUP(call)                                            \
	({                                                          \
		long result, err = 0;                               \
		struct stopwatch w = begin_timing();                \
		__s64 ns;                                           \
                                                                    \
		_Pragma("unroll") for (__u32 n = 0; n < GROUP; n++) \
		{                                                   \
			result = (call);                            \
			if (result < 0)                             \
				err = result;                       \
		}                                                   \
		ns = end_timing(&w);                                \
		err ? err : ns;                                     \
	})

/* Find the entries of a group, which stay on the stack while they are timed. */
#define FIND_GROUP(found, first)                                 \
	_Pragma("unroll") for (__u32 n = 0; n < GROUP; n++)      \
	{                                                        \
		__u32 key = (first) + n;                         \
                                                                 \
		(found)[n] = bpf_map_lookup_elem(&timers, &key); \
		if (!(found)[n])                                 \
			return -ENOENT;                          \
	}

__noinline int init_group(__u32 first)
{
	struct entry *found[GROUP];

	FIND_GROUP(found, first);
	return TIME_GROUP(
		bpf_timer_init(&found[n]->timer, &timers, timer_clock));
}

__noinline int set_callback_group(__u32 first)
{
	struct entry *found[GROUP];

	FIND_GROUP(found, first);
	return TIME_GROUP(bpf_timer_set_callback(&found[n]->timer, expired));
}

/* Start nth timer `from_ns` + n steps from now. */
__noinline int start_group(__u32 first, __u64 from_ns)
{
	__u64 step_ns = delay_step(), flags = timer_flags;
	struct entry *found[GROUP];

	FIND_GROUP(found, first);
	if (flags & TIMER_ABS)
		from_ns += clock_now();
	return TIME_GROUP(bpf_timer_start(&found[n]->timer,
					  from_ns + step_ns * n, flags));
}

__noinline int cancel_group(__u32 first)
{
	struct entry *found[GROUP];

	FIND_GROUP(found, first);
	return TIME_GROUP(bpf_timer_cancel(&found[n]->timer));
}

__noinline int insert_group(__u32 first)
{
	struct entry fresh = {};
	__u32 key = first - 1;

	return TIME_GROUP((key++, bpf_map_update_elem(&timers, &key, &fresh,
						      BPF_NOEXIST)));
}

__noinline int replace_group(__u32 first)
{
	struct entry fresh = {};
	__u32 key = first - 1;

	return TIME_GROUP(
		(key++, bpf_map_update_elem(&timers, &key, &fresh, BPF_EXIST)));
}

__noinline int delete_group(__u32 first)
{
	__u32 key = first - 1;

	return TIME_GROUP((key++, bpf_map_delete_elem(&timers, &key)));
}

static __always_inline __s64 time_group(__u32 operation, __u32 first,
					__u64 from_ns)
{
	switch (operation) {
	case OP_INSERT:
		return insert_group(first);
	case OP_INIT:
		return init_group(first);
	case OP_SET_CALLBACK:
		return set_callback_group(first);
	case OP_START_IDLE:
	case OP_PUSH_BACK_LATER:
	case OP_PUSH_BACK_SOONER:
		return start_group(first, from_ns);
	case OP_CANCEL:
		return cancel_group(first);
	case OP_DELETE_PENDING:
	case OP_DELETE_FIRED:
		return delete_group(first);
	case OP_REPLACE:
		return replace_group(first);
	}
	return -EINVAL;
}

#endif
