/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What engines in user space record: the same words of a slot as callbacks in BPF, in
 * user space's own slot, which one thread writes.
 */
#ifndef USER_SLOT_H
#define USER_SLOT_H

#include "timerbench.h"

/* Count how late one timeout was served. */
static inline void record_late(struct slot *slot, __s64 late)
{
	__u64 late_ns = late;

	if (late < 0) {
		slot->negative++;
		return;
	}
	slot->lateness_sum_ns += late_ns;
	if (late_ns < slot->lateness_min_ns)
		slot->lateness_min_ns = late_ns;
	if (late_ns > slot->lateness_max_ns)
		slot->lateness_max_ns = late_ns;
	if (late_ns > HIST_HIGHEST)
		slot->overflow++;
	else
		slot->lateness[hist_index(late_ns)]++;
}

/* Count a failure by its errno. */
static inline void record_error(__u64 *table, int error)
{
	table[error < ERRNO_SLOTS ? error : ERRNO_SLOTS - 1]++;
}

#endif
