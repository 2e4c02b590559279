#!/bin/sh
# Makes .venv with everything in requirements.lock (hashes checked) and the project itself, and installs the Debian packages that miss.
# Done again it costs nothing: a stamp holds the sum of all that it depends on.
set -eu
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
VENV=.venv
STAMP=$VENV/.setup-stamp

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
say() { printf 'setup: %s\n' "$*"; }

command -v "$PYTHON" >/dev/null 2>&1 || fail "no $PYTHON here; install Python 3.11 or later"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$PYTHON is older than 3.11; name a later one with PYTHON=..."

# pyproject.toml: its metadata and entry point are installed; the rest: what this script does
wanted=$( { "$PYTHON" -VV; cat requirements.lock pyproject.toml tools/apt.txt tools/setup.sh; } | cksum)
if [ -x $VENV/bin/posclient ] && [ "$(cat $STAMP 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else fail "not root and no sudo; run as root: $*"
    fi
}

apt_missing() {
    for package in $(grep -v '^#' tools/apt.txt); do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
    # Debian splits ensurepip off; another Python brings its own
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv '
}

if command -v apt-get >/dev/null 2>&1; then
    missing=$(apt_missing)
    if [ -n "$missing" ]; then
        say "Debian packages: $missing"
        # a source that is not ours may fail to update; whether ours came is seen by the install
        as_root apt-get update -q || say "apt-get update had errors"
        # shellcheck disable=SC2086  # a list of names
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends $missing ||
            fail "apt-get could not install: $missing"
    fi
else
    say "no apt-get: install the equivalents of tools/apt.txt yourself"
fi

version() { "$1" -c 'import sys; print(sys.version)' 2>/dev/null; }
if [ "$(version $VENV/bin/python)" != "$(version "$PYTHON")" ] || ! $VENV/bin/python -m pip --version >/dev/null 2>&1; then
    say "virtual environment in $VENV"
    "$PYTHON" -m venv --clear $VENV || fail "$PYTHON -m venv failed"
fi

say "Python packages of requirements.lock (a few minutes the first time)"
rm -f $STAMP
pip="$VENV/bin/python -m pip --disable-pip-version-check --no-input -q"
# --no-deps: the lock is complete. Wheels only: nothing is compiled here, so no compiler is needed
$pip install --require-hashes --no-deps --only-binary :all: -r requirements.lock || fail "pip could not install requirements.lock"
# the build backend is in the lock, so nothing is fetched
$pip install --no-index --no-deps --no-build-isolation -e . || fail "pip could not install the project"
$VENV/bin/python -m compileall -q posclient sync ui || fail "a source file does not compile"

printf '%s\n' "$wanted" > $STAMP
say "done; the program is $VENV/bin/posclient"
