// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does each operation on a timer answer where interrupts are off? One
 * that user space orders is done once, by the next hard interrupt of an hrtimer, or
 * at the next hrtimer_start, with the timer base locked. Clock: monotonic.
 */
#include "timed_map.h"
#include "kernel_local.h"

enum operation { INIT, SET_CALLBACK, START, CANCEL, CANCEL_ASYNC, RESTART };

/* Absent before 7.0. */
extern int bpf_timer_cancel_async(struct bpf_timer *timer) __ksym __weak;

/* One operation, its answers, and how often the callback ran. */
struct limits_order {
	__u32 due; /* by user space: 1 = do it once */
	__u32 op;
	__u64 timeout_ns;
	__u32 done; /* by the program */
	__u32 pad;
	__s64 init;
	__s64 set_callback;
	__s64 start;
	__s64 cancel;
	__u64 fired; /* by the callback */
};

/* key: 0; value: the order; writers: user space by mmap, programs, callback. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limits_order);
} orders SEC(".maps");

/* Soft timers expire with interrupts on, hard ones with interrupts off. */
struct hrtimer___soft {
	__u8 is_soft;
} KERNEL_LOCAL;

static int expired(void *map, __u32 *key, struct timed *value)
{
	struct limits_order *order = bpf_map_lookup_elem(&orders, key);

	if (order)
		order->fired++;
	return 0;
}

static __always_inline __s64 cancel(struct bpf_timer *timer, __u32 op)
{
	if (op == CANCEL)
		return bpf_timer_cancel(timer);
	if (bpf_timer_cancel_async)
		return bpf_timer_cancel_async(timer);
	return op == RESTART ? bpf_timer_cancel(timer) : -EOPNOTSUPP;
}

static __always_inline int perform(void)
{
	struct limits_order *order;
	struct timed *value;
	__u32 key = 0, op;

	value = bpf_map_lookup_elem(&timers, &key);
	order = bpf_map_lookup_elem(&orders, &key);
	if (!value || !order || !order->due ||
	    __sync_val_compare_and_swap(&order->due, 1, 0) != 1)
		return 0;
	op = order->op;
	if (op >= CANCEL)
		order->cancel = cancel(&value->timer, op);
	if (op == INIT)
		order->init =
			bpf_timer_init(&value->timer, &timers, LIMITS_CLOCK);
	if (op == SET_CALLBACK || op == RESTART)
		order->set_callback =
			bpf_timer_set_callback(&value->timer, expired);
	if (op == START || op == RESTART)
		order->start =
			bpf_timer_start(&value->timer, order->timeout_ns, 0);
	order->done = 1;
	return 0;
}

SEC("tp_btf/hrtimer_expire_entry")
int in_interrupt(__u64 *ctx)
{
	struct hrtimer___soft *timer = (void *)ctx[0];

	if (BPF_CORE_READ(timer, is_soft))
		return 0;
	return perform();
}

SEC("tp_btf/hrtimer_start")
int on_start(__u64 *ctx)
{
	return perform();
}

/* The same where interrupts are on. */
SEC("syscall")
int in_task(void *ctx)
{
	return perform();
}

char LICENSE[] SEC("license") = "GPL";
