#!/bin/bash
# Small experiments over every way to sum updates and every mechanism, each with 1, 2 and 7 workers.
#
#   scripts/golden-set.sh check            compares with scripts/golden-set.sha256
#   scripts/golden-set.sh record           writes that file
#   FEDSIM=path scripts/golden-set.sh …    with another program; GOLDEN_ONLY=regex for some of the cases
#
# Checksums are of the CSV files that may not differ and of the tensors of the model, so that what a
# change leaves as it was is seen to be so.
set -u
cd "$(dirname "$0")/.."
fedsim=${FEDSIM:-.build/release/fedsim}
golden=scripts/golden-set.sha256
only=${GOLDEN_ONLY:-.}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cat > "$out/base.yaml" <<'YAML'
name: golden
seed: 11
population: {source: synthetic, preset: typical, clients: 90, days: 12, new_client_share: 0.1}
model: {kind: logistic, vocabulary: 64}
training: {rounds: 4, cohort_size: 16, max_examples: 40}
evaluation: {every: 2, clients: 8, new_clients: 4, test_days: 3}
YAML

# name, then key.path=value …
cases() {
  small_lstm="model.sequence_length=4 model.embedding=4 model.hidden=8"
  bound="privacy.clipping_bound=0.3"
  noisy="privacy.noise_multiplier=0.5 privacy.delta=1e-3 $bound"
  gaussian="privacy.mechanism=gaussian $noisy"
  secure="secure_aggregation.protocol=secagg_plus"
  own="secure_aggregation.dropout_fraction=0.25 secure_aggregation.encoding.bits=20"
  separate="training.sampling=min_separation training.min_separation=3"
  cat <<CASES
clear
clear-examples training.weighting=examples
clear-clip $bound
clear-ignored training.ignored_weight=3
clear-epochs training.local.epochs=3 training.local.batch_size=7
clear-momentum training.local.momentum=0.9
clear-weight-decay training.local.weight_decay=0.1
clear-both training.local.weight_decay=0.1 training.local.momentum=0.5
clear-adam training.server.optimizer=adam training.server.learning_rate=0.1
clear-yogi training.server.optimizer=yogi training.server.learning_rate=0.1
clear-adagrad training.server.optimizer=adagrad training.server.learning_rate=0.1
clear-server-momentum training.server.optimizer=momentum
clear-dropouts faults.dropout_rate=0.4
clear-everybody-drops faults.dropout_rate=1
clear-labels faults.shuffled_label_rate=0.3
clear-diverged training.local.learning_rate=1e6 training.local.momentum=0.99 training.local.epochs=30
clear-partly-diverged training.local.learning_rate=40 training.local.epochs=3 model.kind=lstm_ranker $small_lstm
clear-few-days training.window_days=2 training.max_examples=3
clear-next-app task=next_app population.clients=40
softmax model.kind=softmax
softmax-momentum model.kind=softmax training.local.momentum=0.9
softmax-weight-decay model.kind=softmax training.local.weight_decay=0.1
lstm model.kind=lstm $small_lstm
lstm-ranker model.kind=lstm_ranker $small_lstm
lstm-ranker-decay model.kind=lstm_ranker $small_lstm training.local.weight_decay=0.1 training.local.epochs=2
pooled evaluation.pooled_epochs=2
evaluation-seed population.seed=3 evaluation.seed=5
no-local-only evaluation.local_only=false
fixed-cohort-min-separation $separate
compressed-32 secure_aggregation.encoding.clip=0.5 secure_aggregation.encoding.modulus_bits=32
compressed-32-examples secure_aggregation.encoding.clip=0.5 secure_aggregation.encoding.modulus_bits=32 training.weighting=examples
compressed-64-rotation secure_aggregation.encoding.clip=0.5 secure_aggregation.encoding.rotation=true
compressed-dropouts secure_aggregation.encoding.clip=0.5 faults.dropout_rate=0.4
compressed-partly-diverged secure_aggregation.encoding.clip=0.5 training.local.learning_rate=1e18 training.local.epochs=3 model.kind=lstm_ranker $small_lstm
compressed-diverged secure_aggregation.encoding.clip=0.5 training.local.learning_rate=1e6 training.local.momentum=0.99 training.local.epochs=30
secagg secure_aggregation.protocol=secagg
secagg-plus $secure
secagg-plus-32 $secure secure_aggregation.encoding.modulus_bits=32 secure_aggregation.encoding.clip=0.5
secagg-plus-active $secure secure_aggregation.adversary=active faults.before_unmask_rate=0.1
secagg-plus-dropouts $secure faults.dropout_rate=0.1 faults.after_shares_rate=0.1 faults.after_upload_rate=0.1 secure_aggregation.dropout_fraction=0.4
secagg-plus-abandoned $secure faults.dropout_rate=0.25 secure_aggregation.dropout_fraction=0.3
secagg-plus-geometric-median $secure aggregator.name=geometric_median faults.dropout_rate=0.1 faults.after_upload_rate=0.05 secure_aggregation.dropout_fraction=0.5
secagg-plus-lstm $secure model.kind=lstm_ranker $small_lstm
gaussian-fixed $gaussian
gaussian-poisson $gaussian training.sampling=poisson
gaussian-truncated $gaussian training.sampling=poisson training.capacity=16
gaussian-allocation $gaussian training.sampling=random_allocation
gaussian-separated $gaussian $separate
gaussian-target privacy.mechanism=gaussian privacy.target_epsilon=8 privacy.delta=1e-3 $bound training.sampling=poisson
gaussian-no-noise privacy.mechanism=gaussian privacy.noise_multiplier=0 privacy.delta=1e-3 $bound
gaussian-dropouts $gaussian faults.dropout_rate=0.4
gaussian-diverged $gaussian training.local.learning_rate=1e6 training.local.momentum=0.99 training.local.epochs=30
gaussian-compressed $gaussian secure_aggregation.encoding.clip=0.5 secure_aggregation.encoding.modulus_bits=32
gaussian-secure $gaussian $secure
gaussian-secure-rotation $gaussian $secure secure_aggregation.encoding.rotation=true training.sampling=poisson
gaussian-secure-abandoned $gaussian $secure faults.dropout_rate=0.25 secure_aggregation.dropout_fraction=0.3
gaussian-canaries $gaussian privacy.audit.canaries=30
gaussian-secure-canaries $gaussian $secure privacy.audit.canaries=30
adaptive $gaussian privacy.clipping=adaptive training.sampling=poisson
adaptive-secure $gaussian privacy.clipping=adaptive $secure
adaptive-canaries $gaussian privacy.clipping=adaptive privacy.audit.canaries=30
tree $separate privacy.mechanism=tree $noisy
tree-restarts training.sampling=cyclic training.min_separation=2 privacy.mechanism=tree $noisy privacy.tree.restart_rounds=2 privacy.audit.canaries=30
tree-secure $separate privacy.mechanism=tree $noisy $secure
banded $separate privacy.mechanism=banded $noisy
banded-abandoned $separate privacy.mechanism=banded $noisy $secure faults.dropout_rate=0.25 secure_aggregation.dropout_fraction=0.3 privacy.audit.canaries=30
blt $separate privacy.mechanism=blt $noisy
discrete privacy.mechanism=discrete_gaussian $noisy $own
discrete-secure privacy.mechanism=discrete_gaussian $noisy $own $secure faults.dropout_rate=0.05
discrete-32 privacy.mechanism=discrete_gaussian $noisy secure_aggregation.dropout_fraction=0.25 secure_aggregation.encoding.bits=14 secure_aggregation.encoding.modulus_bits=32
skellam privacy.mechanism=skellam $noisy $own faults.dropout_rate=0.1
skellam-secure-canaries privacy.mechanism=skellam $noisy $own $secure privacy.audit.canaries=30
skellam-diverged privacy.mechanism=skellam $noisy $own training.local.learning_rate=1e6 training.local.momentum=0.99 training.local.epochs=30
local privacy.mechanism=local_gaussian $noisy faults.dropout_rate=0.2
local-canaries privacy.mechanism=local_gaussian $noisy privacy.audit.canaries=30
local-diverged privacy.mechanism=local_gaussian $noisy training.local.learning_rate=1e6 training.local.momentum=0.99 training.local.epochs=30
bench-softmax population.source=benchmark population.days=null population.preset=null model.kind=softmax evaluation.every=0
bench-lstm population.source=benchmark model.kind=lstm $small_lstm evaluation.every=0 training.local.momentum=0.9
CASES
}

# Prints the checksums of what a run folder holds and may not differ.
checksums() {
  local file header
  for file in rounds evaluation clients segments privacy secure_aggregation; do
    [ -f "$1/$file.csv" ] && printf '%s  %s.csv\n' "$(sha256sum < "$1/$file.csv" | cut -c1-24)" $file
  done
  header=$(od -A n -t u8 -N 8 "$1/model.safetensors" | tr -d ' ')
  printf '%s  tensors\n' "$(tail -c +$((9 + header)) "$1/model.safetensors" | sha256sum | cut -c1-24)"
}

status=0
while read -r name settings; do
  [[ $name =~ $only ]] || continue
  arguments=()
  file="$out/base.yaml"
  for setting in $settings; do
    case $setting in
      population.source=benchmark) file="$out/benchmark.yaml"
        sed 's/source: synthetic, preset: typical, clients: 90, days: 12/source: benchmark, clients: 90/; s/, test_days: 3//' \
          "$out/base.yaml" > "$file";;
      *=null) ;;
      *) arguments+=(--set "$setting");;
    esac
  done
  for workers in 1 2 7; do
    folder="$out/$name-$workers"
    if ! "$fedsim" run "$file" "${arguments[@]}" --quiet --workers $workers --out "$folder" \
      > /dev/null 2> "$out/errors"; then
      # A run that trains nothing ends with an error and leaves no model.
      echo "failed: $(sed "s|$out/[^ ]*||g" "$out/errors" | sha256sum | cut -c1-24)" > "$out/$name.$workers"
      [ -n "${GOLDEN_VERBOSE:-}" ] && { echo "$name: "; cat "$out/errors"; } >&2
      for file_of_run in rounds privacy; do
        [ -f "$folder/$file_of_run.csv" ] && sha256sum < "$folder/$file_of_run.csv" >> "$out/$name.$workers"
      done
    else
      checksums "$folder" > "$out/$name.$workers"
    fi
    rm -rf "$folder"
    if [ $workers != 1 ] && ! cmp -s "$out/$name.1" "$out/$name.$workers"; then
      echo "$name: 1 and $workers workers differ" >&2
      touch "$out/differ"
    fi
  done
  sed "s|^|$name  |" "$out/$name.1"
done < <(cases) | sort -s -k1,1 > "$out/found"
[ -e "$out/differ" ] && status=1

case ${1:-check} in
  record) cp "$out/found" $golden; echo "recorded $(cut -d' ' -f1 "$out/found" | sort -u | wc -l) cases";;
  check)
    grep -E "^($(cut -d' ' -f1 "$out/found" | sort -u | paste -sd'|'))  " $golden > "$out/expected"
    if diff "$out/expected" "$out/found" > "$out/difference"; then
      echo "golden: $(cut -d' ' -f1 "$out/found" | sort -u | wc -l) cases agree"
    else
      cat "$out/difference"
      status=1
    fi;;
  *) echo "usage: $0 check|record" >&2; exit 64;;
esac
exit $status
