#!/bin/sh
# Installs Slurm and MUNGE on Debian and Ubuntu, as root: what scripts/slurm-test.sh tries fedsim with.
# Half a minute, 60 MB. Nothing is started.
set -eu

command -v slurmctld >/dev/null 2>&1 && command -v slurmd >/dev/null 2>&1 &&
  command -v munged >/dev/null 2>&1 && exit 0
echo "Installing slurm-wlm munge"
# Packages start their services, which have no configuration here.
policy=/usr/sbin/policy-rc.d
[ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made=$policy; }
trap 'rm -f ${made:-}' EXIT
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends slurm-wlm munge
