#!/bin/sh
# Fuzzes the parsers that read what others wrote (experiment files, logs, frames, model files), guided
# by coverage, each for a quarter of the time; exits 1 on a crash, a hang, or more than 500 MB.
#
#   scripts/fuzz.sh [SECONDS]     60 by default
#
# What is found is kept below .build-fuzz/found; `FEDSIM_FUZZ=PARSER .build-fuzz/release/fedsim-fuzz
# FILE` shows it again. New inputs stay in .build-fuzz/corpus; Fuzzing/corpus holds the smallest set
# with the same coverage: `FEDSIM_FUZZ=PARSER .build-fuzz/release/fedsim-fuzz -merge=1
# Fuzzing/corpus/PARSER .build-fuzz/corpus/PARSER` adds to it.
set -eu
cd "$(dirname "$0")/.."
seconds=$((${1:-60} / 4))
[ "$seconds" -ge 1 ] || { echo "usage: scripts/fuzz.sh [SECONDS, 4 or more]" >&2; exit 64; }
build=.build-fuzz
export FEDSIM_FUZZING=yes
# libFuzzer's own handlers tell of a crash; a backtrace for each would take seconds.
export SWIFT_BACKTRACE=enable=no

# A folder of its own: everything is built again, with counters on every edge.
swift build -c release --scratch-path $build --product fedsim-fuzz \
  -Xswiftc -sanitize=fuzzer -Xswiftc -enable-testing -Xcc -fsanitize=fuzzer-no-link \
  -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld

status=0
for parser in experiment log frames safetensors; do
  new=$build/corpus/$parser
  found=$build/found/$parser
  mkdir -p "$new" "$found"
  if ! FEDSIM_FUZZ=$parser $build/release/fedsim-fuzz "$new" Fuzzing/corpus/$parser \
    -max_total_time=$seconds -timeout=10 -rss_limit_mb=500 -max_len=16384 \
    -artifact_prefix="$found/" -print_final_stats=1 >$build/$parser.log 2>&1; then
    status=1
    echo "$parser: found something"
    grep -E '^broken:|Fatal error|ERROR: libFuzzer|Test unit written' $build/$parser.log || true
  fi
  runs=$(awk '/^stat::number_of_executed_units/ { print $2 }' $build/$parser.log)
  coverage=$(grep -oE 'cov: [0-9]+' $build/$parser.log | tail -1)
  echo "$parser: ${runs:-0} executions, $coverage"
done
exit $status
