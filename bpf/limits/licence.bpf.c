// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: may a program that is not under the GPL use bpf_timer? The licence string
 * of the object says "Proprietary"; `plain` is the counterpart. Loaded, never run.
 */
#include "arm.h"

SEC("tc")
int timer(void *ctx)
{
	arm();
	return 0;
}

SEC("tc")
int plain(void *ctx)
{
	touch();
	return 0;
}

char LICENSE[] SEC("license") = "Proprietary";
