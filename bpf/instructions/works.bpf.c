// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which instructions does the kernel execute for a work of a BPF program
 * (bpf_wq, since 6.10), the rival of a timer that need not be on time? Works run in a
 * kworker, one after another, while the script sleeps.
 *
 * Overhead: none within the marks (marks.h).
 */
/* BTF knows it by its name, and headers before 6.10 lack it. */
#define bpf_wq bpf_wq___header
#include <linux/bpf.h>
#undef bpf_wq
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include "part.h"

struct bpf_wq {
	__u64 __opaque[2];
} __attribute__((aligned(8)));

struct worker {
	struct bpf_wq work;
	__u64 pad[4];
};

/* key: number; value: a work. Flags are set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct worker);
} works SEC(".maps");

extern int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags)
	__ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;
/* From 7.0 on the kernel adds the last argument itself, and its type fits no other. */
#ifdef IMPLICIT_AUX
extern int bpf_wq_set_callback(struct bpf_wq *wq,
			       int(callback_fn)(void *map, int *key,
						void *value),
			       unsigned int flags) __ksym;
#define set_callback(wq, callback) bpf_wq_set_callback(wq, callback, 0)
#else
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq,
				    int(callback_fn)(void *map, int *key,
						     void *value),
				    unsigned int flags, void *aux__prog) __ksym;
#define set_callback(wq, callback) bpf_wq_set_callback_impl(wq, callback, 0, 0)
#endif

static int worked(void *map, int *key, void *value)
{
	mark(MARK_CALLBACK);
	mark(MARK_CALLED_BACK);
	return 0;
}

static __always_inline long made(struct worker *worker)
{
	long err;

	mark(MARK_CALL + OP_WQ_INIT);
	err = bpf_wq_init(&worker->work, &works, 0);
	mark(MARK_END);
	if (err)
		return err;
	mark(MARK_CALL + OP_WQ_SET_CALLBACK);
	err = set_callback(&worker->work, worked);
	mark(MARK_END);
	return err;
}

static long make_one(__u32 nth, struct part *part)
{
	struct worker fresh = {}, *worker;
	__u32 key = nth;
	long err;

	bpf_map_delete_elem(&works, &key);
	bpf_map_update_elem(&works, &key, &fresh, BPF_ANY);
	worker = bpf_map_lookup_elem(&works, &key);
	err = worker ? made(worker) : -ENOENT;
	if (err)
		count_failed(part, err);
	return 0;
}

/* Have works that were never started. */
SEC("syscall")
int make(struct part *part)
{
	struct part copy = *part;

	bpf_loop(copy.together, make_one, &copy, 0);
	answer(part, &copy);
	return 0;
}

static long start_one(__u32 nth, struct part *part)
{
	struct worker *worker;
	__u32 key = nth;
	long err = -ENOENT;

	worker = bpf_map_lookup_elem(&works, &key);
	if (worker) {
		mark(MARK_CALL + OP_WQ_START);
		err = bpf_wq_start(&worker->work, 0);
		mark(MARK_END);
	}
	if (err)
		count_failed(part, err);
	return 0;
}

/* Start them; they run when the script sleeps. */
SEC("syscall")
int start(struct part *part)
{
	struct part copy = *part;

	bpf_loop(copy.together, start_one, &copy, 0);
	answer(part, &copy);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
