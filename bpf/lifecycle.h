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
	if (engine != ENGINE_BPF_TIMER) {
		if (entry->armed)
			answer->pending++;
		return 0;
	}
	if (!timer_kernel(&entry->timer))
		return 0;
	answer->inited++;
	if (timer_enqueued(&entry->timer))
		answer->pending++;
	else if (entry->armed)
		answer->stranded++;
	return 0;
}

/* Count entries and pending timers by looking at the kernel's own state. */
SEC("syscall")
int census(struct census_args *args)
{
	struct census_args answer = {};

	bpf_for_each_map_elem(&timers, census_one, &answer, 0);
	*args = answer;
	return 0;
}

static long cancel_one(void *map, const void *key, struct entry *entry,
		       void *unused)
{
	struct slot *s = this_slot();
	long result;

	if (!s || engine != ENGINE_BPF_TIMER)
		return 0;
	result = bpf_timer_cancel(&entry->timer);
	if (result < 0 || !entry->armed)
		return 0;
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
