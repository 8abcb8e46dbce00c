// SPDX-License-Identifier: GPL-2.0-only
/*
 * Question: what does it cost to collect a table's entries once a period from user
 * space? This process scans it: by reading it in batches and deleting what is due
 * (engine user_gc), or by running a BPF program that does both (engine bpf_scan). It is
 * C and a process of its own, so that neither an interpreter is measured nor a lock of
 * the runner's waited for.
 *
 * Clock: that of the due times, read once for each batch, and again when its deletion
 * has returned.
 *
 * Arguments: descriptor of the map slots, CPUs, descriptor of the map scans, clock id,
 * period ns; then "read", descriptor of the table, size of its keys, elements of a
 * batch; or "run", descriptor of the program. It writes user space's slot, the last.
 *
 * It begins with the first line on standard input, and ends when that ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "../user_slot.h"

#define NS_PER_S 1000000000ULL
#define BASE 10
#define TOKEN_BYTES 8 /* the kernel's place in a hash map is four bytes */

static struct slot *slot;
static struct scan_counts *counts;
static __u64 period_ns, batch;
static size_t key_bytes;
static int clock_id, table, program;
static char *keys;
static struct entry *values;

static __u64 clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* What follows the command's own attributes in the union must be zero: left out. */
static int call_bpf(int command, union bpf_attr *attributes, size_t bytes)
{
	return syscall(SYS_bpf, command, attributes, bytes);
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void record(const struct entry *due, __u64 number)
{
	__u64 now = clock_ns(clock_id), i;

	for (i = 0; i < number; i++)
		record_late(slot, now - due[i].armed);
	slot->collected += number;
	slot->fired += number;
}

/*
 * Delete the first keys of the batch, which were due so; those that are gone already,
 * evicted from an LRU map, are counted.
 */
static void collect(const struct entry *due, __u64 number)
{
	__u64 done = 0;

	while (done < number) {
		union bpf_attr attr = {
			.batch = { .map_fd = table,
				   .keys = (__u64)(keys + done * key_bytes),
				   .count = number - done }
		};
		int result = call_bpf(BPF_MAP_DELETE_BATCH, &attr,
				      sizeof(attr.batch));

		if (result && errno != ENOENT)
			die("BPF_MAP_DELETE_BATCH");
		record(due + done, attr.batch.count);
		done += attr.batch.count;
		if (done < number) {
			record_error(slot->collect_failed, ENOENT);
			done++;
		}
	}
}

/* Collect what is due of a batch, which moves to its front. */
static void judge(__u64 number)
{
	__u64 now = clock_ns(clock_id), expired = 0, i;

	for (i = 0; i < number; i++) {
		if (values[i].armed > now)
			continue;
		memmove(keys + expired * key_bytes, keys + i * key_bytes,
			key_bytes);
		values[expired++] = values[i];
	}
	counts->scanned += number;
	collect(values, expired);
}

/* Elements that come or go meanwhile may or may not be seen. */
static void read_table(void)
{
	char tokens[2][TOKEN_BYTES];
	int result, turn = 0, first = 1;

	do {
		union bpf_attr attr = {
			.batch = { .map_fd = table,
				   .in_batch = first ? 0 : (__u64)tokens[turn],
				   .out_batch = (__u64)tokens[!turn],
				   .keys = (__u64)keys,
				   .values = (__u64)values,
				   .count = batch }
		};

		result = call_bpf(BPF_MAP_LOOKUP_BATCH, &attr,
				  sizeof(attr.batch));
		if (result && errno != ENOENT)
			die("BPF_MAP_LOOKUP_BATCH");
		judge(attr.batch.count);
		turn = !turn;
		first = 0;
	} while (!result);
}

static void run_program(void)
{
	union bpf_attr attr = { .test = { .prog_fd = program } };

	if (call_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr.test)))
		die("BPF_PROG_TEST_RUN");
}

static void scan(void)
{
	__u64 begin = clock_ns(CLOCK_MONOTONIC);

	if (program >= 0)
		run_program();
	else
		read_table();
	counts->scans++;
	counts->scan_ns += clock_ns(CLOCK_MONOTONIC) - begin;
	counts->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Sleep until a moment; 1 if standard input ended meanwhile. */
static int ended_by(__u64 due_ns)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	__u64 now = clock_ns(CLOCK_MONOTONIC);
	__u64 left = due_ns > now ? due_ns - now : 0;
	struct timespec wait = { .tv_sec = left / NS_PER_S,
				 .tv_nsec = left % NS_PER_S };

	return ppoll(&input, 1, &wait, NULL) > 0;
}

static void loop(void)
{
	__u64 due_ns = clock_ns(CLOCK_MONOTONIC), now;

	do {
		scan();
		now = clock_ns(CLOCK_MONOTONIC);
		due_ns += period_ns;
		if (due_ns < now)
			due_ns = now;
	} while (!ended_by(due_ns));
}

static void *shared(const char *fd, size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			    atoi(fd), 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static void set_up(int number, char **words)
{
	__u64 cpus = strtoull(words[2], NULL, BASE);

	slot = (struct slot *)shared(words[1], (cpus + 1) * sizeof(*slot)) +
	       cpus;
	counts = shared(words[3], sizeof(*counts));
	clock_id = atoi(words[4]);
	period_ns = strtoull(words[5], NULL, BASE);
	program = -1;
	if (number == 8) {
		program = atoi(words[7]);
		return;
	}
	table = atoi(words[7]);
	key_bytes = strtoull(words[8], NULL, BASE);
	batch = strtoull(words[9], NULL, BASE);
	keys = calloc(batch, key_bytes);
	values = calloc(batch, sizeof(*values));
	if (!keys || !values)
		die("calloc");
}

int main(int number, char **words)
{
	char line[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1);
	setvbuf(stdin, NULL, _IONBF, 0);
	if (number != 8 && number != 10)
		return 2;
	set_up(number, words);
	printf("ready\n");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin))
		loop();
	return 0;
}
