#!/bin/bash
# Installs dist/posclient_*.deb in a clean Debian 12 with nothing but its Depends, and starts it there.
# As root, with debootstrap and Xvfb (apt-get install debootstrap xvfb). Uses the mirror that this machine's apt uses.
#   installer/check_deb.sh [FILE.deb]      CHROOT=DIR keeps and reuses the base system
set -euo pipefail
cd "$(dirname "$0")/.."

SUITE=bookworm
SECONDS_ALIVE=${SECONDS_ALIVE:-8}

fail() { printf 'check_deb: %s\n' "$*" >&2; exit 1; }
say() { printf 'check_deb: %s\n' "$*"; }

deb=${1:-$(ls -t dist/posclient_*.deb 2>/dev/null | head -n 1)}
[ -f "$deb" ] || fail "no package; run: python build_installer.py deb"
[ "$(id -u)" = 0 ] || fail "a chroot needs root"
for program in debootstrap Xvfb; do
    command -v $program >/dev/null || fail "$program is not here: apt-get install debootstrap xvfb"
done
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(LABEL)' "Created-By: Packages" | awk -v suite=$SUITE '$2 == suite && $3 == "Debian" {print $1; exit}')
[ -n "$mirror" ] || fail "this machine's apt has no mirror of Debian $SUITE"

work=$(mktemp -d)
root=$work/root
base=${CHROOT:-$work/base}
xvfb=
finish() {
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
    umount "$root/proc" "$root/dev" 2>/dev/null || true
    # never through a mount that stayed
    mountpoint -q "$root/proc" || mountpoint -q "$root/dev" || rm -rf "$work"
}
trap finish EXIT

if [ ! -x "$base/bin/sh" ]; then
    say "a clean Debian ($SUITE)"
    debootstrap --variant=minbase $SUITE "$base" "$mirror" >"$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log" >&2; fail "debootstrap failed"; }
fi
cp -a "$base" "$root"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

say "$(basename "$deb") with its Depends alone"
cp "$deb" "$root/tmp/posclient.deb"
in_root apt-get install -yq --no-install-recommends /tmp/posclient.deb >"$work/install.log" 2>&1 || { tail -n 20 "$work/install.log" >&2; fail "it does not install"; }
in_root sh -c '! command -v python3' >/dev/null || say "note: the base system has a Python of its own"

say "the command line"
in_root posclient --version || fail "it does not start"
status=0
in_root posclient doctor --data /tmp/till >"$work/doctor.json" 2>"$work/doctor.err" || status=$?
cat "$work/doctor.json"
# 1 is an honest answer here (no keyring, not enrolled); a traceback is not
[ $status -le 1 ] && ! grep -q Traceback "$work/doctor.err" && [ -s "$work/doctor.json" ] ||
    { cat "$work/doctor.err" >&2; fail "doctor ended with $status"; }

# alive: the window has to be up until `timeout` ends it with its status 124
alive() {
    local how=$1; shift
    status=0
    in_root "$@" timeout "$SECONDS_ALIVE" posclient run --data "/tmp/till-$how" >"$work/$how.log" 2>&1 || status=$?
    [ $status = 124 ] && ! grep -qE 'Traceback|could not load|no Qt platform' "$work/$how.log" ||
        { cat "$work/$how.log" >&2; fail "the window ($how) ended with $status"; }
    say "the window stays up ($how)"
}
alive offscreen QT_QPA_PLATFORM=offscreen

# a display outside, reached over loopback: nothing of X is installed inside
display=97
Xvfb :$display -screen 0 1366x768x24 -listen tcp -ac >"$work/xvfb.log" 2>&1 &
xvfb=$!
sleep 2
alive xcb QT_QPA_PLATFORM=xcb DISPLAY=127.0.0.1:$display

say "the scripted day"
in_root timeout 300 posclient demo --headless --screenshots /tmp/day >"$work/day.log" 2>&1 || { tail -n 20 "$work/day.log" >&2; fail "the scripted day failed"; }
in_root apt-get purge -yq posclient >"$work/purge.log" 2>&1 || fail "it cannot be removed"
[ ! -e "$root/usr/lib/posclient" ] || fail "removal leaves /usr/lib/posclient"
say "installed, started and removed: all is well"
