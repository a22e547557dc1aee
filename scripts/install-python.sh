#!/bin/sh
# Makes .build/python, a virtual environment with exactly what python-requirements.txt pins.
# The interchange tests read fedsim's files with it; without python3 they are skipped.
#
# With --install, Debian's package for such environments is installed where it is missing (apt-get, as root).
set -eu

environment=.build/python
requirements=scripts/python-requirements.txt

command -v python3 >/dev/null 2>&1 || {
  echo "python3 is not here: the tests that read fedsim's files with pandas and NumPy are skipped"
  exit 0
}
cmp -s "$requirements" "$environment/requirements.txt" && exit 0

make_environment() { python3 -m venv --clear "$environment" >/dev/null 2>&1; }

# Debian keeps venv in a package of its own.
make_environment || {
  if [ "${1:-}" = --install ] && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q python3-venv
  fi
  make_environment || {
    echo "python3 cannot make a virtual environment. On Debian or Ubuntu run:" >&2
    echo "  sudo apt-get install -y python3-venv" >&2
    exit 1
  }
}
"$environment/bin/python3" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
  -r "$requirements"
cp "$requirements" "$environment/requirements.txt"
