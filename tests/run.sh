#!/usr/bin/env bash
# Runs tests: run.sh MARKS ARGUMENT... with pytest's arguments, and what a test must be marked, too:
# "and not nightly", or nothing.
#
# First those that can stand beside others, on all CPUs, a module on each, in the order of the
# arguments: guests take minutes each, and are not to be begun last. Then, one by one, those that are
# marked alone, because they measure or change what others would see. On a host that others use, too,
# one of these that failed is tried once more, named, and only so many: see tests/repeats.py. With the
# nightly ones none is.
set -euo pipefail

python=${PYTHON:-.venv/bin/python}
marks=$1
shift
nothing=5 # pytest's exit code where no test is left.

run() {
	"$python" -m pytest --durations 20 --durations-min 5 "$@" || code=$?
	[ "$code" -eq 0 ] || [ "$code" -eq "$nothing" ] || exit "$code"
}

code=0
run -n auto --dist loadscope --no-loadscope-reorder -m "not alone $marks" "$@"
beside=$code
code=0
run ${marks:+--reruns 1} -m "alone $marks" "$@"
# Nothing on one side is well, but not on both.
[ "$code" -eq 0 ] || exit "$beside"
