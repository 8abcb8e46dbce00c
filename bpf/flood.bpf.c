// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load of the programs that meet packets: a flood of synthetic TCP SYN or UDP packets. It runs on
 * live frames of BPF_PROG_RUN, makes each frame the next packet and redirects it
 * out of one end of a veth pair, into the XDP program of the other end.
 *
 * The frame comes with complete headers of flow 0 (bench/flood/frame.py); only
 * what differs between flows is written, always, as frames are used again: source
 * address, source port, and both checksums.
 *
 * Flows are taken in turn, or drawn from a table of ranges, by the kernel's own
 * random numbers.
 *
 * Overhead: about 30 instructions and a counter per packet, up to two random numbers
 * and a look-up where flows are drawn; no map shared by CPUs but `silenced` and
 * `draws`, which programs only read.
 */
#include "flood.h"
#include "packet.h"
#include <bpf/bpf_helpers.h>

/* key: CPU; value: counters; writer: this CPU; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the possible CPUs before loading */
	__type(key, __u32);
	__type(value, struct flood_slot);
} flood_slots SEC(".maps");

/* key: flow; value: 0, or since when (CLOCK_MONOTONIC, ns) it sends nothing;
 * writer: user space by mmap; reader: this program, the program under test. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries,
	       1); /* set to the flows before loading, if silencing */
	__type(key, __u32);
	__type(value, __u64);
} silenced SEC(".maps");

/* key: step; value: the flows it stands for; writer: user space before the start;
 * reader: this program, if flows are drawn. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries,
	       1); /* set to the steps before loading, if drawing */
	__type(key, __u32);
	__type(value, struct flow_range);
} draws SEC(".maps");

/* Set before loading. Sums are one's complement sums of flow 0's headers, without
 * source address, source port and checksum. */
const volatile __u32 flows = 1;
const volatile __u32 silencing = 0;
const volatile __u32 steps = 0; /* a power of two; 0: flows are taken in turn */
const volatile __u32 ifindex = 0;
const volatile __u32 source_base = 0; /* host order; IPv6: the last 32 bits */
const volatile __u32 ip_sum = 0;
const volatile __u32 transport_sum = 0;
const volatile __u32 check_offset =
	16; /* of the checksum in the TCP header; UDP: 6 */

#define MAX_CHECK_OFFSET 31

static __always_inline __u16 folded(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline int fill_transport(void *header, void *end,
					  __u32 address, __u16 port)
{
	__be16 *check = header + (check_offset & MAX_CHECK_OFFSET);
	__be16 *source = header;

	if ((void *)(check + 1) > end || (void *)(source + 1) > end)
		return 0;
	*source = bpf_htons(port);
	*check = bpf_htons(folded(transport_sum + (address >> 16) +
				  (address & 0xffff) + port));
	return 1;
}

static __always_inline int fill_ipv4(struct iphdr *ip, void *end, __u32 address,
				     __u16 port)
{
	if ((void *)(ip + 1) > end)
		return 0;
	ip->saddr = bpf_htonl(address);
	ip->check = bpf_htons(
		folded(ip_sum + (address >> 16) + (address & 0xffff)));
	return fill_transport(ip + 1, end, address, port);
}

static __always_inline int fill_ipv6(struct ipv6hdr *ip, void *end,
				     __u32 address, __u16 port)
{
	if ((void *)(ip + 1) > end)
		return 0;
	ip->saddr.s6_addr32[3] = bpf_htonl(address);
	return fill_transport(ip + 1, end, address, port);
}

/* Make the frame the packet of a flow; 0 if it has no room for that. */
static __always_inline int fill(struct xdp_md *ctx, __u32 flow)
{
	__u32 address = source_base | (flow & ((1U << FLOW_ADDRESS_BITS) - 1));
	__u16 port = FLOW_FIRST_PORT + (flow >> FLOW_ADDRESS_BITS);
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return fill_ipv4((void *)(eth + 1), end, address, port);
	return fill_ipv6((void *)(eth + 1), end, address, port);
}

static __always_inline __u32 drawn_flow(void)
{
	__u32 step = bpf_get_prandom_u32() & (steps - 1);
	struct flow_range *range = bpf_map_lookup_elem(&draws, &step);

	if (!range)
		return 0;
	if (range->count <= 1)
		return range->first;
	return range->first + bpf_get_prandom_u32() % range->count;
}

static __always_inline __u32 next_flow(struct flood_slot *s)
{
	__u32 flow = s->next;

	if (steps)
		return drawn_flow();
	s->next = flow + 1 < flows ? flow + 1 : 0;
	return flow;
}

static __always_inline int is_silenced(__u32 flow)
{
	__u64 *since;

	if (!silencing)
		return 0;
	since = bpf_map_lookup_elem(&silenced, &flow);
	return since && *(volatile __u64 *)since;
}

/* The program is also attached to a loopback interface, whose packets have no
 * hardware addresses: those are not frames of the flood. */
static __always_inline int is_foreign(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	return (void *)(eth + 1) > (void *)(long)ctx->data_end ||
	       !*(__u32 *)eth->h_dest;
}

SEC("xdp")
int flood(struct xdp_md *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id(), flow;
	struct flood_slot *s = bpf_map_lookup_elem(&flood_slots, &cpu);

	if (!s || is_foreign(ctx))
		return XDP_PASS;
	flow = next_flow(s);
	if (is_silenced(flow)) {
		s->skipped++;
		return XDP_DROP;
	}
	if (!fill(ctx, flow)) {
		s->malformed++;
		return XDP_DROP;
	}
	s->sent++;
	return bpf_redirect(ifindex, 0);
}

char LICENSE[] SEC("license") = "GPL";
