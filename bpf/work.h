/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Question: what does it cost to leave an entry's end to a work queue, and how late is it
 * then? The timer of an entry only hands it over (bpf_wq); the work, in a kworker that
 * may sleep, deletes it. A work has no delay of its own, so that the timer stays.
 *
 * An entry is late by when its work has deleted it. What packets push back meanwhile
 * (pushback.h) is left alone, as by a callback.
 *
 * Concurrency: works of a CPU run one after another in its kworker, and may be
 * interrupted by its timers, which record nothing else than atomic counts meanwhile.
 */
#ifndef WORK_H
#define WORK_H

#include "pushback.h"

#ifdef WITH_WORK

/* In entry.cpu, beside the CPU: the timer has handed the entry over to its work. */
#define HANDED_OVER (1ULL << 32)

extern int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags)
	__ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;
/* From 7.0 on the kernel adds the last argument itself, and its type fits no other. */
#ifdef IMPLICIT_AUX
extern int bpf_wq_set_callback(struct bpf_wq *wq,
			       int(callback_fn)(void *map, int *key,
						void *value),
			       unsigned int flags) __ksym;
#define set_work(wq, callback) bpf_wq_set_callback(wq, callback, 0)
#else
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq,
				    int(callback_fn)(void *map, int *key,
						     void *value),
				    unsigned int flags, void *aux__prog) __ksym;
#define set_work(wq, callback) bpf_wq_set_callback_impl(wq, callback, 0, 0)
#endif

/* Count what its work has deleted, or could not. */
static __always_inline void count_worked(struct slot *s, long err, __u64 due)
{
	count(&s->fired);
	if (is_timed(s))
		record_late(s, clock_now(), due);
	if (err)
		count_errno(s->collect_failed, err);
	else
		count(&s->collected);
}

/* As leave_timer, but where a timer of this CPU may count meanwhile. */
static __always_inline void leave_work(struct slot *s, struct entry *entry,
				       __u64 now)
{
	__u64 due = due_time(entry);

	count(&s->fired);
	count(&s->restarted);
	if (due)
		start_timer(&entry->timer, due > now ? due - now : 0);
}

static int worked(void *map, int *key, void *value)
{
	struct entry *entry = value;
	__u64 due = due_time(entry), expiry = timer_expiry(&entry->timer);
	__u64 now = clock_now();
	struct slot *s = this_slot();

	if (!s)
		return 0;
	if (!due || due > now ||
	    __sync_val_compare_and_swap(&entry->armed, due, 0) != due) {
		leave_work(s, entry, now);
		return 0;
	}
	if ((__u32)entry->cpu != bpf_get_smp_processor_id())
		s->moved++;
	count_worked(s, bpf_map_delete_elem(&timers, key), expiry);
	return 0;
}

/* Initialise the work of a fresh entry; 0 or the error, which the caller counts. */
static __always_inline long init_work(struct slot *s, struct entry *entry,
				      void *map)
{
	long err = -ENOMEM;
	int attempt;

	/* As in init_new. */
#pragma clang loop unroll(disable)
	for (attempt = 0; attempt < INIT_ATTEMPTS && err == -ENOMEM; attempt++)
		err = bpf_wq_init(&entry->work, map, 0);
	return err ?: set_work(&entry->work, worked);
}

/* In the callback of an entry's timer: leave the rest to its work. */
static __always_inline void hand_over(struct slot *s, struct entry *entry)
{
	long err;

	entry->cpu |= HANDED_OVER;
	err = bpf_wq_start(&entry->work, 0);
	if (err)
		count_errno(s->collect_failed, err);
}

/* Whether an entry whose timer is not enqueued waits for its work. */
static __always_inline int is_handed_over(struct entry *entry)
{
	return (entry->cpu & HANDED_OVER) != 0;
}

#else /* code that never runs */

static __always_inline long init_work(struct slot *s, struct entry *entry,
				      void *map)
{
	return 0;
}

static __always_inline void hand_over(struct slot *s, struct entry *entry)
{
}

#endif
#endif
