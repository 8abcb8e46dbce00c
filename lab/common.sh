# Names and addresses of the lab; sourced by its other scripts.
# shellcheck shell=bash disable=SC2034 # What is set here is used there.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$here")
# The lab's folder: a tmpfs, so that unmounting it leaves nothing.
LAB=${LAB:-/run/bpf-timer-bench-lab}
# There while up.sh works: its pid, the lab's folder, and what removes it; `bench clean` reads it.
making=/run/bpf-timer-bench-lab.making
bridge=btlab0
# Of the range for benchmarks (RFC 2544); nothing connects the bridge to any other network.
network=198.19.0
prefix=24
network6=fd00:198:19
declare -A number=([sut1]=11 [sut2]=12 [sut13]=13 [load1]=21)
hosts=(sut1 sut2 load1)
# Hosts that are no copies of this machine, and their suite of Debian; debian.py makes its root.
# They have cgroup v2 only.
declare -A suite=([sut13]=trixie)

die() {
	echo "error: $1" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] || die "the lab makes namespaces and mounts; run it as root"

# The folder of what a host has in common with others of its kind; base.sh makes it.
base_of() {
	echo "$LAB/base${suite[$1]:+-${suite[$1]}}"
}

# The process that keeps a host's namespaces alive.
holder() {
	cat "$LAB/$1/pid"
}
