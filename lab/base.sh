#!/usr/bin/env bash
# What the lab's hosts have in common: an sshd, and a package mirror in a folder. Some packages that
# provisioning installs are missing, so that it has to. Below is this machine or, with a suite as
# argument, another Debian: base.sh [SUITE]
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

base=$LAB/base${1:+-$1}
root=$base/root
below=/
if [ -n "${1:-}" ]; then
	below=$(PYTHONPATH=$checkout "$checkout/.venv/bin/python" "$here/debian.py" "$1")
fi
mkdir -p "$base/upper" "$base/work" "$root"
mount -t overlay overlay -o "lowerdir=$below,upperdir=$base/upper,workdir=$base/work" "$root"
trap 'umount --recursive "$root"' EXIT
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

inside() {
	DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" "$@"
}

# Nothing is started while packages are unpacked.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 0755 "$root/usr/sbin/policy-rc.d"

if [ "$below" = / ]; then
	mirrored=(bpftool python3-apt python3-venv)
	inside apt-get update -qq
	inside apt-get install -qq --no-install-recommends -o Dpkg::Use-Pty=0 openssh-server >"$base/log"
	mkdir -p "$root/srv/mirror"
	inside sh -c 'cd /srv/mirror && apt-get -qq -o APT::Sandbox::User=root download "$@"' sh \
		"${mirrored[@]}"
	inside apt-get purge -qq -o Dpkg::Use-Pty=0 "${mirrored[@]}" >>"$base/log"
fi

for package in "$root"/srv/mirror/*.deb; do
	dpkg-deb --field "$package"
	echo "Filename: ./$(basename "$package")"
	echo "Size: $(stat --format %s "$package")"
	echo "SHA256: $(sha256sum "$package" | cut -d ' ' -f 1)"
	echo
done >"$root/srv/mirror/Packages"
rm -rf "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/*proxy* "$root"/var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/mirror ./' >"$root/etc/apt/sources.list"

# What provisioning made on this machine is not part of a bare host.
rm -rf "$root/var/lib/bpf-timer-bench" "$root/lib/modules/$(uname -r)" "$root"/etc/ssh/ssh_host_*
# sshd without PAM refuses an account whose password is locked.
inside usermod --password '*' root
cat >"$root/etc/ssh/sshd_config" <<-END
	HostKey /etc/ssh/ssh_host_ed25519_key
	PermitRootLogin prohibit-password
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	UsePAM no
	MaxStartups 100
	PrintMotd no
	Subsystem sftp internal-sftp
END
echo "$base/upper:$below" >"$base/lower"
