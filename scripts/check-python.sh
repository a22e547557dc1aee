#!/usr/bin/env bash
# Runs the examples of client programs, as CI does; two minutes. Needs a built program.
#
#   logistic: its model after five rounds is that of fedsim's own softmax model, to rounding
#   digits:   PyTorch behind secagg_plus and a Gaussian mechanism: the ε of `fedsim plan`, the same bytes for 1 and 3
#             workers, and a model that has learned
#   both keep every rule of `fedsim worker-check`
#
# PyTorch comes from scripts/install-torch.sh --install.
set -euo pipefail
cd "$(dirname "$0")/.."
fedsim=${FEDSIM:-$PWD/.build/release/fedsim}
export PATH=$PWD/.build/torch/bin:$PATH
scripts/install-torch.sh --install >/dev/null
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
fail() { echo "check-python: $*" >&2; exit 1; }
examples=python/examples

# The same experiment on fedsim's own data, model and training step.
cat >"$out/native.yaml" <<'YAML'
name: native
seed: 3
population: {source: benchmark, clients: 200}
model: {kind: softmax, vocabulary: 32, sequence_length: 4}
training:
  rounds: 5
  cohort_size: 20
  local: {epochs: 2, batch_size: 10, learning_rate: 0.5}
evaluation: {every: 0}
YAML
"$fedsim" run "$out/native.yaml" --out "$out/native" --quiet >/dev/null
"$fedsim" run $examples/logistic.yaml --out "$out/logistic" --workers 2 --quiet >/dev/null
python3 - "$out" <<'PYTHON'
import sys
import numpy as np
import fedsim
ours, theirs = (fedsim.load(f"{sys.argv[1]}/{name}") for name in ("native", "logistic"))
difference, size = np.abs(ours.model - theirs.model).max(), np.abs(ours.model).max()
def column(run, name):
    lines = [line.split(",") for line in (run.folder / "rounds.csv").read_text().splitlines()]
    return np.array([float(line[lines[0].index(name)]) for line in lines[1:]])
loss = np.abs(column(ours, "sim_train_loss") - column(theirs, "sim_train_loss")).max()
print(f"logistic: largest difference of a parameter {difference:.1e} of {size:.2f}, of a round's loss {loss:.1e}")
assert difference < 2e-6 * max(1, size) and loss < 1e-5, "the two implementations differ"
assert size > 0.05, "nothing was learned, so nothing was compared"
PYTHON

planned=$("$fedsim" plan $examples/digits.yaml --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["epsilon"])')
for workers in 1 3; do
  "$fedsim" run $examples/digits.yaml --out "$out/digits-$workers" --workers $workers --quiet >/dev/null
done
cmp "$out/digits-1/SHA256SUMS" "$out/digits-3/SHA256SUMS" || fail "1 and 3 workers give other bytes"
python3 - "$out/digits-1" "$planned" <<'PYTHON'
import csv, sys
rows = lambda name: list(csv.DictReader(open(f"{sys.argv[1]}/{name}.csv")))
epsilon = rows("privacy")[-1]["epsilon"]
accuracy = float(rows("evaluation")[-1]["accuracy_top1"])
print(f"digits: ε {epsilon}, planned {sys.argv[2]}; accuracy {accuracy:.3f} behind secagg_plus and noise")
assert float(epsilon) == float(sys.argv[2]), "the run spent another ε than was planned"
assert accuracy > 0.3, "a tenth is chance: nothing was learned"
PYTHON

for example in logistic digits; do
  "$fedsim" worker-check --experiment $examples/$example.yaml 2>/dev/null || fail "$example breaks a rule"
done
