#!/bin/sh
# Compares fedsim with other simulators on this machine: one command, one table. See README.md.
set -eu
cd "$(dirname "$0")"
if ! cmp -s requirements.txt .venv/installed.txt; then
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --only-binary :all: -r requirements.txt
  cp requirements.txt .venv/installed.txt
fi
test -x ../../.build/release/fedsim || make -C ../.. build
exec .venv/bin/python compare.py "$@"
