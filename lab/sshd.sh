#!/usr/bin/env bash
# Starts, or with "stop" kills, the sshd of a lab host and all its sessions: sshd.sh HOST [stop]
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

host=$1
if [ "${2:-start}" = stop ]; then
	ip netns pids "btlab-$host" | while read -r pid; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != sshd ] || kill -KILL "$pid"
	done
	exit
fi
nsenter --target="$(holder "$host")" --mount --uts --net --root --wd \
	/usr/sbin/sshd -E /var/log/sshd.log -o "ListenAddress=$network.${number[$host]}"
