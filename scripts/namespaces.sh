#!/bin/bash
# Two hosts on one machine: the coordinator in one network namespace, workers in another (and some beside the
# coordinator), which dial back over a link with a delay. Every byte is that of a local run: plain
# workers and relays, undisturbed and with a worker and a relay that are killed. Needs root.
#
#   FEDSIM=path scripts/namespaces.sh      with another program
set -u
cd "$(dirname "$0")/.."
. scripts/same-files.sh
fedsim=$(realpath "${FEDSIM:-.build/release/fedsim}")
[ "$(id -u)" = 0 ] || { echo "scripts/namespaces.sh needs root, for network namespaces" >&2; exit 1; }
out=$(mktemp -d)
one=fedsim$$a other=fedsim$$b
mkfifo "$out/hold"
python3 scripts/delayed_link.py $one $other --delay 1 < "$out/hold" > "$out/link" &
link=$!
exec 8> "$out/hold"
trap 'exec 8>&-; wait $link 2> /dev/null; rm -rf "$out"' EXIT
for _ in $(seq 100); do grep -q ready "$out/link" && break; sleep 0.1; done
grep -q ready "$out/link" || { echo "no link between namespaces" >&2; exit 1; }
status=0
fail() { echo "$*" >&2; status=1; }

cat > "$out/run.yaml" <<'YAML'
name: namespaces
seed: 3
population: {source: synthetic, preset: typical, clients: 90, days: 12, new_client_share: 0.1}
model: {kind: logistic, vocabulary: 64}
training: {rounds: 4, cohort_size: 24, max_examples: 40}
evaluation: {every: 2, clients: 8, new_clients: 4, test_days: 3}
YAML

# What ssh would be: odd workers run on the other host, even ones on the coordinator's, each with its own name.
cat > "$out/host.sh" <<HOST
host=$one
[ \$((\$1 % 2)) = 1 ] && host=$other
shift
exec ip netns exec \$host unshare --uts sh -c 'hostname "\$0"; exec "\$@"' \$host "\$@"
HOST

# dial FILE WORKERS RELAY FOLDER settings …: over the link.
dial() {
  local file=$1 workers=$2 relay=$3 folder=$4
  shift 4
  ip netns exec $one "$fedsim" run "$file" --quiet --workers "$workers" \
    --set workers.launcher=command --set workers.listen=10.77.0.1 \
    --set "workers.command=bash $out/host.sh {index} {fedsim} worker --connect" \
    --set "workers.relay=$relay" "$@" --out "$folder" > /dev/null 2> "$folder.errors"
}
# same_run OLD NEW: every file but those that say how a run went.
same_run() {
  local file differ=0
  while read -r file; do
    case ${file##*/} in system.csv|manifest.json|log.txt|SHA256SUMS|*_seconds.csv|state.bin) continue;; esac
    if [ "${file##*.}" = csv ]; then same_file "$1/$file" "$2/$file" >&2 || differ=1
    else cmp -s "$1/$file" "$2/$file" || { echo "$2/$file: differs from $1/$file" >&2; differ=1; }
    fi
  done < <(cd "$1" && find . -type f -printf '%P\n' | sort)
  return $differ
}

for settings in "" "secure_aggregation.protocol=secagg_plus secure_aggregation.dropout_fraction=0.5 faults.dropout_rate=0.1" \
  "algorithm.name=scaffold" "aggregator.name=trimmed_mean"; do
  arguments=()
  for setting in $settings; do arguments+=(--set "$setting"); done
  rm -rf "$out"/local "$out"/far-*
  "$fedsim" run "$out/run.yaml" --quiet --workers 2 "${arguments[@]}" --out "$out/local" > /dev/null 2> "$out/errors" \
    || fail "a local run: $(cat "$out/errors")"
  for layout in 3x0 2x2; do
    dial "$out/run.yaml" ${layout%x*} ${layout#*x} "$out/far-$layout" "${arguments[@]}" \
      || { fail "$layout: $(cat "$out/far-$layout.errors")"; continue; }
    same_run "$out/local" "$out/far-$layout" || fail "$layout over two namespaces differs ($settings)"
  done
  echo "namespaces: ${settings:-updates in clear}: 3 workers, and 2 relays of 2"
done

# What is killed on the other host costs a retry.
tick() { awk '{print $14 + $15}' "/proc/$1/stat" 2> /dev/null || echo 0; }
far_workers() { # processes of the other host that are workers
  for process in $(ip netns pids $other 2> /dev/null); do
    { tr '\0' ' ' < "/proc/$process/cmdline"; } 2> /dev/null | grep -q ' worker' && echo "$process"
  done
}
"$fedsim" run experiments/bench-lstm.yaml --quiet --workers 1 --out "$out/bench" > /dev/null 2> "$out/errors" \
  || fail "bench: $(cat "$out/errors")"
for layout in 2x0 2x2; do
  dial experiments/bench-lstm.yaml ${layout%x*} ${layout#*x} "$out/killed-$layout" &
  run=$!
  killed=
  while [ -z "$killed" ] && kill -0 $run 2> /dev/null; do
    sleep 0.02
    for worker in $(far_workers); do
      [ "$(tick "$worker")" -ge 20 ] || continue
      target=$worker
      # A local worker of a relay: the relay itself is killed.
      [ $layout = 2x2 ] && target=$(awk '/^PPid/ {print $2}' "/proc/$worker/status")
      kill -9 "$target" && killed=$target && break
    done
  done
  wait $run || fail "a killed worker ($layout): $(cat "$out/killed-$layout.errors")"
  [ -n "$killed" ] || fail "nothing was killed ($layout)"
  grep -q 'failed .* round' "$out/killed-$layout/log.txt" || fail "log.txt does not name what was killed ($layout)"
  same_run "$out/bench" "$out/killed-$layout" || fail "what was killed changes bytes ($layout)"
done
echo "namespaces: a killed worker and a killed relay of the other host"
sleep 1
left=$(far_workers)
[ -z "$left" ] || fail "processes are left on the other host: $left"
[ $status = 0 ] && echo "namespaces: the bytes of local runs"
exit $status
