#!/bin/bash
# Runs two rounds of every two parts of an experiment that may not go together, with what is usual for the
# rest, and writes what came of it as tables: docs/combinations.md. A cell is "runs", or the key that is in
# the way. That with these settings nothing else is in the way of three or more is tested by CombinationTests.
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
population: {source: synthetic, preset: typical, clients: 60, days: 8, new_client_share: 0.25}
model: {kind: logistic, vocabulary: 64}
training: {rounds: 2, cohort_size: 12, max_examples: 20}
evaluation: {every: 2, clients: 3, new_clients: 2, test_days: 2, local_only: false}
YAML

algorithms=$("$fedsim" explain algorithm.name | sed -n 's/^ *range: *//p' | tr -d ',')
methods=$("$fedsim" explain personalisation.method | sed -n 's/^ *range: *//p' | tr -d ',')
attacks=$("$fedsim" explain attack.kind | sed -n 's/^ *range: *//p' | tr -d ',' | sed 's/\bnone\b//')
aggregators=$("$fedsim" explain aggregator.name | sed -n 's/^ *range: *//p' | tr -d ',')
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
  "$fedsim" run "$out/base.yaml" "${arguments[@]}" --workers 1 --quiet --out "$out/run" > /dev/null 2> "$out/errors"
  case $? in
    0) printf 'runs';;
    78)
      if grep -q 'Nothing was trained' "$out/errors"; then
        printf 'every round abandoned'
      else
        printf 'no: `%s`' "$(sed -n 's/^fedsim: [^:]*: \([a-z_.]*\) .*/\1/p' "$out/errors" | head -1)"
      fi;;
    *) printf 'FAILS'; cat "$out/errors" >&2; touch "$out/failed";;
  esac
}

# The settings of an aggregator: noise is made for the bound that it clips to.
rule() {
  local bound
  case "$1 $2" in
    *" "*mechanism=*)
      bound=$(tr ' ' '\n' <<< "$2" | sed -n 's/^privacy.clipping_bound=//p')
      case $1 in
        norm_bound) echo "aggregator.name=$1 aggregator.bound=$bound"; return;;
        centered_clipping) echo "aggregator.name=$1 aggregator.radius=$bound"; return;;
      esac;;
  esac
  echo "aggregator.name=$1"
}

# A table: a row for each word of the first list and a column for each of the second.
#   table HEADING "ROWS" "COLUMNS"; settings ROW COLUMN says what a cell runs.
table() {
  local row column
  printf '| %s |' "$1"; for column in $3; do printf ' %s |' "$column"; done; echo
  printf '|---|'; for column in $3; do printf -- '---|'; done; echo
  for row in $2; do
    printf '| `%s` |' "$row"
    for column in $3; do printf ' %s |' "$(cell $(settings "$row" "$column"))"; done
    echo
  done
  echo
}
names=$(ways | cut -d' ' -f1)
way() { ways | sed -n "s/^$1 //p"; }

cat <<'TEXT'
# What can be combined

<!-- Written by scripts/combinations.sh. -->

Each cell is a run of two rounds with these two parts and usual settings for the rest. Where the combination is refused, the cell names the key.
With the settings of these runs an experiment with more parts is refused only if two of its parts are: CombinationTests
checks all of them, and runs every fifth of those with three parts or more. With other settings three parts may conflict although each two of them
do not: `centered_clipping` behind secure aggregation is refused with a `privacy.clipping_bound` that no mechanism requires.

## Algorithms

TEXT
settings() { echo "algorithm.name=$1 $(way "$2")"; }
table algorithm "$algorithms" "$names"
cat <<'TEXT'
## Aggregators

`groups` is secagg_plus with `aggregator.bucket_size: 2` and cohorts of 20: the server sees ten sums of two clients.

TEXT
settings() {
  case $2 in
    groups) echo "$(rule "$1" "") secure_aggregation.protocol=secagg_plus training.cohort_size=20"
      [ "$1" = mean ] || echo aggregator.bucket_size=2;;
    *) echo "$(rule "$1" "$(way "$2")") $(way "$2")";;
  esac
}
table aggregator "$aggregators" "$names groups"
settings() { echo "aggregator.name=$1 algorithm.name=$2"; }
table aggregator "$aggregators" "$algorithms"
cat <<'TEXT'
## Personal models

TEXT
settings() { echo "personalisation.method=$1 algorithm.name=$2"; }
table method "$methods" "$algorithms"
settings() { echo "personalisation.method=$1 $(way "$2")"; }
table method "$methods" "$names"
settings() { echo "personalisation.method=$1 aggregator.name=$2"; }
table method "$methods" "$aggregators"
cat <<'TEXT'
## Attacks

With a fifth of the clients hostile and a softmax model, because a backdoor needs a model that reads the previous app.

TEXT
hostile() { echo "model.kind=softmax attack.kind=$1 attack.share=0.2"; }
settings() { echo "$(hostile "$1") $(way "$2")"; }
table attack "$attacks" "$names"
settings() { echo "$(hostile "$1") algorithm.name=$2"; }
table attack "$attacks" "$algorithms"
settings() { echo "$(hostile "$1") $(rule "$2" "")"; }
table attack "$attacks" "$aggregators"
settings() { echo "$(hostile "$1") personalisation.method=$2"; }
table attack "$attacks" "$methods"
[ ! -e "$out/failed" ]
