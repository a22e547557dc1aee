#!/bin/sh
# Installs what only tests and figures need, on Debian and Ubuntu as root: gnuplot draws, Chromium
# opens reports. Without them those tests are skipped. About a minute, half a gigabyte.
set -eu

missing=""
command -v gnuplot >/dev/null 2>&1 || missing="gnuplot-nox"
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
  missing="$missing chromium"
[ -n "$missing" ] || exit 0
echo "Installing $missing"
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends fonts-dejavu-core $missing
