/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When periodic timers expire for the first time, counted from their epoch. It needs
 * nothing of BPF, so that timerfd/loop.c has the same phases.
 */
#ifndef PHASE_H
#define PHASE_H

#include <linux/types.h>

enum phase { PHASE_EVEN, PHASE_RANDOM, PHASE_BURST };

/* Weyl sequence and finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
#define GOLDEN_GAMMA 0x9e3779b97f4a7c15ULL

static inline __attribute__((always_inline)) __u64 mixed(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* Timer `key` of `n` at its share of one timeout; each is as far from the next. */
static inline __attribute__((always_inline)) __u64
even_phase(__u64 timeout, __u64 key, __u64 n)
{
	__u64 nth = key + 1;

	return timeout / n * nth + timeout % n * nth / n;
}

/* Any moment of one timeout, 1 to `timeout`: the same for the same seed and key. */
static inline __attribute__((always_inline)) __u64
random_phase(__u64 timeout, __u64 key, __u64 seed)
{
	__u64 part = mixed(mixed(seed) + (key + 1) * GOLDEN_GAMMA) >> 32;

	return (timeout >> 32) * part + ((timeout & 0xffffffff) * part >> 32) +
	       1;
}

/* First expiry of timer `key` of `n`. */
static inline __attribute__((always_inline)) __u64
phase_of(enum phase phase, __u64 timeout, __u64 key, __u64 n, __u64 seed)
{
	if (phase == PHASE_BURST || !n)
		return timeout;
	if (phase == PHASE_RANDOM)
		return random_phase(timeout, key, seed);
	return even_phase(timeout, key, n);
}

#endif
