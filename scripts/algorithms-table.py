#!/usr/bin/env python3
"""Tables of the comparison of algorithms, from the files in results/ alone.

    scripts/algorithms-table.py             the settings that tuning chose, then a table per population
    scripts/algorithms-table.py --check     exit code 1 when the experiments hold other settings

Tuning (results/algorithms-tuning/sweep.csv): the least mean cross-entropy over the seeds.
Tables: top-1 after the last round and its difference to fedavg with their 95 % intervals over seeds
and the 10th percentile over phones (results/NAME/compare.csv), then the round, and the bytes to and from
clients, after which the mean top-1 over the seeds reaches a share of the best possible and stays there
(results/NAME/accuracy-rounds.csv, accuracy-bytes.csv).
"""

import argparse
import csv
import os
import re
import sys
from collections import defaultdict

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
METRIC = "future_federated_accuracy_top1"
TUNED = "future_federated_cross_entropy"
RATES = ["training.local.learning_rate", "training.server.learning_rate"]
TENTH = "future_federated_client_accuracy_p10"
# Of the best possible.
LEVELS = [0.9, 0.95]
POPULATIONS = {"algorithms": "typical", "algorithms-mixed": "erratic"}


def rows(name):
    with open(f"{ROOT}/results/{name}", newline="") as file:
        return list(csv.DictReader(file))


def choices():
    """By population and algorithm: cross-entropy, variant and rates of all settings, best first."""
    found = defaultdict(list)
    for row in rows("algorithms-tuning/sweep.csv"):
        key = (row["population.preset"], row["variant"], *(row[rate] for rate in RATES))
        found[key].append(float(row[TUNED]))
    result = defaultdict(list)
    for (population, variant, *rates), values in found.items():
        result[population, variant.split("-")[0]].append(
            (sum(values) / len(values), variant, *rates))
    for settings in result.values():
        settings.sort()
    return result


def check(chosen):
    """Sentences about settings of the experiments that are not those of tuning."""
    for name, population in POPULATIONS.items():
        with open(f"{ROOT}/experiments/{name}.yaml") as file:
            text = file.read()
        for (of, algorithm), settings in chosen.items():
            if of != population:
                continue
            _, variant, local, server = settings[0]
            line = re.search(rf"^    {algorithm}: .*$", text, re.M)
            wanted = [rf"learning_rate: {local}[,}}]", rf"server\.learning_rate: {server}[,}}]"]
            own = re.search(r"-([0-9.]+)$", variant)
            if own:
                wanted.append(rf"(mu|option|alpha|beta|q): {own[1]}[,}}]")
            if variant.endswith("-momentum"):
                wanted.append(r"momentum: 0\.5[,}]")
            if not line or not all(re.search(one, line[0]) for one in wanted):
                yield (f"experiments/{name}.yaml: {algorithm} is not {variant} with local rate "
                       f"{local}, server rate {server}")


def first(points, column, level):
    """Where a series reaches a level for good; None if it does not."""
    place = None
    for point in points:
        if float(point["accuracy_top1"]) < level:
            place = None
        elif place is None:
            place = float(point[column])
    return place


def table(name, chosen):
    series = {column: defaultdict(list) for column in ("round", "bytes")}
    for column, file in (("round", "rounds"), ("bytes", "bytes")):
        for row in rows(f"{name}/accuracy-{file}.csv"):
            series[column][row["series"]].append(row)
    ceiling = sum(float(row["future_bayes_optimal_accuracy_top1"])
                  for row in rows(f"{name}/sweep.csv")) / len(rows(f"{name}/sweep.csv"))
    levels = [ceiling * share for share in LEVELS]
    heads = "".join(f" rounds to {100 * level:.1f} | MB to {100 * level:.1f} |" for level in levels)
    print(f"\n{name}: best possible {100 * ceiling:.1f} %\n")
    print(f"| algorithm | setting | top-1 | against fedavg | worst tenth |{heads}")
    print("|---|---|---|---|---|" + "---|" * (2 * len(levels)))
    tenths = {row["algorithm.name"]: 100 * float(row["final"])
              for row in rows(f"{name}/compare.csv") if row["metric"] == TENTH}
    compared = [row for row in rows(f"{name}/compare.csv") if row["metric"] == METRIC]
    for row in sorted(compared, key=lambda row: -float(row["final"])):
        variant = row["algorithm.name"]
        _, setting, local, server = chosen[POPULATIONS[name], variant][0]

        def percent(key, sign=""):
            value, low, high = (f"{100 * float(row[key + end]):{sign}.2f}"
                                for end in ("", "_low", "_high"))
            return f"{value} [{low}, {high}]"

        cells = [variant, f"{setting}, {local}, {server}", percent("final"),
                 percent("difference", "+") if row["difference"] else "–",
                 f"{tenths[variant]:.1f}"]
        for level in levels:
            for column, unit in (("round", 1), ("bytes", 1e6)):
                place = first(series[column][variant], column, level)
                cells.append("–" if place is None else f"{place / unit:.{0 if unit == 1 else 1}f}")
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    chosen = choices()
    wrong = list(check(chosen))
    print("\n".join(wrong) if wrong else "The experiments hold the settings that tuning chose.")
    if is_check:
        sys.exit(1 if wrong else 0)
    for (population, algorithm), settings in chosen.items():
        value, variant, local, server = settings[0]
        print(f"{population:8s} {variant:16s} local rate {local:4s} server rate {server} "
              f"{value:.3f} nats; the worst of {len(settings)}: {settings[-1][0]:.3g}")
    for name in POPULATIONS:
        table(name, chosen)


if __name__ == "__main__":
    main()
