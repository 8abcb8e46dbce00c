#!/usr/bin/env bash
# Makes a fleet on this machine: two systems under test and a load host, or the hosts named, each
# with its own network, root file system (an overlay over this machine's) and sshd: up.sh [HOST ...]
# See docs/fleet.md.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

[ "$#" -eq 0 ] || hosts=("$@")
for host in "${hosts[@]}"; do
	[ -n "${number[$host]:-}" ] || die "the lab has no host $host, only ${!number[*]}"
done
[ ! -e "$LAB" ] || die "$LAB exists already; \`make lab-down\` removes it"
printf '%s\n' "$$" "$LAB" "$here/down.sh" >"$making"
trap '"$here/down.sh"; die "the lab could not be made; what was begun is removed"' ERR

mkdir -m 0700 "$LAB"
mount -t tmpfs -o size=6g,mode=0700 bpf-timer-bench-lab "$LAB"
# A lab of tests that were killed is taken down by those that come next.
[ -z "${OF_TESTS:-}" ] || echo "$OF_TESTS" >"$LAB/tests"
mountpoint -q /run/netns || touch "$LAB/made-run-netns"
ssh-keygen -q -t ed25519 -N '' -C bpf-timer-bench-lab -f "$LAB/id"
for host in "${hosts[@]}"; do
	[ -e "$(base_of "$host")" ] || "$here/base.sh" "${suite[$host]:-}"
done

ip link add "$bridge" type bridge
ip address add "$network.1/$prefix" dev "$bridge"
ip link set "$bridge" up

for host in "${hosts[@]}"; do
	address=$network.${number[$host]}
	space=btlab-$host
	mkdir "$LAB/$host"
	ip netns add "$space"
	ip link add "$space" master "$bridge" type veth peer name eth0 netns "$space"
	ip link set "$space" up
	ip -n "$space" address add "$address/$prefix" dev eth0
	ip -n "$space" address add "$network6::${number[$host]}/64" dev eth0 nodad
	ip -n "$space" link set lo up
	ip -n "$space" link set eth0 up
	setsid nsenter --net="/run/netns/$space" unshare --mount --uts \
		"$here/host.sh" "$host" </dev/null >"$LAB/$host/log" 2>&1 &
done

for host in "${hosts[@]}"; do
	for _ in {1..100}; do
		[ ! -e "$LAB/$host/pid" ] || break
		sleep 0.1
	done
	[ -e "$LAB/$host/pid" ] || { cat "$LAB/$host/log" >&2; false; }
	"$here/sshd.sh" "$host"
	key=$(cut -d ' ' -f 1-2 "$LAB/$host/host_key.pub")
	echo "$network.${number[$host]} $key" >>"$LAB/known_hosts"
done
rm "$making"
inventory=netns.yml
[ "$#" -eq 0 ] || inventory=debian13.yml
echo "The lab is up: ansible-playbook -i inventory/$inventory bench.yml"
