// SPDX-License-Identifier: GPL-2.0-only
/* Forget flows that were idle for IDLE_MS: a classifier, in the style of a firewall. */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#define IDLE_MS 20ULL

struct flow_key {
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
};

struct flow_state {
	__u64 packets;
	__u64 last_seen;
	struct bpf_timer idle;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct flow_key);
	__type(value, struct flow_state);
} flow_table SEC(".maps");

static int flow_idle(void *map, struct flow_key *key, struct flow_state *st)
{
	bpf_map_delete_elem(map, key);
	return 0;
}

static int flow_new(struct flow_key *key)
{
	struct flow_state fresh = {}, *st;

	bpf_map_update_elem(&flow_table, key, &fresh, BPF_NOEXIST);
	st = bpf_map_lookup_elem(&flow_table, key);
	if (!st)
		return -1;
	if (bpf_timer_init(&st->idle, &flow_table, 1))
		return -1;
	if (bpf_timer_set_callback(&st->idle, flow_idle))
		return -1;
	return bpf_timer_start(&st->idle, IDLE_MS * 1000000, 0);
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	void *end = (void *)(long)skb->data_end;
	void *data = (void *)(long)skb->data;
	struct flow_state *st;
	struct flow_key key;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || ip->protocol != 17)
		return TC_ACT_OK;
	key.saddr = ip->saddr;
	key.daddr = ip->daddr;
	key.sport = udp->source;
	key.dport = udp->dest;

	st = bpf_map_lookup_elem(&flow_table, &key);
	if (!st)
		return flow_new(&key) ? TC_ACT_SHOT : TC_ACT_OK;
	st->packets++;
	st->last_seen = bpf_ktime_get_ns();
	bpf_timer_start(&st->idle, IDLE_MS * 1000000, 0);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
