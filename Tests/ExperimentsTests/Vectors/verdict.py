"""What a verdict says of a small run, by NumPy and SciPy.

Writes verdict/evaluation.csv and verdict/clients.csv, a run of 14 training clients and 9 held-out ones, and
verdict.json with every difference, its interval and how many clients it would take:
`python3 verdict.py`, with NumPy 2 and SciPy 1.17.

A client weighs what it predicts, at most four times the median client. A difference is the mean over clients
of what two predictors get, and its variance that of a ratio of sums (Cochran, Sampling Techniques, 3rd
edition, section 6.4), here by the formula n / (n - 1) * sum of (w (d - mean))^2 / (sum of w)^2.
"""

# Its own folder would hide modules of the standard library.
import sys

sys.path = [path for path in sys.path if not path.endswith("Vectors")]

import csv
import json
import pathlib

import numpy
from scipy import stats

generator = numpy.random.default_rng(17)
here = pathlib.Path(__file__).parent / "verdict"
here.mkdir(exist_ok=True)
# How much more often than the model each predictor is right.
predictors = {
    "federated": 0.0, "local_only": -0.01, "most_frequent": -0.2, "most_recent": -0.05,
    "hourly_frequent": -0.18, "markov": 0.1, "repeat_first": -0.12, "bayes_optimal": 0.04,
}
client_rows, evaluation_rows, expected = [], [], {}


def needed(spread, target):
    """The smallest n whose half width t(n - 1) * s / sqrt(n) is below the target."""
    n = 2
    while stats.t.ppf(0.975, n - 1) * spread / n ** 0.5 >= target:
        n += 1
        if n > 200_000:
            return None
    return n


for split, count in [("future", 14), ("new_clients", 9)]:
    predictions = generator.integers(30, 120, count)
    predictions[3] = 900
    # Of an even number of clients the median is the smaller one in the middle.
    median = sorted(predictions)[(count - 1) // 2]
    weights = numpy.minimum(predictions, 4 * median)
    base = generator.beta(6, 7, count)
    values = {}
    for name, more in predictors.items():
        noise = 0.0 if name == "bayes_optimal" else 0.05
        right = numpy.clip(base + more + generator.normal(0, noise, count), 0, 1)
        values[name] = numpy.round(right * predictions) / predictions
    for client in range(count):
        for name in predictors:
            client_rows.append([
                4, split, 10 * client + (split == "future"), name, predictions[client], 0,
                repr(float(values[name][client]))])
    means = {name: float(numpy.sum(weights * v) / weights.sum()) for name, v in values.items()}
    for name, mean in means.items():
        evaluation_rows.append([4, split, name, count, int(predictions.sum()), repr(mean)])
    expected[split] = {}
    for name in predictors:
        if name == "federated":
            continue
        difference = values["federated"] - values[name]
        mean = float(numpy.sum(weights * difference) / weights.sum())
        residuals = weights * (difference - mean)
        variance = count / (count - 1) * numpy.sum(residuals ** 2) / weights.sum() ** 2
        margin = float(stats.t.ppf(0.975, count - 1) * variance ** 0.5)
        low, high = mean - margin, mean + margin
        if name == "bayes_optimal" and mean <= 0:
            high = min(high, 0.0)
        shown = not low <= 0 <= high
        spread = float((variance * count) ** 0.5)
        aim = count_needed = None
        if not shown:
            if abs(mean) >= 0.001 and (count_needed := needed(spread, abs(mean))):
                aim = "difference"
            else:
                aim, count_needed = "one_point", needed(spread, 0.01)
        expected[split][name] = {
            "difference": mean, "low": low, "high": high, "shown": bool(shown),
            "needed_clients": count_needed, "needed_for": aim}

# A margin of 0.02 over 12 units, and what n it takes for less.
expected["units"] = []
for margin, units, target in [(0.02, 12, 0.01), (0.02, 12, 0.003), (0.05, 2, 0.01), (0.01, 400, 0.02)]:
    spread = margin * units ** 0.5 / stats.t.ppf(0.975, units - 1)
    expected["units"].append([margin, units, target, needed(spread, target)])


def write(name, header, rows):
    with open(here / name, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


write("clients.csv", ["round", "split", "client", "predictor", "sim_examples", "sim_unseen",
                      "sim_accuracy_top1"], client_rows)
write("evaluation.csv", ["round", "split", "predictor", "clients", "examples", "accuracy_top1"],
      evaluation_rows)
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(expected, indent=1) + "\n")
