#!/usr/bin/env bash
# Tries the tarball and the wheel of `make dist` where there is neither Swift nor OpenBLAS: in a fresh Debian 12
# that debootstrap makes, and in a Python environment of its own. As root; a few minutes, no part of `make test`.
#
# Usage: scripts/check-dist.sh [DIST [ROOT]]
#   ROOT: a fresh root that is there already; without it one is made, with FEDSIM_MIRROR or the machine's mirror.
set -euo pipefail
cd "$(dirname "$0")/.."

dist=${1:-dist}
tarball=$(ls "$dist"/fedsim-*-linux-*.tar.gz)
wheel=$(ls "$dist"/fedsim-*.whl)
name=$(basename "$tarball" .tar.gz)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "check-dist: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "needs root, to enter another root"

root=${2:-}
if [ -z "$root" ]; then
  command -v debootstrap >/dev/null || fail "needs debootstrap: apt-get install debootstrap"
  root=$work/root
  mirror=${FEDSIM_MIRROR:-$(awk '/^URIs:/ {print $2; exit} /^deb / {print $2; exit}' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null)}
  debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"} >"$work/debootstrap.log" 2>&1 || {
    tail -5 "$work/debootstrap.log" >&2
    fail "debootstrap failed"
  }
fi
for library in libopenblas libdeflate libsqlite3 libswiftCore libgfortran; do
  if [ -n "$(find "$root/usr/lib" "$root/lib" -name "$library*" 2>/dev/null)" ]; then
    fail "$root has $library, so it shows nothing"
  fi
done

# A small run: what counts is that it is the same everywhere.
settings="--set training.rounds=3 --set population.clients=200 --set training.cohort_size=20 --set evaluation.clients=10
  --set evaluation.new_clients=5"
settings=$(echo $settings)

# In the fresh root, without a network, for a process that sees nothing else.
mkdir -p "$root/opt/try"
tar -xzf "$tarball" -C "$root/opt/try"
inside() {
  unshare --mount --net --pid --fork sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" /bin/sh -euc "$2"' \
    - "$root" "$1"
}
inside "
cd /opt/try/$name
bin/fedsim --version
bin/fedsim doctor
bin/fedsim run experiments/quickstart.yaml $settings --workers 2 --out /opt/try/first --quiet
# A folder that was moved, with a blank in its name, is as good.
mv /opt/try/$name '/opt/try/moved here'
cd /
'/opt/try/moved here/bin/fedsim' run '/opt/try/moved here/experiments/quickstart.yaml' \
  $settings --workers 1 --out /opt/try/second --quiet
ln -sf '/opt/try/moved here/bin/fedsim' /usr/local/bin/fedsim
fedsim verify /opt/try/first
fedsim compare /opt/try/first /opt/try/second
cmp /opt/try/first/SHA256SUMS /opt/try/second/SHA256SUMS
rm /usr/local/bin/fedsim
start=\$(date +%s%N)
for i in 1 2 3 4 5 6 7 8 9 10; do '/opt/try/moved here/bin/fedsim' --version >/dev/null; done
echo \"startup: \$(( (\$(date +%s%N) - start) / 10000000 )) ms\"
"

# The results are those of the program that was built here.
if [ -x .build/release/fedsim ]; then
  # shellcheck disable=SC2086
  .build/release/fedsim run experiments/quickstart.yaml $settings --out "$work/here" --quiet
  cmp "$work/here/SHA256SUMS" "$root/opt/try/first/SHA256SUMS" ||
    fail "the linked program gives other results than .build/release/fedsim"
fi
rm -rf "$root/opt/try"

# As a wheel: `pip install` brings the command.
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps "$wheel"
env -i PATH="$work/venv/bin" fedsim --version
env -i PATH="$work/venv/bin" "$work/venv/bin/python" -c '
import json, subprocess
print(json.loads(subprocess.run(["fedsim", "explain", "seed", "--json"], capture_output=True, check=True).stdout) != {})'
[ -f "$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')/fedsim/client.py" ] ||
  fail "the wheel has no package fedsim"
"$work/venv/bin/pip" uninstall --quiet --yes fedsim
[ ! -e "$work/venv/bin/fedsim" ] || fail "pip uninstall leaves the program"

echo "check-dist: $(basename "$tarball") and $(basename "$wheel") work without Swift"
