// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which program types may use bpf_timer? Each type twice: NAME_timer arms
 * one, NAME_plain is the counterpart, the same around a map without a timer. They are
 * loaded one at a time, and but for fentry and fexit never attached. Clock: monotonic.
 */
#include "arm.h"

#define PAIR(name, section)         \
	SEC(section)                \
	int name##_timer(void *ctx) \
	{                           \
		arm();              \
		return 0;           \
	}                           \
	SEC(section)                \
	int name##_plain(void *ctx) \
	{                           \
		touch();            \
		return 0;           \
	}

PAIR(socket_filter, "socket")
PAIR(kprobe, "kprobe/do_nanosleep")
PAIR(sched_cls, "tc")
PAIR(sched_act, "action")
PAIR(tracepoint, "tracepoint/sched/sched_switch")
PAIR(xdp, "xdp")
PAIR(perf_event, "perf_event")
PAIR(cgroup_skb, "cgroup_skb/egress")
PAIR(cgroup_sock, "cgroup/sock_create")
PAIR(lwt_in, "lwt_in")
PAIR(lwt_out, "lwt_out")
PAIR(lwt_xmit, "lwt_xmit")
PAIR(sock_ops, "sockops")
PAIR(sk_skb, "sk_skb/stream_verdict")
PAIR(cgroup_device, "cgroup/dev")
PAIR(sk_msg, "sk_msg")
PAIR(raw_tracepoint, "raw_tp/sched_switch")
PAIR(cgroup_sock_addr, "cgroup/connect4")
PAIR(lwt_seg6local, "lwt_seg6local")
PAIR(lirc_mode2, "lirc_mode2")
PAIR(sk_reuseport, "sk_reuseport")
PAIR(flow_dissector, "flow_dissector")
PAIR(cgroup_sysctl, "cgroup/sysctl")
PAIR(raw_tracepoint_writable, "raw_tp.w/sched_switch")
PAIR(cgroup_sockopt, "cgroup/getsockopt")
PAIR(lsm, "lsm/file_open")
PAIR(sk_lookup, "sk_lookup")
PAIR(syscall, "syscall")
PAIR(tracing_tp_btf, "tp_btf/sched_switch")
PAIR(tracing_fentry, "fentry/do_nanosleep")
PAIR(tracing_fexit, "fexit/do_nanosleep")
PAIR(tracing_iter, "iter/task")
/* libbpf 1.1 does not know netfilter: the type is set by number. */
PAIR(netfilter, "socket")

/* What `freplace` replaces. */
__noinline int replaced(struct xdp_md *ctx)
{
	volatile int verdict = XDP_PASS;

	return verdict;
}

SEC("xdp")
int ext_target(struct xdp_md *ctx)
{
	return replaced(ctx);
}

SEC("freplace/replaced")
int ext_timer(struct xdp_md *ctx)
{
	arm();
	return 0;
}

SEC("freplace/replaced")
int ext_plain(struct xdp_md *ctx)
{
	touch();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
