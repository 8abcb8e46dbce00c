/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers that their own callback starts again, relative to it or in phase. */
#ifndef PERIODIC_H
#define PERIODIC_H

#include "timerbench.h"

/* The next expiry of a timer that keeps its phase; periods gone by are left out. */
static __always_inline long start_next(struct bpf_timer *timer)
{
	__u64 due = timer_expiry(timer), now = clock_now(),
	      period = draw_timeout();
	__u64 behind = now > due ? now - due : 0;

	due += period ? (behind / period + 1) * period : 1;
	return bpf_timer_start(timer, due, timer_flags);
}

/* Start an expired timer again, from its callback; counted. */
static __always_inline void rearm(struct slot *s, struct entry *entry)
{
	long err;

	if (timer_flags & TIMER_ABS)
		err = start_next(&entry->timer);
	else
		err = bpf_timer_start(&entry->timer, draw_timeout(),
				      timer_flags);
	if (err) {
		entry->armed = 0;
		count_errno(s->start_failed, err);
	} else {
		s->restarted++;
	}
}

#endif
