/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: do callbacks run on the CPU that armed their timer?
 *
 * Overhead: one comparison for each callback, no clock.
 */
#ifndef PLACE_H
#define PLACE_H

#include "timerbench.h"

/* Where a callback of a timer runs. */
static __always_inline void record_place(struct slot *s, struct entry *entry)
{
#ifndef WITHOUT_TIMERS
	if (entry->cpu != bpf_get_smp_processor_id())
		s->moved++;
#endif
}

#endif
