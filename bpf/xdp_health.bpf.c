// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how soon and how reliably does one timer per backend tell that a backend
 * has gone silent? Each packet of a backend pushes its timer back; a backend without
 * packets for a timeout is marked down by the callback, and up by its next packet.
 *
 * Backends are the flows of a flood of synthetic packets, by number. User space
 * silences and revives them and says when, so that each mark is judged at once: a
 * backend that was silenced when its timer expired is detected, any other one is a
 * false alarm.
 *
 * Clock: that of the timers, read once per packet and in each callback; silences are
 * stamped by the same clock.
 * Overhead: per packet one lookup and one start; per mark one more start.
 */
#include "fired.h" /* maps slots, stopping, stage_cpus, outliers */
#include "distributions.h" /* map distributions */
#include "flood.h"
#include "packet.h"
#include "pushback.h"

/* key: backend; value: its timer; writer: packets, callback. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct entry);
} timers SEC(".maps");

/* key: backend; value: 0, or since when (ns) it sends nothing; writer: user space by
 * mmap; reader: the flood. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to that of timers before loading */
	__type(key, __u32);
	__type(value, __u64);
} silenced SEC(".maps");

/* key: backend; value: its last outage; writer: user space by mmap; reader: callback. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to that of timers before loading */
	__type(key, __u32);
	__type(value, struct outage);
} outages SEC(".maps");

/* Set before loading: destination port of the flood. */
const volatile __u16 flood_port = 9;

#include "lifecycle.h" /* programs census, cancel_all */
#include "stage_hooks.h" /* programs stage_raise, stage_entry, stage_exit */

/* Words of slot.measures, named in bench/programs/xdp_health.py. */
enum measure {
	PACKETS, /* of backends */
	MARKED_DOWN,
	DETECTED, /* of these: the backend was silenced when its timer expired */
	FALSE_ALARMS, /* of these: it was not */
	MARKED_UP, /* by a packet of a backend that was down */
};

/* Numbers of the distributions, named there as well. */
enum { DETECTION_DELAY };

/* Since when a backend had been silenced at a time; 0: it was not. */
static __always_inline __u64 silent_since(__u32 backend, __u64 at)
{
	struct outage *last = bpf_map_lookup_elem(&outages, &backend);
	__u64 began, ended;

	if (!last)
		return 0;
	began = *(volatile __u64 *)&last->began_ns;
	ended = *(volatile __u64 *)&last->ended_ns;
	if (!began || began > at || (ended >= began && ended <= at))
		return 0;
	return began;
}

/* Count that a backend was found silent, and judge it by what user space did to it. */
static __always_inline void judge(struct slot *s, __u32 backend, __u64 due,
				  __u64 now)
{
	struct distribution *delay = distribution(DETECTION_DELAY);
	__u64 since = silent_since(backend, due);

	count(&s->measures[MARKED_DOWN]);
	if (!since) {
		count(&s->measures[FALSE_ALARMS]);
		return;
	}
	count(&s->measures[DETECTED]);
	if (delay)
		record_value(delay, now - since);
}

static int expired(void *map, __u32 *backend, struct entry *entry)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	__u64 due;

	if (!s)
		return 0;
	due = end_timer(s, entry, now);
	/* After the trial's end all backends are silent. */
	if (due && !arming_over(now))
		judge(s, *backend, due, now);
	return 0;
}

/* Start the timer of a backend that is down, or new. */
static __always_inline void mark_up(struct slot *s, struct entry *entry)
{
	long err = 0;

	if (timer_kernel(&entry->timer))
		count(&s->measures[MARKED_UP]);
	else
		err = init_new(s, &entry->timer, &timers);
	if (err)
		count_errno(s->init_failed, err);
	else
		start_new(s, entry, (void *)expired, draw_timeout());
}

static __always_inline void meet(__u32 backend)
{
	__u64 now = clock_now();
	struct slot *s = this_slot();
	struct entry *entry = bpf_map_lookup_elem(&timers, &backend);
	long result;

	if (!s || !entry || arming_over(now))
		return;
	count(&s->measures[PACKETS]);
	result = push_back(entry, now);
	if (result == 0)
		mark_up(s, entry);
	else if (result < 0)
		count_errno(s->start_failed, result);
}

SEC("xdp")
int watch(struct xdp_md *ctx)
{
	struct packet_flow flow = {};

	if (!parse_tcp(ctx, &flow) || flow.destination_port != flood_port)
		return XDP_PASS;
	meet(flow_number(&flow));
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
