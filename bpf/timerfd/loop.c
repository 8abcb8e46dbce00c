// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what do the same timers cost in user space? One epoll loop serves a
 * periodic timerfd for each timer of the program `resident`, as a network server
 * would, and records into the same memory as the BPF programs.
 *
 * Clock: that of the timers, read once for each timer served. The kernel re-arms:
 * a timer keeps its phase, and read(2) tells how many periods have gone by.
 *
 * Arguments: descriptor of the shared memory, CPUs, timers, timeout ns, clock id,
 * enum phase, its seed. The memory holds a struct slot for each CPU and one
 * for user space, which this process writes, then struct stopping.
 *
 * Commands on standard input, a line each, answered by a line:
 *   arm FIRST STRIDE COUNT EPOCH   creates timers; answers how many it could not
 *   cancel                         disarms all; answers nothing of note
 *   census                         answers timers, and those that are armed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "../phase.h"
#include "../user_slot.h"

#define NS_PER_S 1000000000ULL
#define EVENTS 256
#define COMMANDS UINT32_MAX /* event data of standard input */
#define BASE 10
#define SPARE_FILES 64

struct timer {
	int fd;
	int armed;
	__u64 due_ns; /* next expiry that was not served yet */
};

static struct slot *slot;
static volatile struct stopping *stopping;
static struct timer *timers;
static __u64 count, timeout_ns, seed;
static int clock_id, queue;
static enum phase first_phase;

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(clock_id, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static struct timespec spec(__u64 ns)
{
	struct timespec t = { .tv_sec = ns / NS_PER_S,
			      .tv_nsec = ns % NS_PER_S };

	return t;
}

/* Create one timer and start it; failures are counted by errno. */
static void arm(__u32 key, __u64 epoch_ns)
{
	__u64 phase = phase_of(first_phase, timeout_ns, key, count, seed);
	struct itimerspec when = { .it_value = spec(epoch_ns + phase),
				   .it_interval = spec(timeout_ns) };
	struct epoll_event wanted = { .events = EPOLLIN, .data.u32 = key };
	struct timer *timer = &timers[key];

	timer->fd = timerfd_create(clock_id, TFD_NONBLOCK | TFD_CLOEXEC);
	if (timer->fd < 0) {
		record_error(slot->init_failed, errno);
		return;
	}
	slot->inited++;
	timer->due_ns = epoch_ns + phase;
	if (epoll_ctl(queue, EPOLL_CTL_ADD, timer->fd, &wanted) ||
	    timerfd_settime(timer->fd, TFD_TIMER_ABSTIME, &when, NULL)) {
		record_error(slot->start_failed, errno);
		return;
	}
	timer->armed = 1;
	slot->started++;
}

static int is_pending(struct timer *timer)
{
	struct itimerspec left = {};

	return timer->fd >= 0 && !timerfd_gettime(timer->fd, &left) &&
	       (left.it_value.tv_sec || left.it_value.tv_nsec);
}

static void disarm(struct timer *timer)
{
	struct itimerspec never = {};

	timerfd_settime(timer->fd, 0, &never, NULL);
	timer->armed = 0;
}

/* Serve a timer that expired once or more often since it was last served. */
static void serve(struct timer *timer)
{
	__u64 expirations, now;

	if (!timer->armed ||
	    read(timer->fd, &expirations, sizeof(expirations)) < 0)
		return;
	now = now_ns();
	slot->fired++;
	record_late(slot, now - timer->due_ns);
	slot->missed_periods += expirations - 1;
	timer->due_ns += expirations * timeout_ns;
	if (stopping->stop || now >= stopping->deadline_ns)
		disarm(timer);
	else
		slot->restarted++;
}

static void arm_some(const char *words)
{
	__u64 first, stride, number, epoch_ns, i;
	__u64 before = slot->started;

	if (sscanf(words, "%llu %llu %llu %llu", &first, &stride, &number,
		   &epoch_ns) != 4)
		exit(2);
	for (i = 0; i < number && first + i * stride < count; i++)
		arm(first + i * stride, epoch_ns);
	printf("%llu\n", number - (slot->started - before));
}

static void cancel_all(void)
{
	__u64 key;

	for (key = 0; key < count; key++) {
		if (!timers[key].armed)
			continue;
		disarm(&timers[key]);
		slot->cancelled++;
	}
	printf("0\n");
}

static void census(void)
{
	__u64 key, inited = 0, pending = 0;

	for (key = 0; key < count; key++) {
		inited += timers[key].fd >= 0;
		pending += is_pending(&timers[key]);
	}
	printf("%llu %llu\n", inited, pending);
}

/* Obey one line; the end of standard input ends the process and all its timers. */
static void obey(void)
{
	static char line[256];

	if (!fgets(line, sizeof(line), stdin))
		exit(0);
	if (!strncmp(line, "arm ", 4))
		arm_some(line + 4);
	else if (!strcmp(line, "cancel\n"))
		cancel_all();
	else if (!strcmp(line, "census\n"))
		census();
	else
		exit(2);
	fflush(stdout);
}

static void loop(void)
{
	struct epoll_event events[EVENTS];
	int i, ready;

	for (;;) {
		ready = epoll_wait(queue, events, EVENTS, -1);
		for (i = 0; i < ready; i++) {
			if (events[i].data.u32 == COMMANDS)
				obey();
			else
				serve(&timers[events[i].data.u32]);
		}
	}
}

/* Room for a file per timer: beyond the hard limit if we may, else up to it. */
static void open_many_files(__u64 wanted)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < wanted) {
		struct rlimit higher = { wanted, wanted };

		if (!setrlimit(RLIMIT_NOFILE, &higher))
			return;
	}
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int set_up(char **words)
{
	struct epoll_event commands = { .events = EPOLLIN,
					.data.u32 = COMMANDS };
	__u64 cpus = strtoull(words[2], NULL, BASE), key;
	size_t bytes = (cpus + 1) * sizeof(struct slot) + sizeof(*stopping);
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			    atoi(words[1]), 0);

	count = strtoull(words[3], NULL, BASE);
	timeout_ns = strtoull(words[4], NULL, BASE);
	clock_id = atoi(words[5]);
	first_phase = atoi(words[6]);
	seed = strtoull(words[7], NULL, BASE);
	open_many_files(count + SPARE_FILES);
	timers = calloc(count, sizeof(*timers));
	queue = epoll_create1(EPOLL_CLOEXEC);
	if (memory == MAP_FAILED || !timers || queue < 0)
		return -1;
	for (key = 0; key < count; key++)
		timers[key].fd = -1;
	slot = (struct slot *)memory + cpus;
	stopping = (void *)(memory + (cpus + 1) * sizeof(struct slot));
	return epoll_ctl(queue, EPOLL_CTL_ADD, STDIN_FILENO, &commands);
}

int main(int number, char **words)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setvbuf(stdin, NULL, _IONBF, 0);
	if (number != 8 || set_up(words)) {
		perror("timerfd loop");
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	loop();
}
