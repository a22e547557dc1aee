#!/bin/sh
# Runs the quick experiments with 1 worker, and with 3 and vectors of 256 bits (elsewhere wider ones
# where the processor has them), and compares every file that must agree.
set -eu
. "$(dirname "$0")/same-files.sh"

fedsim=.build/release/fedsim
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
status=0
for experiment in experiments/quick-*.yaml; do
  name=$(basename "$experiment" .yaml)
  $fedsim run "$experiment" --quiet --workers 1 --out "$out/$name-1" >/dev/null
  FEDSIM_VECTOR_BITS=256 \
    $fedsim run "$experiment" --quiet --workers 3 --out "$out/$name-3" >/dev/null
  for file in config.yaml rounds.csv evaluation.csv clients.csv segments.csv privacy.csv \
    summary.json model.safetensors; do
    same_file "$out/$name-1/$file" "$out/$name-3/$file" || status=1
  done
  echo "$name: compared"
done
exit $status
