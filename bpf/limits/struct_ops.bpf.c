// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: may a struct_ops program use bpf_timer? One operation of a TCP congestion
 * control that is loaded and never registered; `with_timer` = 0 is the counterpart.
 * Clock: monotonic.
 */
#include "arm.h"

const volatile __u32 with_timer = 1;

/* The members that are set; libbpf finds them in the kernel's struct by name. */
struct tcp_congestion_ops {
	__u32 (*ssthresh)(void *sk);
	char name[16];
};

SEC("struct_ops/ssthresh")
__u32 ssthresh(void *ctx)
{
	if (with_timer)
		arm();
	else
		touch();
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops congestion = {
	.ssthresh = (void *)ssthresh,
	.name = "bench_limits",
};

char LICENSE[] SEC("license") = "GPL";
