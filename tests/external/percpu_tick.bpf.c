// SPDX-License-Identifier: GPL-2.0-only
/* A tick per CPU, as a scheduler would have it. Run tick_init once on each CPU. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TICK_NSEC (4 * 1000 * 1000)
#define MAX_CPUS 256
#define F_PINNED 2

struct tick_ctx {
	struct bpf_timer timer;
	__u64 nr_ticks;
	__s32 last_err;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_CPUS);
	__type(key, __u32);
	__type(value, struct tick_ctx);
} sched_tick_ctxs SEC(".maps");

static long tick_arm(struct tick_ctx *tctx)
{
	long err = bpf_timer_start(&tctx->timer, TICK_NSEC, F_PINNED);

	/* Kernels before 6.7 cannot pin. */
	return err == -22 ? bpf_timer_start(&tctx->timer, TICK_NSEC, 0) : err;
}

static int tick_fn(void *map, int *cpu, struct tick_ctx *tctx)
{
	tctx->nr_ticks++;
	tctx->last_err = tick_arm(tctx);
	return 0;
}

SEC("syscall")
int tick_init(void *unused)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct tick_ctx *tctx = bpf_map_lookup_elem(&sched_tick_ctxs, &cpu);

	if (!tctx)
		return -2;
	tctx->last_err = bpf_timer_init(&tctx->timer, &sched_tick_ctxs, 7);
	if (tctx->last_err && tctx->last_err != -16)
		return tctx->last_err;
	bpf_timer_set_callback(&tctx->timer, tick_fn);
	return tick_arm(tctx);
}

char _license[] SEC("license") = "GPL";
