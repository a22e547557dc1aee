#!/usr/bin/env bash
# A Slurm of one's own on this machine: a controller and two nodes of two CPUs each, as root.
#
#   scripts/slurm-local.sh start DIR    prints `export SLURM_CONF=…`, which every command of Slurm needs then
#   scripts/slurm-local.sh stop DIR     stops what was started, and nothing else
#   scripts/slurm-local.sh start-node DIR n2, stop-node DIR n2
#
# Everything lies in DIR: configuration, key, sockets, state and logs; /etc/slurm is not touched, and another Slurm
# on the machine goes on. Ports are free ones. There is no cgroup and no systemd. A requeued job starts again after
# ten seconds instead of two minutes, and a node is down when it is silent for 15 seconds instead of five minutes.
set -euo pipefail

fail() { echo "slurm-local: $*" >&2; exit 1; }
[ $# -ge 2 ] || fail "call it as $0 start|stop DIR, or $0 start-node|stop-node DIR NODE"
verb=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf

# spawn NAME COMMAND…: in the background, in a session of its own; its id is kept in a file.
spawn() {
  local name=$1
  shift
  setsid "$@" </dev/null >>"$dir/$name.out" 2>&1 &
  echo $! >"$dir/$name.pid"
}

# halt NAME: ends one that was spawned, and waits for it.
halt() {
  local id
  id=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
  # An id may be that of another program by now.
  if tr '\0' ' ' 2>/dev/null <"/proc/$id/cmdline" | grep -q "$dir"; then
    kill "$id" 2>/dev/null || true
    for _ in $(seq 50); do kill -0 "$id" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$id" 2>/dev/null || true
  fi
  rm -f "$dir/$1.pid"
}

# until_true SECONDS COMMAND…
until_true() {
  local left=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $((left -= 1)) -gt 0 ] || return 1
    sleep 0.1
  done
}

free_ports() {
  python3 - "$1" <<'P'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))
P
}

start_node() { spawn "slurmd-$1" slurmd -D -N "$1" -f "$SLURM_CONF"; }

is_idle() { [ "$(sinfo -h -N -n "$1" -o %T)" = idle ]; }

start() {
  [ "$(id -u)" = 0 ] || fail "only root can start node daemons"
  for program in munged slurmctld slurmd; do
    PATH=$PATH:/usr/sbin command -v $program >/dev/null || fail "$program is not installed; run scripts/install-slurm.sh"
  done
  PATH=$PATH:/usr/sbin
  local host ports
  host=$(hostname -s)
  read -r -a ports <<<"$(free_ports 3)"
  mkdir -p "$dir/state" "$dir/spool" "$dir/munge"
  chmod 755 "$dir" "$dir/munge"
  chmod 700 "$dir/state"
  (umask 077; dd if=/dev/urandom of="$dir/munge/key" bs=1024 count=1 status=none)
  # MUNGE wants folders that nobody else can write, up to the root: /tmp is not one, and is forced.
  spawn munged munged -F --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
    --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" --seed-file="$dir/munge/seed"
  until_true 10 test -S "$dir/munge/socket" || fail "munged does not start; see $dir/munged.out"
  cat >"$SLURM_CONF" <<C
ClusterName=fedsim
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=10
CryptoType=crypto/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/slurmctld.own-pid
SlurmdPidFile=$dir/slurmd-%n.own-pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
ReturnToService=2
MpiDefault=none
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdTimeout=15
SlurmctldTimeout=10
InactiveLimit=0
KillWait=5
MinJobAge=600
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=2 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
C
  spawn slurmctld slurmctld -D -i -f "$SLURM_CONF"
  start_node n1
  start_node n2
  until_true 30 is_idle n1 && until_true 30 is_idle n2 ||
    fail "the nodes do not come up; see $dir/slurmctld.log and $dir/slurmd-n1.log"
  echo "export SLURM_CONF=$SLURM_CONF"
}

# Steps that outlive their daemon are those of this configuration alone.
end_steps() {
  local id
  for id in $(pgrep -f "^slurmstepd" || true); do
    if tr '\0' '\n' 2>/dev/null <"/proc/$id/environ" | grep -qx "SLURM_CONF=$SLURM_CONF"; then
      kill -9 "$id" 2>/dev/null || true
    fi
  done
}

case $verb in
  start) start ;;
  start-node) start_node "$3"; until_true 30 is_idle "$3" || fail "$3 does not come up" ;;
  stop-node) halt "slurmd-$3" ;;
  stop)
    scancel --user=root 2>/dev/null || true
    until_true 15 sh -c '[ -z "$(squeue -h -t running,completing)" ]' || true
    for name in slurmd-n1 slurmd-n2 slurmctld munged; do halt $name; done
    end_steps
    ;;
  *) fail "there is no verb '$verb'; take start, stop, start-node or stop-node" ;;
esac
