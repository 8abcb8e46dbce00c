// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which maps may hold which values with timers? Only the types below are
 * used: they are handed to BPF_MAP_CREATE as BTF. Nothing here is ever run.
 */
#include "limits.h"

struct key_8 {
	__u32 words[2];
};

struct key_16 {
	__u32 words[4];
};

struct untimed {
	__u64 words[3];
};

SEC("syscall")
int keys(struct key_8 *ctx)
{
	return 0;
}

/* Pointees of a function's parameters are kept in BTF in full. */
__noinline int more(struct key_16 *a, struct timed *b, struct untimed *c)
{
	return a && b && c;
}

char LICENSE[] SEC("license") = "GPL";
