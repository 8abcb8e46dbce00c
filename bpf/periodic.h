/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers that their own callback starts again.
 *
 *   absolute   on the timer's own grid, first expiry + k * timeout, whatever its
 *              lateness: by BPF_F_TIMER_ABS, and where the kernel has no such flag
 *              (before 6.4) by the delay from now to the grid. entry.armed is when
 *              it is due on the grid. Periods gone by are left out and counted.
 *   relative   a timeout from its callback, as most people write it. Timers that
 *              expire in one softirq start again together, and never part.
 *
 * Clock: that of the timers, one reading for each callback.
 */
#ifndef PERIODIC_H
#define PERIODIC_H

#include "timerbench.h"

/* Set before loading. */
const volatile __u32 rearm_absolute = 1;
const volatile __u64 abs_flag = TIMER_ABS;

/* Start a timer that is due at some time. */
static __always_inline long start_due(struct bpf_timer *timer, __u64 due,
				      __u64 now, int absolute)
{
	if (absolute)
		return bpf_timer_start(timer, due, timer_flags | abs_flag);
	return bpf_timer_start(timer, due > now ? due - now : 1, timer_flags);
}

/* Whether timers keep their grid by the kernel's flag. */
static __always_inline int by_flag(struct stopping *c)
{
	return rearm_absolute && !c->abs_refused;
}

/*
 * Start an initialised timer for the first time; errors are counted. Its callback is
 * set, so that -EINVAL is about the flag.
 */
static __always_inline void start_first(struct slot *s, struct entry *entry,
					int (*callback)(void *, void *, void *),
					__u64 due)
{
	struct stopping *c = this_stopping();
	long err;
	int flag;

	if (!c)
		return;
	flag = by_flag(c);
	err = bpf_timer_set_callback(&entry->timer, callback);
	entry->armed = due;
	entry->cpu = bpf_get_smp_processor_id();
	if (!err)
		err = start_due(&entry->timer, due, flag ? 0 : clock_now(),
				flag);
	if (err == -EINVAL && by_flag(c)) {
		c->abs_refused = 1;
		err = start_due(&entry->timer, due, clock_now(), 0);
	}
	count_start(s, entry, err);
}

/* Whole periods from when a timer was due until now. */
static __always_inline __u64 periods_behind(__u64 due, __u64 now, __u64 period)
{
	__u64 behind = now > due ? now - due : 0;

	return behind < period || !period ? 0 : behind / period;
}

/* The next moment of a timer's grid that is not gone by; `missed` others are. */
static __always_inline __u64 next_due(struct entry *entry, __u64 now,
				      __u64 *missed)
{
	__u64 period = draw_timeout();

	*missed = periods_behind(entry->armed, now, period);
	entry->armed += (*missed + 1) * period;
	return entry->armed;
}

/* Start an expired timer again, from its callback at `now`; counted. */
static __always_inline void rearm(struct slot *s, struct entry *entry,
				  __u64 now, __u64 *missed)
{
	struct stopping *c = this_stopping();
	long err = -EINVAL;

	if (!rearm_absolute)
		err = bpf_timer_start(&entry->timer, draw_timeout(),
				      timer_flags);
	else if (c)
		err = start_due(&entry->timer, next_due(entry, now, missed),
				now, by_flag(c));
	if (err) {
		entry->armed = 0;
		count_errno(s->start_failed, err);
	} else {
		s->restarted++;
	}
}

#endif
