/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Syscall programs that every program under test offers to the runner. Include
 * it after defining `struct entry` (with a member `timer`) and the map `timers`.
 */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include "timerbench.h"

static long census_one(void *map, const void *key, struct entry *entry,
		       struct census_args *answer)
{
	answer->entries++;
	if (!timer_kernel(&entry->timer))
		return 0;
	answer->inited++;
	if (timer_enqueued(&entry->timer))
		answer->pending++;
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

	if (s && bpf_timer_cancel(&entry->timer) == 1)
		count(&s->cancelled);
	return 0;
}

/* Cancel every pending timer; counts those that were really pending. */
SEC("syscall")
int cancel_all(struct census_args *args)
{
	bpf_for_each_map_elem(&timers, cancel_one, 0, 0);
	return 0;
}

#endif
