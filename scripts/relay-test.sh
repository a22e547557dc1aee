#!/bin/bash
# Relays change no byte: every kind of phase with 1, 2 and 7 local workers behind 1 and 2 relays, with local
# workers and relays that are killed; and what crosses a relay's connection is a sixth at most of what
# crosses those of 8 workers.
#
#   scripts/relay-test.sh [--quick]        --quick: fewer numbers of workers
#   FEDSIM=path scripts/relay-test.sh      with another program
set -u
cd "$(dirname "$0")/.."
. scripts/same-files.sh
fedsim=$(realpath "${FEDSIM:-.build/release/fedsim}")
layouts="1x2 1x7 2x1 2x2 2x7"
[ "${1:-}" = --quick ] && layouts="1x7 2x2"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
status=0
fail() { echo "$*" >&2; status=1; }

cat > "$out/base.yaml" <<'YAML'
name: relay
seed: 11
population: {source: synthetic, preset: typical, clients: 90, days: 12, new_client_share: 0.1}
model: {kind: logistic, vocabulary: 64}
training: {rounds: 4, cohort_size: 16, max_examples: 40}
evaluation: {every: 2, clients: 8, new_clients: 4, test_days: 3}
YAML

# name, then key.path=value …
cases() {
  secure="secure_aggregation.protocol=secagg_plus secure_aggregation.dropout_fraction=0.5"
  cat <<CASES
clear evaluation.pooled_epochs=2 faults.dropout_rate=0.2
encoded secure_aggregation.encoding.clip=0.5 faults.dropout_rate=0.2
one-by-one aggregator.name=trimmed_mean
control-variates algorithm.name=scaffold
personal personalisation.method=ditto
masked $secure faults.dropout_rate=0.1 faults.after_shares_rate=0.1 faults.after_upload_rate=0.1
masked-active $secure secure_aggregation.adversary=active secure_aggregation.dropout_fraction=0.3
masked-sealed $secure workers.seal_frames=true algorithm.name=scaffold
masked-repeated $secure aggregator.name=geometric_median faults.dropout_rate=0.1
masked-groups $secure aggregator.name=trimmed_mean aggregator.bucket_size=4 aggregator.share=0.05
noise privacy.mechanism=gaussian privacy.noise_multiplier=0.5 privacy.delta=1e-3 privacy.clipping_bound=0.3
CASES
}

# same_run OLD NEW: every file but those that say how a run went.
same_run() {
  local file differ=0
  while read -r file; do
    case ${file##*/} in
      system.csv|manifest.json|log.txt|SHA256SUMS|*_seconds.csv|state.bin|lifecycle.bin|registry.sqlite) continue;;
    esac
    if [ "${file##*.}" = csv ]; then same_file "$1/$file" "$2/$file" >&2 || differ=1
    else cmp -s "$1/$file" "$2/$file" || { echo "$2/$file: differs from $1/$file" >&2; differ=1; }
    fi
  done < <(cd "$1" && find . -type f -printf '%P\n' | sort)
  return $differ
}

cases_done=0
while read -r name settings; do
  arguments=()
  for setting in $settings; do arguments+=(--set "$setting"); done
  run() { # relays x local workers, folder
    "$fedsim" run "$out/base.yaml" "${arguments[@]}" --quiet --workers "${1%x*}" \
      --set "workers.relay=${1#*x}" --out "$2" > /dev/null 2> "$out/errors" \
      || { fail "$name $1: $(cat "$out/errors")"; return 1; }
  }
  run 1x0 "$out/$name" || continue
  for layout in $layouts; do
    run "$layout" "$out/$name-$layout" || continue
    same_run "$out/$name" "$out/$name-$layout" || fail "$name: $layout differs"
    rm -rf "$out/$name-$layout"
  done
  cases_done=$((cases_done + 1))
done < <(cases)
echo "relay: $cases_done cases with ${layouts// /, } relays x local workers"

# A lifecycle, whose phones live through days.
life() { # relays x local workers, folder
  "$fedsim" lifecycle "$out/life.yaml" --quiet --workers "${1%x*}" --set "workers.relay=${1#*x}" \
    --out "$2" > /dev/null 2> "$out/errors" || fail "lifecycle $1: $(cat "$out/errors")"
}
cat > "$out/life.yaml" <<'YAML'
name: relay-life
seed: 5
population: {source: synthetic, preset: typical, clients: 40, days: 24}
model: {kind: logistic, vocabulary: 64}
training: {rounds: 3, cohort_size: 8, max_examples: 40}
evaluation: {every: 3, clients: 6, new_clients: 3, test_days: 3}
lifecycle: {first_day: 8, retraining_days: 4}
YAML
life 1x0 "$out/life"
life 2x2 "$out/life-2x2"
if [ -d "$out/life" ]; then same_run "$out/life" "$out/life-2x2" || fail "lifecycle: 2x2 differs"; fi

# Clients in another language.
if python3 -c 'import numpy' 2> /dev/null; then
  program() { # relays x local workers, folder
    PYTHONPATH=$PWD/python "$fedsim" run python/examples/logistic.yaml --quiet --workers "${1%x*}" \
      --set "workers.relay=${1#*x}" --set training.rounds=2 --set evaluation.every=2 --set secure_aggregation.protocol=secagg_plus \
      --set secure_aggregation.dropout_fraction=0.3 --out "$2" > /dev/null 2> "$out/errors" || fail "client program $1: $(cat "$out/errors")"
  }
  program 1x0 "$out/program"
  program 2x2 "$out/program-2x2"
  if [ -d "$out/program" ]; then same_run "$out/program" "$out/program-2x2" || fail "a client program: 2x2 differs"; fi
  echo "relay: a lifecycle, and clients in Python"
fi

# Kills in the middle of ten LSTM rounds: a local worker, then a relay.
bench() { # relays x local workers, folder, settings …
  local layout=$1 folder=$2
  shift 2
  "$fedsim" run experiments/bench-lstm.yaml --quiet --workers "${layout%x*}" \
    --set "workers.relay=${layout#*x}" "$@" --out "$folder" > /dev/null 2> "$out/errors"
}
tick() { awk '{print $14 + $15}' "/proc/$1/stat" 2> /dev/null || echo 0; }
bench 1x0 "$out/bench" || fail "bench: $(cat "$out/errors")"
for victim in worker relay; do
  bench 2x2 "$out/bench-$victim" &
  run=$!
  killed= processes= left=
  while [ -z "$killed" ] && kill -0 $run 2> /dev/null; do
    sleep 0.02
    coordinator=$(pgrep -P $run) || continue
    for relay in $(pgrep -P "$coordinator"); do
      for worker in $(pgrep -P "$relay"); do
        [ "$(tick "$worker")" -ge 20 ] || continue
        target=$worker
        [ $victim = relay ] && target=$relay
        processes=$(for each in $(pgrep -P "$coordinator"); do echo "$each"; pgrep -P "$each"; done)
        kill -9 "$target" && killed=$target
        break 2
      done
    done
  done
  wait $run || fail "a killed $victim: $(cat "$out/errors")"
  [ -n "$killed" ] || fail "no $victim was killed"
  for _ in $(seq 100); do
    left=$(for each in $processes; do [ -d "/proc/$each" ] && echo "$each"; done)
    [ -z "$left" ] && break
    sleep 0.1
  done
  [ -z "$left" ] || fail "processes are left after a killed $victim: $left"
  same_run "$out/bench" "$out/bench-$victim" || fail "a killed $victim changes bytes"
  [ "$(grep -c 'failed .* of round' "$out/bench-$victim/log.txt")" = 1 ] || fail "log.txt does not name the $victim"
  echo "relay: a killed $victim"
done

# What crosses the connections, of ten rounds.
crossed() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { bytes = $column["pipe_bytes_to_workers"] + $column["pipe_bytes_from_workers"] }
    END { print bytes }' "$1/system.csv"
}
bench 8x0 "$out/bench-8" && bench 1x8 "$out/bench-1x8" || fail "bench: $(cat "$out/errors")"
same_run "$out/bench-8" "$out/bench-1x8" || fail "8 workers behind a relay change bytes"
plain=$(crossed "$out/bench-8")
relayed=$(crossed "$out/bench-1x8")
echo "relay: $relayed bytes for 8 workers, not $plain: 1/$(awk "BEGIN { printf \"%.2f\", $plain / $relayed }")"
[ $((6 * relayed)) -le "$plain" ] || fail "more than a sixth"
[ $status = 0 ] && echo "relay: the same bytes in all"
exit $status
