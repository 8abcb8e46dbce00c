/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Syscall programs that every program under test offers to the runner. Include
 * it after defining the map `timers`.
 */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include "timerbench.h"

static long census_one(void *map, const void *key, struct entry *entry,
		       struct census_args *answer)
{
	answer->entries++;
	if (!has_timers()) {
		if (entry->armed)
			answer->pending++;
		return 0;
	}
	if (!timer_kernel(timer_of(entry)))
		return 0;
	answer->inited++;
	if (timer_enqueued(timer_of(entry)))
		answer->pending++;
	else if (!entry->armed)
		return 0;
#ifdef WITH_WORK
	else if (is_handed_over(entry))
		answer->handed++;
#endif
	else
		answer->stranded++;
	return 0;
}

/* Where the table is divided, `timers` is empty and its parts have the entries. */
static __always_inline void census_parts(struct census_args *answer)
{
#ifdef PARTS_H
	__u32 part;

	for (part = 0; part < PARTS; part++) {
		void *map = nth_part(part);

		if (map)
			bpf_for_each_map_elem(map, census_one, answer, 0);
	}
#endif
}

/* Count entries and pending timers by looking at the kernel's own state. */
SEC("syscall")
int census(struct census_args *args)
{
	struct census_args answer = {};

	bpf_for_each_map_elem(&timers, census_one, &answer, 0);
	census_parts(&answer);
	*args = answer;
	return 0;
}

static long cancel_one(void *map, const void *key, struct entry *entry,
		       void *unused)
{
	struct slot *s = this_slot();
	long result;

	if (!s || !has_timers())
		return 0;
	result = bpf_timer_cancel(timer_of(entry));
	if (result < 0 || !entry->armed)
		return 0;
#ifdef WITH_WORK
	if (!result && is_handed_over(entry))
		return 0; /* its work ends it */
#endif
	/*
	 * 1: it was pending. 0 although no callback has ended it: it expired while
	 * it was being cancelled. bpf_timer_cancel takes the callback away before
	 * it stops the hrtimer, so the kernel's own handler found none to call.
	 */
	count(&s->cancelled);
	if (result == 0)
		count(&s->dropped);
	entry->armed = 0;
	return 0;
}

/* Cancel every armed timer and count it. */
SEC("syscall")
int cancel_all(struct census_args *args)
{
	bpf_for_each_map_elem(&timers, cancel_one, 0, 0);
	return 0;
}

#endif
