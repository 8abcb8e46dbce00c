// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does one kernel timer per TCP connection cost, and how late
 * does it come? Each new connection gets an entry with a timer; the callback
 * collects the entry.
 *
 * A host of servers holds the passive end of its connections, and only that is
 * met. With both_ends the active end gets a timer of its own as well, which is
 * twice the work, and on loopback both expire together.
 *
 * Three ways to meet a new connection end; one of them is loaded:
 *   fentry   fexit inet_csk_complete_hashdance (passive, handshake complete) and
 *            tcp_connect (active, at SYN)
 *   tp_btf   inet_sock_set_state, entering TCP_ESTABLISHED from TCP_SYN_RECV
 *            (passive) or from TCP_SYN_SENT (active)
 *   sockops  PASSIVE_ESTABLISHED and ACTIVE_ESTABLISHED
 *
 * Where a scan collects, an end gets an entry that is due, but no timer: the scan
 * finds and deletes it. With engine lru it gets an entry that stays until evicted.
 *
 * Clock: that of the timers, read once in each callback.
 * Overhead: per timer, one insertion, one timer init and start, one deletion.
 */
#include "fired.h" /* maps slots, stopping, stage_cpus, outliers */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include "ports.h"

#define TCP_ESTABLISHED 1
#define TCP_SYN_RECV 3

/* Which end of its connection a socket is. */
enum end { ACTIVE, PASSIVE };

struct flow {
	__u8 local[16]; /* IPv4: the first four bytes */
	__u8 remote[16];
	__u16 local_port; /* host order */
	__u16 remote_port; /* host order */
	__u16 family;
	__u16 padding;
} __attribute__((aligned(8)));

/* key: connection end as seen from it; value: its timer; writer: hook, callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow);
	__type(value, struct entry);
} timers SEC(".maps");

/* Set before loading: only connections within this network namespace; 0 = any. */
const volatile __u64 netns_cookie = 0;
/* Set before loading: active ends get a timer, too. */
const volatile __u32 both_ends = 0;

#define TIMER_KEY struct flow
#include "outer.h" /* map outer */
#ifdef WITH_PARTS
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

/* The map that has a flow's entry, or is to have it. */
static __always_inline void *table_of(struct flow *flow)
{
#ifdef WITH_PARTS
	return part_of(flow);
#else
	return timer_map();
#endif
}

static __always_inline int is_measured(struct flow *flow, enum end end)
{
	if (end == PASSIVE)
		return is_server_port(flow->local_port);
	return both_ends && is_server_port(flow->remote_port);
}

static int expired(void *map, struct flow *key, struct entry *entry)
{
	struct slot *s = this_slot();
	long err;

	if (!s)
		return 0;
	if (engine == ENGINE_BPF_WQ) {
		hand_over(s, entry);
		return 0;
	}
	if (is_timed(s))
		record_fired(s, clock_now(), entry);
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
	long err = init_new(s, timer_of(entry), map);

	if (!err && engine == ENGINE_BPF_WQ)
		err = init_work(s, entry, map);
	if (err)
		count_errno(s->init_failed, err);
	else
		err = start_new(s, entry, (void *)expired, draw_timeout());
	if (err)
		bpf_map_delete_elem(map, flow);
}

/* Give one connection end its entry and timer, if it is measured. */
static __always_inline void arm_flow(struct flow *flow, enum end end)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	void *map = table_of(flow);
	struct entry *entry;

	if (!s || !map || !is_measured(flow, end) || arming_over(now))
		return;
	entry = insert_new(s, map, flow, now);
	if (!entry)
		return;
	if (has_timers())
		start_flow(s, map, flow, entry);
	else
		count(&s->started);
}

/* A connection end that no load has: port 0 is of none. */
static __always_inline void seed_flow(struct arm_args *args, __u32 number,
				      enum end end, __u64 due)
{
	struct flow flow = { .family = AF_INET };
	void *map;

	*(__u32 *)flow.local = number;
	*(__u32 *)flow.remote = number;
	if (end == PASSIVE)
		flow.local_port = server_ports[0];
	else
		flow.remote_port = server_ports[0];
	map = table_of(&flow);
	if (map)
		seed_entry(args, map, &flow, (void *)expired, due);
}

/* The ends of a connection that are measured, together. */
static long seed_one(__u32 index, struct arm_args *args)
{
	__u64 *residual = bpf_map_lookup_elem(&residuals, &index);

	if (!residual)
		return 1;
	seed_flow(args, args->first + index, PASSIVE,
		  args->epoch_ns + *residual);
	if (both_ends)
		seed_flow(args, args->first + index, ACTIVE,
			  args->epoch_ns + *residual);
	return 0;
}

static __always_inline void arm_sock(struct sock___local *sk, enum end end)
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
	arm_flow(&flow, end);
}

SEC("fentry/tcp_connect")
int BPF_PROG(fentry_client, struct sock___local *sk)
{
	arm_sock(sk, ACTIVE);
	return 0;
}

SEC("fexit/inet_csk_complete_hashdance")
int BPF_PROG(fexit_server, struct sock___local *sk, struct sock___local *child,
	     void *request, int own_request, struct sock___local *accepted)
{
	if (accepted)
		arm_sock(accepted, PASSIVE);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tp_btf_state, struct sock___local *sk, int old_state,
	     int new_state)
{
	if (new_state == TCP_ESTABLISHED)
		arm_sock(sk, old_state == TCP_SYN_RECV ? PASSIVE : ACTIVE);
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
	enum end end;

	if (ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		end = PASSIVE;
	else if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		end = ACTIVE;
	else
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
	arm_flow(&flow, end);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
