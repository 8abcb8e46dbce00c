/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the attempts of `bench limits` share: the value with a timer, and what its
 * callbacks leave for user space. Mirrored in bench/limits/layout.py.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define LIMITS_CLOCK 1 /* CLOCK_MONOTONIC */
#define FAR_NS 3600000000000ULL

struct timed {
	struct bpf_timer timer;
	__u64 mark;
};

#endif
