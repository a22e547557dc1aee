#!/usr/bin/env python3
"""Asks the program for the epsilon of every row of Tests/PrivacyTests/Vectors/composed_losses.csv and
of random new ones, and compares with exact integrals (composed_losses.py, which needs numpy and scipy).

    scripts/check-accounting.py [--program .build/release/fedsim] [--new 200] [--seed N]

Fails when an answer lies below the exact value by more than 1e-4, above it by more than 0.5 % up to a
million releases or 6 % beyond, or takes longer than --seconds. Without numpy only the table is read.
"""

import argparse
import csv
import json
import pathlib
import random
import subprocess
import sys
import time

vectors = pathlib.Path(__file__).resolve().parent.parent / "Tests/PrivacyTests/Vectors"


def ask(program, sampler, rate, noise, releases, delta):
    start = time.monotonic()
    done = subprocess.run(
        [program, "privacy", "epsilon", "--json", "--sampler", sampler, "--sampling-rate", rate,
         "--noise-multiplier", noise, "--rounds", releases, "--delta", delta],
        capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr, time.monotonic() - start
    answer = json.loads(done.stdout)
    return answer["epsilon"], answer["accountant"], time.monotonic() - start


def new_rows(count, seed):
    sys.path.insert(0, str(vectors))
    import composed_losses

    draw = random.Random(seed)
    while count > 0:
        sampler = draw.choice(["poisson", "poisson", "fixed_size"])
        rate = float("%.4g" % 10 ** draw.uniform(-5, 0))
        noise = float("%.4g" % 10 ** draw.uniform(-0.4, 2.5))
        releases = int(10 ** draw.uniform(0.4, 8))
        delta = float("%.4g" % 10 ** draw.uniform(-12, -3))
        exact = composed_losses.exact(sampler, rate, noise, releases, delta)
        if exact is not None and 1e-3 < exact < 1e4:
            count -= 1
            yield [sampler, str(rate), str(noise), str(releases), str(delta), repr(float(exact))]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--program", default=".build/release/fedsim")
    options.add_argument("--new", type=int, default=0)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--seconds", type=float, default=2)
    chosen = options.parse_args()
    print(f"seed {chosen.seed}")
    rows = list(csv.reader((vectors / "composed_losses.csv").open()))[1:]
    if chosen.new:
        rows += list(new_rows(chosen.new, chosen.seed))
    wrong, least, most, slowest = 0, 0.0, 0.0, 0.0
    for row in rows:
        exact = float(row[5])
        epsilon, how, seconds = ask(chosen.program, *row[:5])
        slowest = max(slowest, seconds)
        share = 0.005 if int(row[3]) <= 1_000_000 else 0.06
        if epsilon is None or not exact - 1e-4 <= epsilon <= exact * (1 + share) or \
                seconds > chosen.seconds:
            wrong += 1
            print("WRONG", ",".join(row), epsilon, how, f"{seconds:.2f} s")
            continue
        least, most = min(least, epsilon - exact), max(most, epsilon / exact - 1)
    print(f"{len(rows)} rows, {wrong} wrong; lowest error {least:.3g}, highest share {most:.3g}, "
          f"slowest {slowest:.2f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
