/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks: instructions of the scripted programs that do nothing, and that the plugin
 * (plugin.c) knows by their constant when QEMU translates them: "load this 64-bit number".
 * So a program can say what it is about to do without a call, and the plugin need not
 * read the guest's memory or registers. Mirrored in bench/instructions/marks.py.
 */
#ifndef INSTRUCTIONS_MARKS_H
#define INSTRUCTIONS_MARKS_H

#define MARK_MAGIC \
	0x62746d6bULL /* upper half of the constant; the lower is a mark */

enum mark {
	MARK_START = 1, /* count from now on */
	MARK_FINISH = 2, /* write what was counted */
	MARK_SCENARIO = 3, /* the bits of the next scenario's number follow */
	MARK_BIT = 4, /* and 5: a bit, the highest first */
	MARK_END = 6, /* of a call */
	MARK_CALLBACK = 7, /* a timer's callback begins */
	MARK_CALLED_BACK = 8, /* and is about to return */
	MARK_CLOCK =
		9, /* the clock is read next, and once more after MARK_END */
	MARK_CALL = 64, /* and above: a call of an operation begins */
};

#define SCENARIO_BITS 16

enum operation {
	OP_INSERT,
	OP_INIT,
	OP_SET_CALLBACK,
	OP_START_IDLE,
	OP_PUSH_BACK_LATER,
	OP_PUSH_BACK_SOONER,
	OP_CANCEL,
	OP_DELETE_PENDING,
	OP_DELETE_FIRED,
	OP_REPLACE,
	OP_FREE,
	OP_EXPIRY, /* the interrupt's entry to the first callback */
	OP_FURTHER, /* a callback's return to the next callback of the same softirq run */
	OP_REARM, /* start within the callback */
	OP_RETURN, /* the last callback's return to the end of the interrupt */
	OP_SCAN, /* rivals: for_each, scripted as callbacks that are OP_FURTHER */
	OP_TIMERFD_SETTIME, /* system calls of a program with one timerfd in one epoll */
	OP_EPOLL_WAIT,
	OP_TIMERFD_READ,
	OP_TIMERFD_WAIT, /* from setting it to epoll's return, its interrupt within */
	OP_WQ_INIT,
	OP_WQ_SET_CALLBACK,
	OP_WQ_START,
	OP_WQ_FURTHER, /* scripted as callbacks that are OP_FURTHER */
	OPERATIONS,
};

#endif
