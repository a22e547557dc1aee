#!/bin/sh
# Answers the project's questions (scripts/questions.txt) again and compares every byte with
# results/; says which file differs and where. Times are not compared.
#
#   scripts/reproduce.sh                    the quick ones
#   scripts/reproduce.sh --all              all
#   scripts/reproduce.sh NAME...            these
#   scripts/reproduce.sh --update [...]     replaces the files in results/ instead of comparing
#   scripts/reproduce.sh --from DIR NAME    takes a finished sweep or lifecycle instead of running it
set -eu
cd "$(dirname "$0")/.."
. scripts/same-files.sh

fedsim=$PWD/.build/release/fedsim
table=scripts/questions.txt
update=""
chosen=quick
from=""
names=""
while [ $# -gt 0 ]; do
  case $1 in
    --update) update=yes ;;
    --all) chosen=all ;;
    --from) from=$(cd "$2" && pwd); shift ;;
    -*) echo "usage: scripts/reproduce.sh [--update] [--all | [--from DIR] NAME...]" >&2; exit 64 ;;
    *) names="$names $1" ;;
  esac
  shift
done
[ -n "$names" ] || names=$(awk -v chosen=$chosen \
  '/^[^#]/ && (chosen == "all" || $2 == chosen) { print $1 }' $table)
if [ -n "$from" ] && [ "$(echo $names | wc -w)" != 1 ]; then
  echo "reproduce.sh: --from DIR wants the one question that DIR answers." >&2
  exit 64
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
gnuplot=$(gnuplot --version 2>/dev/null || true)
status=0

# Whether this gnuplot drew the figure; another version gives other bytes.
drawn_here() {
  version=$(echo "$gnuplot" | awk '{ print "GNUPLOT " $2 " patchlevel " $4 }')
  [ ! -f "$1" ] || grep -q "$version" "$1"
}

# settle FILE: compares one of the question's files with the new one, or puts that in its place.
settle() {
  committed=results/$name/$(basename "$1")
  if [ -n "$update" ]; then
    cp "$out/$name/$1" "$committed"
  else
    same_file "$committed" "$out/$name/$1" || status=1
  fi
}

# confidence FILE: asks how sure the model of each run is, and gathers a file of the answers.
confidence() {
  answers=$out/$name-confidence
  if [ ! -d "$answers" ]; then
    ls "$out/$name/runs" | xargs -P "$(nproc)" -I RUN \
      $fedsim predict "$out/$name/runs/RUN" --confidence --out "$answers/RUN" >/dev/null ||
      return 1
  fi
  for answer in "$answers"/*; do
    awk -v run="${answer##*/}" '{ print (NR == 1 ? "run" : run) "," $0 }' "$answer/$1.csv"
  done | awk 'NR == 1 || !/^run,/' >"$out/$name/$1.csv"
}

for name in $names; do
  figures=$(awk -v name="$name" '$1 == name { $1 = $2 = ""; print }' $table)
  if [ -z "$figures" ]; then
    echo "reproduce.sh: $name is not in $table." >&2
    exit 64
  fi
  mkdir -p "results/$name"
  start=$(date +%s)
  verb=sweep
  if grep -q '^lifecycle:' "experiments/$name.yaml"; then verb=lifecycle; fi
  if [ -n "$from" ]; then
    mkdir "$out/$name"
    for entry in "$from"/*; do ln -s "$entry" "$out/$name/"; done
    rm -f "$out/$name/figures" "$out/$name/compare.csv"
  else
    $fedsim $verb "experiments/$name.yaml" --quiet --out "$out/$name" >/dev/null
  fi
  if [ $verb = lifecycle ]; then
    for file in lifecycle.csv staleness.csv summary.json; do settle $file; done
  else
    settle sweep.csv
    # Differences with their intervals; the last column is time.
    (cd "$out" && $fedsim compare "$name" --csv) | sed 's/,[^,]*$//' >"$out/$name-compare.csv"
    mv "$out/$name-compare.csv" "$out/$name/compare.csv"
    # Without an evaluation there is nothing to compare, only the header.
    case " $figures " in
      *" -compare "*) ;;
      *) [ "$(wc -l <"$out/$name/compare.csv")" = 1 ] || settle compare.csv ;;
    esac
  fi
  for figure in $figures; do
    case $figure in
      -compare) continue ;;
      +*)
        if confidence "${figure#+}"; then settle "${figure#+}.csv"; else status=1; fi
        continue ;;
    esac
    plain=${figure%\*}
    if [ -z "$gnuplot" ]; then
      echo "$name: $plain skipped, gnuplot is not installed (make test-tools)."
      continue
    fi
    $fedsim plot "$out/$name" --figure "$plain" --out "$out/$name/figures" >/dev/null
    if [ "$plain" != "$figure" ] && [ -z "$update" ]; then continue; fi
    settle "figures/$plain.csv"
    if [ -n "$update" ] || drawn_here "results/$name/$plain.svg"; then
      settle "figures/$plain.svg"
    else
      echo "$name: $plain.svg skipped, another version of gnuplot drew it than this ($gnuplot)."
    fi
  done
  echo "$name: ${update:+written, }$(($(date +%s) - start)) s"
done
[ $status = 0 ] || echo "Some bytes are not those of results/. If a change is meant to alter results:
scripts/reproduce.sh --update; another processor or system library changes them too."
exit $status
