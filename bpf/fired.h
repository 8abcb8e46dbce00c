/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What callbacks record: lateness and venue always, stages and the latest
 * callbacks with instrument_stages.
 */
#ifndef FIRED_H
#define FIRED_H

#include "timerbench.h"
#include "current.h"
#include "outliers.h"
#include "place.h"
#include "stages.h"

/* Of the sampled instrument: one callback in so many is timed, on average. */
#define SAMPLED_ONE_IN 64

/*
 * Whether this callback records more than that it ran. The distance between two sampled
 * ones is uniform between 1 and twice the mean less one, so that no grid of timers, and
 * no place in a batch, meets it again and again.
 */
static __always_inline int is_timed(struct slot *s)
{
	if (!instrument_full || !instrument_sampled)
		return instrument_full;
	if (s->untimed) {
		s->untimed--;
		return 0;
	}
	s->untimed = bpf_get_prandom_u32() % (2 * SAMPLED_ONE_IN - 1);
	return 1;
}

static __always_inline void record_lateness(struct slot *s, __s64 late)
{
	__u32 index;

	if (late < 0) {
		s->negative++;
		return;
	}
	s->lateness_sum_ns += late;
	if ((__u64)late < s->lateness_min_ns)
		s->lateness_min_ns = late;
	if ((__u64)late > s->lateness_max_ns)
		s->lateness_max_ns = late;
	if (late > HIST_HIGHEST) {
		s->overflow++;
		return;
	}
	index = hist_index(late);
	if (index < HIST_COUNTERS)
		s->lateness[index]++;
}

static __always_inline enum venue venue_of(struct slot *s)
{
	__u32 pid = current_thread();

	if (!pid)
		return VENUE_IDLE;
	return pid == (__u32)s->ksoftirqd_pid ? VENUE_KSOFTIRQD : VENUE_TASK;
}

static __always_inline void record_outlier(struct stage_cpu *c,
					   struct round *seen, enum venue venue,
					   __u64 late, __u64 now)
{
	struct outlier *o = outlier_of(late);

	if (!o)
		return;
	o->t_ns = now;
	o->lateness_ns = late;
	o->ended_ns = seen->ended_ns;
	o->raised_ns = seen->raised_ns;
	o->entered_ns = seen->entered_ns;
	o->before = c->before;
	o->before_ns = c->before_ns;
	o->before_end_ns = c->before_end_ns;
	o->venue = venue;
	o->pid = current_thread();
	read_current_comm(o->comm);
}

/*
 * Why a callback came so late; `late` is not negative. A global function: the
 * verifier reads it once, by itself, instead of once for each path that leads to it.
 */
__noinline int record_cause(__u32 venue, __u64 late, __u64 now)
{
	struct stage_cpu *c = this_stage_cpu();
	struct round seen;

	if (!c)
		return 0;
	seen.ended_ns = c->ended_ns;
	seen.raised_ns = c->raised_ns;
	seen.entered_ns = c->entered_ns;
	record_stages(c, &seen, now - late, now);
	record_outlier(c, &seen, venue, late, now);
	/* No hook saw this run, nor will one see its end: it lasts until now at least. */
	if (!c->entered_ns)
		c->ended_ns = now;
	return 0;
}

static __always_inline void record_venue(struct slot *s)
{
	s->venue[venue_of(s)]++;
}

/* How late a callback is that was due at some time, and why. */
static __always_inline __s64 record_late(struct slot *s, __u64 now, __u64 due)
{
	__s64 late = now - due;

	record_lateness(s, late);
	if (instrument_stages && late >= 0)
		record_cause(venue_of(s), late, now);
	return late;
}

/* Everything a full callback of a timer that was due at some time records. */
static __always_inline __s64 record_due(struct slot *s, __u64 now, __u64 due)
{
	s->fired++;
	record_venue(s);
	return record_late(s, now, due);
}

/* The same, before the callback re-arms or collects. */
static __always_inline __s64 record_fired(struct slot *s, __u64 now,
					  struct entry *entry)
{
	record_place(s, entry);
	return record_due(s, now, timer_expiry(timer_of(entry)));
}

#endif
