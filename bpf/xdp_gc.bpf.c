// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does one timer per flow cost a connection table in the packet path,
 * and how late are idle flows collected? Each packet of a flow pushes the flow's timer
 * back; a flow without packets for a timeout is removed by its callback.
 *
 * Flows are the client's direction of the load's connections, whose packets pass, and
 * those of a flood of synthetic packets, which are dropped. With engine user_gc each
 * packet refreshes the time when user space may delete the entry; with engine lru the
 * lookup alone keeps the entry from being evicted.
 *
 * Clock: that of the timers, read once per packet and in each callback.
 * Overhead: per packet one lookup and one start; per flow also one insertion, one
 * timer init, one deletion. No work at all for packets of others.
 */
#include "fired.h" /* maps slots, control, stage_cpus, outliers */
#include "packet.h"
#include "ports.h"
#include "pushback.h"

/* key: flow as its packets tell it; value: its timer; writer: packets, callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct tcp_flow);
	__type(value, struct entry);
} timers SEC(".maps");

/* Set before loading: destination port of the flood. */
const volatile __u16 flood_port = 9;

#include "lifecycle.h" /* programs census, cancel_all */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

/* Words of slot.measures, named in bench/programs/xdp_gc.py. */
enum measure {
	PACKETS, /* of measured flows */
	PUSHED_BACK, /* of these: moved the end of a flow that is in the table */
	UNTIMED, /* of these: met a flow whose timer just ends, or is just begun */
};

static int expired(void *map, struct tcp_flow *flow, struct entry *entry)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	long err;

	if (!s || !end_timer(s, entry, now))
		return 0;
	err = bpf_map_delete_elem(&timers, flow);
	if (err)
		count_errno(s->collect_failed, err);
	else
		count(&s->collected);
	return 0;
}

/* A packet of a flow that is in the table. */
static __always_inline void refresh(struct slot *s, struct tcp_flow *flow,
				    struct entry *entry, __u64 now)
{
	long result = 1;

	if (engine == ENGINE_BPF_TIMER)
		result = push_back(entry, now);
	else if (engine == ENGINE_USER_GC)
		entry->armed = now + draw_timeout();
	if (result > 0)
		count(&s->measures[PUSHED_BACK]);
	else if (!result || bpf_map_lookup_elem(&timers, flow) != entry)
		count(&s->measures[UNTIMED]);
	else
		count_errno(s->start_failed, result);
}

/* Start the timer of a fresh entry; failures are counted, and the entry is gone. */
static __always_inline void start_flow(struct slot *s, struct tcp_flow *flow,
				       struct entry *entry)
{
	long err = init_new(s, &entry->timer, &timers);

	if (err)
		count_errno(s->init_failed, err);
	else
		err = start_new(s, entry, (void *)expired, draw_timeout());
	if (err)
		bpf_map_delete_elem(&timers, flow);
}

/* The first packet of a flow, or the first after it was collected. */
static __always_inline void add(struct slot *s, struct tcp_flow *flow,
				__u64 now)
{
	long err;
	struct entry *entry = put_new(&timers, flow, now, &err);

	if (!entry && err == -EEXIST)
		count(&s->measures[UNTIMED]);
	else if (!entry)
		count_errno(s->insert_failed, err);
	else if (engine == ENGINE_BPF_TIMER)
		start_flow(s, flow, entry);
	else
		count(&s->started);
}

static __always_inline void meet(struct tcp_flow *flow)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	struct entry *entry;

	if (!s || arming_over(now))
		return;
	count(&s->measures[PACKETS]);
	entry = bpf_map_lookup_elem(&timers, flow);
	if (entry)
		refresh(s, flow, entry, now);
	else
		add(s, flow, now);
}

SEC("xdp")
int track(struct xdp_md *ctx)
{
	struct tcp_flow flow = {};
	int flooded;

	if (!parse_tcp(ctx, &flow))
		return XDP_PASS;
	flooded = flow.destination_port == flood_port;
	if (flooded || is_server_port(flow.destination_port))
		meet(&flow);
	return flooded ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
