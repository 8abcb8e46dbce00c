/* SPDX-License-Identifier: GPL-2.0-only */
/* What owners.bpf.c writes; mirrored in bench/abi.py. */
#ifndef WATCH_OWNERS_H
#define WATCH_OWNERS_H

#include <linux/types.h>

/* A descriptor of a map. */
struct map_holder {
	__u32 pid; /* of the process */
	__u32 map; /* id */
	char comm[16];
};

/* What the iterator looks for. */
struct holder_search {
	__u64 operations; /* address of those of all maps; 0: to be found */
	__u32 own_fd; /* of the map `search` */
	__u32 padding;
};

#endif
