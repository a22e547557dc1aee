#!/bin/bash
# Runs two rounds of every algorithm with every mechanism, with and without secure aggregation, and with
# both weightings, and writes what came of it as a table: docs/combinations.md. A cell is "runs", or the
# key that is in the way.
#
#   scripts/combinations.sh > docs/combinations.md        FEDSIM=program for another program
set -u
cd "$(dirname "$0")/.."
fedsim=${FEDSIM:-.build/release/fedsim}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cat > "$out/base.yaml" <<'YAML'
name: combinations
seed: 5
population: {source: synthetic, preset: typical, clients: 60, days: 8}
model: {kind: logistic, vocabulary: 64}
training: {rounds: 2, cohort_size: 12, max_examples: 20}
evaluation: {every: 2, clients: 3, new_clients: 2, test_days: 2, local_only: false}
YAML

algorithms=$("$fedsim" explain algorithm.name | sed -n 's/^ *range: *//p' | tr -d ',')
methods=$("$fedsim" explain personalisation.method | sed -n 's/^ *range: *//p' | tr -d ',')
noise="privacy.noise_multiplier=0.5 privacy.delta=1e-3 privacy.clipping_bound=0.3"
own="secure_aggregation.dropout_fraction=0.2 secure_aggregation.encoding.bits=20"
separate="training.sampling=min_separation training.min_separation=2"
ways() {
  cat <<WAYS
clear
secagg_plus secure_aggregation.protocol=secagg_plus
gaussian privacy.mechanism=gaussian $noise
gaussian_secagg_plus privacy.mechanism=gaussian $noise secure_aggregation.protocol=secagg_plus
tree privacy.mechanism=tree $noise $separate
banded privacy.mechanism=banded $noise $separate
blt privacy.mechanism=blt $noise $separate
discrete_gaussian privacy.mechanism=discrete_gaussian $noise $own
skellam_secagg_plus privacy.mechanism=skellam $noise $own secure_aggregation.protocol=secagg_plus
local_gaussian privacy.mechanism=local_gaussian $noise
examples training.weighting=examples
WAYS
}

status=0
# One cell: runs, or the key of the refusal.
cell() {
  local arguments=() setting
  for setting in "$@"; do arguments+=(--set "$setting"); done
  rm -rf "$out/run"
  "$fedsim" run "$out/base.yaml" "${arguments[@]}" --quiet --out "$out/run" > /dev/null 2> "$out/errors"
  case $? in
    0) printf 'runs';;
    78) printf 'no: `%s`' "$(sed -n 's/^fedsim: [^:]*: \([a-z_.]*\) .*/\1/p' "$out/errors" | head -1)";;
    *) printf 'FAILS'; cat "$out/errors" >&2; touch "$out/failed";;
  esac
}

echo "# What goes with what"
echo
echo "<!-- Written by scripts/combinations.sh. -->"
echo
echo "Two rounds of each algorithm; where it is refused, the key that is in the way."
echo
printf '| algorithm |'; ways | while read -r name _; do printf ' %s |' "$name"; done; echo
printf '|---|'; ways | while read -r _; do printf -- '---|'; done; echo
for algorithm in $algorithms; do
  printf '| `%s` |' "$algorithm"
  while read -r name settings; do
    printf ' %s |' "$(cell "algorithm.name=$algorithm" $settings)"
  done < <(ways)
  echo
done
echo
echo "Personal models:"
echo
printf '| method |'; for algorithm in $algorithms; do printf ' `%s` |' "$algorithm"; done; printf ' secagg_plus | gaussian |\n'
printf '|---|'; for algorithm in $algorithms; do printf -- '---|'; done; printf -- '---|---|\n'
for method in $methods; do
  printf '| `%s` |' "$method"
  for algorithm in $algorithms; do
    printf ' %s |' "$(cell "algorithm.name=$algorithm" "personalisation.method=$method")"
  done
  printf ' %s |' "$(cell "personalisation.method=$method" secure_aggregation.protocol=secagg_plus)"
  printf ' %s |\n' "$(cell "personalisation.method=$method" privacy.mechanism=gaussian $noise)"
done
[ ! -e "$out/failed" ]
