#!/usr/bin/env bash
# The inside of one host: its root file system. Started in namespaces of its own; stays as the
# process that holds them.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

host=$1
mine=$LAB/$host
root=$mine/root
mkdir -p "$mine/upper" "$mine/work" "$root"
hostname "$host"
# Read before the checkout is hidden from the host.
public=$(cat "$LAB/id.pub")

mount -t overlay overlay \
	-o "lowerdir=$(cat "$(base_of "$host")/lower"),upperdir=$mine/upper,workdir=$mine/work" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
# The same sysfs as outside, because a lock on one of its files keeps measurements apart; but
# without what is mounted on it, because mounting is provisioning's work.
mount --bind /sys "$root/sys"
if [ -n "${suite[$host]:-}" ]; then
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
	mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
fi
for folder in run tmp root "${checkout#/}"; do
	options=mode=0700
	# As Debian's initramfs leaves it.
	[ "$folder" != run ] || options=mode=0755,nodev,noexec,nosuid
	[ ! -d "$root/$folder" ] || mount -t tmpfs -o "$options" "$host" "$root/$folder"
done
chmod 1777 "$root/tmp"
mkdir -p "$root/run/sshd" "$root/root/.ssh"
echo "$host" >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$host" >"$root/etc/hosts"
install -m 0600 /dev/null "$root/root/.ssh/authorized_keys"
chmod 0700 "$root/root/.ssh"
echo "$public" >"$root/root/.ssh/authorized_keys"
ssh-keygen -q -t ed25519 -N '' -C "$host" -f "$root/etc/ssh/ssh_host_ed25519_key"
cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$mine/host_key.pub"

echo "$$" >"$mine/pid.new"
mv "$mine/pid.new" "$mine/pid"
exec chroot "$root" sleep infinity
