// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does one kernel timer per TCP connection end cost, and how
 * late does it come? Each new end (client and server) gets an entry with a
 * timer; the callback collects the entry.
 *
 * Three ways to meet a new connection end; one of them is loaded:
 *   fentry   tcp_connect (client, at SYN) and fexit inet_csk_complete_hashdance
 *            (server, handshake complete)
 *   tp_btf   inet_sock_set_state, on entering TCP_ESTABLISHED
 *   sockops  ACTIVE_ESTABLISHED and PASSIVE_ESTABLISHED
 *
 * With engine user_gc an end gets an entry that is due, but no timer: user space
 * finds and deletes it. With engine lru it gets an entry that stays until evicted.
 *
 * Clock: that of the timers, read once in each callback.
 * Overhead: per end, one insertion, one timer init and start, one deletion.
 */
#include "fired.h" /* maps slots, control, stage_cpus, outliers */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include "ports.h"

#define TCP_ESTABLISHED 1

struct flow {
	__u8 local[16]; /* IPv4: the first four bytes */
	__u8 remote[16];
	__u16 local_port; /* host order */
	__u16 remote_port; /* host order */
	__u16 family;
	__u16 padding;
};

/* key: connection end as seen from it; value: its timer; writer: hook, callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow);
	__type(value, struct entry);
} timers SEC(".maps");

/* Set before loading: only connections within this network namespace; 0 = any. */
const volatile __u64 netns_cookie = 0;

#define TIMER_KEY struct flow
#include "outer.h" /* map outer */
#include "lifecycle.h" /* programs census, cancel_all */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

static __always_inline int is_measured(struct flow *flow)
{
	return is_server_port(flow->remote_port) ||
	       is_server_port(flow->local_port);
}

static int expired(void *map, struct flow *key, struct entry *entry)
{
	struct slot *s = this_slot();
	long err;

	if (!s)
		return 0;
	if (instrument_full)
		record_fired(s, clock_now(), &entry->timer);
	else
		s->fired++;
	entry->armed = 0;
	err = bpf_map_delete_elem(&timers, key);
	if (err)
		count_errno(s->collect_failed, err);
	else
		count(&s->collected);
	return 0;
}

/* Start the timer of a fresh entry; failures are counted, and the entry is gone. */
static __always_inline void start_flow(struct slot *s, void *map,
				       struct flow *flow, struct entry *entry)
{
	long err = init_new(s, &entry->timer, map);

	if (err)
		count_errno(s->init_failed, err);
	else
		err = start_new(s, entry, (void *)expired, draw_timeout());
	if (err)
		bpf_map_delete_elem(map, flow);
}

/* Give one connection end its entry and timer. */
static __always_inline void arm_flow(struct flow *flow)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	void *map = timer_map();
	struct entry *entry;

	if (!s || !map || !is_measured(flow) || arming_over(now))
		return;
	entry = insert_new(s, map, flow, now);
	if (!entry)
		return;
	if (engine == ENGINE_BPF_TIMER)
		start_flow(s, map, flow, entry);
	else
		count(&s->started);
}

static __always_inline void arm_sock(struct sock___local *sk)
{
	struct sock_common___local *common = &sk->__sk_common;
	struct flow flow = { .family = common->skc_family };

	if (netns_cookie && common->skc_net.net->net_cookie != netns_cookie)
		return;
	flow.local_port = common->skc_num;
	flow.remote_port = bpf_ntohs(common->skc_dport);
	if (flow.family == AF_INET) {
		*(__u32 *)flow.local = common->skc_rcv_saddr;
		*(__u32 *)flow.remote = common->skc_daddr;
	} else if (flow.family == AF_INET6) {
		BPF_CORE_READ_INTO(&flow.local, common, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&flow.remote, common, skc_v6_daddr);
	} else {
		return;
	}
	arm_flow(&flow);
}

SEC("fentry/tcp_connect")
int BPF_PROG(fentry_client, struct sock___local *sk)
{
	arm_sock(sk);
	return 0;
}

SEC("fexit/inet_csk_complete_hashdance")
int BPF_PROG(fexit_server, struct sock___local *sk, struct sock___local *child,
	     void *request, int own_request, struct sock___local *accepted)
{
	if (accepted)
		arm_sock(accepted);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tp_btf_state, struct sock___local *sk, int old_state,
	     int new_state)
{
	if (new_state == TCP_ESTABLISHED)
		arm_sock(sk);
	return 0;
}

static __always_inline void copy_ipv6(__u32 *words, __u8 *address)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < 4; i++)
		((__u32 *)address)[i] = words[i];
}

SEC("sockops")
int sockops_established(struct bpf_sock_ops *ops)
{
	struct flow flow = { .family = ops->family };

	if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB &&
	    ops->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 1;
	if (netns_cookie && bpf_get_netns_cookie(ops) != netns_cookie)
		return 1;
	flow.local_port = ops->local_port;
	flow.remote_port = bpf_ntohl(ops->remote_port);
	if (flow.family == AF_INET) {
		*(__u32 *)flow.local = ops->local_ip4;
		*(__u32 *)flow.remote = ops->remote_ip4;
		/* Keeps clang from sharing context reads between branches: the
		 * verifier wants each at a constant offset. */
		barrier();
	} else {
		copy_ipv6(ops->local_ip6, flow.local);
		copy_ipv6(ops->remote_ip6, flow.remote);
	}
	arm_flow(&flow);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
