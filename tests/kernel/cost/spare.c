// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: how much of each CPU's time does anything but us take?
 *
 * A thread of policy SCHED_IDLE on each CPU does nothing but read the clock. It
 * runs whenever nothing else wants the CPU. Two readings are tens of nanoseconds
 * apart unless something came between them: a gap of more than 0.3 us is time
 * that a task, a softirq, an interrupt or the hypervisor took. Nothing has to be
 * calibrated, and no account of the kernel is used.
 *
 * Clock: CLOCK_MONOTONIC. Overhead: it takes all time that is left, so that no
 * CPU enters idle; what is measured beside it comes as late as on a busy host.
 *
 * Arguments: descriptor of the shared memory, CPUs. The memory holds a struct
 * spare for each CPU number. Standard input ends it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL
#define GAP_NS 300
#define LOOK_US 1000

/* Written by the thread of its CPU only; taken_ns is complete up to last_ns. */
struct spare {
	volatile unsigned long long last_ns; /* last reading, 0 = no thread */
	volatile unsigned long long taken_ns; /* sum of gaps */
	volatile unsigned long long gaps;
	unsigned long long pad[13];
};

static struct spare *spares;

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void *watch(void *number)
{
	struct spare *spare = &spares[(long)number];
	struct sched_param none = {};
	cpu_set_t cpus;
	unsigned long long now, last;

	CPU_ZERO(&cpus);
	CPU_SET((long)number, &cpus);
	if (pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus) ||
	    pthread_setschedparam(pthread_self(), SCHED_IDLE, &none)) {
		perror("spare task");
		exit(1);
	}
	for (last = now_ns();; last = now) {
		now = now_ns();
		if (now - last > GAP_NS) {
			spare->taken_ns += now - last;
			spare->gaps++;
		}
		spare->last_ns = now;
	}
	return NULL;
}

int main(int number, char **words)
{
	long cpu, cpus = number == 3 ? atol(words[2]) : 0;
	cpu_set_t allowed;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!cpus || sched_getaffinity(0, sizeof(allowed), &allowed))
		return 2;
	spares = mmap(NULL, cpus * sizeof(*spares), PROT_READ | PROT_WRITE,
		      MAP_SHARED, atoi(words[1]), 0);
	if (spares == MAP_FAILED)
		return 2;
	for (cpu = 0; cpu < cpus; cpu++)
		if (CPU_ISSET(cpu, &allowed) &&
		    pthread_create(&thread, NULL, watch, (void *)cpu))
			return 1;
	/* On a full host a thread waits for its first turn. */
	for (cpu = 0; cpu < cpus; cpu++)
		while (CPU_ISSET(cpu, &allowed) && !spares[cpu].last_ns)
			usleep(LOOK_US);
	printf("ready\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
