/* SPDX-License-Identifier: GPL-2.0-only */
/* The server ports of the load: only their connections are measured. */
#ifndef PORTS_H
#define PORTS_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#define MAX_PORTS 16

/* Set before loading. */
const volatile __u16 server_ports[MAX_PORTS] = {};
const volatile __u32 server_port_count = 0;

static __always_inline int is_server_port(__u16 port)
{
	__u32 i;

	for (i = 0; i < MAX_PORTS && i < server_port_count; i++)
		if (server_ports[i] == port)
			return 1;
	return 0;
}

#endif
