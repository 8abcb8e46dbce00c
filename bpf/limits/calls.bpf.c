// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does each bpf_timer_* helper answer, in an order chosen by user
 * space? One call runs one operation on the timer of one key; the callbacks leave
 * what they saw in `seen`. Clock: that given to init. Overhead: not a measurement.
 */
#include "limits.h"
#include "kernel_local.h"

#define KEYS 16384
#define WAIT_NS 20000000ULL /* how long a callback waits for another one */
#define WAIT_ROUNDS (1 << 20)

enum operation { INIT, SET_CALLBACK, START, CANCEL, DELETE, UPDATE };
enum callback {
	COUNTS,
	CANCELS_SELF,
	CANCELS_OTHER,
	DELETES_SELF,
	DELETES_OTHER,
	STARTS_SELF,
	WAITS
};

/* One operation; `result` is the helper's answer. */
struct limits_call {
	__u32 op;
	__u32 key;
	__u64 clock;
	__u64 timeout_ns;
	__u64 flags;
	__u64 callback;
	__s64 result;
};

/* What the kernel holds of one timer. */
struct limits_look {
	__u32 key;
	__u32 found; /* 1: the entry has an initialised timer */
	__s64 clock;
	__u64 expiry_ns;
	__u32 queued;
	__u32 soft;
};

/* What callbacks of one key left; written by them only. */
struct limits_seen {
	__u64 fired;
	__s64 result; /* of the helper that the callback called */
	__u32 cpu;
	__u32 running;
	__u32 met; /* the other callback ran at the same time */
	__u32 in_softirq_of; /* pid of the task below */
};

/* key: number; value: a timer; writer: call, callbacks, user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KEYS);
	__type(key, __u32);
	__type(value, struct timed);
} timers SEC(".maps");

/* key: that of `timers`; value: what its callbacks saw; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KEYS);
	__type(key, __u32);
	__type(value, struct limits_seen);
} seen SEC(".maps");

/* Only the fields read, beside those of kernel_local.h. */
struct hrtimer_clock_base___limits {
	int clockid;
} KERNEL_LOCAL;

struct hrtimer___limits {
	struct hrtimer_clock_base___limits *base;
	__u8 is_soft;
} KERNEL_LOCAL;

struct bpf_hrtimer___limits {
	struct hrtimer___limits timer;
} KERNEL_LOCAL;

static __always_inline struct limits_seen *enter(__u32 *key)
{
	struct limits_seen *s = bpf_map_lookup_elem(&seen, key);

	if (s) {
		s->cpu = bpf_get_smp_processor_id();
		s->in_softirq_of = bpf_get_current_pid_tgid();
	}
	return s;
}

static int counts(void *map, __u32 *key, struct timed *value)
{
	struct limits_seen *s = enter(key);

	if (s)
		s->fired++;
	return 0;
}

static int cancels_self(void *map, __u32 *key, struct timed *value)
{
	struct limits_seen *s = enter(key);

	if (s) {
		s->result = bpf_timer_cancel(&value->timer);
		s->fired++;
	}
	return 0;
}

static int deletes_self(void *map, __u32 *key, struct timed *value)
{
	struct limits_seen *s = enter(key);

	if (s) {
		s->result = bpf_map_delete_elem(&timers, key);
		s->fired++;
	}
	return 0;
}

static int deletes_other(void *map, __u32 *key, struct timed *value)
{
	struct limits_seen *s = enter(key);
	__u32 other = *key ^ 1;

	if (s) {
		s->result = bpf_map_delete_elem(&timers, &other);
		s->fired++;
	}
	return 0;
}

static int starts_self(void *map, __u32 *key, struct timed *value)
{
	struct limits_seen *s = enter(key);

	if (s && ++s->fired < 3)
		s->result = bpf_timer_start(&value->timer, 1000, 0);
	return 0;
}

struct wait {
	__u64 until_ns;
	__u32 other;
	__u32 met;
};

static long look_for_other(__u32 round, struct wait *wait)
{
	struct limits_seen *s = bpf_map_lookup_elem(&seen, &wait->other);

	wait->met = s && *(volatile __u32 *)&s->running;
	return wait->met || bpf_ktime_get_ns() >= wait->until_ns;
}

static __always_inline void wait_for_other(struct limits_seen *s, __u32 key)
{
	struct wait wait = { .other = key ^ 1 };

	wait.until_ns = bpf_ktime_get_ns() + WAIT_NS;
	*(volatile __u32 *)&s->running = 1;
	bpf_loop(WAIT_ROUNDS, look_for_other, &wait, 0);
	s->met = wait.met;
}

/* Both wait until the other runs, then cancel each other. */
static int cancels_other(void *map, __u32 *key, struct timed *value)
{
	struct limits_seen *s = enter(key);
	__u32 other = *key ^ 1;
	struct timed *theirs;

	if (!s)
		return 0;
	wait_for_other(s, *key);
	theirs = bpf_map_lookup_elem(&timers, &other);
	if (theirs && s->met)
		s->result = bpf_timer_cancel(&theirs->timer);
	s->fired++;
	*(volatile __u32 *)&s->running = 0;
	return 0;
}

/* Runs for WAIT_NS: nobody else sets the flag it waits for. */
static int waits(void *map, __u32 *key, struct timed *value)
{
	struct limits_seen *s = enter(key);

	if (!s)
		return 0;
	wait_for_other(s, *key);
	s->fired++;
	*(volatile __u32 *)&s->running = 0;
	return 0;
}

static __always_inline long set_callback(struct bpf_timer *timer, __u64 kind)
{
	switch (kind) {
	case COUNTS:
		return bpf_timer_set_callback(timer, counts);
	case CANCELS_SELF:
		return bpf_timer_set_callback(timer, cancels_self);
	case CANCELS_OTHER:
		return bpf_timer_set_callback(timer, cancels_other);
	case DELETES_SELF:
		return bpf_timer_set_callback(timer, deletes_self);
	case DELETES_OTHER:
		return bpf_timer_set_callback(timer, deletes_other);
	case STARTS_SELF:
		return bpf_timer_set_callback(timer, starts_self);
	case WAITS:
		return bpf_timer_set_callback(timer, waits);
	}
	return -EDOM;
}

static __always_inline long perform(struct limits_call *call)
{
	struct timed fresh = {}, *value;
	__u32 key = call->key;

	if (call->op == DELETE)
		return bpf_map_delete_elem(&timers, &key);
	if (call->op == UPDATE)
		return bpf_map_update_elem(&timers, &key, &fresh, BPF_ANY);
	value = bpf_map_lookup_elem(&timers, &key);
	if (!value)
		return -ENOENT;
	switch (call->op) {
	case INIT:
		return bpf_timer_init(&value->timer, &timers, call->clock);
	case SET_CALLBACK:
		return set_callback(&value->timer, call->callback);
	case START:
		return bpf_timer_start(&value->timer, call->timeout_ns,
				       call->flags);
	case CANCEL:
		return bpf_timer_cancel(&value->timer);
	}
	return -EDOM;
}

SEC("syscall")
int call(struct limits_call *call)
{
	call->result = perform(call);
	return 0;
}

/* The whole way of one timer; returns the answer of init. Needs no context. */
SEC("syscall")
int init_first(void *ctx)
{
	struct timed *value;
	__u32 key = 0;

	value = bpf_map_lookup_elem(&timers, &key);
	if (!value)
		return -ENOENT;
	return bpf_timer_init(&value->timer, &timers, LIMITS_CLOCK);
}

SEC("syscall")
int look(struct limits_look *look)
{
	struct bpf_hrtimer___limits *kernel;
	struct timed *value;
	__u32 key = look->key;

	look->found = 0;
	value = bpf_map_lookup_elem(&timers, &key);
	if (!value)
		return 0;
	kernel = (void *)timer_kernel(&value->timer);
	if (!kernel)
		return 0;
	look->found = 1;
	look->clock = BPF_CORE_READ(kernel, timer.base, clockid);
	look->soft = BPF_CORE_READ(kernel, timer.is_soft);
	look->expiry_ns = timer_expiry(&value->timer);
	look->queued = timer_enqueued(&value->timer);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
