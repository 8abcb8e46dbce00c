/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP packets as XDP programs meet them: Ethernet, IPv4 without options or IPv6
 * without extension headers, TCP. Others are not parsed: the caller passes them.
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

/* A TCP connection as one direction of its packets tells it. */
struct tcp_flow {
	__u8 source[16]; /* IPv4: the first four bytes */
	__u8 destination[16];
	__u16 source_port; /* host order */
	__u16 destination_port; /* host order */
	__u16 family; /* ETH_P_IP or ETH_P_IPV6 */
	__u16 padding;
};

static __always_inline void tcp_ports(struct tcphdr *tcp, struct tcp_flow *flow)
{
	flow->source_port = bpf_ntohs(tcp->source);
	flow->destination_port = bpf_ntohs(tcp->dest);
}

static __always_inline struct tcphdr *parse_ipv4(struct iphdr *ip, void *end,
						 struct tcp_flow *flow)
{
	struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || *(__u8 *)ip != IPV4_WITHOUT_OPTIONS ||
	    ip->protocol != IPPROTO_TCP)
		return 0;
	flow->family = ETH_P_IP;
	*(__u32 *)flow->source = ip->saddr;
	*(__u32 *)flow->destination = ip->daddr;
	tcp_ports(tcp, flow);
	return tcp;
}

static __always_inline struct tcphdr *parse_ipv6(struct ipv6hdr *ip, void *end,
						 struct tcp_flow *flow)
{
	struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || ip->nexthdr != IPPROTO_TCP)
		return 0;
	flow->family = ETH_P_IPV6;
	__builtin_memcpy(flow->source, &ip->saddr, sizeof(flow->source));
	__builtin_memcpy(flow->destination, &ip->daddr,
			 sizeof(flow->destination));
	tcp_ports(tcp, flow);
	return tcp;
}

/* The flow of a packet, which must be zeroed before; NULL if it is not TCP. */
static __always_inline struct tcphdr *parse_tcp(struct xdp_md *ctx,
						struct tcp_flow *flow)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return parse_ipv4((void *)(eth + 1), end, flow);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return parse_ipv6((void *)(eth + 1), end, flow);
	return 0;
}

/* Number of the synthetic flow of a packet; the reverse of bpf/flood.bpf.c. */
static __always_inline __u32 flow_number(const struct tcp_flow *flow)
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
