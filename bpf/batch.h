/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The states of a batch's entries. What operations alone did is counted by the states
 * before and after them, which nothing else changes.
 */
#ifndef BATCH_H
#define BATCH_H

#include "groups.h"

/* Entries of a batch in each state. */
struct batch {
	__u32 first;
	__u32 present;
	__u32 inited;
	__u32 pending;
	__u32 settled; /* initialised, not pending, and no callback is on its way */
};

static long look_one(__u32 nth, struct batch *b)
{
	__u32 key = b->first + nth;
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);

	if (!entry)
		return 0;
	b->present++;
	if (!timer_kernel(&entry->timer))
		return 0;
	b->inited++;
	if (timer_enqueued(&entry->timer))
		b->pending++;
	else if (entry->armed == IDLE)
		b->settled++;
	return 0;
}

/* Count the states of a batch whose first key is set. */
__noinline int look_at(struct batch *b)
{
	struct batch found = {};

	if (!b)
		return 0;
	found.first = b->first;
	bpf_loop(BATCH, look_one, &found, 0);
	*b = found;
	return 0;
}

/* Whether all entries of a batch are in the state that an operation is about. */
static __always_inline int ready(const struct batch *b, __u32 operation)
{
	switch (operation) {
	case OP_INSERT:
		return !b->present;
	case OP_INIT:
		return b->present == BATCH && !b->inited;
	case OP_SET_CALLBACK:
	case OP_START_IDLE:
	case OP_DELETE_FIRED:
		return b->settled == BATCH;
	}
	return b->pending == BATCH;
}

static long note_one(__u32 nth, __u32 *first)
{
	__u32 key = *first + nth;
	struct entry *entry = bpf_map_lookup_elem(&timers, &key);

	if (entry && timer_kernel(&entry->timer))
		entry->armed = timer_enqueued(&entry->timer) ? ARMED : IDLE;
	return 0;
}

/* Say of the timers of a batch whether they are armed, as the operation leaves it open. */
__noinline int note_armed(__u32 first)
{
	bpf_loop(BATCH, note_one, &first, 0);
	return 0;
}

/* Count what the calls did, by the states before and after them. */
static __always_inline void account(struct slot *s, __u32 operation,
				    struct batch *before)
{
	struct batch after = { .first = before->first };

	if (operation == OP_START_IDLE || operation == OP_CANCEL)
		note_armed(before->first);
	look_at(&after);
	if (operation == OP_INSERT)
		add_to(&s->measures[INSERTED], after.present - before->present);
	else if (operation == OP_INIT)
		add_to(&s->inited, after.inited - before->inited);
	else if (operation == OP_START_IDLE)
		add_to(&s->started, after.pending - before->pending);
	else if (operation == OP_CANCEL)
		add_to(&s->cancelled, before->pending - after.pending);
	else if (operation >= OP_DELETE_PENDING)
		add_to(&s->freed, before->pending - after.pending);
	if (operation == OP_DELETE_PENDING || operation == OP_DELETE_FIRED)
		add_to(&s->measures[REMOVED], before->present - after.present);
}

#endif
