#!/usr/bin/env python3
"""Checks that SCAFFOLD's server control variate is the mean of those of all clients, in real runs.

    scripts/control-variates.py              200 rounds each; half a minute on 2 cores
    scripts/control-variates.py --rounds 60

Two experiments, with a second vector (clients with different numbers of steps) and without one
(`training.local.steps`), both behind secagg_plus with clients that vanish in every phase. Each runs three
times: undisturbed with one worker; with two workers, one of which is killed, after which the run is
killed and resumed with seven; and in clear, undisturbed. After every checkpoint that is seen,
|c - mean c_i| must be at most 1e-5 of the largest |c_i|, the killed run must end in the bytes of the
undisturbed one, and clients must have vanished in every phase.

Only processes that this script started, and their children, are signalled.
"""

import argparse
import array
import csv
import filecmp
import os
import plistlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FEDSIM = os.path.abspath(
    os.environ.get("FEDSIM") or os.path.join(HERE, "..", ".build", "release", "fedsim"))
CLIENTS = 60
EXPERIMENT = """
name: control-variates
population: {clients: %d, days: 12, new_client_share: 0}
model: {kind: logistic, vocabulary: 64}
algorithm: {name: scaffold}
training: {rounds: %d, cohort_size: 16, max_examples: 40%s}
evaluation: {every: 0}
checkpoint: {every: 1}
secure_aggregation: {protocol: %s}
faults: {%s}
"""
MASKED = "secagg_plus, dropout_fraction: 0.5"
RATES = ("dropout_rate: 0.1, before_keys_rate: 0.05, after_shares_rate: 0.05, "
         "after_upload_rate: 0.05, before_unmask_rate: 0.05")
TOLERANCE = 1e-5


def checkpoint(run):
    """Rounds, |c - mean c_i| and the largest |c_i| as the run's last checkpoint has them."""
    # A SHA-256, then a property list.
    with open(f"{run}/checkpoint/state.bin", "rb") as file:
        state = plistlib.loads(file.read()[32:])
    with open(f"{run}/checkpoint/clients.bin", "rb") as file:
        data = file.read(state["sizes"]["checkpoint/clients.bin"])
    control = array.array("d", state["state"]["vectors"])
    size = 8 + 4 * len(control)
    clients = {}
    for start in range(0, len(data), size):
        client = int.from_bytes(data[start : start + 8], "little")
        clients[client] = array.array("f", data[start + 8 : start + size])
    # Of a client that never took part it is zero.
    means = [sum(own[i] for own in clients.values()) / CLIENTS for i in range(len(control))]
    largest = max((abs(x) for own in clients.values() for x in own), default=0)
    error = max(abs(c - mean) for c, mean in zip(control, means))
    return state["state"]["round"], error, largest


class Run:
    """A run that is watched while it goes on."""

    def __init__(self, folder, name, rounds):
        self.folder, self.out, self.rounds = folder, f"{folder}/{name}", rounds
        self.seen, self.worst = {}, 0

    def look(self):
        try:
            done, error, largest = checkpoint(self.out)
        except (OSError, KeyError, ValueError, plistlib.InvalidFileException):
            return 0  # Not there yet, or replaced while it was read.
        if largest > 0:
            self.seen[done] = error / largest
        return done

    def wait(self, process, rounds):
        """Watches until so many rounds are done, or the process has ended."""
        while process.poll() is None and self.look() < rounds:
            time.sleep(0.02)

    def start(self, *words):
        return subprocess.Popen(
            [FEDSIM, *words, "--quiet"], cwd=self.folder, start_new_session=True,
            stdout=subprocess.DEVNULL)

    def finish(self, process):
        self.wait(process, self.rounds + 1)
        if process.wait() != 0:
            sys.exit(f"control-variates.py: {self.out} ended with {process.returncode}.")
        self.look()

    def verdict(self, name):
        worst = max(self.seen.values())
        is_right = worst <= TOLERANCE and self.rounds in self.seen
        print(f"{name:34s} {self.rounds} rounds, {len(self.seen)} checkpoints seen, "
              f"|c - mean c_i| at most {worst:.1e} of the largest c_i: "
              f"{'holds' if is_right else 'DOES NOT HOLD'}")
        return is_right


def children(identifier):
    """A process belongs to the thread that started it."""
    found = []
    for thread in os.listdir(f"/proc/{identifier}/task"):
        with open(f"/proc/{identifier}/task/{thread}/children") as file:
            found += [int(word) for word in file.read().split()]
    return found


def undisturbed(folder, name, rounds):
    run = Run(folder, name, rounds)
    run.finish(run.start("run", f"{name}.yaml", "--workers", "1", "--out", name))
    return run


def killed(folder, name, rounds):
    run = Run(folder, f"{name}-killed", rounds)
    process = run.start("run", f"{name}.yaml", "--workers", "2", "--out", f"{name}-killed")
    run.wait(process, rounds // 4)
    workers = children(process.pid)
    if not workers:
        sys.exit("control-variates.py: no worker was found to kill.")
    os.kill(workers[0], signal.SIGKILL)
    run.wait(process, rounds // 2)
    if process.poll() is not None:
        sys.exit("control-variates.py: the run ended before it could be killed.")
    process.kill()
    process.wait()
    run.finish(run.start("resume", f"{name}-killed", "--workers", "7"))
    return run


def same(folder, left, right):
    names = ["rounds.csv", "model.safetensors", "checkpoint/clients.bin"]
    different = [name for name in names
                 if not filecmp.cmp(f"{folder}/{left}/{name}", f"{folder}/{right}/{name}", False)]
    print(f"{right:34s} " + (f"differs in {', '.join(different)}" if different
                             else "has the bytes of the undisturbed run"))
    return not different


def losses(folder, name):
    """Reports that were lost, and rounds that were abandoned."""
    with open(f"{folder}/{name}/rounds.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return sum(int(row["dropped"]) for row in rows), sum(
        row["status"] == "abandoned" for row in rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    is_right = True
    with tempfile.TemporaryDirectory() as folder:
        for name, steps in [("two-vectors", ""), ("equal-steps", ", local: {steps: 3}")]:
            for suffix, protocol in [("", MASKED), ("-clear", "none")]:
                with open(f"{folder}/{name}{suffix}.yaml", "w") as file:
                    rates = RATES if protocol != "none" else "dropout_rate: 0.25"
                    file.write(EXPERIMENT % (CLIENTS, rounds, steps, protocol, rates))
            is_right &= undisturbed(folder, name, rounds).verdict(name)
            is_right &= killed(folder, name, rounds).verdict(f"{name}-killed")
            is_right &= same(folder, name, f"{name}-killed")
            is_right &= undisturbed(folder, f"{name}-clear", rounds).verdict(f"{name}-clear")
            lost, abandoned = losses(folder, name)
            print(f"{name:34s} {lost} of {16 * rounds} reports lost, {abandoned} rounds abandoned")
            is_right &= lost > 0
    sys.exit(0 if is_right else 1)


if __name__ == "__main__":
    main()
