// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does one timer per flow cost a connection table in the packet path,
 * and how late are idle flows collected? flow_table.h is the table; here XDP meets the
 * packets, of TCP.
 */
#include "flow_table.h"

SEC("xdp")
int track(struct xdp_md *ctx)
{
	struct packet_flow flow = {};

	if (!parse_tcp(ctx, &flow))
		return XDP_PASS;
	return meet_packet(&flow) == OF_FLOOD ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
