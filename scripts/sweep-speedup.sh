#!/bin/sh
# How well a sweep of five seeds and four points keeps two cores busy: its wall time against the sum
# of the twenty runs made one by one, with a worker each and with a worker per core. Nothing else
# should be running. Two minutes; needs `make build`.
set -eu
cd "$(dirname "$0")/.."

fedsim=$PWD/.build/release/fedsim
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM

cat >"$out/speedup.yaml" <<'YAML'
name: speedup
population: {clients: 500}
training: {rounds: 20, cohort_size: 40}
evaluation: {every: 20, clients: 40, new_clients: 20, local_only: false}
sweep:
  training.local.learning_rate: [0.02, 0.05, 0.1, 0.2]
  seed: 5
YAML

now() { date +%s.%N; }
since() { echo "$1 $(now)" | awk '{ printf "%.1f", $2 - $1 }'; }

start=$(now)
$fedsim sweep "$out/speedup.yaml" --quiet --out "$out/sweep" >/dev/null 2>&1
wall=$(since "$start")

for workers in 1 "$(nproc)"; do
  start=$(now)
  for run in "$out"/sweep/runs/*; do
    $fedsim run "$run/config.yaml" --quiet --workers "$workers" \
      --out "$out/single-$workers/${run##*/}" >/dev/null 2>&1
  done
  sum=$(since "$start")
  echo "$wall $sum $workers" |
    awk '{ printf "sweep %s s; 20 single runs of %d worker(s) %s s; ratio %.2f\n", $1, $3, $2, $1 / $2 }'
done
