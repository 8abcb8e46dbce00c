// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does one timer per flow cost a proxy in tc, and how late are idle flows
 * collected? flow_table.h is the table; here a classifier at the ingress of an interface
 * meets the packets, of TCP and UDP, as buffers of the network stack.
 *
 * veth takes the frames of a flood only while an XDP program is attached: pass_on does
 * nothing.
 */
#include "flow_table.h"
#include <linux/pkt_cls.h>

SEC("tc")
int track(struct __sk_buff *skb)
{
	struct packet_flow flow = {};

	if (!parse_skb(skb, &flow))
		return TC_ACT_OK;
	return meet_packet(&flow) == OF_FLOOD ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("xdp")
int pass_on(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
