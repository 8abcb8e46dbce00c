// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which instructions does the kernel execute for one operation on a timer? A
 * script, the same in every boot: fixed keys, a map without a random seed, expiries far
 * beyond the tick. Before each call the entry is brought into the state that the
 * operation is about; marks (marks.h) tell the plugin where the call begins and ends.
 *
 * Clock: CLOCK_MONOTONIC around each call, as a check of what the plugin counts: with
 * QEMU's -icount one instruction takes one nanosecond.
 * Overhead: none within the marks.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include "part.h"

#define KEY 5
#define FAR_NS 3600000000000ULL
#define LATER_NS (FAR_NS * 5 / 4)
#define SOONER_NS (FAR_NS * 3 / 4)
#define FIRING_NS \
	100000ULL /* from arming to expiry of those that are to fire */
#define FIRING_WAIT_NS 3000000ULL
#define LOOKS (1 << 20)
#define TIMES 4096
#define TOGETHER 8 /* timers that expire at the same time, at most */

struct scripted {
	struct bpf_timer timer;
	__u64 pad[4];
};

/* key: number; value: the timer that operations are about. Type and flags are set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct scripted);
} timers SEC(".maps");

/* key: number; value: a timer that is queued besides, and never expires. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scripted);
} others SEC(".maps");

/* key: number of the call in this part; value: ns between the clock's readings around it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TIMES);
	__type(key, __u32);
	__type(value, __u64);
} times SEC(".maps");

__u32 timed; /* calls of this part so far */
volatile __u32 fired;
__u32 rearming;
__u32 unarmed; /* re-arms that failed */

static __always_inline void record(__u64 ns)
{
	__u32 key = timed++;
	__u64 *place = bpf_map_lookup_elem(&times, &key);

	if (place)
		*place = ns;
}

/* One more helper call within the marks: what a test breaks a gate with. */
#ifdef EXTRA_CALL
#define extra_call() bpf_ktime_get_boot_ns()
#else
#define extra_call() ((void)0)
#endif

/* A call between marks, between two readings of the clock. */
#define MEASURED(operation, call)                      \
	({                                             \
		__u64 begin_ns;                        \
		long result;                           \
                                                       \
		mark(MARK_CLOCK);                      \
		begin_ns = bpf_ktime_get_ns();         \
		mark(MARK_CALL + (operation));         \
		result = (call);                       \
		extra_call();                          \
		mark(MARK_END);                        \
		record(bpf_ktime_get_ns() - begin_ns); \
		result;                                \
	})

static int never(void *map, __u32 *key, struct scripted *entry)
{
	return 0;
}

static int expired(void *map, __u32 *key, struct scripted *entry)
{
	mark(MARK_CALLBACK);
	if (rearming) {
		mark(MARK_CALL + OP_REARM);
		long err = bpf_timer_start(&entry->timer, FAR_NS, 0);
		mark(MARK_END);

		if (err)
			unarmed++;
	}
	fired++;
	mark(MARK_CALLED_BACK);
	return 0;
}

/* What bpf_timer_start is given, so that the rank in the queue is the same in every call. */
static __always_inline __u64 until(struct part *part, __u64 after_ns)
{
	__u64 due_ns = part->base_ns + after_ns;

	return part->flags & 1 ? due_ns : due_ns - bpf_ktime_get_ns();
}

/* An entry without a timer. */
static __always_inline struct scripted *renewed(__u32 key)
{
	struct scripted fresh = {};

	bpf_map_delete_elem(&timers, &key);
	bpf_map_update_elem(&timers, &key, &fresh, BPF_ANY);
	return bpf_map_lookup_elem(&timers, &key);
}

/* The same with a timer that has its callback. */
static __always_inline struct scripted *with_timer(__u32 key, struct part *part)
{
	struct scripted *entry = renewed(key);

	if (!entry || bpf_timer_init(&entry->timer, &timers, part->clock) ||
	    bpf_timer_set_callback(&entry->timer, never))
		return 0;
	return entry;
}

/* The same with a pending timer; what the kernel refuses is kept as the part's error. */
static __always_inline struct scripted *armed(__u32 key, struct part *part)
{
	struct scripted *entry = with_timer(key, part);
	long err;

	if (!entry)
		return 0;
	err = bpf_timer_start(&entry->timer, until(part, FAR_NS), part->flags);
	if (err)
		part->error = err;
	return err ? 0 : entry;
}

static __always_inline long start(struct scripted *entry, __u64 after_ns,
				  __u32 operation, struct part *part)
{
	__u64 delay_ns = until(part, after_ns);

	return MEASURED(operation,
			bpf_timer_start(&entry->timer, delay_ns, part->flags));
}

static long do_insert(struct part *part)
{
	struct scripted fresh = {};
	__u32 key = KEY;

	bpf_map_delete_elem(&timers, &key);
	return MEASURED(OP_INSERT, bpf_map_update_elem(&timers, &key, &fresh,
						       BPF_NOEXIST));
}

static long do_init(struct part *part)
{
	struct scripted *entry = renewed(KEY);

	if (!entry)
		return -ENOENT;
	return MEASURED(OP_INIT,
			bpf_timer_init(&entry->timer, &timers, part->clock));
}

static long do_set_callback(struct part *part)
{
	struct scripted *entry = renewed(KEY);

	if (!entry || bpf_timer_init(&entry->timer, &timers, part->clock))
		return -ENOENT;
	return MEASURED(OP_SET_CALLBACK,
			bpf_timer_set_callback(&entry->timer, never));
}

static long do_start_idle(struct part *part)
{
	struct scripted *entry = with_timer(KEY, part);

	return entry ? start(entry, FAR_NS, OP_START_IDLE, part) : -ENOENT;
}

static long do_push_later(struct part *part)
{
	struct scripted *entry = armed(KEY, part);

	return entry ? start(entry, LATER_NS, OP_PUSH_BACK_LATER, part) :
		       -ENOENT;
}

static long do_push_sooner(struct part *part)
{
	struct scripted *entry = armed(KEY, part);

	return entry ? start(entry, SOONER_NS, OP_PUSH_BACK_SOONER, part) :
		       -ENOENT;
}

static long do_cancel(struct part *part)
{
	struct scripted *entry = armed(KEY, part);

	if (!entry)
		return -ENOENT;
	return MEASURED(OP_CANCEL, bpf_timer_cancel(&entry->timer)) == 1 ?
		       0 :
		       -EINVAL;
}

static long do_delete(struct part *part, __u32 operation)
{
	__u32 key = KEY;

	return operation == OP_DELETE_PENDING ?
		       MEASURED(OP_DELETE_PENDING,
				bpf_map_delete_elem(&timers, &key)) :
		       MEASURED(OP_DELETE_FIRED,
				bpf_map_delete_elem(&timers, &key));
}

static long do_delete_pending(struct part *part)
{
	return armed(KEY, part) ? do_delete(part, OP_DELETE_PENDING) : -ENOENT;
}

struct firing {
	__u32 wanted;
	__u64 give_up_ns;
};

static long look(__u32 nth, struct firing *firing)
{
	return fired >= firing->wanted ||
	       bpf_ktime_get_ns() > firing->give_up_ns;
}

/* Spin until so many callbacks were called; 0 if they were. */
static long await_fired(__u32 wanted)
{
	struct firing firing = {
		.wanted = wanted,
		.give_up_ns = bpf_ktime_get_ns() + FIRING_WAIT_NS,
	};

	bpf_loop(LOOKS, look, &firing, 0);
	return fired < wanted;
}

static long do_delete_fired(struct part *part)
{
	struct scripted *entry = with_timer(KEY, part);

	if (!entry || bpf_timer_set_callback(&entry->timer, expired))
		return -ENOENT;
	fired = 0;
	if (bpf_timer_start(&entry->timer, FIRING_NS, 0) || await_fired(1))
		return -ETIME;
	return do_delete(part, OP_DELETE_FIRED);
}

static long do_replace(struct part *part)
{
	struct scripted fresh = {};
	__u32 key = KEY;

	if (!armed(key, part))
		return -ENOENT;
	return MEASURED(OP_REPLACE,
			bpf_map_update_elem(&timers, &key, &fresh, BPF_EXIST));
}

static long operate(__u32 nth, struct part *part)
{
	long err = -EINVAL;

	switch (part->operation) {
	case OP_INSERT:
		err = do_insert(part);
		break;
	case OP_INIT:
		err = do_init(part);
		break;
	case OP_SET_CALLBACK:
		err = do_set_callback(part);
		break;
	case OP_START_IDLE:
		err = do_start_idle(part);
		break;
	case OP_PUSH_BACK_LATER:
		err = do_push_later(part);
		break;
	case OP_PUSH_BACK_SOONER:
		err = do_push_sooner(part);
		break;
	case OP_CANCEL:
		err = do_cancel(part);
		break;
	case OP_DELETE_PENDING:
		err = do_delete_pending(part);
		break;
	case OP_DELETE_FIRED:
		err = do_delete_fired(part);
		break;
	case OP_REPLACE:
		err = do_replace(part);
		break;
	}
	if (err)
		count_failed(part, err);
	return 0;
}

/* No timer of a part is left for the next one. */
static long clear_one(__u32 nth, struct part *part)
{
	renewed(KEY + nth);
	return 0;
}

/* Do an operation `count` times. */
SEC("syscall")
int operations(struct part *part)
{
	struct part copy = *part;

	timed = 0;
	bpf_loop(copy.count, operate, &copy, 0);
	bpf_loop(TOGETHER, clear_one, &copy, 0);
	answer(part, &copy);
	return 0;
}

static long hold_one(__u32 nth, struct part *part)
{
	if (!armed(nth, part))
		count_failed(part, -ENOMEM);
	return 0;
}

/* Have `count` entries with pending timers, which are freed with their map. */
SEC("syscall")
int hold(struct part *part)
{
	struct part copy = *part;

	bpf_loop(copy.count, hold_one, &copy, 0);
	answer(part, &copy);
	return 0;
}

/* What a scan does with an entry is its own: the kernel's part lies between two of them. */
static long scanned(void *map, __u32 *key, struct scripted *entry, void *part)
{
	mark(MARK_CALLBACK);
	fired++;
	mark(MARK_CALLED_BACK);
	return 0;
}

/* Look at every entry of a map, as a collector without timers does. */
SEC("syscall")
int scan(struct part *part)
{
	struct part copy = *part;

	fired = 0;
	bpf_for_each_map_elem(&timers, scanned, &copy, 0);
	if (fired != copy.count)
		count_failed(&copy, -ENOENT);
	answer(part, &copy);
	return 0;
}

struct round {
	struct part *part;
	__u64 due_ns;
};

/* Timers that are there already are armed again; the first round makes them. */
static long arm_one(__u32 nth, struct round *round)
{
	__u32 key = KEY + nth;
	struct scripted *entry = bpf_map_lookup_elem(&timers, &key);

	if (!entry)
		return 1;
	bpf_timer_start(&entry->timer, round->due_ns - bpf_ktime_get_ns(), 0);
	return 0;
}

static long expire_once(__u32 nth, struct part *part)
{
	struct round round = { .part = part };

	fired = 0;
	round.due_ns = bpf_ktime_get_ns() + FIRING_NS;
	if (bpf_loop(part->together, arm_one, &round, 0) != part->together ||
	    await_fired(part->together))
		count_failed(part, -ETIME);
	return 0;
}

static long make_one(__u32 nth, struct part *part)
{
	struct scripted *entry = with_timer(KEY + nth, part);

	if (!entry || bpf_timer_set_callback(&entry->timer, expired))
		count_failed(part, -ENOMEM);
	return 0;
}

/* Let timers expire together, `count` times. */
SEC("syscall")
int expiries(struct part *part)
{
	struct part copy = *part;

	rearming = copy.rearm;
	unarmed = 0;
	bpf_loop(copy.together, make_one, &copy, 0);
	bpf_loop(copy.count, expire_once, &copy, 0);
	bpf_loop(TOGETHER, clear_one, &copy, 0);
	answer(part, &copy);
	if (unarmed) {
		part->failed += unarmed;
		part->error = -EBUSY;
	}
	return 0;
}

/* Evenly from half to one and a half times FAR_NS; none at the measured timer's expiry. */
static __always_inline __u64 other_due(struct part *part, __u32 nth)
{
	__u64 step_ns = FAR_NS / part->count;

	return until(part, FAR_NS / 2 + nth * step_ns + step_ns / 3);
}

static long fill_one(__u32 nth, struct part *part)
{
	struct scripted fresh = {}, *entry;
	__u32 key = nth;

	bpf_map_update_elem(&others, &key, &fresh, BPF_ANY);
	entry = bpf_map_lookup_elem(&others, &key);
	if (!entry || bpf_timer_init(&entry->timer, &others, part->clock) ||
	    bpf_timer_set_callback(&entry->timer, never) ||
	    bpf_timer_start(&entry->timer, other_due(part, nth), part->flags))
		count_failed(part, -ENOMEM);
	return 0;
}

/* Queue `count` other timers, evenly around the expiry of the one that is measured. */
SEC("syscall")
int fill(struct part *part)
{
	struct part copy = *part;

	bpf_loop(copy.count, fill_one, &copy, 0);
	answer(part, &copy);
	return 0;
}

/* What follows belongs to the scenario of this number. */
SEC("syscall")
int announce(struct part *part)
{
	__u32 number = part->operation, bit;

	mark(MARK_SCENARIO);
#pragma unroll
	for (bit = 0; bit < SCENARIO_BITS; bit++) {
		if (number >> (SCENARIO_BITS - 1 - bit) & 1)
			mark(MARK_BIT + 1);
		else
			mark(MARK_BIT);
	}
	return 0;
}

SEC("syscall")
int begin(struct part *part)
{
	mark(MARK_START);
	return 0;
}

SEC("syscall")
int finish(struct part *part)
{
	mark(MARK_FINISH);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
