// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does one kernel timer per new TCP connection do, seen live? The
 * example of the article: a map of 10 entries, CLOCK_BOOTTIME, 100 ns; one line
 * when a connection end is met and one when its timer expires. The callback
 * collects the entry, so that the 10 entries never run out for good.
 *
 * Two ways to meet a new connection end; one of them is loaded:
 *   fentry  tcp_connect (client, at SYN) and fexit inet_csk_complete_hashdance
 *           (server, handshake complete), as in the article
 *   tp_btf  inet_sock_set_state, on entering TCP_ESTABLISHED
 *
 * Clock: CLOCK_BOOTTIME, read first thing in the callback.
 * Overhead: two printed lines per end, microseconds each. Not a measurement.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include "kernel_local.h"

#define IPPROTO_TCP 6
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2

#define MAP_ENTRIES 10
#define TIMEOUT_NS 100
#define INIT_ATTEMPTS 64
#define COMM_BYTES 16

struct sock___protocol {
	__u16 sk_protocol;
} KERNEL_LOCAL;

/* What became of the connection ends; mirrored in bench/demo/program.py. */
struct demo_tally {
	__u64 met; /* ends seen by the hook */
	__u64 armed; /* timers started */
	__u64 fired; /* callbacks */
	__u64 failed; /* ends without a timer; a line says why */
	__u64 init_retried; /* attempts of bpf_timer_init that met -ENOMEM */
	__u64 uncollected; /* entries that the callback could not delete */
};

struct demo_entry {
	struct bpf_timer timer;
};

/* maps */

/* key: number of the end; value: its timer; writer: hook, callback. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAP_ENTRIES);
	__type(key, __u64);
	__type(value, struct demo_entry);
} timers SEC(".maps");

/* key: 0; value: counts; writer: hook, callback; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct demo_tally);
} tally SEC(".maps");

/* Set before loading: only connections of this server port; 0 = of any. */
const volatile __u16 ipv4_port = 0;
const volatile __u16 ipv6_port = 0;

/* helpers */

static __always_inline struct demo_tally *the_tally(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tally, &zero);
}

static __always_inline void count(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static int expired(void *map, __u64 *key, struct demo_entry *entry)
{
	__s64 late = bpf_ktime_get_boot_ns() - timer_expiry(&entry->timer);
	struct demo_tally *t = the_tally();
	char comm[COMM_BYTES];
	__u64 id = *key;

	if (!t)
		return 0;
	count(&t->fired);
	bpf_get_current_comm(comm, sizeof(comm));
	bpf_printk("timer_cb %llu: late %lld ns over pid %d %s", id, late,
		   (__u32)bpf_get_current_pid_tgid(), comm);
	if (bpf_map_delete_elem(&timers, &id))
		count(&t->uncollected);
	return 0;
}

/* Since 6.18 -ENOMEM may only mean that a slab's lock was held: try again. */
static __always_inline long init_timer(struct demo_tally *t,
				       struct bpf_timer *timer)
{
	long err = -ENOMEM;
	int attempt;

#pragma clang loop unroll(disable)
	for (attempt = 0; attempt < INIT_ATTEMPTS; attempt++) {
		err = bpf_timer_init(timer, &timers, CLOCK_BOOTTIME);
		if (err != -ENOMEM)
			break;
		count(&t->init_retried);
	}
	return err;
}

/* 0, or the error of the step that failed. */
static __always_inline long arm(struct demo_tally *t, __u64 id)
{
	struct demo_entry fresh = {}, *entry;
	long err;

	err = bpf_map_update_elem(&timers, &id, &fresh, BPF_NOEXIST);
	if (err)
		return err;
	entry = bpf_map_lookup_elem(&timers, &id);
	if (!entry)
		return -ENOENT;
	err = init_timer(t, &entry->timer);
	if (!err)
		err = bpf_timer_set_callback(&entry->timer, expired);
	if (!err)
		err = bpf_timer_start(&entry->timer, TIMEOUT_NS, 0);
	if (err)
		bpf_map_delete_elem(&timers, &id);
	return err;
}

/* One end of a new connection: its line, then its timer. */
static __always_inline void meet(struct sock___local *sk, int is_server)
{
	struct sock_common___local *common = &sk->__sk_common;
	int version = common->skc_family == AF_INET6 ? 6 : 4;
	__u16 wanted = version == 6 ? ipv6_port : ipv4_port;
	__u16 remote = bpf_ntohs(common->skc_dport), local = common->skc_num;
	struct demo_tally *t = the_tally();
	long err;
	__u64 id;

	if (!t || (wanted && (is_server ? local : remote) != wanted))
		return;
	id = __sync_fetch_and_add(&t->met, 1) + 1;
	if (is_server)
		bpf_printk("new connection %llu: IPv%d server, port %d from %d",
			   id, version, local, remote);
	else
		bpf_printk("new connection %llu: IPv%d client, port %d to %d",
			   id, version, local, remote);
	err = arm(t, id);
	if (err) {
		count(&t->failed);
		bpf_printk("no timer %llu: error %ld", id, err);
	} else {
		count(&t->armed);
	}
}

static __always_inline int is_tcp(struct sock___local *sk)
{
	__u16 family = sk->__sk_common.skc_family;

	return (family == AF_INET || family == AF_INET6) &&
	       BPF_CORE_READ((struct sock___protocol *)sk, sk_protocol) ==
		       IPPROTO_TCP;
}

/* hooks */

SEC("fentry/tcp_connect")
int BPF_PROG(fentry_client, struct sock___local *sk)
{
	meet(sk, 0);
	return 0;
}

SEC("fexit/inet_csk_complete_hashdance")
int BPF_PROG(fexit_server, struct sock___local *sk, struct sock___local *child,
	     void *request, int own_request, struct sock___local *accepted)
{
	if (accepted)
		meet(accepted, 1);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tp_btf_state, struct sock___local *sk, int old_state,
	     int new_state)
{
	if (new_state == TCP_ESTABLISHED && is_tcp(sk))
		meet(sk, old_state != TCP_SYN_SENT);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
