// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: which instructions does the kernel execute for a timeout of user space, a
 * timerfd in an epoll? Loaded into the process that plays the script; its marks (marks.h)
 * are those of the BPF programs. Each system call is counted alone, when the timer has
 * expired before epoll is asked; and all from setting the timer to epoll's return, when
 * the thread sleeps and the timer's interrupt wakes it. Another thread computes meanwhile:
 * how an idle CPU sleeps depends on how long it has slept before, no two times alike.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "marks.h"

#define FAR_S \
	3600 /* what is set is as far beyond the tick as a BPF timer of the script */
#define SOON_NS 200000 /* what is to expire */

#define LOWEST \
	1 /* priority of the thread that computes: before all that has none */

#define mark(number)                                    \
	asm volatile("movabs %0, %%rax"                 \
		     :                                  \
		     : "i"(MARK_MAGIC << 32 | (number)) \
		     : "rax", "memory")

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int cleared(int timer)
{
	uint64_t fired;

	return read(timer, &fired, sizeof(fired)) == sizeof(fired) ? 0 : -EIO;
}

/* Sleep until it expires. */
static int waited(int timer, int set)
{
	struct itimerspec soon = { .it_value.tv_nsec = SOON_NS };
	struct epoll_event event;
	int result;

	mark(MARK_CALL + OP_TIMERFD_WAIT);
	result = timerfd_settime(timer, 0, &soon, 0);
	if (!result)
		result = epoll_wait(set, &event, 1, -1);
	mark(MARK_END);
	return result == 1 ? cleared(timer) : -ETIME;
}

/* Spin until it has expired. */
static int once(int timer, int set)
{
	struct itimerspec soon = { .it_value.tv_nsec = SOON_NS };
	struct itimerspec far = { .it_value.tv_sec = FAR_S };
	struct epoll_event event;
	uint64_t due_ns, fired;
	int result;

	mark(MARK_CALL + OP_TIMERFD_SETTIME);
	result = timerfd_settime(timer, 0, &far, 0);
	mark(MARK_END);
	if (result || timerfd_settime(timer, 0, &soon, 0))
		return -errno;
	due_ns = now_ns() + 2 * SOON_NS;
	while (now_ns() < due_ns)
		;
	mark(MARK_CALL + OP_EPOLL_WAIT);
	result = epoll_wait(set, &event, 1, -1);
	mark(MARK_END);
	if (result != 1)
		return -ETIME;
	mark(MARK_CALL + OP_TIMERFD_READ);
	result = read(timer, &fired, sizeof(fired));
	mark(MARK_END);
	return result == sizeof(fired) ? 0 : -EIO;
}

static void *compute(void *until)
{
	while (!atomic_load_explicit((atomic_int *)until, memory_order_relaxed))
		;
	return 0;
}

/* Have a thread that runs whenever this one sleeps, as now; 0 or a positive errno. */
static int start_computing(pthread_t *thread, atomic_int *until)
{
	struct sched_param lowest = { .sched_priority = LOWEST };
	struct timespec begun = { .tv_nsec = SOON_NS };
	int result = pthread_create(thread, 0, compute, until);

	if (!result)
		result = pthread_setschedparam(*thread, SCHED_FIFO, &lowest);
	nanosleep(&begun, 0);
	return result;
}

static int rounds(int timer, int set, int count)
{
	atomic_int done = 0;
	pthread_t thread;
	int result = -start_computing(&thread, &done);

	while (!result && count--) {
		result = once(timer, set);
		if (!result)
			result = waited(timer, set);
	}
	done = 1;
	pthread_join(thread, 0);
	return result;
}

/* Let a timerfd expire so often; 0 or a negative errno. */
__attribute__((visibility("default"))) int timerfd_rounds(int count)
{
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	int set = epoll_create1(0), result = -errno;
	struct epoll_event event = { .events = EPOLLIN };

	if (timer >= 0 && set >= 0)
		result = epoll_ctl(set, EPOLL_CTL_ADD, timer, &event);
	if (!result)
		result = rounds(timer, set, count);
	if (timer >= 0)
		close(timer);
	if (set >= 0)
		close(set);
	return result;
}
