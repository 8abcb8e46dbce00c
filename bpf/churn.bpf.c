// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does each operation on a timer cost, and is a timer lost when all of
 * them go on at once on several CPUs? Program `churn` does operations on random keys, in
 * given proportions: start, push back (start again), cancel, delete the entry, replace
 * it. Program `alone` (alone.h) does one kind of operation at a time, in batches.
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
 * Overhead: two clock reads, told apart as `clock`, and two looks at the interrupts
 * taken (interrupts.h); one histogram a call.
 */
#include "fired.h" /* maps slots, stopping, stage_cpus, outliers */
#include "operations.h" /* maps distributions, taken; programs taken_* */

enum state { IDLE, ARMED, STARTING, LEAVING, GONE };
enum choice { START, PUSH, CANCEL, DELETE, REPLACE, CHOICES };
enum measure {
	INSERTED = OPERATIONS, /* after the discarded calls of each operation */
	REMOVED,
	SKIPPED, /* operations that the entry's state does not allow */
	OVERTAKEN, /* timers of which a callback told that they had begun */
	UNJUDGED, /* callbacks whose lateness is not known */
	UNWATCHED, /* timed calls of which it is not known if they were interrupted */
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
const volatile __u32 weights[CHOICES] = {};
const volatile __u32 total_weight = 1;

#include "lifecycle.h" /* programs census, cancel_all */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

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

/* What a callback does; its timer expired at some time before `now`. */
static __always_inline void end_timer(struct slot *s, struct entry *entry,
				      __u64 now)
{
	__u64 due = timer_expiry(&entry->timer);
	int whole, pushed;

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
}

static int expired(void *map, __u32 *key, struct entry *entry)
{
	struct stopwatch w = begin_timing();
	struct slot *s = this_slot();

	if (!s)
		return 0;
	end_timer(s, entry, clock_now());
	record_call(OP_CALLBACK, end_timing(&w), 0);
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

static __always_inline long set_callback(struct entry *entry)
{
	struct stopwatch w = begin_timing();
	long err = bpf_timer_set_callback(&entry->timer, expired);

	record_call(OP_SET_CALLBACK, end_timing(&w), err);
	return err;
}

static __always_inline long timed_start(struct entry *entry, __u64 delay_ns,
					__u32 operation)
{
	struct stopwatch w = begin_timing();
	long err = start_timer(&entry->timer, delay_ns);

	record_call(operation, end_timing(&w), err);
	return err;
}

static __always_inline void start(struct slot *s, struct entry *entry)
{
	if (set_callback(entry) ||
	    timed_start(entry, draw_timeout(), OP_START_IDLE))
		change(entry, STARTING, IDLE);
	else
		count_begun(s, entry, STARTING);
}

static __always_inline void do_push(struct slot *s, struct entry *entry)
{
	__u64 delay_ns = draw_timeout(), due = timer_expiry(&entry->timer);
	int later = clock_now() + delay_ns >= due;

	if (!timed_start(entry, delay_ns,
			 later ? OP_PUSH_BACK_LATER : OP_PUSH_BACK_SOONER))
		count_begun(s, entry, IDLE);
}

static __always_inline struct entry *insert(struct slot *s, __u32 key,
					    int timed)
{
	struct entry fresh = {};
	struct stopwatch w = begin_timing();
	long err = bpf_map_update_elem(&timers, &key, &fresh, BPF_NOEXIST);

	__s64 ns = end_timing(&w);

	if (timed)
		record_call(OP_INSERT, ns, err);
	if (err)
		return 0;
	count(&s->measures[INSERTED]);
	return bpf_map_lookup_elem(&timers, &key);
}

/* Initialise a timer: each attempt has its own time, and only the one that succeeds counts. */
static __always_inline long init(struct slot *s, struct entry *entry)
{
	struct stopwatch w;
	long err = -ENOMEM;
	__s64 ns = 0;
	int attempt;

#pragma clang loop unroll(disable)
	for (attempt = 0; attempt < INIT_ATTEMPTS; attempt++) {
		w = begin_timing();
		err = bpf_timer_init(&entry->timer, &timers, timer_clock);
		ns = end_timing(&w);
		if (err != -ENOMEM)
			break;
		count(&s->init_retried);
	}
	record_call(OP_INIT, ns, err);
	if (!err)
		count_inited(s, &entry->timer);
	/* Another CPU was first. */
	return err == -EBUSY ? 0 : err;
}

static __always_inline void do_start(struct slot *s, struct entry *entry,
				     __u32 key)
{
	if (!entry)
		entry = insert(s, key, 1);
	if (!entry)
		return;
	if (!change(entry, IDLE, STARTING))
		count(&s->measures[SKIPPED]);
	else if (timer_kernel(&entry->timer) || !init(s, entry))
		start(s, entry);
	else
		change(entry, STARTING, IDLE);
}

/* Count a timer that bpf_timer_cancel answered so for. */
static __always_inline void count_cancelled(struct slot *s, struct entry *entry,
					    long result)
{
	/* The kernel has waited for a callback on its way: see cancel_one(). */
	if (result < 0 || !change(entry, ARMED, IDLE))
		return;
	count(&s->cancelled);
	if (!result)
		count(&s->dropped);
}

static __always_inline void do_cancel(struct slot *s, struct entry *entry)
{
	struct stopwatch w = begin_timing();
	long result = bpf_timer_cancel(&entry->timer);

	record_call(OP_CANCEL, end_timing(&w), result);
	count_cancelled(s, entry, result);
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
static __always_inline void remove(struct slot *s, struct entry *entry,
				   __u32 key, int replace, int timed)
{
	struct entry fresh = {};
	int pending = change(entry, ARMED, LEAVING);
	int timer = timer_kernel(&entry->timer) != 0;
	struct stopwatch w;
	__s64 ns;
	long err;

	if (pending) {
		count(&s->freed);
	} else if (!change(entry, IDLE, GONE)) {
		count(&s->measures[SKIPPED]);
		return;
	}
	w = begin_timing();
	if (replace)
		err = bpf_map_update_elem(&timers, &key, &fresh, BPF_EXIST);
	else
		err = bpf_map_delete_elem(&timers, &key);
	ns = end_timing(&w);
	if (timed && pending)
		record_call(replace ? OP_REPLACE : OP_DELETE_PENDING, ns, err);
	else if (timed && timer && !replace)
		record_call(OP_DELETE_FIRED, ns, err);
	if (err)
		stay(s, entry);
	else if (!replace)
		count(&s->measures[REMOVED]);
}

static __always_inline __u32 draw_choice(void)
{
	__u32 left = bpf_get_prandom_u32() % total_weight;
	__u32 choice;

#pragma unroll
	for (choice = START; choice < REPLACE; choice++) {
		if (left < weights[choice])
			return choice;
		left -= weights[choice];
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
	__u32 choice = draw_choice();
	int removes = choice == DELETE || choice == REPLACE;
	__u32 key = draw_key(args, shared && !removes);
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);
	struct slot *s = this_slot();

	if (!s || arming_over(clock_now()))
		return 0;
	if (choice == START)
		do_start(s, entry, key);
	else if (!entry || (!removes && entry->armed != ARMED))
		count(&s->measures[SKIPPED]);
	else if (choice == PUSH)
		do_push(s, entry);
	else if (choice == CANCEL)
		do_cancel(s, entry);
	else
		remove(s, entry, key, choice == REPLACE, 1);
	return 0;
}

/* What every time contains. */
static __always_inline void time_clock(void)
{
	struct stopwatch w = begin_timing();
	struct slot *s = this_slot();

	record_call(OP_CLOCK, end_timing(&w), 0);
	if (s && !interrupts_watched)
		count(&s->measures[UNWATCHED]);
}

#include "alone.h" /* programs alone, hold */

/* Do `count` operations on keys `first` + n * `stride`. */
SEC("syscall")
int churn(struct arm_args *args)
{
	struct arm_args copy = *args;

	time_clock();
	return bpf_loop(copy.count, churn_one, &copy, 0) != copy.count;
}

char LICENSE[] SEC("license") = "GPL";
