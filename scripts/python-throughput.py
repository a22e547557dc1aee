#!/usr/bin/env python3
"""What fedsim costs beside the same PyTorch loop without it, paired; minutes.

    .build/torch/bin/python3 scripts/python-throughput.py [--pairs 7] [--epochs 1 2 8]

Both train the clients of python/examples/digits.py in the same process layout: one process that trains, one thread. A
pair is one loop and one run after each other, in changing order; the ratio is of clients a second over whole rounds,
without the start of either. Needs scripts/install-torch.sh and a built program.
"""

import argparse
import csv
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / "python/examples"))
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import types

import numpy as np

import digits
import fedsim
from fedsim.client import stream

ROUNDS, COHORT = 12, 50


def loop(epochs):
    """Seconds of federated averaging as one would write it, without the first round."""
    local = types.SimpleNamespace(epochs=epochs, batch_size=8, learning_rate=0.1)
    setup = types.SimpleNamespace(seed=1, local=local, parameters=1898)
    model = digits.ft.flat(digits.network())
    rng = np.random.default_rng(1)
    for number in range(ROUNDS):
        if number == 1:
            start = time.perf_counter()
        total = np.zeros(model.size, np.float64)
        count = 0
        for client in rng.choice(digits.CLIENTS, COHORT, replace=False):
            digits.torch.manual_seed(int(client))
            update = digits.Digits(int(client), setup, rng).train(model, fedsim.Round(number, rng))
            if update is not None:
                total += update.values
                count += 1
        model = (model + total / count).astype(np.float32)
    return time.perf_counter() - start


def run(epochs, extra):
    """Seconds of the same under fedsim, without the first round."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            os.environ.get("FEDSIM", str(root / ".build/release/fedsim")), "run", str(root / "python/examples/digits.yaml"),
            "--out", f"{folder}/run", "--workers", "1", "--quiet",
        ]  # fmt: skip
        settings = [
            f"training.rounds={ROUNDS}", f"training.cohort_size={COHORT}", f"training.local.epochs={epochs}",
            "evaluation.every=0", f"workers.program=[{sys.executable}, digits.py]", "checkpoint.every=1000", *extra,
        ]  # fmt: skip
        for setting in settings:
            command += ["--set", setting]
        # What is typed is meant from here.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=root / "python/examples")
        with open(f"{folder}/run/system.csv") as file:
            return sum(float(row["seconds"]) for row in list(csv.DictReader(file))[1:])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--pairs", type=int, default=7)
    arguments.add_argument("--epochs", type=int, nargs="+", default=[1, 2, 8])
    arguments = arguments.parse_args()
    clear = ["privacy={mechanism: none}", "secure_aggregation={protocol: none}"]
    clients = (ROUNDS - 1) * COHORT
    loop(1)
    for epochs in arguments.epochs:
        for name, extra in (("clear", clear), ("secagg_plus, gaussian", [])):
            ratios, times = [], []
            for pair in range(arguments.pairs):
                if pair % 2:
                    own, theirs = run(epochs, extra), loop(epochs)
                else:
                    theirs, own = loop(epochs), run(epochs, extra)
                ratios.append(own / theirs)
                times.append(theirs / clients * 1000)
            print(
                f"{epochs} epochs, {statistics.median(times):.2f} ms a client in the loop, {name}: fedsim takes "
                f"{statistics.median(ratios):.3f} of its time ({min(ratios):.3f} to {max(ratios):.3f}, "
                f"{arguments.pairs} pairs)",
                flush=True,
            )


main()
