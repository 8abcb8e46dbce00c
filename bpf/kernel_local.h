/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel structs that the programs read, with only the fields read,
 * located on the running kernel by CO-RE. One accessor for each kernel rename.
 */
#ifndef KERNEL_LOCAL_H
#define KERNEL_LOCAL_H

#include <bpf/bpf_core_read.h>

#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7

/* BPF_F_TIMER_ABS (6.4) and BPF_F_TIMER_CPU_PIN (6.7), newer than some headers. */
#define TIMER_ABS 1
#define TIMER_CPU_PIN 2
#define AF_INET 2
#define AF_INET6 10
#define HRTIMER_STATE_ENQUEUED 1

#define KERNEL_LOCAL __attribute__((preserve_access_index))

struct hrtimer_clock_base___local {
	__s32 clockid;
} KERNEL_LOCAL;

struct hrtimer___local {
	__s64 _softexpires;
	struct hrtimer_clock_base___local *base;
	__u8 state;
} KERNEL_LOCAL;

/* Newer kernels call the state byte is_queued. */
struct hrtimer___queued {
	__u8 is_queued;
} KERNEL_LOCAL;

struct bpf_hrtimer___local {
	struct hrtimer___local timer;
} KERNEL_LOCAL;

struct bpf_hrtimer___queued {
	struct hrtimer___queued timer;
} KERNEL_LOCAL;

/* What struct bpf_timer really is, since 6.10. */
struct bpf_async_kern___local {
	struct bpf_hrtimer___local *timer;
} KERNEL_LOCAL;

/* The same before 6.10. */
struct bpf_timer_kern___local {
	struct bpf_hrtimer___local *timer;
} KERNEL_LOCAL;

struct in6_addr___local {
	__u8 bytes[16];
};

struct net___local {
	__u64 net_cookie;
} KERNEL_LOCAL;

/* possible_net_t */
struct possible_net___local {
	struct net___local *net;
};

struct sock_common___local {
	struct possible_net___local skc_net;
	__u16 skc_family;
	__u16 skc_num;
	__u16 skc_dport;
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	struct in6_addr___local skc_v6_daddr;
	struct in6_addr___local skc_v6_rcv_saddr;
} KERNEL_LOCAL;

struct sock___local {
	struct sock_common___local __sk_common;
} KERNEL_LOCAL;

/*
 * Since 6.2 ("bpf: Add a kfunc for generic type cast"): a typed read-only view of any address, which turns
 * reads of kernel memory into plain loads.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/* The kernel's own timer behind struct bpf_timer, NULL before bpf_timer_init. */
static __always_inline struct bpf_hrtimer___local *
timer_kernel(struct bpf_timer *timer)
{
	struct bpf_hrtimer___local *kernel = 0;

	if (!bpf_rdonly_cast) {
		bpf_probe_read_kernel(&kernel, sizeof(kernel), timer);
		return kernel;
	}
	if (bpf_core_type_exists(struct bpf_async_kern___local)) {
		struct bpf_async_kern___local *view = bpf_rdonly_cast(
			timer,
			bpf_core_type_id_kernel(struct bpf_async_kern___local));

		kernel = view->timer;
	} else {
		struct bpf_timer_kern___local *view = bpf_rdonly_cast(
			timer,
			bpf_core_type_id_kernel(struct bpf_timer_kern___local));

		kernel = view->timer;
	}
	return bpf_rdonly_cast(
		kernel, bpf_core_type_id_kernel(struct bpf_hrtimer___local));
}

/* Programmed expiry, ns of the timer's clock; read it before re-arming. */
static __always_inline __u64 timer_expiry(struct bpf_timer *timer)
{
	struct bpf_hrtimer___local *kernel = timer_kernel(timer);

	if (bpf_rdonly_cast)
		return kernel->timer._softexpires;
	return BPF_CORE_READ(kernel, timer._softexpires);
}

/* clockid_t of the base that the timer is on; init may have mapped it to another. */
static __always_inline __u32 timer_base_clock(struct bpf_timer *timer)
{
	struct bpf_hrtimer___local *kernel = timer_kernel(timer);

	return BPF_CORE_READ(kernel, timer.base, clockid);
}

/* Whether the kernel has the timer in its queue now. */
static __always_inline int timer_enqueued(struct bpf_timer *timer)
{
	struct bpf_hrtimer___local *kernel = timer_kernel(timer);

	if (bpf_core_field_exists(struct hrtimer___queued, is_queued))
		return BPF_CORE_READ((struct bpf_hrtimer___queued *)kernel,
				     timer.is_queued);
	return BPF_CORE_READ(kernel, timer.state) & HRTIMER_STATE_ENQUEUED;
}

#endif
