// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which bpf_timers are armed now, by whichever program?
 *
 * An iterator walks all maps and writes those whose values hold a timer. A syscall
 * program, loaded for each of these with `watched` being that map, walks its entries
 * (an iterator over entries is refused by some kernels that accept the other).
 * Nothing is changed, nothing is attached to anything that runs.
 *
 * Clock: expiry and now are in the clock of the base that the timer is on.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "kernel_timer.h"
#include "timers.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before loading: where in a value of `watched` its timer is, bytes. */
const volatile __u32 timer_at = 0;
const volatile __u32 key_bytes = 4;

/* The map whose entries are walked: another's, put in this place before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} watched SEC(".maps");

/* key: 0; value: what a walk counts; writer: it; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps");

/* key: place; value: a timer; writer: a walk; reader: user space by mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries,
	       1); /* set before loading: timers that can be shown */
	__type(key, __u32);
	__type(value, struct armed_timer);
} rows SEC(".maps");

static __always_inline struct walk *this_walk(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&walks, &zero);
}

/* Bits that a time to wait takes; 0 for what is due already. */
static __always_inline __u32 bits_of(__u64 wait)
{
	__u32 bits = 0, step;

	if ((__s64)wait <= 0)
		return 0;
	for (step = 32; step; step >>= 1) {
		if (wait >> step) {
			wait >>= step;
			bits += step;
		}
	}
	return (bits + 1) & (DUE_BITS - 1);
}

struct seq_file;

struct bpf_iter_meta___watched {
	struct seq_file *seq;
} KERNEL_LOCAL;

struct bpf_iter__bpf_map___watched {
	struct bpf_iter_meta___watched *meta;
	struct bpf_map___watched *map;
} KERNEL_LOCAL;

SEC("iter/bpf_map")
int list_maps(struct bpf_iter__bpf_map___watched *ctx)
{
	struct bpf_map___watched *map = ctx->map;
	struct timer_map found = {};
	int offset;

	if (!map)
		return 0;
	offset = timer_offset(map);
	if (offset < 0)
		return 0;
	found.id = BPF_CORE_READ(map, id);
	found.map_type = BPF_CORE_READ(map, map_type);
	found.key_bytes = BPF_CORE_READ(map, key_size);
	found.value_bytes = BPF_CORE_READ(map, value_size);
	found.max_entries = BPF_CORE_READ(map, max_entries);
	found.timer_offset = offset;
	found.btf_id = BPF_CORE_READ(map, btf, id);
	found.btf_key = BPF_CORE_READ(map, btf_key_type_id);
	found.users = BPF_CORE_READ(map, usercnt.counter);
	BPF_CORE_READ_STR_INTO(&found.name, map, name);
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	return 0;
}

static __always_inline __u64 now_of(__u32 clock)
{
	return clock == CLOCK_BOOTTIME ? bpf_ktime_get_boot_ns() :
					 bpf_ktime_get_ns();
}

static __always_inline void read_key(struct armed_timer *found, void *key)
{
	__u32 size = key_bytes < KEY_SHOWN ? key_bytes : KEY_SHOWN;

	found->key_bytes = key_bytes;
	bpf_probe_read_kernel(found->key, size, key);
}

/* Everything about a queued timer; it may leave its queue while this reads. */
static __always_inline void read_timer(struct armed_timer *found,
				       struct bpf_hrtimer___watched *timer)
{
	struct bpf_prog___watched *program = TIMER_OWN(timer, prog);
	struct hrtimer_clock_base___watched *base =
		(void *)BPF_CORE_READ(timer, timer.base);

	found->expires_ns = BPF_CORE_READ(timer, timer._softexpires);
	found->clock = BPF_CORE_READ(base, clockid);
	found->cpu = BPF_CORE_READ(base, cpu_base, cpu);
	found->program = BPF_CORE_READ(program, aux, id);
	found->callback = (__u64)TIMER_OWN(timer, callback_fn);
	found->now_ns = now_of(found->clock);
}

static __always_inline void write_timer(struct walk *walk, void *key,
					struct armed_timer *found)
{
	struct armed_timer *row;
	__u32 place = walk->written;

	row = bpf_map_lookup_elem(&rows, &place);
	if (!row)
		return;
	*row = *found;
	read_key(row, key);
	walk->written++;
}

static long look_at(void *map, void *key, void *value, struct walk *unused)
{
	struct bpf_hrtimer___watched *timer = 0;
	struct armed_timer found = {};
	struct walk *walk = this_walk();

	bpf_probe_read_kernel(&timer, sizeof(timer), value + timer_at);
	/* A timer freed meanwhile, whose memory has another owner, is not this value's. */
	if (!walk || !timer || TIMER_OWN(timer, value) != value ||
	    !is_enqueued(timer))
		return 0;
	read_timer(&found, timer);
	walk->armed++;
	walk->due[bits_of(found.expires_ns - found.now_ns)]++;
	if ((__s64)(found.expires_ns - found.now_ns) <= walk->within_ns)
		write_timer(walk, key, &found);
	return 0;
}

/* Look at all entries of `watched`; the answer is in `walks` and `rows`. */
SEC("syscall")
int list_timers(void *ctx)
{
	bpf_for_each_map_elem(&watched, look_at, 0, 0);
	return 0;
}
