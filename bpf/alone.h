/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: how long does one operation on a timer take by itself? Each is called for
 * a BATCH of entries, one after another, and nothing else goes on between two readings
 * of the clock: no look-up, no check, no other helper. A value is a batch's time over
 * its calls, so that of the clock vanishes.
 *
 * An entry is first brought, untimed, into the state that the operation is about. No
 * timer of a batch expires but those that are to: they expire in the middle half of
 * one to two timeouts from now, among the timers that `hold` put into the CPU's queue,
 * and are gone by then. So what they count needs no race to be decided.
 *
 * Both parts can be called from two CPUs, so that the operation meets a timer that is
 * in the queue of another CPU.
 *
 * Include after defining `timers`, `set_callback` and `expired`.
 */
#ifndef ALONE_H
#define ALONE_H

#include "batch.h"

/* Timers that are to fire do so together, in a few interrupts. */
#define FIRING_NS 100000
#define FIRING_WAIT_NS 1000000
#define FIRING_LOOKS 1000000

/* Parts of a call of `alone`. */
enum part { PREPARE = 1, MEASURE = 2 };

/* Time an operation on a batch that is prepared for it, and count what it did. */
__noinline int measure(__u32 operation, __u32 first, __u32 seed)
{
	__u64 from_ns = first_delay(operation, seed);
	struct batch before = { .first = first };
	struct slot *s = this_slot();
	__s64 one, other;

	if (!s || operation >= OPERATIONS)
		return 0;
	look_at(&before);
	if (!ready(&before, operation)) {
		add_to(&s->measures[SKIPPED], BATCH);
		return 0;
	}
	one = time_group(operation, first, from_ns);
	other = time_group(operation, first + GROUP,
			   from_ns + delay_step() * GROUP);
	account(s, operation, &before);
	if (one == -EINTR || other == -EINTR)
		add_to(&s->measures[operation], BATCH);
	else if (one < 0 || other < 0)
		record_call(operation, 0, one < 0 ? one : other);
	else
		record_call(operation, (one + other + BATCH / 2) / BATCH, 0);
	return 0;
}

struct preparation {
	__u32 operation;
	__u32 first;
	__u64 from_ns;
	__u64 give_up_ns; /* CLOCK_MONOTONIC: when not to wait for callbacks any more */
};

/* Put a timer into the queue of this CPU, or back. */
static __always_inline void enqueue(struct slot *s, struct entry *entry,
				    __u64 delay_ns)
{
	long err = bpf_timer_set_callback(&entry->timer, expired);

	if (!err)
		err = start_timer(&entry->timer, delay_ns);
	if (err)
		count_errno(s->start_failed, err);
	else
		count_begun(s, entry, IDLE);
}

/* Leave an entry with a timer that has its callback, or not yet, and is not pending. */
static __always_inline void settle(struct slot *s, struct entry *entry,
				   __u32 operation)
{
	if (timer_enqueued(&entry->timer))
		count_cancelled(s, entry, bpf_timer_cancel(&entry->timer));
	if (operation == OP_START_IDLE)
		bpf_timer_set_callback(&entry->timer, expired);
}

/* Give an entry its timer; 0 or the error, which is counted. */
static __always_inline long give_timer(struct slot *s, struct entry *entry)
{
	long err = 0;

	if (!timer_kernel(&entry->timer))
		err = init_new(s, &entry->timer, &timers);
	if (err)
		record_call(OP_INIT, 0, err);
	return err;
}

static __always_inline void prepare_entry(struct slot *s, struct entry *entry,
					  struct preparation *p, __u32 nth)
{
	if (p->operation == OP_SET_CALLBACK || p->operation == OP_START_IDLE)
		settle(s, entry, p->operation);
	else if (p->operation == OP_DELETE_FIRED)
		enqueue(s, entry, FIRING_NS);
	else
		enqueue(s, entry, p->from_ns + delay_step() * nth);
}

static long prepare_one(__u32 nth, struct preparation *p)
{
	__u32 key = p->first + nth;
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);
	int bare = p->operation == OP_INSERT || p->operation == OP_INIT;
	struct slot *s = this_slot();

	if (!s)
		return 1;
	if (entry && bare)
		remove(s, entry, key, p->operation == OP_INIT, 0);
	else if (!entry && p->operation != OP_INSERT)
		entry = insert(s, key, 0);
	if (entry && !bare && !give_timer(s, entry))
		prepare_entry(s, entry, p, nth);
	return 0;
}

/* Whether the last timer of a batch has called back, or takes too long. */
static long await_one(__u32 look, struct preparation *p)
{
	__u32 key = p->first + BATCH - 1;
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);

	return !entry || *(volatile __u64 *)&entry->armed == IDLE ||
	       bpf_ktime_get_ns() > p->give_up_ns;
}

/* Bring a batch into the state that an operation is about. */
__noinline int prepare(__u32 operation, __u32 first, __u32 seed)
{
	struct preparation p = {
		.operation = operation,
		.first = first,
		.from_ns = first_delay(OP_START_IDLE, seed),
	};

	bpf_loop(BATCH, prepare_one, &p, 0);
	p.give_up_ns = bpf_ktime_get_ns() + FIRING_NS + FIRING_WAIT_NS;
	if (operation == OP_DELETE_FIRED)
		bpf_loop(FIRING_LOOKS, await_one, &p, 0);
	return 0;
}

static __always_inline void do_parts(struct alone_args *args, __u32 operation,
				     __u32 seed)
{
	if (args->parts & PREPARE)
		prepare(operation, args->first, seed);
	if (args->parts & MEASURE)
		measure(operation, args->first, seed);
}

static long alone_round(__u32 index, struct alone_args *args)
{
	__u32 operation, seed = args->seed + index;

	if (arming_over(clock_now()))
		return 1;
	if (args->operation < OPERATIONS) {
		do_parts(args, args->operation, seed);
		return 0;
	}
	for (operation = OP_INSERT; operation <= OP_REPLACE; operation++)
		do_parts(args, operation, seed);
	return 0;
}

/* Do rounds of one operation, or of all in their order, on a batch of keys. */
SEC("syscall")
int alone(struct alone_args *args)
{
	struct alone_args copy = *args;

	time_clock();
	bpf_loop(copy.rounds, alone_round, &copy, 0);
	return 0;
}

static long hold_one(__u32 index, struct arm_args *args)
{
	__u32 key = args->first + index * args->stride;
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);
	struct slot *s = this_slot();
	long err;

	if (!s)
		return 1;
	if (!entry)
		entry = insert(s, key, 0);
	if (!entry || timer_kernel(&entry->timer))
		return 0;
	err = init_new(s, &entry->timer, &timers);
	if (err == -ENOMEM && !args->last_pass)
		args->missing++;
	else if (err)
		count_errno(s->init_failed, err);
	else
		start_new(s, entry, (void *)expired,
			  timeout_ns + timeout_ns / 1024 *
					       (bpf_get_prandom_u32() % 1024));
	return 0;
}

/* Put `count` timers into the queue of the calling CPU, which expire after the trial. */
SEC("syscall")
int hold(struct arm_args *args)
{
	struct arm_args copy = *args;

	copy.missing = 0;
	if (bpf_loop(copy.count, hold_one, &copy, 0) != copy.count)
		return 1;
	args->missing = copy.missing;
	return 0;
}

#endif
