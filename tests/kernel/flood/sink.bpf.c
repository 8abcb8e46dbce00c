// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bare sink of the packet flood: what the flood reaches when the program that
 * receives it does next to nothing. It tells what the flood itself can do, and
 * counts what arrives independently of the flood's own counters.
 *
 * Overhead: `sink` looks at one port and counts; `sink_flows` also marks the
 * packet's flow in a map.
 */
#include "packet.h"
#include <bpf/bpf_helpers.h>

/* One per CPU: XDP programs of a CPU do not interrupt each other. */
struct sink_slot {
	__u64 packets; /* packets of the flood */
	__u64 other; /* all others, passed on */
} __attribute__((aligned(128)));

/* key: CPU; value: counters; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the possible CPUs before loading */
	__type(key, __u32);
	__type(value, struct sink_slot);
} sink_slots SEC(".maps");

/* key: flow; value: packets seen; writer: sink_flows; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the flows before loading */
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

/* Set before loading: destination port of the flood. */
const volatile __u16 flood_port = 9;

static __always_inline struct sink_slot *this_slot(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&sink_slots, &cpu);
}

static __always_inline int count_packet(struct xdp_md *ctx,
					struct packet_flow *flow)
{
	struct sink_slot *s = this_slot();

	if (!s)
		return 0;
	if (!parse_tcp(ctx, flow) || flow->destination_port != flood_port) {
		s->other++;
		return 0;
	}
	s->packets++;
	return 1;
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	struct packet_flow flow = {};

	return count_packet(ctx, &flow) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int sink_flows(struct xdp_md *ctx)
{
	struct packet_flow flow = {};
	__u32 number;
	__u64 *times;

	if (!count_packet(ctx, &flow))
		return XDP_PASS;
	number = flow_number(&flow);
	times = bpf_map_lookup_elem(&seen, &number);
	if (times)
		__sync_fetch_and_add(times, 1);
	return XDP_DROP;
}

/* Counts, and lets everything through to the network stack. */
SEC("xdp")
int sink_pass(struct xdp_md *ctx)
{
	struct packet_flow flow = {};

	count_packet(ctx, &flow);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
