#!/bin/sh
# The browser with which the tests try the sandbox as a foreign page would: Debian's Chromium, where there is none yet.
#
#   scripts/browser.sh   # as root on Debian or Ubuntu
set -eu

for name in chromium chromium-browser google-chrome; do
    if command -v $name >/dev/null; then
        echo "browser: $(command -v $name)"
        exit 0
    fi
done
[ "$(id -u)" = 0 ] || { echo "browser: run this as root, or install Chromium yourself" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends chromium
