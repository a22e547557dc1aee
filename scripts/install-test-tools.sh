#!/bin/sh
# Installs what only tests and figures need, on Debian and Ubuntu as root: gnuplot draws, Chromium
# opens reports; strace makes system calls fail, FUSE carries the file system that loses power. Without
# the first two their tests are skipped. About a minute, half a gigabyte.
set -eu

missing=""
command -v gnuplot >/dev/null 2>&1 || missing="gnuplot-nox"
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
  missing="$missing chromium"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
command -v fusermount3 >/dev/null 2>&1 || missing="$missing fuse3"
[ -n "$missing" ] || exit 0
echo "Installing $missing"
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends fonts-dejavu-core $missing
