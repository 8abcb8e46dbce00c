// SPDX-License-Identifier: GPL-2.0-only
/* Two maps of timers in one object: one is an inner map, its timers deep within a struct. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __u32 u32;
typedef __u64 u64;

struct window {
	u64 samples[4];
	u64 cursor;
};

struct housekeeping {
	u32 generation;
	u32 pad;
	struct bpf_timer expire;
};

struct tenant {
	struct window win;
	struct housekeeping hk;
};

struct inner_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, u64);
	__type(value, struct tenant);
} tenants_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct inner_table);
} tenants SEC(".maps") = { .values = { &tenants_v1 } };

struct report_timer {
	struct bpf_timer t;
	u64 sent;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8);
	__type(key, char[8]);
	__type(value, struct report_timer);
} reporters SEC(".maps");

static int roll_window(void *map, u64 *id, struct tenant *t)
{
	t->win.samples[t->win.cursor & 3] = bpf_ktime_get_ns();
	t->win.cursor++;
	t->hk.generation++;
	bpf_timer_start(&t->hk.expire, 10000000, 0);
	return 0;
}

static int send_report(void *map, char *name, struct report_timer *r)
{
	r->sent++;
	bpf_timer_start(&r->t, 25000000, 0);
	return 0;
}

static __noinline int start_tenant(u64 id)
{
	struct tenant fresh = {}, *t;
	u32 slot = 0;
	void *table = bpf_map_lookup_elem(&tenants, &slot);

	if (!table)
		return -2;
	bpf_map_update_elem(table, &id, &fresh, BPF_ANY);
	t = bpf_map_lookup_elem(table, &id);
	if (!t || bpf_timer_init(&t->hk.expire, table, 1))
		return -12;
	bpf_timer_set_callback(&t->hk.expire, roll_window);
	return bpf_timer_start(&t->hk.expire, 10000000, 0);
}

static __noinline int start_reporter(void)
{
	struct report_timer fresh = {}, *r;
	char name[8] = "weekly";

	bpf_map_update_elem(&reporters, name, &fresh, BPF_ANY);
	r = bpf_map_lookup_elem(&reporters, name);
	if (!r || bpf_timer_init(&r->t, &reporters, 1))
		return -12;
	bpf_timer_set_callback(&r->t, send_report);
	return bpf_timer_start(&r->t, 25000000, 0);
}

SEC("syscall")
int begin(void *unused)
{
	int i, err = 0;

	for (i = 0; i < 16 && !err; i++)
		err = start_tenant(1000 + i);
	return err ? err : start_reporter();
}

char LICENSE[] SEC("license") = "GPL";
