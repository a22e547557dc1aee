"""One run of one peer or of fedsim, and the conditions it runs under."""

import csv
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
from importlib import metadata

import measure

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FEDSIM = ROOT / ".build/release/fedsim"
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
}
SCRIPTS = {
    "torch": "bare_torch.py",
    "torch-batched": "batched_torch.py",
    "pfl": "pfl_research.py",
    "flower": "flower.py",
}
TIMEOUT = 180


def rounds_of(peer, model, processes, quick):
    """Rounds of one run; the first is not timed. Ten where the whole process counts."""
    if quick:
        return 3
    if (model, processes) == ("lstm", 2):
        return 10
    if peer == "flower":
        return 7
    return 4 if model == "lstm" else {"fedsim": 60, "torch-batched": 60}.get(peer, 12)


def run(peer, model, processes, rounds):
    """Seconds of each round, seconds of the whole process, and peak bytes."""
    if peer == "fedsim":
        return run_fedsim(model, processes, rounds)
    command = [sys.executable]
    if peer == "pfl" and processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command += [str(HERE / SCRIPTS[peer]), "--model", model]
    command += ["--processes", str(processes), "--rounds", str(rounds)]
    output, whole, peak = measure.run(command, ENVIRONMENT, TIMEOUT)
    return json.loads(output.strip().splitlines()[-1])["seconds"], whole, peak


def run_fedsim(model, processes, rounds):
    with tempfile.TemporaryDirectory() as folder:
        command = [str(FEDSIM), "run", str(ROOT / f"experiments/bench-{model}.yaml"), "--quiet"]
        command += ["--out", f"{folder}/run", "--workers", str(processes)]
        command += ["--set", f"training.rounds={rounds}"]
        _, whole, peak = measure.run(command, ENVIRONMENT, TIMEOUT)
        with open(f"{folder}/run/system.csv", newline="") as file:
            return [float(row["seconds"]) for row in csv.DictReader(file)], whole, peak


def print_conditions():
    def output(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()

    names = ["torch", "numpy", "pfl", "flwr", "ray"]
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    revision = output("git", "-C", ROOT, "rev-parse", "--short", "HEAD")
    cpu = [line for line in open("/proc/cpuinfo") if line.startswith("model name")]
    name = cpu[0].partition(":")[2].strip() if cpu else platform.machine()
    print(f"machine: {name}, {os.cpu_count()} cores, Linux {platform.release()}")
    print(f"fedsim {output(FEDSIM, '--version')} ({revision}); ", end="")
    print(f"Python {platform.python_version()}, {packages}")
    print("one thread per process: " + ", ".join(f"{k}={v}" for k, v in ENVIRONMENT.items()))
