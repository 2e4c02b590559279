#!/bin/sh
# Debian's Chromium for the tests of HQ's console. Not in apt.txt: whoever only wants the till should not get a browser.
# Without it those tests are skipped, and say so.
set -u
command -v chromium >/dev/null 2>&1 && command -v chromedriver >/dev/null 2>&1 && exit 0
command -v apt-get >/dev/null 2>&1 || exit 0
if [ "$(id -u)" = 0 ]; then root=""; elif command -v sudo >/dev/null 2>&1; then root=sudo; else exit 0; fi
echo "browser: installing chromium and chromium-driver for the console's tests"
$root env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends chromium chromium-driver >/dev/null ||
    echo "browser: no Chromium could be installed; the console's tests in it are skipped"
exit 0
