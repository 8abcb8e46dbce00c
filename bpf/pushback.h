/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers that packets push back while they are pending: the timer of an entry ends
 * only when nothing came for a whole timeout.
 *
 * entry.armed is here when the entry is due, in lateness_clock; 0: its timer has
 * ended or was never started. A packet moves it forward first and starts the timer
 * again afterwards; a callback may end the timer only if it can swap the due time
 * that it saw, and that has passed, for 0. So either the packet comes first, and the
 * callback leaves the entry to it, or the callback does, and the packet knows that
 * the entry has ended. The kernel's expiry is never before entry.armed.
 *
 * The ledger counts timers, not starts: pushing back a pending timer counts nothing.
 * A callback that leaves its entry has fired, and the packet has begun another timer:
 * the callback counts it as restarted. Two packets may swap in one order and start in
 * the other: the timer then expires at the earlier of their times, with nobody left to
 * start it for the later. So a callback that leaves its entry starts the timer for the
 * due time itself, too, which pushes it back where the packet has done so.
 */
#ifndef PUSHBACK_H
#define PUSHBACK_H

#include "fired.h"

/* The due time of an entry. */
static __always_inline __u64 due_time(struct entry *entry)
{
	return *(volatile __u64 *)&entry->armed;
}

/*
 * Push the timer of an entry back by a timeout from now. 1: done, by this packet or
 * another one; 0: the timer has ended, or was never started; or the kernel's error.
 */
static __always_inline long push_back(struct entry *entry, __u64 now)
{
	__u64 due = due_time(entry), delay_ns = draw_timeout();

	if (!due)
		return 0;
	if (__sync_val_compare_and_swap(&entry->armed, due, now + delay_ns) !=
	    due)
		return due_time(entry) != 0;
	note_cpu(entry);
	return start_timer(timer_of(entry), delay_ns) ?: 1;
}

/* In a callback: the entry is due later than its timer expired, or has ended. */
static __always_inline void leave_timer(struct slot *s, struct entry *entry,
					__u64 now)
{
	__u64 due = due_time(entry);

	s->fired++;
	s->restarted++;
	if (due)
		start_timer(timer_of(entry), due > now ? due - now : 0);
}

/*
 * In a callback: the expiry of the timer, which has ended and is recorded; 0 if a
 * packet pushed it back. It is read first: if the swap succeeds, no packet changed it.
 */
static __always_inline __u64 end_timer(struct slot *s, struct entry *entry,
				       __u64 now)
{
	__u64 due = due_time(entry), expiry = timer_expiry(timer_of(entry));

	if (instrument_full)
		record_place(s, entry);
	if (!due || due > now ||
	    __sync_val_compare_and_swap(&entry->armed, due, 0) != due) {
		leave_timer(s, entry, now);
		return 0;
	}
	if (is_timed(s))
		record_due(s, now, expiry);
	else
		s->fired++;
	return expiry;
}

#endif
