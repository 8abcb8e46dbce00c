/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of timers.bpf.c write; mirrored in bench/abi.py. */
#ifndef WATCH_TIMERS_H
#define WATCH_TIMERS_H

#include <linux/types.h>

/* Of longer keys the beginning is shown. */
#define KEY_SHOWN 128
#define DUE_BITS 64

/* A map whose values hold a bpf_timer. */
struct timer_map {
	__u32 id;
	__u32 map_type;
	__u32 key_bytes;
	__u32 value_bytes;
	__u32 max_entries;
	__u32 timer_offset; /* of the timer in a value, bytes */
	__u32 btf_id; /* 0: none */
	__u32 btf_key;
	__u64 users; /* descriptors and pins that hold it; without any no timer can be armed */
	char name[16];
};

/* A timer that the kernel has in a queue. */
struct armed_timer {
	__u64 now_ns; /* in the timer's clock, when it was looked at */
	__u64 expires_ns; /* in the timer's clock */
	__u64 callback; /* address */
	__u32 clock; /* clockid_t of the base that it is on */
	__u32 cpu; /* in whose queue it is */
	__u32 program; /* id */
	__u32 key_bytes;
	__u8 key[KEY_SHOWN];
};

/* A walk over the entries of a map. */
struct walk {
	__s64 within_ns; /* by user space: write the timers due within this time */
	__u64 armed; /* timers that are queued */
	__u64 written; /* of these in `rows` */
	__u64 due[DUE_BITS]; /* by the bits of the time until they are due, ns; 0: due already */
};

#endif
