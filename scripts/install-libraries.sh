#!/bin/sh
# Says which system libraries fedsim links against are missing; with --install, installs them.
set -eu

packages="pkg-config libopenblas-dev libsqlite3-dev zlib1g-dev libdeflate-dev"

have() { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists openblas sqlite3 zlib libdeflate; }

command -v swift >/dev/null 2>&1 || {
  echo "fedsim needs Swift 6.2 or later: https://www.swift.org/install/linux/" >&2
  exit 1
}
have && exit 0
if [ "${1:-}" = --install ] && command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then
    echo "Installing $packages"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q $packages
    have && exit 0
  elif sudo -n true 2>/dev/null; then
    echo "Installing $packages"
    sudo apt-get update -q && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -q $packages
    have && exit 0
  fi
fi
echo "fedsim needs some system libraries. On Debian or Ubuntu run:" >&2
echo "  sudo apt-get install -y $packages" >&2
echo "or: make deps-install" >&2
exit 1
