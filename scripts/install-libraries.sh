#!/bin/sh
# Says which system libraries fedsim links against are missing; with --install it installs them on Debian and
# Ubuntu. Nothing is installed without being asked for.
set -eu

packages="pkg-config libopenblas-dev libsqlite3-dev zlib1g-dev libdeflate-dev"

have() { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists openblas sqlite3 zlib libdeflate; }

command -v swift >/dev/null 2>&1 || {
  echo "fedsim needs Swift 6.2 or later: https://www.swift.org/install/linux/" >&2
  exit 1
}
have && exit 0
if [ "${1:-}" != --install ]; then
  echo "fedsim needs some system libraries. On Debian or Ubuntu run:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y $packages" >&2
  echo "or let make do it: make install-deps" >&2
  exit 1
fi
command -v apt-get >/dev/null 2>&1 || {
  echo "There is no apt-get here; install what these packages of Debian hold: $packages" >&2
  exit 1
}
if [ "$(id -u)" = 0 ]; then as_root=""; else as_root=sudo; fi
echo "Installing $packages"
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $packages
have || {
  echo "The packages are installed, but pkg-config does not find them: pkg-config --exists openblas sqlite3 zlib libdeflate" >&2
  exit 1
}
