// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how evenly, how cheaply and how truly does a timer on each CPU sample
 * what runs there, and how does a sampling event of perf do the same? Both take the
 * sample by the same code: the thread that they interrupted, and the time since the
 * sample before.
 *
 *   bpf_timer    a timer pinned to each CPU, re-armed by its callback: in softirq
 *                context, so behind what has softirqs or interrupts switched off, and
 *                over ksoftirqd if the softirq was left to it
 *   perf_event   a cpu-clock event on each CPU, in hard interrupt context
 *
 * Clock: that of the timers (timer_clock), read at the begin and end of a sample.
 * Overhead: the second reading, three histograms, one element of a per-CPU hash.
 */
#include "fired.h" /* maps slots, stopping, stage_cpus, outliers */
#include "periodic.h"
#include "distributions.h" /* map distributions */

enum measure {
	SAMPLES,
	INTERVALS, /* between two samples of a CPU */
	INTERVAL_NS, /* all of them together */
	UNPROFILED, /* samples of threads that `profile` has no room for */
};

enum { INTERVAL, JITTER, SAMPLE_COST };

/* key: number; value: the timer of one CPU; writer: arm, the callback. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entry);
} timers SEC(".maps");

/* key: thread id, 0 = idle; value: samples; writer: samples; reader: user space. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} profile SEC(".maps");

/* key: 0; value: time of the CPU's last sample, ns; writer and reader: samples. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} last_sample SEC(".maps");

#include "lifecycle.h" /* programs census, cancel_all */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

static __always_inline void record(__u32 number, __s64 value)
{
	struct distribution *d = distribution(number);

	if (d)
		record_value(d, value);
}

static __always_inline void count_thread(struct slot *s)
{
	__u32 thread = (__u32)bpf_get_current_pid_tgid();
	__u64 one = 1, *samples = bpf_map_lookup_elem(&profile, &thread);

	if (samples)
		++*samples;
	else if (bpf_map_update_elem(&profile, &thread, &one, BPF_NOEXIST))
		s->measures[UNPROFILED]++;
}

/* The time since the sample before, and the whole periods that it left out. */
static __always_inline void record_interval(struct slot *s, __u64 now)
{
	__u64 interval, periods, *last;
	__u32 zero = 0;

	last = bpf_map_lookup_elem(&last_sample, &zero);
	if (!last)
		return;
	interval = now - *last;
	if (*last) {
		s->measures[INTERVALS]++;
		s->measures[INTERVAL_NS] += interval;
		record(INTERVAL, interval);
		record(JITTER, interval > timeout_ns ? interval - timeout_ns :
						       timeout_ns - interval);
		periods = (interval + timeout_ns / 2) / timeout_ns;
		if (periods > 1)
			s->missed_periods += periods - 1;
	}
	*last = now;
}

static __always_inline void take_sample(struct slot *s, __u64 now)
{
	s->measures[SAMPLES]++;
	count_thread(s);
	record_interval(s, now);
}

static int expired(void *map, __u32 *key, struct entry *entry)
{
	__u64 now = clock_now(), skipped;
	struct slot *s = this_slot();

	if (!s)
		return 0;
	record_fired(s, now, entry);
	take_sample(s, now);
	if (arming_over(now))
		entry->armed = 0;
	else
		rearm(s, entry, now, &skipped);
	record(SAMPLE_COST, clock_now() - now);
	return 0;
}

/* Start the timer of key `first` on the calling CPU, due at the epoch if there is one. */
SEC("syscall")
int arm(struct arm_args *args)
{
	__u32 key = args->first;
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);
	struct slot *s = this_slot();
	long err;

	if (!s || !entry)
		return 1;
	err = init_new(s, &entry->timer, &timers);
	if (err)
		count_errno(s->init_failed, err);
	else
		start_first(s, entry, (void *)expired,
			    args->epoch_ns ?: clock_now() + timeout_ns);
	return 0;
}

/* The kernel starts the event's own timer again; what it counts is told apart. */
SEC("perf_event")
int on_event(void *context)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();

	if (!s)
		return 0;
	s->fired++;
	take_sample(s, now);
	record(SAMPLE_COST, clock_now() - now);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
