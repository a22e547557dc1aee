#!/usr/bin/env bash
# fedsim on a real Slurm: a controller and two nodes on this machine, as root (scripts/slurm-local.sh).
#
#   scripts/slurm-test.sh              everything; two to four minutes
#   scripts/slurm-test.sh sweep        only sweeps as job arrays
#   scripts/slurm-test.sh requeue      only tasks that end with exit code 75
#   scripts/slurm-test.sh run          only runs over two nodes
#
# A sweep as an array has the files of `fedsim sweep`, byte for byte, also when a task comes near its time limit, is
# requeued by hand, loses a worker or is killed, and when a point fails. A run over two nodes has the files of a run
# on this machine, also when a task, its srun or a node daemon is killed. Whatever was started is stopped at the end.
# FEDSIM=path tries another program.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/same-files.sh

fedsim=$(readlink -f "${FEDSIM:-.build/release/fedsim}")
what=${1:-all}
scripts=$PWD/scripts
work=$(mktemp -d)
chmod 755 "$work"
began=$SECONDS

ended() {
  local code=$?
  [ $code = 0 ] || {
    echo "slurm-test: failed after $((SECONDS - began)) s" >&2
    tail -n 3 "$work"/out/slurm/*.log "$work"/slurm/slurmctld.log 2>/dev/null >&2 || true
  }
  "$scripts/slurm-local.sh" stop "$work/slurm" || true
  [ -n "${KEEP:-}" ] || rm -rf "$work"
  exit $code
}
trap ended EXIT
fail() { echo "slurm-test: $*" >&2; exit 1; }
say() { echo "[$((SECONDS - began)) s] $*"; }

# until_true SECONDS COMMAND…: waits until the command succeeds.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "this did not come true: $*"
    sleep 0.1
  done
}

# same_results OLD NEW: every file of a run or sweep but those that may differ, and no other file.
may_differ='(/|^)(system\.csv|manifest\.json|log\.txt|[^/]*_seconds\.csv)$|(^|/)(checkpoint|shared|slurm)/|(^|/)tasks\.bin$'
same_results() {
  local names
  names=$(cd "$1" && find . -type f | sed 's|^\./||' | grep -Ev "$may_differ" | sort)
  [ "$names" = "$(cd "$2" && find . -type f | sed 's|^\./||' | grep -Ev "$may_differ" | sort)" ] ||
    fail "$1 and $2 have other files"
  for name in $names; do same_file "$1/$name" "$2/$name" || exit 1; done
  echo "  $(wc -w <<<"$names") files of $(basename "$2") have the bytes of $(basename "$1")"
}

# fails CODE WORDS COMMAND…: ends with this code and one sentence that has these words.
fails() {
  local code=$1 words=$2 found=0 said
  shift 2
  said=$("$@" 2>&1 >/dev/null) || found=$?
  [ $found = "$code" ] || fail "exit code $found, not $code, of $*: $said"
  grep -qi -- "$words" <<<"$said" || fail "no '$words' in what $* says: $said"
}

cd "$work"
eval "$("$scripts/slurm-local.sh" start "$work/slurm")"
say "Slurm $(sinfo --version | cut -d' ' -f2): $(sinfo -h -o '%D nodes %T')"

# Sweeps

rounds() { cat "$1/rounds.csv" 2>/dev/null | wc -l; }
has_rounds() { [ "$(rounds "$1")" -gt "$2" ]; }
point_process() { pgrep -f -- "resume $1 --point $2 " || true; }
runs_point() { [ -n "$(point_process "$1" "$2")" ]; }
is_over() { [ -z "$(squeue -h --jobs="$1" 2>/dev/null)" ]; }
job() { awk -v step="$1" '$1 == step { print $2 }' <<<"$2"; }

sweeps() {
  cat >sweep.yaml <<'Y'
# Does an array change anything?
name: array
population: {clients: 80, days: 12}
model: {kind: logistic}
training: {rounds: 400, cohort_size: 16}
evaluation: {every: 100, clients: 12, new_clients: 4, test_days: 3, local_only_epochs: 1}
checkpoint: {every: 5}
sweep:
  variants:
    plain: {}
    clipped: {privacy.clipping_bound: 0.5}
    nobody: {faults.dropout_rate: 1}
  seed: 2
Y
  "$fedsim" sweep sweep.yaml --out local --quiet >/dev/null 2>&1 && fail "two points should fail"
  say "fedsim sweep: $(grep -c finished local/sweep.csv) runs finished, $(grep -c failed local/sweep.csv) failed"

  fails 64 "--dry-run is for --slurm" "$fedsim" sweep sweep.yaml --dry-run
  fails 64 "--sbatch is for --slurm" "$fedsim" sweep sweep.yaml --sbatch=--time=5
  fails 64 "set --array themselves" "$fedsim" sweep sweep.yaml --slurm --sbatch=--array=1
  fails 74 "sbatch, which submits" env PATH=/nowhere "$fedsim" sweep sweep.yaml --slurm --out none
  fails 74 "invalid partition" "$fedsim" sweep sweep.yaml --slurm --out refused --sbatch=--partition=none
  [ ! -e none ] || fail "a refused sweep left a folder"

  "$fedsim" sweep sweep.yaml --slurm --dry-run --out out --jobs 4 | sed 's/^/  /'
  [ -z "$(squeue -h)" ] || fail "--dry-run submitted something"
  local said points collect
  said=$("$fedsim" sweep sweep.yaml --slurm --out out --jobs 4 --json)
  said=$(python3 -c 'import json, sys
for job in json.load(sys.stdin)["jobs"]: print(job["step"], job["job"])' <<<"$said")
  points=$(job points "$said") collect=$(job collect "$said")
  say "submitted: $(tr '\n' ' ' <<<"$said")"
  fails 74 "submitted already" "$fedsim" sweep sweep.yaml --slurm --out out
  local run=(none out/runs/1-plain-seed-1 out/runs/2-plain-seed-2 out/runs/3-clipped-seed-1 out/runs/4-clipped-seed-2)

  until_true 60 has_rounds "${run[1]}" 15
  scancel --signal=USR1 --batch "${points}_1"
  say "point 1 is told that its time is nearly over, after round $(($(rounds "${run[1]}") - 1))"
  until_true 60 has_rounds "${run[2]}" 15
  scontrol requeue "${points}_2"
  say "point 2 is requeued by hand, after round $(($(rounds "${run[2]}") - 1))"
  until_true 60 has_rounds "${run[3]}" 15
  runs_point "$work/out" 3 || fail "point 3 was over before its worker could be killed; raise training.rounds"
  kill -9 "$(pgrep -P "$(point_process "$work/out" 3)" | head -1)"
  say "a worker of point 3 is killed"
  until_true 60 has_rounds "${run[4]}" 15
  runs_point "$work/out" 4 || fail "point 4 was over before it could be killed; raise training.rounds"
  kill -9 "$(point_process "$work/out" 4)"
  say "point 4 is killed, after round $(($(rounds "${run[4]}") - 1))"
  until_true 150 is_over "$collect"
  say "the array and its collector are over"
  grep -q "requeued and goes on" out/slurm/point-"${points}"_1.log || fail "point 1 was not requeued"
  for point in 1 2; do
    grep -q "Working from round [1-9]" "${run[$point]}/log.txt" || fail "point $point did not resume"
  done
  grep -q "Worker 0 .* ended with signal 9" "${run[3]}/log.txt" || fail "point 3 lost no worker"
  grep -q "1 of 6 runs are unfinished" out/slurm/collect-"$collect".log || fail "the collector says nothing of point 4"
  grep -q ",unfinished," out/sweep.csv || fail "sweep.csv does not say that point 4 is unfinished"
  grep -Eq ",failed," out/sweep.csv || fail "sweep.csv does not say that a point failed"

  said=$("$fedsim" resume out --slurm)
  say "$(tail -n +2 <<<"$said" | tr '\n' ' ')"
  collect=$(sed -n 's/.*collect \([0-9]*\).*/\1/p' <<<"$(tr '\n' ' ' <<<"$said")")
  until_true 120 is_over "$collect"
  same_results local out
  "$fedsim" verify out >/dev/null || fail "fedsim verify finds something"
}

requeue75() {
  # What ends with 75 is started again: a program that does so once, in the place of fedsim.
  cat >once.sh <<'S'
#!/bin/bash
case "$*" in
  *--point*) [ "${SLURM_RESTART_COUNT:-0}" -ge 1 ] || exit 75 ;;
esac
exec FEDSIM "$@"
S
  sed -i "s|FEDSIM|$fedsim|" once.sh
  chmod +x once.sh
  cat >again.yaml <<'Y'
name: again
population: {clients: 40, days: 12}
model: {kind: logistic}
training: {rounds: 4, cohort_size: 8}
evaluation: {every: 2, clients: 4, new_clients: 2, test_days: 3}
sweep: {seed: 2}
Y
  "$fedsim" sweep again.yaml --slurm --dry-run --out again >/dev/null
  sed -i "s|'$fedsim'|'$work/once.sh'|" again/slurm/*.sh
  local said
  said=$(bash again/slurm/submit.sh)
  until_true 90 is_over "$(job collect "$said")"
  for log in again/slurm/point-*.log; do
    grep -q "Exit code 75: the task is requeued" "$log" || fail "$log: was not requeued"
  done
  "$fedsim" sweep again.yaml --out again-local --quiet >/dev/null
  same_results again-local again
  say "two tasks that end with 75 are requeued and finish"
}

# Runs over two nodes

# in_allocation NAME COMMAND…: in a batch script with both nodes; returns when it is submitted, with $job.
in_allocation() {
  local name=$1
  shift
  {
    echo '#!/bin/bash'
    printf '%q ' "$@"
    echo
    echo "echo \$? >$work/$name.code"
  } >"$name.sh"
  job=$(sbatch --parsable --nodes=2 --exclusive --no-kill --output="$work/$name.log" "$name.sh")
}
ended_well() {
  until_true "$1" test -s "$2.code"
  [ "$(cat "$2.code")" = 0 ] || { tail -n 5 "$2.log" >&2; fail "$2 ended with $(cat "$2.code")"; }
}
restarts() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["worker_restarts"])' "$1/manifest.json"; }
# Ids of the workers that a node's daemon has started, directly or behind a relay.
workers_of() {
  local id
  for id in $(pgrep -f -- "fedsim[a-z-]* worker"); do
    grep -qzx "SLURMD_NODENAME=$1" "/proc/$id/environ" 2>/dev/null && echo "$id"
  done
  true
}
# Ids of this run's srun commands.
sruns() { pgrep -f -- "srun --relative=$1 " || true; }
has_workers() { [ -n "$(workers_of "$1")" ]; }

runs() {
  cat >run.yaml <<'Y'
# Do two nodes change anything?
name: nodes
population: {clients: 300, days: 14}
model: {kind: lstm_ranker}
training: {rounds: 40, cohort_size: 24, local: {epochs: 2}}
evaluation: {every: 10, clients: 20, new_clients: 5, test_days: 3, local_only: false}
checkpoint: {every: 5}
Y
  fails 64 "no.*allocation\|this is none" "$fedsim" run run.yaml --launcher slurm --out none
  fails 64 "launcher" "$fedsim" resume local --launcher nothing
  [ ! -e none ] || fail "a refused run left a folder"
  "$fedsim" run run.yaml --out here --workers 2 --quiet >/dev/null
  say "fedsim run on this machine"
  local job
  in_allocation nodes "$fedsim" run "$work/run.yaml" --launcher slurm --out "$work/nodes" --quiet
  until_true 60 has_workers n1
  until_true 60 has_workers n2
  ended_well 120 nodes
  same_results here nodes
  [ "$(restarts nodes)" = 0 ] || fail "a worker was replaced without need"
  say "two nodes"

  in_allocation killed "$fedsim" run "$work/run.yaml" --launcher slurm --out "$work/killed" --quiet
  until_true 60 has_rounds killed 3
  kill -9 "$(workers_of n2 | head -1)"
  until_true 60 has_rounds killed 10
  kill -9 "$(sruns 1 | head -1)"
  ended_well 120 killed
  same_results here killed
  say "a task and an srun were killed: $(restarts killed) workers replaced"
  [ "$(restarts killed)" -ge 1 ] || fail "nobody noticed"

  in_allocation moved "$fedsim" run "$work/run.yaml" --launcher slurm --out "$work/moved" --quiet
  until_true 60 has_rounds moved 8
  scancel "$job"
  until_true 60 is_over "$job"
  "$fedsim" resume moved --launcher local --workers 3 --quiet >/dev/null
  grep -q "Working from round [1-9]" moved/log.txt || fail "the cancelled run began anew"
  same_results here moved
  say "a cancelled run goes on without Slurm"

  in_allocation stopped "$fedsim" run "$work/run.yaml" --launcher slurm --out "$work/stopped" --quiet \
    --set training.rounds=40
  until_true 60 has_rounds stopped 3
  "$scripts/slurm-local.sh" stop-node "$work/slurm" n2
  # With the daemon goes what it has started, as if the machine had failed.
  kill -9 $(workers_of n2)
  ended_well 180 stopped
  same_results here stopped
  [ "$(restarts stopped)" -ge 1 ] || fail "nobody noticed that the node was gone"
  say "a node was stopped: $(restarts stopped) workers replaced"
  "$scripts/slurm-local.sh" start-node "$work/slurm" n2
}

case $what in
  sweep) sweeps; requeue75 ;;
  requeue) requeue75 ;;
  run) runs ;;
  all) sweeps; requeue75; runs ;;
  *) fail "call it with nothing, sweep, requeue or run" ;;
esac
say "everything holds"
