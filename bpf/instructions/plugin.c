// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCG plugin of QEMU: which instructions does the kernel execute between the marks of
 * the scripted programs (marks.h), and from a timer's interrupt to its callback?
 *
 * Arguments: entries=FILE (read at MARK_START; a line is "KIND ADDRESS", with kind e where
 * interrupts enter the kernel, i where the one does that a call itself asks for, w where the
 * function begins whose calls are OP_FREE, f where any other does), out=FILE (written at
 * MARK_FINISH). Nothing is instrumented before
 * MARK_START but that mark itself, so that a guest boots at full speed.
 *
 * A window is what is recorded between two events: a call, or a part of an expiry. Its
 * path is kept as runs of adjacent instructions, and equal paths are counted. A `rep`
 * instruction is executed once an iteration: it counts once, the further iterations
 * stand beside. A call in which an interrupt begins is left out and counted; one that the
 * call asks for (irq_work) is part of it.
 *
 * Lines of the file, numbers in decimal but for addresses:
 *   path SCENARIO OPERATION CALLS ITERATIONS ADDRESS+INSTRUCTIONS ...
 *   lost SCENARIO OPERATION INTERRUPTED TOO_LONG
 *   clock SCENARIO EXECUTED   between two readings of the clock around each call; 0 = an
 *                             interrupt cut them
 *   end
 *
 * The header of the interface is not packaged; what is used of it is written out.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "marks.h"

#ifndef PLUGIN_API
#define PLUGIN_API 1
#endif

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
typedef void (*simple_cb)(qemu_plugin_id_t id);
typedef void (*translated_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*executed_cb)(unsigned int cpu, void *data);

void qemu_plugin_reset(qemu_plugin_id_t id, simple_cb cb);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   translated_cb cb);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    executed_cb cb, int flags,
					    void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t nth);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
#if PLUGIN_API >= 3
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to,
			     size_t size);
#else
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
#endif

#define EXPORTED __attribute__((visibility("default")))
#define LONGEST_INSN 15
#define WINDOW_RUNS 65536
#define PATHS 65536
#define CLOCKS 65536
#define KERNEL (1ULL << 63)

EXPORTED int qemu_plugin_version = PLUGIN_API;

/* An instruction as it was translated once. */
struct insn {
	uint64_t address;
	uint32_t mark;
	uint8_t size;
	bool begins, entry, asked_for, freeing, calls, returns, leaves, repeats,
		reads_clock;
};

/* Where a function begins. */
struct place {
	uint64_t address;
	char kind;
};

struct run {
	uint64_t address;
	uint32_t count;
};

struct path {
	struct path *next;
	uint64_t hash, calls, iterations;
	uint32_t scenario, operation, length;
	struct run runs[];
};

struct lost {
	uint64_t interrupted, too_long;
};

static qemu_plugin_id_t self;
static char entries_file[4096], out_file[4096];
static bool counting;

static struct place *places;
static size_t place_count;

static struct path *paths[PATHS];
static struct lost lost[1 << SCENARIO_BITS][OPERATIONS];

static uint32_t scenario;
static uint64_t executed;
/* The pair of readings around a call: the first is expected, begun, the second expected. */
static bool clock_awaited, clock_begun, clock_due;
static uint64_t clock_before, clock_interrupts;
static struct {
	uint32_t scenario;
	uint64_t executed;
} clocks[CLOCKS];
static size_t clock_count;

/* The window that is open. */
static struct {
	bool open, expired, interrupted, too_long;
	uint32_t operation, length;
	uint64_t iterations, next, last;
	struct run runs[WINDOW_RUNS];
} window;
static uint64_t returns_to; /* where the latest call returns; 0 after a return */
static uint64_t freed_at; /* where the window of OP_FREE ends; 0 = none is open */
static int depth; /* of interrupts, since one began a window */

static void open_window(uint32_t operation)
{
	window.open = true;
	window.expired = window.interrupted = window.too_long = false;
	window.operation = operation;
	window.length = 0;
	window.iterations = window.next = window.last = 0;
}

static void append(const struct insn *insn)
{
	if (insn->repeats && insn->address == window.last) {
		window.iterations++;
		return;
	}
	if (window.length && insn->address == window.next && !insn->begins) {
		window.runs[window.length - 1].count++;
	} else if (window.length == WINDOW_RUNS) {
		window.too_long = true;
	} else {
		window.runs[window.length].address = insn->address;
		window.runs[window.length++].count = 1;
	}
	window.last = insn->address;
	window.next = insn->address + insn->size;
}

static uint64_t hash_of_window(void)
{
	uint64_t hash = 14695981039346656037ULL;
	uint32_t i;

	for (i = 0; i < window.length; i++) {
		hash = (hash ^ window.runs[i].address) * 1099511628211ULL;
		hash = (hash ^ window.runs[i].count) * 1099511628211ULL;
	}
	return hash ^ window.iterations ^ (uint64_t)window.operation << 32 ^
	       (uint64_t)scenario << 48;
}

static bool same(const struct path *path, uint64_t hash)
{
	return path->hash == hash && path->scenario == scenario &&
	       path->operation == window.operation &&
	       path->iterations == window.iterations &&
	       path->length == window.length &&
	       !memcmp(path->runs, window.runs,
		       window.length * sizeof(window.runs[0]));
}

static void count_window(void)
{
	uint64_t hash = hash_of_window();
	struct path **place = &paths[hash % PATHS], *path;

	for (path = *place; path; path = path->next) {
		if (same(path, hash)) {
			path->calls++;
			return;
		}
	}
	path = calloc(1,
		      sizeof(*path) + window.length * sizeof(window.runs[0]));
	if (!path) {
		lost[scenario][window.operation].too_long++;
		return;
	}
	path->hash = hash;
	path->calls = 1;
	path->iterations = window.iterations;
	path->scenario = scenario;
	path->operation = window.operation;
	path->length = window.length;
	memcpy(path->runs, window.runs, window.length * sizeof(window.runs[0]));
	path->next = *place;
	*place = path;
}

static void close_window(void)
{
	struct lost *of = &lost[scenario][window.operation];

	if (!window.open)
		return;
	window.open = false;
	if (window.interrupted)
		of->interrupted++;
	else if (window.too_long)
		of->too_long++;
	else
		count_window();
}

/* An interrupt or exception enters the kernel. */
static void interrupt(void)
{
	clock_interrupts++;
	if (window.open && window.operation == OP_TIMERFD_WAIT &&
	    !window.expired) {
		window.expired = true; /* what is waited for */
	} else if (window.open) {
		window.interrupted = true;
	} else {
		depth = 0;
		open_window(OP_EXPIRY);
	}
	depth++;
}

/*
 * The interrupt that a call asks for: what it does is part of the call. It may also come
 * after the call's end, before the clock is read again.
 */
static void interrupt_asked_for(void)
{
	if (!window.open)
		clock_interrupts++;
	if (depth > 0)
		depth++;
}

/* An iret: the end of what an interrupt began. */
static void leave(void)
{
	if (depth > 0)
		depth--;
	if (!window.open || depth > 0)
		return;
	if (window.operation == OP_RETURN || window.operation == OP_FURTHER) {
		window.operation = OP_RETURN;
		close_window();
	}
	if (window.operation == OP_EXPIRY)
		window.open = false;
}

static void write_paths(FILE *file)
{
	struct path *path;
	uint32_t i;
	size_t n;

	for (n = 0; n < PATHS; n++)
		for (path = paths[n]; path; path = path->next) {
			fprintf(file, "path %u %u %" PRIu64 " %" PRIu64,
				path->scenario, path->operation, path->calls,
				path->iterations);
			for (i = 0; i < path->length; i++)
				fprintf(file, " %" PRIx64 "+%u",
					path->runs[i].address,
					path->runs[i].count);
			fputc('\n', file);
		}
}

static void write_lost(FILE *file)
{
	uint32_t s, o;

	for (s = 0; s < 1 << SCENARIO_BITS; s++)
		for (o = 0; o < OPERATIONS; o++)
			if (lost[s][o].interrupted || lost[s][o].too_long)
				fprintf(file,
					"lost %u %u %" PRIu64 " %" PRIu64 "\n",
					s, o, lost[s][o].interrupted,
					lost[s][o].too_long);
}

static void write_clocks(FILE *file)
{
	size_t n;

	for (n = 0; n < clock_count; n++)
		fprintf(file, "clock %u %" PRIu64 "\n", clocks[n].scenario,
			clocks[n].executed);
}

/* The last line says that the file is whole. */
static void finish(void)
{
	FILE *file = fopen(out_file, "w");

	counting = false;
	if (!file) {
		perror(out_file);
		return;
	}
	write_paths(file);
	write_lost(file);
	write_clocks(file);
	fputs("end\n", file);
	if (fclose(file))
		perror(out_file);
}

static void begin(qemu_plugin_id_t id);

static void at_mark(uint32_t mark)
{
	switch (mark) {
	case MARK_START:
		if (!counting)
			qemu_plugin_reset(self, begin);
		break;
	case MARK_FINISH:
		if (counting)
			finish();
		break;
	case MARK_SCENARIO:
		scenario = 0;
		depth = 0;
		window.open = false;
		break;
	case MARK_BIT:
	case MARK_BIT + 1:
		scenario = (scenario << 1 | (mark - MARK_BIT)) &
			   ((1 << SCENARIO_BITS) - 1);
		break;
	case MARK_END:
		close_window();
		clock_due = clock_begun;
		clock_begun = false;
		break;
	case MARK_CLOCK:
		clock_awaited = clock_begun = true;
		clock_due = false;
		clock_interrupts = 0;
		break;
	case MARK_CALLBACK:
		close_window();
		break;
	case MARK_CALLED_BACK:
		open_window(OP_FURTHER);
		break;
	default:
		if (mark >= MARK_CALL && mark < MARK_CALL + OPERATIONS) {
			open_window(mark - MARK_CALL);
		}
	}
}

/* An interrupt reads the clock, too: a pair with one between its readings is none, and 0. */
static void at_clock(void)
{
	if (clock_awaited)
		clock_before = executed;
	clock_awaited = false;
	if (clock_due && clock_count < CLOCKS) {
		clocks[clock_count].scenario = scenario;
		clocks[clock_count++].executed =
			clock_interrupts ? 0 : executed - clock_before;
	}
	clock_due = false;
}

/*
 * A call of the function that frees a timer, from kernel code and outside of marks. Its
 * caller may jump to it as its last act: it then returns to where that was called.
 */
static void at_freeing(const struct insn *insn)
{
	if (insn->freeing && !window.open && returns_to) {
		open_window(OP_FREE);
		freed_at = returns_to;
	} else if (freed_at && insn->address == freed_at) {
		if (window.operation == OP_FREE)
			close_window();
		freed_at = 0;
	}
	if (insn->calls)
		returns_to = insn->address + insn->size;
	else if (insn->returns)
		returns_to = 0;
}

static void executes(unsigned int cpu, void *data)
{
	const struct insn *insn = data;

	(void)cpu;
	if (!counting) {
		if (insn->mark)
			at_mark(insn->mark);
		return;
	}
	executed++;
	if (insn->reads_clock)
		at_clock();
	if (insn->entry)
		interrupt();
	if (insn->asked_for)
		interrupt_asked_for();
	if (insn->mark) {
		at_mark(insn->mark);
		return;
	}
	at_freeing(insn);
	if (window.open)
		append(insn);
	if (insn->leaves)
		leave();
}

static int by_address(const void *one, const void *other)
{
	uint64_t a = ((const struct place *)one)->address;
	uint64_t b = ((const struct place *)other)->address;

	return (a > b) - (a < b);
}

static const struct place *place_at(uint64_t address)
{
	struct place wanted = { .address = address };

	return bsearch(&wanted, places, place_count, sizeof(*places),
		       by_address);
}

/* movabs $constant, %rax */
static uint32_t mark_in(const uint8_t *data, size_t size)
{
	uint64_t constant;

	if (size != 10 || data[0] != 0x48 || data[1] != 0xb8)
		return 0;
	memcpy(&constant, data + 2, sizeof(constant));
	return constant >> 32 == MARK_MAGIC ? (uint32_t)constant : 0;
}

static bool is_string(uint8_t opcode)
{
	return (opcode >= 0xa4 && opcode <= 0xa7) ||
	       (opcode >= 0xaa && opcode <= 0xaf) ||
	       (opcode >= 0x6c && opcode <= 0x6f);
}

static bool is_repeated(const uint8_t *data, size_t size)
{
	size_t at = 0;
	bool rep = false;

	for (; at + 1 < size; at++) {
		if (data[at] == 0xf2 || data[at] == 0xf3)
			rep = true;
		else if (data[at] != 0x66 && data[at] != 0x67 &&
			 (data[at] & 0xf0) != 0x40)
			break;
	}
	return rep && is_string(data[at]);
}

static bool is_iret(const uint8_t *data, size_t size)
{
	return data[size - 1] == 0xcf &&
	       (size == 1 || (size == 2 && data[0] == 0x48));
}

static bool is_rdtsc(const uint8_t *data, size_t size)
{
	return (size == 2 && data[0] == 0x0f && data[1] == 0x31) ||
	       (size == 3 && data[0] == 0x0f && data[1] == 0x01 &&
		data[2] == 0xf9);
}

static size_t bytes_of(const struct qemu_plugin_insn *insn, uint8_t *data)
{
	size_t size = qemu_plugin_insn_size(insn);

	if (size > LONGEST_INSN)
		size = LONGEST_INSN;
#if PLUGIN_API >= 3
	return qemu_plugin_insn_data(insn, data, size);
#else
	memcpy(data, qemu_plugin_insn_data(insn), size);
	return size;
#endif
}

static struct insn *described(const struct qemu_plugin_insn *from)
{
	uint64_t address = qemu_plugin_insn_vaddr(from);
	uint8_t data[LONGEST_INSN] = {};
	size_t size = bytes_of(from, data);
	uint32_t mark = mark_in(data, size);
	const struct place *place;
	struct insn *insn;

	if (!size || (!mark && (!counting || !(address & KERNEL))))
		return NULL;
	insn = calloc(1, sizeof(*insn));
	if (!insn) {
		perror("instructions");
		abort();
	}
	insn->address = address;
	insn->size = size;
	insn->mark = mark;
	place = place_at(address);
	insn->begins = place != NULL;
	insn->entry = place && place->kind == 'e';
	insn->asked_for = place && place->kind == 'i';
	insn->freeing = place && place->kind == 'w';
	insn->calls = size == 5 && data[0] == 0xe8;
	insn->returns = data[0] == 0xc3 || data[0] == 0xc2;
	insn->leaves = is_iret(data, size);
	insn->repeats = is_repeated(data, size);
	insn->reads_clock = is_rdtsc(data, size);
	return insn;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t count = qemu_plugin_tb_n_insns(tb), n;

	(void)id;
	for (n = 0; n < count; n++) {
		struct qemu_plugin_insn *from = qemu_plugin_tb_get_insn(tb, n);
		struct insn *insn = described(from);

		if (insn)
			qemu_plugin_register_vcpu_insn_exec_cb(from, executes,
							       0, insn);
	}
}

static void read_places(void)
{
	FILE *file = fopen(entries_file, "r");
	uint64_t address;
	size_t room = 0;
	char kind;

	if (!file) {
		perror(entries_file);
		return;
	}
	while (fscanf(file, " %c %" SCNx64, &kind, &address) == 2) {
		if (place_count == room) {
			room = room ? 2 * room : 1024;
			places = realloc(places, room * sizeof(*places));
			if (!places)
				abort();
		}
		places[place_count].address = address;
		places[place_count++].kind = kind;
	}
	fclose(file);
	qsort(places, place_count, sizeof(*places), by_address);
}

/* All translations are gone; those to come are instrumented. */
static void begin(qemu_plugin_id_t id)
{
	read_places();
	counting = place_count > 0;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
}

static bool argument(const char *text, const char *name, char *to, size_t size)
{
	size_t length = strlen(name);

	if (strncmp(text, name, length))
		return false;
	return snprintf(to, size, "%s", text + length) < (int)size;
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id,
				 const struct qemu_info *info, int count,
				 char **words)
{
	int n;

	(void)info;
	for (n = 0; n < count; n++) {
		if (!argument(words[n], "entries=", entries_file,
			      sizeof(entries_file)) &&
		    !argument(words[n], "out=", out_file, sizeof(out_file))) {
			fprintf(stderr, "instructions: argument %s?\n",
				words[n]);
			return -1;
		}
	}
	if (!*entries_file || !*out_file) {
		fputs("instructions: entries= and out= are needed\n", stderr);
		return -1;
	}
	self = id;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
