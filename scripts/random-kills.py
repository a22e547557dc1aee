#!/usr/bin/env python3
"""Kills runs at random moments and looks whether they end in the bytes of undisturbed ones.

    scripts/random-kills.py --quick             50 kills, a minute or two (CI)
    scripts/random-kills.py --count 1000        the whole
    scripts/random-kills.py --seed 7 --only 12  one of them again

Every case takes one of the experiments below and disturbs it, once or several times, until it is
finished: the coordinator, a worker, or both are killed; one of them is stopped, and goes on or is killed;
the program is told to stop (SIGINT, SIGTERM, SIGHUP); or the power is cut, on a file system that forgets
what was not synced (scripts/power-cut-fs.py; left out where there is no /dev/fuse). `fedsim resume`, or
the same command where there is no folder yet, goes on. A case holds when every file then has the bytes
of an undisturbed run (all but system.csv, manifest.json, log.txt, *_seconds.csv, the checkpoint, which
remembers how long they were, and SQLite's own files), when there is no other file, and when every worker has left a second after its coordinator.

Experiments with `randomness: system` end in bytes of their own. There a case holds when every row that
anybody could have read before a disturbance is in the finished file, so that what was released is
released once and counted: `--only-system` takes those alone.

Only processes that this script started, and their children, are ever signalled.
"""

import argparse
import concurrent.futures
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FEDSIM = os.path.abspath(
    os.environ.get("FEDSIM") or os.path.join(HERE, "..", ".build", "release", "fedsim"))

PLAIN = """
name: plain
population: {clients: 60, days: 8}
model: {kind: softmax}
training: {rounds: 12, cohort_size: 12}
evaluation: {every: 5, clients: 20, new_clients: 6, test_days: 2}
checkpoint: {every: 2}
"""


def variant(text, *more):
    return "\n".join([text, *more])


EXPERIMENTS = {
    "plain": ("run", PLAIN),
    "lstm": ("run", PLAIN.replace("{kind: softmax}", "{kind: lstm}").replace("rounds: 12", "rounds: 5")),
    "secagg_plus": ("run", variant(
        PLAIN.replace("rounds: 12", "rounds: 5"), "secure_aggregation: {protocol: secagg_plus}",
        "faults: {dropout_rate: 0.1, after_shares_rate: 0.05, after_upload_rate: 0.05}")),
    "gaussian": ("run", variant(
        PLAIN.replace("cohort_size: 12", "cohort_size: 12, weighting: uniform"),
        "privacy: {mechanism: gaussian, clipping_bound: 1, noise_multiplier: 1}")),
    "blt": ("run", variant(
        PLAIN.replace("cohort_size: 12", "cohort_size: 12, weighting: uniform, sampling: cyclic, min_separation: 4"),
        "privacy: {mechanism: blt, clipping_bound: 1, noise_multiplier: 1}")),
    "imported": ("run", PLAIN.replace(
        "{clients: 60, days: 8}", "{source: file, path: %(data)s/log.sqlite}")),
    "sealed": ("run", PLAIN.replace(
        "{clients: 60, days: 8}",
        "{source: file, path: %(data)s/sealed.sqlite, seal_key_file: %(data)s/key}")),
    "sweep": ("sweep", variant(
        PLAIN.replace("rounds: 12", "rounds: 4"),
        "sweep: {training.local.learning_rate: [0.05, 0.1], seed: 2}")),
    # Begins with the folder of a smaller grid, see BEFORE.
    "growing": ("sweep", variant(
        PLAIN.replace("rounds: 12", "rounds: 2"),
        "sweep: {training.local.learning_rate: [0.02, 0.05, 0.1], seed: 4}")),
    "stopping": ("run", PLAIN.replace(
        "rounds: 12", "rounds: 30, stop: {patience: 6}").replace("every: 5", "every: 1, keep_best: true")),
    "lifecycle": ("lifecycle", """
name: life
population: {clients: 60, days: 30, preset: routine, drift: {day: 12}}
model: {kind: logistic}
training: {rounds: 4, cohort_size: 10, local: {learning_rate: 0.1}}
evaluation: {every: 4, clients: 20, new_clients: 5}
lifecycle: {retraining_days: 2, monitor: {threshold: 0.85, window_days: 3}}
"""),
}

SYSTEM = "privacy: {randomness: system, clipping_bound: 1, "
EXPERIMENTS |= {
    "system_poisson": ("run", variant(
        PLAIN.replace("cohort_size: 12", "cohort_size: 12, sampling: poisson"),
        SYSTEM + "mechanism: gaussian, noise_multiplier: 1}")),
    "system_blt": ("run", variant(
        PLAIN.replace("cohort_size: 12", "cohort_size: 12, sampling: cyclic, min_separation: 4"),
        SYSTEM + "mechanism: blt, noise_multiplier: 1}")),
    "system_skellam": ("run", variant(
        PLAIN.replace("rounds: 12", "rounds: 5"), SYSTEM + "mechanism: skellam, noise_multiplier: 2}",
        "secure_aggregation: {protocol: secagg_plus, dropout_fraction: 0.3}",
        "faults: {dropout_rate: 0.1, after_upload_rate: 0.05}")),
    "system_lifecycle": ("lifecycle", variant(
        EXPERIMENTS["lifecycle"][1].replace(
            "monitor: {threshold: 0.85,", "monitor: {threshold: 0.85, noise_multiplier: 2,"),
        SYSTEM + "mechanism: gaussian, noise_multiplier: 1}")),
}
# What a case finds in its folder before anything is disturbed.
BEFORE = {
    "growing": EXPERIMENTS["growing"][1].replace("[0.02, 0.05, 0.1], seed: 4", "[0.05, 0.1], seed: 3"),
}
# Rows that tell of releases.
RELEASES = ("rounds.csv", "privacy.csv", "lifecycle.csv")

KINDS = ["coordinator", "worker", "both", "stop", "stop-kill", "signal", "power"]


class Fault(Exception):
    pass


def run(*arguments):
    done = subprocess.run([FEDSIM, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"fedsim {' '.join(arguments)}: exit status {done.returncode}: {done.stderr}")


def digests(folder):
    """By name below the folder: the hash of every file that must not differ."""
    found = {}
    for path, _, files in os.walk(folder):
        for file in files:
            if file in ("system.csv", "manifest.json", "log.txt") or file.endswith("_seconds.csv"):
                continue
            name = os.path.relpath(os.path.join(path, file), folder)
            if ".sqlite" in file or os.path.basename(path) == "checkpoint":
                found[name] = "there"
                continue
            with open(os.path.join(path, file), "rb") as content:
                found[name] = hashlib.sha256(content.read()).hexdigest()
    # SQLite's journals come and go.
    return {name: digest for name, digest in found.items() if not name.endswith(("-wal", "-shm", "-journal"))}


def start_time(process):
    """When a process was started, in clock ticks; tells it from another with its id."""
    try:
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except OSError:
        return None


class Process:
    """One fedsim that this script started, and the workers that it started."""

    def __init__(self, arguments, output):
        self.output = output
        self.popen = subprocess.Popen(
            [FEDSIM, *arguments, "--quiet"], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            cwd=os.path.dirname(output.name))
        self.workers = {}

    def look(self):
        """Notes the workers that run."""
        process = self.popen.pid
        try:
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/children") as file:
                    for child in file.read().split():
                        if begun := start_time(int(child)):
                            self.workers.setdefault(int(child), begun)
        except OSError:
            pass

    def living(self):
        self.look()
        return [child for child, begun in self.workers.items() if start_time(child) == begun]

    def signal(self, number):
        if self.popen.poll() is None:
            self.popen.send_signal(number)

    def signal_workers(self, number, among):
        for child in among:
            if start_time(child) == self.workers[child]:
                try:
                    os.kill(child, number)
                except ProcessLookupError:
                    pass

    def wait(self, seconds):
        """Until it ends by itself; raises where it does not."""
        end = time.monotonic() + seconds
        while self.popen.poll() is None:
            if time.monotonic() > end:
                self.signal(signal.SIGKILL)
                raise Fault(f"it did not end within {seconds} s")
            self.look()
            time.sleep(0.01)
        return self.popen.returncode

    def require_alone(self, slack):
        """No worker may be there a second after its coordinator."""
        end = time.monotonic() + 1 + slack
        while left := self.living():
            if time.monotonic() > end:
                self.signal_workers(signal.SIGKILL, left)
                raise Fault(f"workers {left} outlived their coordinator")
            time.sleep(0.02)


class Disk:
    """A mounted file system that forgets."""

    def __init__(self, folder, seed, strict):
        self.image, self.point = os.path.join(folder, "image"), os.path.join(folder, "disk")
        self.seed, self.strict = seed, strict
        for path in (self.image, self.point):
            os.makedirs(path)

    def mount(self):
        self.seed += 1
        arguments = [sys.executable, os.path.join(HERE, "power-cut-fs.py"), self.image, self.point]
        self.server = subprocess.Popen(
            arguments + ["--seed", str(self.seed)] + ["--strict"] * self.strict, stdout=subprocess.PIPE)
        if self.server.stdout.readline() != b"ready\n":
            sys.exit("scripts/power-cut-fs.py could not mount.")

    def end(self, number):
        self.server.send_signal(number)
        self.server.wait(60)
        self.server.stdout.close()


class Case:
    def __init__(self, number, options, references, folder):
        self.random = random.Random(f"{options.seed} {number}")
        self.number, self.options = number, options
        self.kind = self.random.choice(options.kinds)
        names = [name for name in EXPERIMENTS if not options.only_system or name.startswith("system")]
        self.name = self.random.choice(names)
        self.seen = []
        self.verb = EXPERIMENTS[self.name][0]
        self.reference, self.duration = references[self.name]
        self.folder = os.path.join(folder, f"case-{number}")
        self.data = folder
        self.story = []

    def perform(self):
        os.makedirs(self.folder)
        disk = None
        if self.kind == "power":
            disk = Disk(self.folder, self.random.randrange(10**9), self.options.strict)
        self.base = disk.point if disk else self.folder
        self.out = os.path.join(self.base, "out")
        try:
            # Once in three a run is disturbed again after it was resumed.
            disturbances = 1 + (self.random.random() < 0.33) + (self.random.random() < 0.1)
            for attempt in range(disturbances + 1):
                if disk:
                    disk.mount()
                try:
                    if self.name in BEFORE and attempt == 0:
                        run("sweep", os.path.join(self.data, f"{self.name}-before.yaml"), "--out", self.out, "--quiet")
                    finished = self.work(disk, attempt < disturbances)
                    if self.name.startswith("system") and not (disk and disk.server.poll() is not None):
                        self.seen.append(releases(self.out))
                    if finished:
                        self.compare()
                finally:
                    if disk and disk.server.poll() is None:
                        disk.end(signal.SIGTERM)
                if finished:
                    break
            else:
                raise Fault("it never finished")
        except Fault as fault:
            return f"{fault} ({'; '.join(self.story)})"
        shutil.rmtree(self.folder, ignore_errors=True)
        return None

    def work(self, disk, is_disturbed):
        """One process from start to end; whether it finished."""
        begun = os.path.exists(os.path.join(self.out, "sweep.yaml" if self.verb == "sweep" else "config.yaml"))
        if begun and self.name not in BEFORE:
            arguments = ["resume", self.out]
        else:
            # A folder without its file is one in the making of a sweep.
            arguments = [self.verb, os.path.join(self.data, f"{self.name}.yaml"), "--out", self.out]
        if self.verb != "sweep":
            arguments += ["--workers", str(self.random.choice([1, 2, 3]))]
        self.story.append(arguments[0])
        with open(os.path.join(self.folder, f"output-{len(self.story)}"), "w+") as output:
            process = Process(arguments, output)
            try:
                told = self.disturb(process, disk) if is_disturbed else None
                code = process.wait(60)
                process.require_alone(self.options.slack)
            finally:
                process.signal(signal.SIGKILL)
                process.popen.wait()
            output.seek(0)
            text = output.read()
        self.story.append(f"exit {code}")
        if told == "dead" or disk and disk.server.poll() is not None:
            return False
        if code == 0:
            return True
        # Whoever kills workers again and again is told that the run can be resumed.
        if code == 75 and self.kind == "worker":
            return False
        if told == "asked" and code in (130, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP):
            return False
        raise Fault(f"exit status {code}: {text.strip()[-2000:]}")

    def disturb(self, process, disk):
        """Returns "dead" when the coordinator was killed, "asked" when it was told to stop."""
        moment = time.monotonic() + self.random.uniform(0, 1.1 * self.duration)
        while time.monotonic() < moment and process.popen.poll() is None:
            process.look()
            time.sleep(0.002)
        workers = process.living()
        victims = [worker for worker in workers if self.random.random() < 0.6] or workers[:1]
        self.story.append(f"{self.kind}, {len(workers)} workers")
        if process.popen.poll() is not None:
            return None
        match self.kind:
            case "coordinator":
                process.signal(signal.SIGKILL)
                return "dead"
            case "worker":
                process.signal_workers(signal.SIGKILL, victims)
            case "both":
                for act in self.random.sample(
                    [lambda: process.signal(signal.SIGKILL),
                     lambda: process.signal_workers(signal.SIGKILL, victims)], 2):
                    act()
                return "dead"
            case "stop":
                stops_workers = self.random.random() < 0.5
                send = (lambda number: process.signal_workers(number, victims)) if stops_workers else process.signal
                send(signal.SIGSTOP)
                time.sleep(self.random.uniform(0, 0.5))
                send(signal.SIGCONT)
            case "stop-kill":
                process.signal(signal.SIGSTOP)
                time.sleep(self.random.uniform(0, 0.3))
                process.signal(signal.SIGKILL)
                return "dead"
            case "signal":
                process.signal(self.random.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
                return "asked"
            case "power":
                disk.end(signal.SIGUSR1)
                process.signal(signal.SIGKILL)
                return "dead"
        return None

    def compare(self):
        if self.name.startswith("system"):
            return self.compare_releases()
        found = digests(self.out)
        for name in sorted(found.keys() | self.reference.keys()):
            if name not in found:
                raise Fault(f"{name} is missing")
            if name not in self.reference:
                raise Fault(f"{name} is there besides")
            if found[name] != self.reference[name]:
                raise Fault(f"{name} has other bytes")


    def compare_releases(self):
        """Every row that could be read before is in the finished files, at its place."""
        final = releases(self.out)
        if sorted(digests(self.out)) != sorted(self.reference) and self.verb == "run":
            raise Fault("there are other files than in an undisturbed run")
        for before in self.seen:
            for name, text in before.items():
                # The last row may have been half written.
                whole = text[: text.rfind(b"\n") + 1]
                if not final.get(name, b"").startswith(whole):
                    raise Fault(f"{name} lost a row that was released")
        self.rows = sum(text.count(b"\n") for before in self.seen for text in before.values())


def releases(folder):
    """By name below the folder: the files whose rows tell of releases."""
    found = {}
    for path, folders, files in os.walk(folder):
        # What is in the making is under another name, and nobody was to read it yet.
        folders[:] = [name for name in folders if ".partial-" not in name]
        for file in files:
            if file in RELEASES:
                with open(os.path.join(path, file), "rb") as content:
                    found[os.path.relpath(os.path.join(path, file), folder)] = content.read()
    return found


def prepare(folder):
    """Writes the experiments and logs, and makes every undisturbed run."""
    csv, key = os.path.join(folder, "log.csv"), os.path.join(folder, "key")
    run("data", "generate", "--clients", "60", "--days", "8", "--out", csv)
    run("data", "key", key)
    run("data", "import", csv, "--out", os.path.join(folder, "log.sqlite"))
    run("data", "import", csv, "--out", os.path.join(folder, "sealed.sqlite"), "--seal-key-file", key)
    references = {}
    for name, (verb, text) in EXPERIMENTS.items():
        path, out = os.path.join(folder, f"{name}.yaml"), os.path.join(folder, f"{name}-undisturbed")
        with open(path, "w") as file:
            file.write(text % {"data": folder} if "%(" in text else text)
        if name in BEFORE:
            with open(os.path.join(folder, f"{name}-before.yaml"), "w") as file:
                file.write(BEFORE[name])
        start = time.monotonic()
        run(verb, path, "--out", out, "--quiet")
        references[name] = (digests(out), time.monotonic() - start)
    return references


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="as --count 50")
    parser.add_argument("--seed", type=int, default=None, help="drawn and printed without")
    parser.add_argument("--jobs", type=int, default=min(4, 2 * (os.cpu_count() or 1)))
    parser.add_argument("--only", type=int, help="this case alone, and its folder is kept")
    parser.add_argument("--kinds", default=",".join(KINDS), help="some of " + ", ".join(KINDS))
    parser.add_argument("--only-system", action="store_true", help="the experiments with randomness: system alone")
    parser.add_argument("--strict", action="store_true", help="power cuts also forget names whose folder was not synced")
    parser.add_argument("--slack", type=float, default=1.0, help="seconds more for workers to leave, on a busy machine")
    options = parser.parse_args()
    if options.quick:
        options.count = 50
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10**6)
    options.kinds = options.kinds.split(",")
    if not os.path.exists("/dev/fuse") or not shutil.which("fusermount3"):
        if "power" in options.kinds:
            print("no power cuts: they need /dev/fuse and fusermount3 (apt-get install fuse3)")
        options.kinds = [kind for kind in options.kinds if kind != "power"]
    print(f"seed {options.seed}", flush=True)
    # In memory: thousands of fsyncs would mostly measure the disk.
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="fedsim-kills-", dir=parent)
    failures, done, counts = 0, 0, {}
    try:
        references = prepare(folder)
        numbers = range(options.count) if options.only is None else [options.only]
        start = time.monotonic()
        lock = threading.Lock()

        def perform(number):
            case = Case(number, options, references, folder)
            return case, case.perform()

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for case, fault in pool.map(perform, numbers):
                with lock:
                    done += 1
                    held, tried = counts.get((case.kind, case.name), (0, 0))
                    counts[case.kind, case.name] = (held + (fault is None), tried + 1)
                    if fault:
                        failures += 1
                        print(
                            f"FAILED {case.number}, {case.name}, {case.kind}: {fault}; again with "
                            f"--seed {options.seed} --only {case.number}", flush=True)
                    elif done % 100 == 0:
                        print(f"{done} cases, {failures} failed", flush=True)
        for kind in options.kinds:
            each = {name: pair for (own, name), pair in counts.items() if own == kind}
            held, tried = (sum(pair[i] for pair in each.values()) for i in (0, 1))
            text = ", ".join(f"{name} {pair[0]}/{pair[1]}" for name, pair in sorted(each.items()))
            print(f"{kind}: {held} of {tried} held ({text})")
        print(f"{done - failures} of {done} held, {time.monotonic() - start:.0f} s, seed {options.seed}")
    finally:
        if options.only is None or not failures:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"kept: {folder}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
