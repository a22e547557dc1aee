#!/bin/sh
# Does a rollout stop a broken model early, and let an equal one pass? Twenty seeds of 500 phones, each
# with a candidate that learned wrong labels and with one that learned right ones. Eight minutes; needs
# `make build`. Prints a line a seed: the largest share of the phones that had the candidate, and what
# became of it.
set -eu
cd "$(dirname "$0")/.."

fedsim=$PWD/.build/release/fedsim
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM

cat >"$out/rollout.yaml" <<'YAML'
name: rollout
population: {clients: 500, days: 32, preset: typical}
model: {kind: logistic}
training: {rounds: 20, cohort_size: 30, local: {learning_rate: 0.1}}
evaluation: {every: 0}
lifecycle:
  first_day: 12
  retraining_days: 10
  ceiling_clients: 0
  monitor: {reference: release, threshold: 0.5}
  candidate: {day: 17}
YAML

play() {
  run=$out/$1-$2
  $fedsim lifecycle "$out/rollout.yaml" --quiet --workers 1 --out "$run" \
    --set seed="$2" --set lifecycle.candidate.shuffled_label_rate="$3" >/dev/null
  awk -F, -v kind="$1" -v seed="$2" '
    { sub("\r", "") }
    $3 == 2 {
      if ($4 == "canary" && $10 > share) share = $10
      if ($6 != "") event = $6
    }
    END { printf "%s seed %d: at most %.3f of the phones, %s\n", kind, seed, share, event }
  ' "$run/lifecycle.csv"
  rm -rf "$run"
}

for seed in $(seq 20); do
  play broken "$seed" 1 &
  play equal "$seed" 0 &
  wait
done
