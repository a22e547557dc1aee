"""Runs every peer and fedsim in turn and prints one table; see README.md."""

import argparse
import csv
import pathlib
import signal
import statistics
import sys
import time

import measure
import runs
from runs import ROOT

COHORT = 100
PASSES = 5
LABELS = {
    "fedsim": "fedsim",
    "torch": "bare PyTorch loop",
    "torch-batched": "PyTorch, batched by hand",
    "pfl": "pfl-research",
    "flower": "Flower on Ray",
}
CASES = [("lstm", 2), ("lstm", 1), ("logistic", 2), ("logistic", 1)]
# How a column is called, and whether more is better.
COLUMNS = {
    "lstm 1": ("LSTM, 1", True),
    "lstm 2": ("LSTM, 2", True),
    "whole": ("ten LSTM rounds, s", False),
    "logistic 1": ("logistic, 1", True),
    "logistic 2": ("logistic, 2", True),
    "memory": ("peak MB, LSTM, 2", False),
}


def case_of(column):
    return "lstm 2" if column in ("whole", "memory") else column


def passes_of(peer, case):
    """How many of the passes a peer takes part in: most for what the whole process counts in."""
    if peer == "flower":
        return 2 if case == "lstm 2" else 1
    return PASSES if case.endswith("2") else 3


def collect(peers, quick, limit):
    """All samples by (peer, column), and why a peer failed by (peer, case)."""
    samples, failures = {}, {}
    start = begin = time.monotonic()
    passes = 1 if quick else PASSES
    for turn in range(passes):
        last, begin = begin, time.monotonic()
        if begin - start + begin - last > limit:
            print(f"stopped after {turn} of {passes} passes: no time for more", file=sys.stderr)
            break
        for model, processes in CASES:
            case = f"{model} {processes}"
            for peer in peers:
                if (peer, case) in failures or turn >= passes_of(peer, case):
                    continue
                print(f"pass {turn + 1} of {passes}: {LABELS[peer]}, {case}", file=sys.stderr)
                rounds = runs.rounds_of(peer, model, processes, quick)
                try:
                    seconds, whole, peak = runs.run(peer, model, processes, rounds)
                except (measure.Failure, OSError) as failure:
                    failures[peer, case] = str(failure)
                    continue
                found = {case: [COHORT / second for second in seconds[1:]]}
                if case == "lstm 2":
                    found["memory"] = [peak / 1e6]
                    found["whole"] = [whole] if rounds == 10 else []
                for column, values in found.items():
                    samples.setdefault((peer, column), []).extend(values)
    # A peer that failed once has no figure: what came before is no fair sample.
    good = {
        (peer, column): values
        for (peer, column), values in samples.items()
        if values and (peer, case_of(column)) not in failures
    }
    return good, failures


def print_table(title, peers, cell):
    print(f"\n{title}")
    print(" " * 26 + "".join(f"{text:>20}" for text, _ in COLUMNS.values()))
    for peer in peers:
        print(f"{LABELS[peer]:<26}" + "".join(f"{cell(peer, column):>20}" for column in COLUMNS))


def main():
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("--only", default=",".join(LABELS), help="some of " + ",".join(LABELS))
    parser.add_argument("--quick", action="store_true", help="one pass of three rounds each")
    parser.add_argument(
        "--seconds", type=int, default=690,
        help="no pass begins that would end later, if it takes as long as the one before",
    )
    parser.add_argument("--csv", type=pathlib.Path, default=ROOT / "results/peers.csv")
    options = parser.parse_args()
    peers = options.only.split(",")
    if unknown := set(peers) - set(LABELS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    measure.adopt_orphans()
    # Ended from outside: raise, so that the run in progress is ended and cleaned up too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    samples, failures = collect(peers, options.quick, options.seconds)
    medians = {key: statistics.median(values) for key, values in samples.items()}

    def value(peer, column):
        if (peer, column) in medians:
            return f"{medians[peer, column]:.4g}"
        return "failed" if (peer, case_of(column)) in failures else "-"

    def ratio(peer, column):
        if not {(peer, column), ("fedsim", column)} <= medians.keys():
            return "-"
        factor = medians["fedsim", column] / medians[peer, column]
        return f"{factor if COLUMNS[column][1] else 1 / factor:.3g}"

    runs.print_conditions()
    print_table("client updates per second with 1 and 2 processes, medians", peers, value)
    print_table("fedsim / peer; seconds and memory: peer / fedsim", peers, ratio)
    for (peer, case), reason in failures.items():
        print(f"{LABELS[peer]}, {case}, failed: {reason}")
    print(f"\n{time.monotonic() - start:.0f} s in all; medians and spread in {options.csv}")
    options.csv.parent.mkdir(parents=True, exist_ok=True)
    with open(options.csv, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("peer,what,median,low,high,samples,fedsim_ratio,failure".split(","))
        for (peer, column), values in samples.items():
            spread = [medians[peer, column], min(values), max(values), len(values)]
            writer.writerow([peer, column, *spread, ratio(peer, column), ""])
        for (peer, case), reason in failures.items():
            writer.writerow([peer, case, "", "", "", 0, "", reason])


if __name__ == "__main__":
    main()
