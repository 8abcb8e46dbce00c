/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of the packet flood, and its outages, mirrored in bench/abi.py.
 * One slot per CPU: XDP programs of a CPU do not interrupt each other.
 */
#ifndef FLOOD_H
#define FLOOD_H

#include <linux/types.h>

struct flood_slot {
	__u64 next; /* number of the next flow */
	__u64 sent; /* frames handed to the interface */
	__u64 skipped; /* frames not sent because their flow is silenced */
	__u64 malformed; /* frames too short for their headers: a bug */
} __attribute__((aligned(128)));

/* Flows that are drawn equally often by one step of a random order. */
struct flow_range {
	__u32 first;
	__u32 count; /* at least 1 */
};

/* The last outage of a flow that sends as a backend, as user space tells of it. */
struct outage {
	__u64 began_ns; /* 0: there was none */
	__u64 ended_ns; /* before its beginning: it has not ended */
};

#endif
