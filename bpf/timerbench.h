/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program under test shares: the layout of the memory that user
 * space maps, and the recorders that write it.
 *
 * The structs and constants up to "maps" are mirrored in bench/abi.py; loading
 * compares the two through BTF and refuses a mismatch. They need nothing of BPF,
 * so that timerfd/loop.c can write the same memory.
 *
 * Concurrency: a slot belongs to one CPU. Timer callbacks of a CPU run one after
 * another in its HRTIMER softirq, so what only they write needs no atomics.
 * Hooks may run in task context and be interrupted by the same hook in softirq
 * context on the same CPU: what they write is added atomically, in the CPU's own
 * cache line, shared with nobody.
 */
#ifndef TIMERBENCH_H
#define TIMERBENCH_H

/* BTF knows it by its name, and headers before 6.10 lack it: work.h has our own. */
#define bpf_wq bpf_wq___header
#include <linux/bpf.h>
#undef bpf_wq
#include <linux/errno.h>
#include <linux/types.h>
#include "distribution.h"
#ifdef __bpf__
#include <bpf/bpf_helpers.h>
#include "kernel_local.h"
#endif

/* A program's own counters; its class names them, in this order. */
#define MEASURES 24

#define INIT_ATTEMPTS 64
#define EXPONENTIAL_STEPS 1024

/* What ends an entry: its timer, a scan, nothing but eviction, or a work after its timer. */
enum engine { ENGINE_BPF_TIMER, ENGINE_SCANNED, ENGINE_LRU, ENGINE_BPF_WQ };
enum timeout_shape { SHAPE_FIXED, SHAPE_UNIFORM, SHAPE_EXPONENTIAL };

enum venue { VENUE_IDLE, VENUE_TASK, VENUE_KSOFTIRQD, VENUES };

struct slot {
	/* written by timer callbacks only */
	__u64 fired;
	__u64 restarted;
	__u64 missed_periods;
	__u64 moved; /* callbacks on another CPU than the one that armed the timer */
	__u64 negative;
	__u64 overflow;
	__u64 lateness_sum_ns;
	__u64 lateness_min_ns; /* reset by user space when the window opens */
	__u64 lateness_max_ns; /* likewise */
	__u64 venue[VENUES];
	__u64 stopped;
	__u64 untimed; /* callbacks until the next that is timed, with instrument_sampled */
	/* written by user space before the program is attached */
	__u64 ksoftirqd_pid;
	/* added to atomically by hooks and syscall programs */
	__u64 inited;
	__u64 started;
	__u64 seeded; /* of the started: before the load began */
	__u64 cancelled;
	__u64 dropped; /* of the cancelled: expired meanwhile, callback dropped */
	__u64 freed; /* entries deleted while their timer was pending */
	__u64 collected;
	__u64 init_retried; /* failed attempts of bpf_timer_init that were repeated */
	__u64 other_clock; /* timers that run on another clock than lateness_clock */
	__u64 measures[MEASURES];
	__u64 init_failed[ERRNO_SLOTS];
	__u64 insert_failed[ERRNO_SLOTS];
	__u64 start_failed[ERRNO_SLOTS];
	__u64 collect_failed[ERRNO_SLOTS];
	/* lateness of this CPU's callbacks */
	__u64 lateness[HIST_COUNTERS];
} __attribute__((aligned(128)));

struct stopping {
	__u64 deadline_ns; /* in the timers' clock: nothing is armed after it */
	__u64 stop; /* non-zero: nothing is armed any more */
	__u64 abs_refused; /* by arm: this kernel has no BPF_F_TIMER_ABS */
};

#ifdef WITH_WORK
/* Of the kernel's include/uapi/linux/bpf.h, since 6.10. */
struct bpf_wq {
	__u64 __opaque[2];
} __attribute__((aligned(8)));
#endif

/*
 * Value of the maps `timers`. WITH_WORK is defined for engine bpf_wq, WITHOUT_TIMERS for engines that have none:
 * their values hold when the entry is due, as those of such a table would.
 */
struct entry {
#ifndef WITHOUT_TIMERS
	struct bpf_timer timer;
#endif
#ifdef WITH_WORK
	struct bpf_wq work;
#endif
	/*
	 * From start until a callback that does not re-arm: not 0; periodic.h and
	 * pushback.h keep here when the timer is due. Without a timer: when the
	 * entry is due, in lateness_clock: where scans collect it, or a timer would
	 * have ended it, were it not for engine lru.
	 */
	__u64 armed;
#ifndef WITHOUT_TIMERS
	__u64 cpu; /* that armed the timer, or pushed it back; not its callback */
#endif
};

/* Argument of the syscall programs arm and seed. */
struct arm_args {
	__u32 first; /* first key */
	__u32 stride; /* distance of keys; seed: 1 */
	__u64 count; /* number of keys; 64 bits, as bpf_loop inlined compares so */
	__u64 last_pass; /* 0: timers that met -ENOMEM will be tried again */
	__u64 again; /* an earlier pass has made some of the entries */
	__u64 epoch_ns; /* timers' clock: nothing expires before it */
	__u64 missing; /* answer: timers that must be tried again */
};

/* What the scans of a table did so far. */
struct scan_counts {
	__u64 scans; /* finished */
	__u64 scanned; /* entries looked at */
	__u64 scan_ns; /* time of the scans */
	__u64 cpu_ns; /* CPU time of the process that scans, or asks for it */
};

/* Argument and answer of the syscall programs census and cancel_all. */
struct census_args {
	__u64 entries; /* elements of the map */
	__u64 inited; /* elements whose timer is initialised */
	__u64 pending; /* elements whose timer the kernel has enqueued */
	__u64 stranded; /* armed, but not enqueued: in flight, or lost */
	__u64 handed; /* of engine bpf_wq: expired, waiting for their work */
};

/* Argument of the syscall program alone. */
struct alone_args {
	__u32 first; /* first key of the batch */
	__u32 operation; /* one operation; OPERATIONS: all of them, in their order */
	__u32 parts; /* PREPARE, MEASURE or both */
	__u32 seed; /* of the expiries; the same for both parts */
	__u64 rounds; /* how often; 64 bits, as bpf_loop inlined compares so */
};

/* What follows is for BPF programs; user space shares what is above. */
#ifdef __bpf__

/* maps */

/* key: CPU; value: counters, ns; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the possible CPUs, and one for user space */
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

/* key: 0; value: when to stop; writer: user space by mmap, arm; reader: programs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stopping);
} stopping SEC(".maps");

/* Set before loading; the verifier removes the branches not taken. */
const volatile __u64 timeout_ns = 1000000;
const volatile __u32 timeout_shape = SHAPE_FIXED;
/* Means of equally likely ranges of an exponential distribution, 1024 = its mean. */
const volatile __u32 exponential[EXPONENTIAL_STEPS] = {};
const volatile __u32 timer_clock = CLOCK_MONOTONIC;
const volatile __u32 lateness_clock =
	CLOCK_MONOTONIC; /* what the timer runs on */
const volatile __u64 timer_flags = 0;
const volatile __u32 engine = ENGINE_BPF_TIMER;
const volatile __u32 outer_map = 0; /* reach the timers through an outer map */
const volatile __u32 instrument_full = 1;
const volatile __u32 instrument_sampled = 0;
const volatile __u32 instrument_stages = 0;

/* helpers */

static __always_inline struct slot *this_slot(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&slots, &cpu);
}

static __always_inline __u64 clock_now(void)
{
	return lateness_clock == CLOCK_BOOTTIME ? bpf_ktime_get_boot_ns() :
						  bpf_ktime_get_ns();
}

/* A timeout of the cell's distribution, ns. */
static __always_inline __u64 draw_timeout(void)
{
	__u32 random;

	if (timeout_shape == SHAPE_FIXED)
		return timeout_ns;
	random = bpf_get_prandom_u32();
	if (timeout_shape == SHAPE_UNIFORM)
		return timeout_ns / 2 + timeout_ns * (random >> 22) / 1024;
	return timeout_ns * exponential[random % EXPONENTIAL_STEPS] / 1024;
}

static __always_inline void add_to(__u64 *counter, __u64 number)
{
	__sync_fetch_and_add(counter, number);
}

static __always_inline void count(__u64 *counter)
{
	add_to(counter, 1);
}

static __always_inline void count_errno(__u64 *table, long result)
{
	__u64 code = -result;

	if (code >= ERRNO_SLOTS)
		code = ERRNO_SLOTS - 1;
	count(&table[code]);
}

static __always_inline struct stopping *this_stopping(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&stopping, &zero);
}

/* Whether arming is over: stop was set, or the deadline has passed. */
static __always_inline int arming_over(__u64 now)
{
	struct stopping *c = this_stopping();

	return !c || c->stop || now >= c->deadline_ns;
}

/* The timer of an entry; of values without one this is code that never runs. */
static __always_inline struct bpf_timer *timer_of(struct entry *entry)
{
#ifdef WITHOUT_TIMERS
	return 0;
#else
	return &entry->timer;
#endif
}

/* Whether entries hold timers. */
static __always_inline int has_timers(void)
{
	return engine == ENGINE_BPF_TIMER || engine == ENGINE_BPF_WQ;
}

/* Remember which CPU starts an entry's timer, or pushes it back. */
static __always_inline void note_cpu(struct entry *entry)
{
#ifndef WITHOUT_TIMERS
	entry->cpu = bpf_get_smp_processor_id();
#endif
}

/* Start a timer that is to expire in `delay_ns`, with the cell's flags. */
static __always_inline long start_timer(struct bpf_timer *timer, __u64 delay_ns)
{
	if (timer_flags & TIMER_ABS)
		delay_ns += clock_now();
	return bpf_timer_start(timer, delay_ns, timer_flags);
}

/* Count a timer that was just initialised. */
static __always_inline void count_inited(struct slot *s,
					 struct bpf_timer *timer)
{
	count(&s->inited);
	if (timer_base_clock(timer) != lateness_clock)
		count(&s->other_clock);
}

/*
 * Initialise a fresh timer; 0 or the error, which the caller counts.
 *
 * Since 6.18 bpf_timer_init may answer -ENOMEM because another CPU holds the
 * slab's lock for a moment: try again, and count that it was necessary.
 */
static __always_inline long init_new(struct slot *s, struct bpf_timer *timer,
				     void *map)
{
	long err = -ENOMEM;
	int attempt;

#pragma clang loop unroll(disable)
	for (attempt = 0; attempt < INIT_ATTEMPTS; attempt++) {
		err = bpf_timer_init(timer, map, timer_clock);
		if (err != -ENOMEM)
			break;
		count(&s->init_retried);
	}
	if (!err)
		count_inited(s, timer);
	return err;
}

/*
 * A new entry for a key that has none; NULL if that failed. Without timers its due
 * time is all that a scan needs to find it.
 */
static __always_inline struct entry *put_new(void *map, void *key, __u64 now,
					     long *err)
{
	struct entry fresh = {}, *entry;

	if (!has_timers())
		fresh.armed = now + draw_timeout();
	*err = bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST);
	if (*err)
		return 0;
	entry = bpf_map_lookup_elem(map, key);
	if (!entry)
		*err = -ENOENT;
	return entry;
}

/* The same; a failure is counted. */
static __always_inline struct entry *insert_new(struct slot *s, void *map,
						void *key, __u64 now)
{
	long err;
	struct entry *entry = put_new(map, key, now, &err);

	if (!entry)
		count_errno(s->insert_failed, err);
	return entry;
}

/* What came of the first start of a timer. */
static __always_inline void count_start(struct slot *s, struct entry *entry,
					long err)
{
	if (err) {
		entry->armed = 0;
		count_errno(s->start_failed, err);
	} else {
		count(&s->started);
	}
}

/* What comes before the first start of an initialised timer; 0 or the error. */
static __always_inline long
prepare_start(struct entry *entry, int (*callback)(void *, void *, void *))
{
	long err;

	note_cpu(entry);
	err = bpf_timer_set_callback(timer_of(entry), callback);
	/* Once it has its callback, packets may push it back (pushback.h). */
	entry->armed = 1;
	return err;
}

/* Start an initialised timer for the first time; errors are counted. */
static __always_inline long start_new(struct slot *s, struct entry *entry,
				      int (*callback)(void *, void *, void *),
				      __u64 delay_ns)
{
	long err = prepare_start(entry, callback);

	if (!err)
		err = start_timer(timer_of(entry), delay_ns);
	count_start(s, entry, err);
	return err;
}

#endif /* __bpf__ */
#endif
