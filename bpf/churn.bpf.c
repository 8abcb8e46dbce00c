// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does each operation on a timer cost, and is a timer lost when all of
 * them go on at once on several CPUs? Each call does operations on random keys, in given
 * proportions: start, push back (start again), cancel, delete the entry, replace it.
 *
 * No race may be lost to the account, so each entry has a state, `armed`, that changes
 * by compare and swap only: whoever makes the change counts it.
 *   IDLE     no timer; only from here one is started, or the entry removed without one
 *   STARTING somebody is starting it; others leave the entry alone
 *   ARMED    counted `started`. A callback leads to IDLE and counts `fired`, a cancel
 *            `cancelled`; a deletion leads to LEAVING and counts `freed`
 *   LEAVING  the entry goes with its timer. A callback that comes before the kernel freed
 *            it leads to GONE and counts `fired`, and `freed` one less
 *   GONE     the entry goes without a timer
 * A callback that finds no ARMED or LEAVING came faster than the count of its start, or
 * is one of two: a push that came while the timer expired began another. It counts
 * `restarted` with `fired`; the callback that sees its timer pending again, or the push
 * that finds IDLE, counts what is pending.
 *
 * Clock: CLOCK_MONOTONIC around each operation; that of the timers in the callback.
 * Overhead: two clock reads, told apart as `clock`; one histogram an operation.
 */
#include "fired.h" /* maps slots, control, stage_cpus, outliers */
#include "distributions.h" /* map distributions */

enum state { IDLE, ARMED, STARTING, LEAVING, GONE };
enum operation { START, PUSH, CANCEL, DELETE, REPLACE, OPERATIONS };
enum measure {
	INSERTED,
	REMOVED,
	SKIPPED, /* operations that the entry's state does not allow */
	OVERTAKEN, /* timers of which a callback told that they had begun */
	UNJUDGED, /* callbacks whose lateness is not known */
};
enum {
	D_CLOCK,
	D_INSERT,
	D_INIT,
	D_START,
	D_PUSH,
	D_CANCEL,
	D_DELETE,
	D_REPLACE
};

/* key: number; value: the timer; writer: churn, the callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entry);
} timers SEC(".maps");

/* Set before loading. */
const volatile __u32 keys = 1; /* in use by all CPUs together */
const volatile __u32 shared = 0; /* keys of other CPUs too, but for deletions */
const volatile __u32 weights[OPERATIONS] = {};
const volatile __u32 total_weight = 1;

#include "lifecycle.h" /* programs census, cancel_all */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

static __always_inline void record(__u32 number, __u64 begin_ns, long err)
{
	__u64 now = bpf_ktime_get_ns();
	struct distribution *d = distribution(number);

	if (!d)
		return;
	if (err < 0)
		count_errno(d->errors, err);
	else
		record_value(d, now - begin_ns);
}

static __always_inline int change(struct entry *entry, __u64 from, __u64 to)
{
	return __sync_val_compare_and_swap(&entry->armed, from, to) == from;
}

static __always_inline void uncount_freed(struct slot *s)
{
	__sync_fetch_and_add(&s->freed, -1);
}

static __always_inline void count_overtaken(struct slot *s)
{
	s->restarted++;
	count(&s->measures[OVERTAKEN]);
}

static int expired(void *map, __u32 *key, struct entry *entry)
{
	__u64 now = clock_now(), due = timer_expiry(&entry->timer);
	struct slot *s = this_slot();
	int whole, pushed;

	if (!s)
		return 0;
	s->fired++;
	record_venue(s);
	whole = change(entry, ARMED, IDLE);
	if (!whole && change(entry, LEAVING, GONE))
		uncount_freed(s);
	else if (!whole)
		count_overtaken(s);
	pushed = timer_enqueued(&entry->timer);
	if (pushed && change(entry, IDLE, ARMED))
		count_overtaken(s);
	/*
	 * Of a timer pushed meanwhile, or gone with its entry, the expiry is not known.
	 * One that is pushed twice is out of the queue for a moment in between.
	 */
	if (whole && !pushed && due && now >= due)
		record_late(s, now, due);
	else
		count(&s->measures[UNJUDGED]);
	return 0;
}

/* Count a timer that was just begun; if it expired already, its callback has done so. */
static __always_inline void count_begun(struct slot *s, struct entry *entry,
					__u64 from)
{
	if (!change(entry, from, ARMED))
		return;
	if (timer_enqueued(&entry->timer) || !change(entry, ARMED, IDLE))
		count(&s->started);
}

static __always_inline void start(struct slot *s, struct entry *entry)
{
	__u64 begin = bpf_ktime_get_ns();
	long err = bpf_timer_set_callback(&entry->timer, expired);

	if (!err)
		err = start_timer(&entry->timer, draw_timeout());
	record(D_START, begin, err);
	if (err)
		change(entry, STARTING, IDLE);
	else
		count_begun(s, entry, STARTING);
}

static __always_inline void do_push(struct slot *s, struct entry *entry)
{
	__u64 begin = bpf_ktime_get_ns();
	long err = start_timer(&entry->timer, draw_timeout());

	record(D_PUSH, begin, err);
	if (!err)
		count_begun(s, entry, IDLE);
}

static __always_inline struct entry *insert(struct slot *s, __u32 key)
{
	struct entry fresh = {};
	__u64 begin = bpf_ktime_get_ns();
	long err = bpf_map_update_elem(&timers, &key, &fresh, BPF_NOEXIST);

	record(D_INSERT, begin, err);
	if (err)
		return 0;
	count(&s->measures[INSERTED]);
	return bpf_map_lookup_elem(&timers, &key);
}

static __always_inline long init(struct slot *s, struct entry *entry)
{
	__u64 begin = bpf_ktime_get_ns();
	long err = init_new(s, &entry->timer, &timers);

	record(D_INIT, begin, err);
	/* Another CPU was first. */
	return err == -EBUSY ? 0 : err;
}

static __always_inline void do_start(struct slot *s, struct entry *entry,
				     __u32 key)
{
	if (!entry)
		entry = insert(s, key);
	if (!entry)
		return;
	if (!change(entry, IDLE, STARTING))
		count(&s->measures[SKIPPED]);
	else if (timer_kernel(&entry->timer) || !init(s, entry))
		start(s, entry);
	else
		change(entry, STARTING, IDLE);
}

static __always_inline void do_cancel(struct slot *s, struct entry *entry)
{
	__u64 begin = bpf_ktime_get_ns();
	long result = bpf_timer_cancel(&entry->timer);

	record(D_CANCEL, begin, result);
	/* The kernel has waited for a callback on its way: see cancel_one(). */
	if (result < 0 || !change(entry, ARMED, IDLE))
		return;
	count(&s->cancelled);
	if (!result)
		count(&s->dropped);
}

/* The entry was not removed after all. */
static __always_inline void stay(struct slot *s, struct entry *entry)
{
	if (change(entry, LEAVING, ARMED))
		uncount_freed(s);
	else
		change(entry, GONE, IDLE);
}

/* Delete or replace an entry; its timer is freed if it is pending. */
static __always_inline void do_remove(struct slot *s, struct entry *entry,
				      __u32 key, int replace)
{
	struct entry fresh = {};
	__u64 begin;
	long err;

	if (change(entry, ARMED, LEAVING)) {
		count(&s->freed);
	} else if (!change(entry, IDLE, GONE)) {
		count(&s->measures[SKIPPED]);
		return;
	}
	begin = bpf_ktime_get_ns();
	if (replace)
		err = bpf_map_update_elem(&timers, &key, &fresh, BPF_EXIST);
	else
		err = bpf_map_delete_elem(&timers, &key);
	record(replace ? D_REPLACE : D_DELETE, begin, err);
	if (err)
		stay(s, entry);
	else if (!replace)
		count(&s->measures[REMOVED]);
}

static __always_inline __u32 draw_operation(void)
{
	__u32 left = bpf_get_prandom_u32() % total_weight;
	__u32 operation;

#pragma unroll
	for (operation = START; operation < REPLACE; operation++) {
		if (left < weights[operation])
			return operation;
		left -= weights[operation];
	}
	return REPLACE;
}

/* A key of the calling thread, or of any. */
static __always_inline __u32 draw_key(struct arm_args *args, int any)
{
	__u32 key = bpf_get_prandom_u32() % keys;

	if (any || !args->stride)
		return key;
	key = key - key % args->stride + args->first;
	return key < keys ? key : args->first;
}

static long churn_one(__u32 index, struct arm_args *args)
{
	__u32 operation = draw_operation();
	int removes = operation == DELETE || operation == REPLACE;
	__u32 key = draw_key(args, shared && !removes);
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);
	struct slot *s = this_slot();

	if (!s || arming_over(clock_now()))
		return 0;
	if (operation == START)
		do_start(s, entry, key);
	else if (!entry || (!removes && entry->armed != ARMED))
		count(&s->measures[SKIPPED]);
	else if (operation == PUSH)
		do_push(s, entry);
	else if (operation == CANCEL)
		do_cancel(s, entry);
	else
		do_remove(s, entry, key, operation == REPLACE);
	return 0;
}

/* Do `count` operations on keys `first` + n * `stride`. */
SEC("syscall")
int churn(struct arm_args *args)
{
	struct arm_args copy = *args;
	__u64 begin = bpf_ktime_get_ns();

	record(D_CLOCK, begin, 0);
	return bpf_loop(copy.count, churn_one, &copy, 0) != copy.count;
}

char LICENSE[] SEC("license") = "GPL";
