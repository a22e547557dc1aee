#!/usr/bin/env bash
# Breaks every mechanism under every sampler in five ways (half and a third of the noise, updates of
# twice the clipping bound, half of the denominator, clients that are counted and were lost) and
# audits it, and audits the right one with 20 seeds. Prints a table; fails when a broken one passes
# or a right one does not. About two minutes; the tests must have been built (make test).
set -euo pipefail
cd "$(dirname "$0")/.."

export OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell
table=$(mktemp)
trap 'rm -f "$table"' EXIT
status=0
FEDSIM_AUDIT_MATRIX=$table swift test -c release --disable-testable-imports \
  --filter AuditedChainTests/theWholeMatrix > "$table.log" 2>&1 || status=$?
if [ -s "$table" ]; then column -s, -t "$table"; fi
if [ "$status" -ne 0 ]; then
  grep -E "error|✘" "$table.log" || cat "$table.log"
  rm -f "$table.log"
  echo "the audit missed a broken mechanism, or did not pass a right one" >&2
  exit 1
fi
rm -f "$table.log"
[ -s "$table" ] || { echo "the matrix was not made: is the test still there?" >&2; exit 1; }
