// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: can the article's demo be an XDP program? It arms one timer per new TCP
 * connection: 10 entries, CLOCK_BOOTTIME, 100 ns. First the steps of the demo as they
 * are, one program each; then the demo with what has to change. Loaded one at a time.
 */
#include "limits.h"
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>

#define DEMO_ENTRIES 10
#define DEMO_NS 100
#define DEMO_CLOCK 7 /* CLOCK_BOOTTIME */

struct sock_common___limits {
	__u16 skc_dport;
	__u16 skc_num;
} __attribute__((preserve_access_index));

struct sock___limits {
	struct sock_common___limits __sk_common;
} __attribute__((preserve_access_index));

struct flow {
	__u32 saddr, daddr;
	__u16 sport, dport;
};

struct demo_seen {
	__u64 armed;
	__u64 fired;
	__s64 failed; /* the last error */
};

/* key: address of the struct sock, as in the demo; value: a timer. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEMO_ENTRIES);
	__type(key, __u64);
	__type(value, struct timed);
} by_sock SEC(".maps");

/* key: addresses and ports of the packet; value: a timer. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEMO_ENTRIES);
	__type(key, struct flow);
	__type(value, struct timed);
} by_flow SEC(".maps");

/* key: 0; value: counts; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct demo_seen);
} counts SEC(".maps");

static __always_inline struct demo_seen *seen(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&counts, &key);
}

static int sock_expired(void *map, __u64 *key, struct timed *value)
{
	struct demo_seen *s = seen();

	if (s)
		s->fired++;
	return 0;
}

static int flow_expired(void *map, struct flow *key, struct timed *value)
{
	struct demo_seen *s = seen();

	if (s)
		s->fired++;
	bpf_map_delete_elem(&by_flow, key);
	return 0;
}

/* The demo's own signature: the first argument is a struct sock. */
SEC("xdp")
int BPF_PROG(takes_sock, struct sock___limits *sk)
{
	struct timed fresh = {}, *value;
	__u64 key = (__u64)sk;

	bpf_map_update_elem(&by_sock, &key, &fresh, BPF_ANY);
	value = bpf_map_lookup_elem(&by_sock, &key);
	if (!value)
		return XDP_PASS;
	bpf_timer_init(&value->timer, &by_sock, DEMO_CLOCK);
	bpf_timer_set_callback(&value->timer, sock_expired);
	bpf_timer_start(&value->timer, DEMO_NS, 0);
	return XDP_PASS;
}

/* The name of the process that connects. */
SEC("xdp")
int names_process(struct xdp_md *ctx)
{
	char comm[16] = {};
	struct demo_seen *s = seen();

	bpf_get_current_comm(comm, sizeof(comm));
	if (s)
		s->failed = comm[0];
	return XDP_PASS;
}

/* A socket can be looked up by addresses and ports, but a connecting one has none yet. */
SEC("xdp")
int looks_up_sock(struct xdp_md *ctx)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;

	sk = bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), -1, 0);
	if (sk)
		bpf_sk_release(sk);
	return XDP_PASS;
}

/* The demo prints a line in its callback. */
static int prints(void *map, struct flow *key, struct timed *value)
{
	bpf_printk("timer_cb");
	return 0;
}

SEC("xdp")
int prints_in_callback(struct xdp_md *ctx)
{
	struct flow flow = {};
	struct timed *value = bpf_map_lookup_elem(&by_flow, &flow);

	if (value)
		bpf_timer_set_callback(&value->timer, prints);
	return XDP_PASS;
}

/* Whether the packet opens a TCP connection over IPv4; its flow. */
static __always_inline int opens_connection(struct xdp_md *ctx,
					    struct flow *flow)
{
	void *data = (void *)(long)ctx->data,
	     *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_TCP || ip->ihl != 5)
		return 0;
	flow->saddr = ip->saddr;
	flow->daddr = ip->daddr;
	flow->sport = tcp->source;
	flow->dport = tcp->dest;
	return tcp->syn && !tcp->ack;
}

static __always_inline long arm(struct flow *flow)
{
	struct timed fresh = {}, *value;
	long err;

	err = bpf_map_update_elem(&by_flow, flow, &fresh, BPF_NOEXIST);
	if (err)
		return err;
	value = bpf_map_lookup_elem(&by_flow, flow);
	if (!value)
		return -ENOENT;
	err = bpf_timer_init(&value->timer, &by_flow, DEMO_CLOCK);
	if (err) {
		bpf_map_delete_elem(&by_flow, flow);
		return err;
	}
	bpf_timer_set_callback(&value->timer, flow_expired);
	return bpf_timer_start(&value->timer, DEMO_NS, 0);
}

SEC("xdp")
int corrected(struct xdp_md *ctx)
{
	struct demo_seen *s = seen();
	struct flow flow = {};
	long err;

	if (!s || !opens_connection(ctx, &flow))
		return XDP_PASS;
	err = arm(&flow);
	if (err)
		s->failed = err;
	else
		s->armed++;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
