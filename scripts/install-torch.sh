#!/bin/sh
# Makes .build/torch, a Python environment with PyTorch (for the processor alone) and scikit-learn from Debian's
# packages, and with the package of python/: what the example of digits needs.
#
# With --install the packages are installed where they are missing (apt-get, as root; about 400 MB, a minute).
set -eu
cd "$(dirname "$0")/.."

python=/usr/bin/python3
environment=.build/torch

has_packages() { "$python" -c 'import sklearn, torch, venv, ensurepip' >/dev/null 2>&1; }

has_packages || {
  if [ "${1:-}" = --install ] && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      python3-venv python3-torch python3-sklearn
  fi
  has_packages || {
    echo "PyTorch and scikit-learn are not here. On Debian or Ubuntu run:" >&2
    echo "  sudo apt-get install -y --no-install-recommends python3-venv python3-torch python3-sklearn" >&2
    exit 1
  }
}
[ -x "$environment/bin/python3" ] || "$python" -m venv --system-site-packages --without-pip "$environment"
# The package as it is here, not a copy.
pwd -P | sed 's|$|/python|' >"$("$environment/bin/python3" -c \
  'import sysconfig; print(sysconfig.get_path("purelib"))')/fedsim.pth"
