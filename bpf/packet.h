/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets as XDP and tc programs meet them: Ethernet, IPv4 without options or IPv6
 * without extension headers, TCP or UDP. Others are not parsed: the caller passes them.
 */
#ifndef PACKET_H
#define PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>

/* Of a synthetic flow: its number below this many bits is in the address. */
#define FLOW_ADDRESS_BITS 24
#define FLOW_FIRST_PORT 1024

#define IPV4_WITHOUT_OPTIONS 0x45

/* A flow as one direction of its packets tells it. */
struct packet_flow {
	__u8 source[16]; /* IPv4: the first four bytes */
	__u8 destination[16];
	__u16 source_port; /* host order */
	__u16 destination_port; /* host order */
	__u16 family; /* ETH_P_IP or ETH_P_IPV6 */
	__u16 protocol; /* IPPROTO_TCP or IPPROTO_UDP */
} __attribute__((aligned(8)));

static __always_inline void *parse_ipv4(struct iphdr *ip, void *end,
					struct packet_flow *flow)
{
	if ((void *)(ip + 1) > end || *(__u8 *)ip != IPV4_WITHOUT_OPTIONS)
		return 0;
	flow->family = ETH_P_IP;
	flow->protocol = ip->protocol;
	*(__u32 *)flow->source = ip->saddr;
	*(__u32 *)flow->destination = ip->daddr;
	return ip + 1;
}

static __always_inline void *parse_ipv6(struct ipv6hdr *ip, void *end,
					struct packet_flow *flow)
{
	if ((void *)(ip + 1) > end)
		return 0;
	flow->family = ETH_P_IPV6;
	flow->protocol = ip->nexthdr;
	__builtin_memcpy(flow->source, &ip->saddr, sizeof(flow->source));
	__builtin_memcpy(flow->destination, &ip->daddr,
			 sizeof(flow->destination));
	return ip + 1;
}

/* The transport header of a packet, and addresses and protocol of its flow; NULL. */
static __always_inline void *parse_addresses(void *data, void *end,
					     struct packet_flow *flow)
{
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return parse_ipv4((void *)(eth + 1), end, flow);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return parse_ipv6((void *)(eth + 1), end, flow);
	return 0;
}

/* Where TCP and UDP have their ports. */
struct ports {
	__be16 source;
	__be16 destination;
};

static __always_inline void fill_ports(struct packet_flow *flow,
				       struct ports *ports)
{
	flow->source_port = bpf_ntohs(ports->source);
	flow->destination_port = bpf_ntohs(ports->destination);
}

/* The flow of a packet, which must be zeroed before; 0 if it is not TCP. */
static __always_inline int parse_tcp(struct xdp_md *ctx,
				     struct packet_flow *flow)
{
	void *end = (void *)(long)ctx->data_end;
	struct tcphdr *tcp =
		parse_addresses((void *)(long)ctx->data, end, flow);

	if (!tcp || flow->protocol != IPPROTO_TCP || (void *)(tcp + 1) > end)
		return 0;
	fill_ports(flow, (void *)tcp);
	return 1;
}

/* The same of a packet in the network stack, TCP or UDP. */
static __always_inline int parse_skb(struct __sk_buff *skb,
				     struct packet_flow *flow)
{
	void *end = (void *)(long)skb->data_end;
	struct ports *ports =
		parse_addresses((void *)(long)skb->data, end, flow);

	if (!ports || (void *)(ports + 1) > end)
		return 0;
	if (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP)
		return 0;
	fill_ports(flow, ports);
	return 1;
}

/* Make flow 0 of a flood another one, as bpf/flood.bpf.c does with its packets. */
static __always_inline void number_flow(struct packet_flow *flow, __u32 number)
{
	__u32 low = bpf_htonl(number & ((1U << FLOW_ADDRESS_BITS) - 1));

	if (flow->family == ETH_P_IP)
		*(__u32 *)flow->source |= low;
	else
		*(__u32 *)(flow->source + 12) |= low;
	flow->source_port += number >> FLOW_ADDRESS_BITS;
}

/* Number of the synthetic flow of a packet; the reverse of bpf/flood.bpf.c. */
static __always_inline __u32 flow_number(const struct packet_flow *flow)
{
	__u32 low, high = flow->source_port - FLOW_FIRST_PORT;

	if (flow->family == ETH_P_IP)
		low = bpf_ntohl(*(__u32 *)flow->source);
	else
		low = bpf_ntohl(*(__u32 *)(flow->source + 12));
	return high << FLOW_ADDRESS_BITS |
	       (low & ((1U << FLOW_ADDRESS_BITS) - 1));
}

#endif
