#!/bin/sh
# Runs the quick experiments with 1 and with 3 workers and compares every file that must agree.
set -eu
. "$(dirname "$0")/same-files.sh"

fedsim=.build/release/fedsim
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
status=0
for experiment in experiments/quick-*.yaml; do
  name=$(basename "$experiment" .yaml)
  for workers in 1 3; do
    $fedsim run "$experiment" --quiet --workers $workers --out "$out/$name-$workers" >/dev/null
  done
  for file in config.yaml rounds.csv evaluation.csv clients.csv segments.csv privacy.csv \
    summary.json model.safetensors; do
    same_file "$out/$name-1/$file" "$out/$name-3/$file" || status=1
  done
  echo "$name: compared"
done
exit $status
