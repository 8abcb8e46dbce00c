#!/usr/bin/env bash
# Removes all that up.sh made: processes, namespaces, bridge, folder.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

for host in "${!number[@]}"; do
	space=btlab-$host
	[ -e "/run/netns/$space" ] || continue
	ip netns pids "$space" | while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || continue
	done
	ip link delete "$space" 2>/dev/null || echo "$space had no link" >&2
	ip netns delete "$space"
done
# What works on a host's root file system, or on that of all: of an up.sh that was killed, too.
for link in /proc/[0-9]*/root; do
	case $(readlink "$link" || true) in
	"$LAB"/*) kill -KILL "$(basename "$(dirname "$link")")" 2>/dev/null || continue ;;
	esac
done
if ip link show "$bridge" >/dev/null 2>&1; then
	ip link delete "$bridge"
fi
[ -d "$LAB" ] || {
	rm -f "$making"
	exit 0
}
if [ -e "$LAB/made-run-netns" ] && mountpoint -q /run/netns && [ -z "$(ls /run/netns)" ]; then
	umount /run/netns
	rmdir /run/netns
fi
if mountpoint -q "$LAB"; then
	# Mounts of a host end with its last process, which takes a moment.
	for _ in {1..50}; do
		umount --recursive "$LAB" 2>/dev/null && break
		sleep 0.1
	done
fi
rmdir "$LAB"
rm -f "$making"
