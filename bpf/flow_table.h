/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of flows in the packet path, one timer each. Each packet of a flow pushes the
 * flow's timer back; a flow without packets for a timeout is removed by its callback.
 *
 * Flows are the client's direction of the load's connections, whose packets pass, and
 * those of a flood of synthetic packets, which are dropped. Where a scan collects, each
 * packet refreshes the time when the scan may delete the entry; with engine lru the
 * lookup alone keeps the entry from being evicted.
 *
 * Clock: that of the timers, read once per packet and in each callback.
 * Overhead: per packet one lookup and one start; per flow also one insertion, one
 * timer init, one deletion. No work at all for packets of others.
 */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "fired.h" /* maps slots, stopping, stage_cpus, outliers */
#include "packet.h"
#include "ports.h"
#include "pushback.h"

/* key: flow as its packets tell it; value: its timer; writer: packets, callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct packet_flow);
	__type(value, struct entry);
} timers SEC(".maps");

#define FLOW_WORDS (sizeof(struct packet_flow) / sizeof(__u64))

/* Set before loading: destination port of the flood, and its flow 0, in words: clang takes
 * the members of a constant struct for zeros, volatile or not. */
const volatile __u16 flood_port = 9;
const volatile __u64 flood_flow[FLOW_WORDS] = {};

#ifdef WITH_PARTS
#define TIMER_KEY struct packet_flow
#include "parts.h" /* map parts */
#endif
#include "work.h"
#include "lifecycle.h" /* programs census, cancel_all */
#ifdef WITHOUT_TIMERS
#include "scan.h" /* map scans, program scan */
#endif
#ifdef WITH_PARTS
#include "sweep.h" /* map sweeper; programs sweep_start, sweep_stop */
#endif
#include "seeding.h" /* map residuals, program seed */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

/* Words of slot.measures, named in bench/programs/xdp_gc.py. */
enum measure {
	PACKETS, /* of measured flows */
	PUSHED_BACK, /* of these: moved the end of a flow that is in the table */
	UNTIMED, /* of these: met a flow whose timer just ends, or is just begun */
};

/* The map that has a flow's entry, or is to have it. */
static __always_inline void *table_of(struct packet_flow *flow)
{
#ifdef WITH_PARTS
	return part_of(flow);
#else
	return &timers;
#endif
}

/* Leave a flow to its work, unless a packet has pushed its timer back meanwhile. */
static __always_inline void end_by_work(struct slot *s, struct entry *entry,
					__u64 now)
{
	__u64 due = due_time(entry);

	if (!due || due > now)
		leave_timer(s, entry, now);
	else
		hand_over(s, entry);
}

static int expired(void *map, struct packet_flow *flow, struct entry *entry)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	long err;

	if (!s)
		return 0;
	if (engine == ENGINE_BPF_WQ) {
		end_by_work(s, entry, now);
		return 0;
	}
	if (!end_timer(s, entry, now))
		return 0;
	err = bpf_map_delete_elem(&timers, flow);
	if (err)
		count_errno(s->collect_failed, err);
	else
		count(&s->collected);
	return 0;
}

/* A packet of a flow that is in the table. */
static __always_inline void refresh(struct slot *s, void *map,
				    struct packet_flow *flow,
				    struct entry *entry, __u64 now)
{
	long result = 1;

	if (has_timers())
		result = push_back(entry, now);
	else if (engine == ENGINE_SCANNED)
		entry->armed = now + draw_timeout();
	if (result > 0)
		count(&s->measures[PUSHED_BACK]);
	else if (!result || bpf_map_lookup_elem(map, flow) != entry)
		count(&s->measures[UNTIMED]);
	else
		count_errno(s->start_failed, result);
}

/* Start the timer of a fresh entry; failures are counted, and the entry is gone. */
static __always_inline void start_flow(struct slot *s, struct packet_flow *flow,
				       struct entry *entry)
{
	long err = init_new(s, timer_of(entry), &timers);

	if (!err && engine == ENGINE_BPF_WQ)
		err = init_work(s, entry, &timers);
	if (err)
		count_errno(s->init_failed, err);
	else
		err = start_new(s, entry, (void *)expired, draw_timeout());
	if (err)
		bpf_map_delete_elem(&timers, flow);
}

/* The first packet of a flow, or the first after it was collected. */
static __always_inline void add(struct slot *s, void *map,
				struct packet_flow *flow, __u64 now)
{
	long err;
	struct entry *entry = put_new(map, flow, now, &err);

	if (!entry && err == -EEXIST)
		count(&s->measures[UNTIMED]);
	else if (!entry)
		count_errno(s->insert_failed, err);
	else if (has_timers())
		start_flow(s, flow, entry);
	else
		count(&s->started);
}

static __always_inline void meet(struct packet_flow *flow)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	void *map = table_of(flow);
	struct entry *entry;

	if (!s || !map || arming_over(now))
		return;
	count(&s->measures[PACKETS]);
	entry = bpf_map_lookup_elem(map, flow);
	if (entry)
		refresh(s, map, flow, entry, now);
	else
		add(s, map, flow, now);
}

/* Give a flow its entry, due at some moment after the epoch. */
static __always_inline long seed_due(struct arm_args *args,
				     struct packet_flow *flow, __u64 residual)
{
	void *map = table_of(flow);

	if (map)
		seed_entry(args, map, flow, (void *)expired,
			   args->epoch_ns + residual);
	return 0;
}

/* A flow that no load has: port 0 is of none. Its last packet was long ago. */
static long seed_one(__u32 index, struct arm_args *args)
{
	__u64 *residual = bpf_map_lookup_elem(&residuals, &index);
	struct packet_flow flow = { .family = ETH_P_IP };

	if (!residual)
		return 1;
	*(__u32 *)flow.source = args->first + index;
	flow.destination_port = server_ports[0];
	return seed_due(args, &flow, *residual);
}

/* A flow of the flood, whose last packet was within the last round. */
static long seed_flooded(__u32 index, struct arm_args *args)
{
	__u64 *residual = bpf_map_lookup_elem(&residuals, &index);
	union {
		__u64 words[FLOW_WORDS];
		struct packet_flow flow;
	} made;
	__u32 i;

	if (!residual)
		return 1;
	for (i = 0; i < FLOW_WORDS; i++)
		made.words[i] = flood_flow[i];
	number_flow(&made.flow, args->first + index);
	return seed_due(args, &made.flow, *residual);
}

/* As program seed, with flows of the flood, which pushes them back. */
SEC("syscall")
int seed_flood(struct arm_args *args)
{
	return seed_each(args, seed_flooded);
}

/* What becomes of a packet. */
enum fate { NOT_MEASURED, OF_LOAD, OF_FLOOD };

static __always_inline enum fate meet_packet(struct packet_flow *flow)
{
	if (flow->destination_port == flood_port) {
		meet(flow);
		return OF_FLOOD;
	}
	if (!is_server_port(flow->destination_port))
		return NOT_MEASURED;
	meet(flow);
	return OF_LOAD;
}

#endif
