#!/usr/bin/env python3
"""What dialling back and sealing cost a round of the LSTM benchmark, against workers on pipes.

    scripts/dial-back-overhead.py                  two minutes on 2 cores, nothing else running
    scripts/dial-back-overhead.py --pairs 20

Runs experiments/bench-lstm.yaml in pairs, both ways in turn in either order, and compares the rounds after the first of
each pair: their wall time from system.csv, and the CPU time of coordinator and workers together, which other work on the
machine disturbs less. Prints the median of the ratios with a 95 % interval (binomial, distribution-free). Both runs must
have the same bytes in rounds.csv. Standard library alone.
"""

import argparse
import csv
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def measured(program, experiment, out, workers, rounds, *settings):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [program, "run", experiment, "--out", out, "--workers", str(workers), "--quiet",
         "--set", f"training.rounds={rounds}", *settings],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(f"{out}/system.csv") as file:
        rows = list(csv.DictReader(file))
    wall = statistics.median(float(row["seconds"]) for row in rows[1:])
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def interval(values):
    """Order statistics that hold the median with 95 %."""
    values, n = sorted(values), len(values)
    rank = 0
    while sum(math.comb(n, k) for k in range(rank + 1)) / 2**n <= 0.025:
        rank += 1
    rank = max(rank, 1)
    return values[rank - 1], values[n - rank]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--most", type=float, default=1.03, help="the ratio that is accepted")
    parser.add_argument("--program", default=os.path.join(ROOT, ".build/release/fedsim"))
    options = parser.parse_args()
    experiment = os.path.join(ROOT, "experiments/bench-lstm.yaml")
    walls, cpus = [], []
    with tempfile.TemporaryDirectory() as work:
        for pair in range(options.pairs):
            ways = [("pipes", []), ("dialled", ["--set", "workers.dial_back=true"])]
            results = {}
            for name, settings in ways if pair % 2 == 0 else reversed(ways):
                results[name] = measured(
                    options.program, experiment, f"{work}/{pair}-{name}", options.workers, options.rounds, *settings)
            if open(f"{work}/{pair}-pipes/rounds.csv").read() != open(f"{work}/{pair}-dialled/rounds.csv").read():
                sys.exit("rounds.csv differs")
            walls.append(results["dialled"][0] / results["pipes"][0])
            cpus.append(results["dialled"][1] / results["pipes"][1])
    print(f"load of the machine: {os.getloadavg()[0]:.1f} with {os.cpu_count()} cores")
    for name, ratios in (("wall time of a round", walls), ("CPU time of a run", cpus)):
        low, high = interval(ratios)
        print(f"{name}: {statistics.median(ratios):.3f} (95 %: {low:.3f} to {high:.3f}, {len(ratios)} pairs)")
    if statistics.median(walls) > options.most:
        sys.exit(f"more than {options.most}")


main()
