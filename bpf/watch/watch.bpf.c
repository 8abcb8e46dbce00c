// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how late are the bpf_timers of this host, whoever armed them, and how
 * often do they fire, over what?
 *
 * Clock: that of the queue which the timer is in, read when the kernel is about to
 * call bpf_timer_cb(): the callback itself begins some ten nanoseconds later.
 *
 * Overhead: for each callback one clock read and one increment in a histogram of
 * the CPU's own; no lock and no atomic. The group of the last callback is kept for
 * each CPU, so that a batch of one map looks it up once. Hooks on starts, cancels,
 * ends of callbacks and requests are attached only if somebody asks for them.
 *
 * Blind spot: some kernels run no tracing program over certain tasks (seen: threads
 * of PID 1, on 6.18); timers that interrupt these are not counted.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "current.h"
#include "kernel_timer.h"
#include "requests.h"

char LICENSE[] SEC("license") = "GPL";

/* The kernel's own function behind every bpf_timer. */
extern const void bpf_timer_cb __ksym;

/* Set before loading. */
const volatile __u32 start_says_armed = 0; /* the tracepoint has `was_armed` */
const volatile __u32 pair_requests = 0; /* requests are watched, too */
const volatile __u32 sample = 1; /* record one lateness in so many */
const volatile __u32 now_is_pointer =
	1; /* second argument of hrtimer_expire_entry, before 7.1 */

/* Where tp_btf is refused, raw tracepoints see the same, and must copy what they read. */
#ifdef RAW_TP
#define HOOK(name) SEC("raw_tp/" name)
#define READ(pointer, member) BPF_CORE_READ(pointer, member)
#else
#define HOOK(name) SEC("tp_btf/" name)
#define READ(pointer, member) ((pointer)->member)
#endif

struct hrtimer___watched {
	__s64 _softexpires;
	void *function;
	struct hrtimer_clock_base___watched *base;
} KERNEL_LOCAL;

/* A struct of the kernel that begins with 64 bits, to read just these. */
struct timespec64___watched {
	__s64 tv_sec;
} KERNEL_LOCAL;

static __always_inline void record_late(struct watch_slot *s, __s64 late)
{
	__u32 index;

	s->sampled++;
	if (late < 0) {
		s->negative++;
		return;
	}
	s->late_sum_ns += late;
	if ((__u64)late > s->late_max_ns)
		s->late_max_ns = late;
	if (late > HIST_HIGHEST) {
		s->overflow++;
		return;
	}
	index = hist_index(late);
	if (index < HIST_COUNTERS)
		s->late[index]++;
}

static __always_inline void record_venue(struct watch_cpu *c,
					 struct watch_slot *s)
{
	__u32 pid = current_thread();

	if (!pid)
		s->venue[0]++;
	else if (pid == (__u32)c->ksoftirqd_pid)
		s->venue[2]++;
	else
		s->venue[1]++;
}

static __always_inline int is_sampled(struct watch_cpu *c)
{
	if (sample <= 1)
		return 1;
	if (c->unsampled) {
		c->unsampled--;
		return 0;
	}
	c->unsampled = bpf_get_prandom_u32() % (2 * sample - 1);
	return 1;
}

/* What the argument `now` says: by a plain load where there is any, which a copy costs more than. */
static __always_inline long read_now(__u64 *run, __u64 now)
{
	struct timespec64___watched *view;

	*run = now;
	if (!now_is_pointer)
		return 0;
	if (!bpf_rdonly_cast)
		return bpf_probe_read_kernel(run, sizeof(*run),
					     (const void *)now);
	view = bpf_rdonly_cast(
		(void *)now,
		bpf_core_type_id_kernel(struct timespec64___watched));
	*run = view->tv_sec;
	return 0;
}

/* All callbacks of one run of a queue are given the same time. */
static __always_inline void record_run_of_queue(struct watch_slot *s, __u64 now)
{
	__u64 run;

	if (read_now(&run, now) || s->last_run == run)
		return;
	s->last_run = run;
	s->softirqs++;
}

static __always_inline void record_fired(struct watch_cpu *c,
					 struct watch_slot *s,
					 struct hrtimer___watched *timer,
					 __u64 now)
{
	struct hrtimer_clock_base___watched *base;
	__s32 clock;

	s->fired++;
	record_run_of_queue(s, now);
	if (!is_sampled(c))
		return;
	record_venue(c, s);
	base = READ(timer, base);
	clock = READ(base, clockid);
	if (clock == CLOCK_MONOTONIC)
		record_late(s, bpf_ktime_get_ns() - READ(timer, _softexpires));
	else if (clock == CLOCK_BOOTTIME)
		record_late(s, bpf_ktime_get_boot_ns() -
				       READ(timer, _softexpires));
	else
		s->other_clock++;
}

/* What had left its queue neither expired nor was started again. */
static __always_inline void settle(struct watch_cpu *c)
{
	struct watch_slot *s;

	if (!c->taken_off)
		return;
	c->taken_off = 0;
	s = slot_of(c, c->taken_off_slot);
	if (s)
		s->cancelled++;
}

/* An event of a timer: whether that had just left its queue; if another had, that is settled. */
static __always_inline int had_left(struct watch_cpu *c, void *timer)
{
	int left = c->taken_off == (__u64)timer;

	if (left)
		c->taken_off = 0;
	else
		settle(c);
	return left;
}

/* What this CPU keeps, if the timer is a bpf_timer. */
static __always_inline struct watch_cpu *
of_bpf_timer(struct hrtimer___watched *timer)
{
	return READ(timer, function) == &bpf_timer_cb ? this_cpu() : 0;
}

HOOK("hrtimer_expire_entry")
int BPF_PROG(on_expiry, struct hrtimer___watched *timer, __u64 now)
{
	struct watch_slot *s;
	struct watch_cpu *c;
	__u64 begun;

	c = of_bpf_timer(timer);
	if (!c)
		return 0;
	begun = own_begin(c);
	s = slot_of(c, slot_number(c, timer));
	if (s)
		record_fired(c, s, timer, now);
	own_end(c, begun);
	return 0;
}

/* As on_expiry, where the starts and cancels or the ends of callbacks are watched, too. */
HOOK("hrtimer_expire_entry")
int BPF_PROG(on_expiry_begin, struct hrtimer___watched *timer, __u64 now)
{
	struct watch_slot *s;
	struct watch_cpu *c;
	__u64 begun;

	c = of_bpf_timer(timer);
	if (!c)
		return 0;
	begun = own_begin(c);
	had_left(c, timer);
	c->running_slot = slot_number(c, timer);
	s = slot_of(c, c->running_slot);
	if (s)
		record_fired(c, s, timer, now);
	c->running = (__u64)timer;
	c->running_since_ns = bpf_ktime_get_ns();
	own_end(c, begun);
	return 0;
}

static __always_inline void record_run(struct watch_cpu *c, __u64 took)
{
	struct watch_slot *s = slot_of(c, c->running_slot);
	__u32 place = c->first + c->running_slot, index;
	struct watch_runs *r = bpf_map_lookup_elem(&runs, &place);

	if (!s || !r)
		return;
	s->ran++;
	s->ran_sum_ns += took;
	if (took > s->ran_max_ns)
		s->ran_max_ns = took;
	index = hist_index(took < HIST_HIGHEST ? took : HIST_HIGHEST);
	if (index < HIST_COUNTERS)
		r->ran[index]++;
}

/* The timer may be freed: only its address counts. */
HOOK("hrtimer_expire_exit")
int BPF_PROG(on_expiry_end, void *timer)
{
	struct watch_cpu *c = this_cpu();
	__u64 now;

	if (!c || !timer || c->running != (__u64)timer)
		return 0;
	now = bpf_ktime_get_ns();
	c->running = 0;
	record_run(c, now - c->running_since_ns);
	return 0;
}

/*
 * Before 7.1 this fires whenever a timer leaves its queue: at its expiry, when it is
 * started anew, and when it is cancelled. Which it was, the next event of the CPU says.
 */
HOOK("hrtimer_cancel")
int BPF_PROG(on_cancel, struct hrtimer___watched *timer)
{
	struct watch_cpu *c;
	__u64 begun;

	c = of_bpf_timer(timer);
	if (!c)
		return 0;
	begun = own_begin(c);
	settle(c);
	c->taken_off_slot = slot_number(c, timer);
	c->taken_off = (__u64)timer;
	own_end(c, begun);
	return 0;
}

/* The CPU in whose queue a timer is. */
static __always_inline __u32 queue_of(struct hrtimer___watched *timer)
{
	struct hrtimer_clock_base___watched *base = READ(timer, base);
	struct hrtimer_cpu_base___watched *queue = READ(base, cpu_base);

	return READ(queue, cpu);
}

HOOK("hrtimer_start")
int BPF_PROG(on_start, struct hrtimer___watched *timer, int mode,
	     bool was_armed)
{
	struct watch_slot *s;
	struct watch_cpu *c;
	__u64 begun;
	__u32 slot;
	int again;

	c = of_bpf_timer(timer);
	if (!c)
		return 0;
	begun = own_begin(c);
	again = had_left(c, timer);
	if (start_says_armed)
		again |= was_armed;
	slot = slot_number(c, timer);
	if (pair_requests)
		record_queued(c, outer_of(timer), slot);
	s = slot_of(c, slot);
	if (s && again)
		s->pushed_back++;
	else if (s)
		s->started++;
	if (s && queue_of(timer) != bpf_get_smp_processor_id())
		s->elsewhere++;
	own_end(c, begun);
	return 0;
}

/*
 * The helper that every program calls, whatever it is called by. From 7.0 on it may leave the
 * start to an interrupt that comes later.
 */
SEC("fentry/bpf_timer_start")
int BPF_PROG(on_request, void *timer, __u64 nsecs, __u64 flags)
{
	struct watch_cpu *c = this_cpu();
	__u64 begun = begin_at_random();
	void *outer = 0;

	/* The pointer that struct bpf_timer begins with; NULL before bpf_timer_init(). */
	if (bpf_probe_read_kernel(&outer, sizeof(outer), timer) || !outer || !c)
		return 0;
	record_request(c, outer, time_ahead(outer, nsecs, flags));
	end_at_random(c, begun);
	return 0;
}
