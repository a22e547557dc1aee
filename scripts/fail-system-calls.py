#!/usr/bin/env python3
"""Makes the n-th system call of a kind fail, one after the other, and looks what fedsim makes of it.

    scripts/fail-system-calls.py --quick        a drawn few of them, about a minute (CI)
    scripts/fail-system-calls.py                all of them
    scripts/fail-system-calls.py --seed 3 --verbs run,expire --calls openat,fsync

For every verb and every kind of call it counts how many calls there are, then starts the verb again and
again, with the first, second, … failing, as on a full disk, without memory or descriptors, or interrupted.
A case holds when

* the program ends within a minute, by itself and not by a signal, with one of the documented exit codes;
* an error is one sentence: one line that begins with "fedsim: " (reports of workers that were replaced
  come before it);
* the same command, or `resume` where there is a folder by then, gives the bytes of an undisturbed run
  afterwards, and leaves no other file.

Calls of the loader before the program begins count as well: a program that cannot be loaded may say so in
the loader's words, and where /bin/true crashes in the same way, the crash is the loader's. The C library
aborts any program that cannot give back the stack of a thread (`munmap`): then what counts is that the
command goes on as after any other crash. Needs strace
(apt-get install strace) and the right to trace one's own processes.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import importlib.util
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FEDSIM = os.path.abspath(
    os.environ.get("FEDSIM") or os.path.join(HERE, "..", ".build", "release", "fedsim"))
DOCUMENTED = {0, 64, 65, 66, 70, 74, 75, 78, 130}
LOADER = 127

FILE = ["ENOSPC", "EIO", "EDQUOT"]
CALLS = {
    "openat": ["EMFILE", "EIO", "ENOSPC", "EINTR"],
    "read": ["EIO", "EINTR"],
    "write": FILE + ["EINTR"],
    "pwrite64": FILE + ["EINTR"],
    "fsync": FILE + ["EINTR"],
    "fdatasync": FILE,
    "ftruncate": FILE + ["EINTR"],
    "lseek": ["EIO"],
    "rename": FILE,
    "unlink": ["EIO"],
    "mkdir": FILE,
    "rmdir": ["EIO"],
    "flock": ["ENOLCK", "EINTR"],
    "fcntl": ["ENOLCK"],
    "pipe2": ["EMFILE", "ENFILE"],
    "mmap": ["ENOMEM"],
    "mprotect": ["ENOMEM"],
    "munmap": ["ENOMEM"],
    "clone": ["EAGAIN", "ENOMEM"],
    "clone3": ["EAGAIN", "ENOMEM"],
    "vfork": ["EAGAIN"],
    "poll": ["EINTR", "ENOMEM"],
    "getrandom": ["EINTR", "ENOSYS"],
    "newfstatat": ["EIO"],
    "fstat": ["EIO"],
    "getdents64": ["EIO"],
    "wait4": ["EINTR"],
}

spec = importlib.util.spec_from_file_location("kills", os.path.join(HERE, "random-kills.py"))
kills = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kills)

TINY = kills.PLAIN.replace("rounds: 12", "rounds: 4")
SWEEP = TINY + "sweep: {training.local.learning_rate: [0.05, 0.1]}\n"


class Verb:
    """A command in a folder of its own, and how to do it again."""

    def __init__(self, prepare, command, results, again=None, checks=None):
        self.prepare, self.command, self.results = prepare, command, results
        self.again = again or (lambda folder: command)
        self.checks = checks


def fedsim(folder, *arguments):
    done = subprocess.run([FEDSIM, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)
    return done


def must(folder, *arguments):
    done = fedsim(folder, *arguments)
    if done.returncode != 0:
        sys.exit(f"fedsim {' '.join(arguments)}: exit status {done.returncode}: {done.stderr}")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


def goes_on(verb, file):
    """`resume` where there is something to resume, and the command anew where there is not."""

    def again(folder):
        begun = os.path.exists(os.path.join(folder, "out", file))
        return ["resume", "out", "--quiet"] if begun else verb

    return again


RUN = ["run", "tiny.yaml", "--out", "out", "--workers", "1", "--quiet"]
SWEEP_COMMAND = ["sweep", "sweep.yaml", "--out", "out", "--jobs", "1", "--quiet"]
IMPORT = ["data", "import", "log.csv", "--out", "log.sqlite", "--key-file", "client.key"]


def prepare_run(folder, _):
    write(folder, "tiny.yaml", TINY)


def prepare_resume(folder, _):
    write(folder, "tiny.yaml", TINY)
    process = subprocess.Popen(
        [FEDSIM, *RUN], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()


def prepare_sweep(folder, _):
    write(folder, "sweep.yaml", SWEEP)


def prepare_import(folder, shared):
    shutil.copy(os.path.join(shared, "log.csv"), folder)
    write(folder, "client.key", "ab" * 32)
    os.chmod(os.path.join(folder, "client.key"), 0o600)


def prepare_expire(folder, shared):
    shutil.copy(os.path.join(shared, "log.sqlite"), folder)


def prepare_add(folder, shared):
    shutil.copytree(os.path.join(shared, "one"), os.path.join(folder, "one"))


def prepare_promote(folder, shared):
    shutil.copytree(os.path.join(shared, "registry"), os.path.join(folder, "registry"))


def versions(folder):
    """What a registry holds, whatever its files look like."""
    done = fedsim(folder, "registry", "list", "--registry", "registry", "--json")
    text = re.sub(r'"run" : "[^"]*"', "", done.stdout)
    return f"{done.returncode} {text}"


VERBS = {
    "run": Verb(prepare_run, RUN, "out", goes_on(RUN, "config.yaml")),
    "resume": Verb(prepare_resume, ["resume", "out", "--quiet"], "out"),
    "sweep": Verb(prepare_sweep, SWEEP_COMMAND, "out", goes_on(SWEEP_COMMAND, "sweep.yaml")),
    "import": Verb(
        prepare_import, IMPORT, ".",
        lambda folder: IMPORT + ["--overwrite"]),
    "expire": Verb(
        prepare_expire, ["data", "expire", "log.sqlite", "--keep-days", "3"], ".",
        lambda folder: ["data", "expire", "log.sqlite", "--keep-days", "3"]),
    "add": Verb(
        prepare_add, ["registry", "add", "one", "--registry", "registry"], ".", checks=versions),
    "promote": Verb(
        prepare_promote, ["registry", "promote", "1", "--registry", "registry"], ".", checks=versions),
}


def dump(path):
    """The content of a database; SQLite may lay the same out in different ways."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            text = "\n".join(database.iterdump())
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    except (sqlite3.Error, UnicodeError) as error:
        return f"no database: {error}"


def results(verb, folder):
    found = {}
    root = os.path.join(folder, verb.results)
    for path, folders, files in os.walk(root):
        # What the points of a sweep share is scratch, which a failing removal may leave.
        if "shared" in folders:
            folders.remove("shared")
        for file in files:
            if file in ("system.csv", "manifest.json", "log.txt", "trace") or file.endswith("_seconds.csv"):
                continue
            name = os.path.relpath(os.path.join(path, file), root)
            if name.endswith(("-wal", "-shm", "-journal")):
                continue
            if os.path.basename(path) == "checkpoint" or "registry.sqlite" in file:
                found[name] = "there"
                continue
            if file.endswith(".sqlite"):
                found[name] = dump(os.path.join(path, file))
                continue
            with open(os.path.join(path, file), "rb") as content:
                found[name] = hashlib.sha256(content.read()).hexdigest()
    if verb.checks:
        found["(registry)"] = verb.checks(folder)
    return found


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.shared = os.path.join(folder, "shared")
        os.makedirs(self.shared)
        write(self.shared, "tiny.yaml", TINY)
        must(self.shared, "data", "generate", "--clients", "20", "--days", "8", "--out", "log.csv")
        must(self.shared, "data", "import", "log.csv", "--out", "log.sqlite")
        must(self.shared, "run", "tiny.yaml", "--out", "one", "--quiet")
        must(self.shared, "registry", "add", "one", "--registry", "registry")

    def room(self, name, label):
        folder = os.path.join(self.folder, f"{name}-{label}")
        os.makedirs(folder)
        VERBS[name].prepare(folder, self.shared)
        return folder

    def reference(self, name):
        folder = self.room(name, "undisturbed")
        must(folder, *VERBS[name].command)
        return results(VERBS[name], folder)

    def counts(self, name):
        """How many calls of each kind there are, of the thread that makes most: strace counts by thread."""
        folder = self.room(name, "counted")
        trace = os.path.join(self.folder, f"{name}-trace")
        subprocess.run(
            ["strace", "-f", "-qq", "-e", "signal=none", "-e", f"trace={','.join(CALLS)}", "-o", trace,
             FEDSIM, *VERBS[name].command],
            cwd=folder, env=pinned(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        counted = collections.Counter()
        with open(trace, errors="replace") as lines:
            for line in lines:
                if match := re.match(r"(\d+) +([a-z0-9_]+)\(", line):
                    counted[match[1], match[2]] += 1
        return {
            call: max((count for (_, own), count in counted.items() if own == call), default=0)
            for call in CALLS
        }

    def perform(self, case, references):
        name, call, error, number = case
        verb = VERBS[name]
        folder = self.room(name, f"{call}-{error}-{number}")
        try:
            return self.hold(verb, name, call, error, number, folder, references[name])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def hold(self, verb, name, call, error, number, folder, reference):
        """What is wrong, or nothing."""
        trace = os.path.join(self.folder, f"trace-{name}-{call}-{error}-{number}")
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", trace, "-e", f"trace={call}", "-e",
             f"inject={call}:error={error}:when={number}", FEDSIM, *verb.command],
            cwd=folder, env=pinned(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)
        try:
            _, said = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            # strace is the leader of a session of its own; with it go those that it traces.
            os.killpg(process.pid, signal.SIGTERM)
            time.sleep(1)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return "it did not end within a minute"
        finally:
            injected = was_injected(trace)
            if os.path.exists(trace):
                os.unlink(trace)
        code = process.returncode
        if not injected:
            return None if code == 0 else f"nothing failed, but the exit code is {code}: {said[-300:]}"
        if code < 0 or code > 128 and code != 130:
            if not said and loader_dies(call, error, number):
                return None
            aborts = call == "munmap" and code in (-signal.SIGABRT, 128 + signal.SIGABRT)
            if aborts and results(verb, folder) != reference:
                again = fedsim(folder, *verb.again(folder))
                if again.returncode == 0 and results(verb, folder) == reference:
                    return None
            elif aborts:
                return None
            return f"it ended with signal {-code if code < 0 else code - 128}: {said[-300:]}"
        if code not in DOCUMENTED | {LOADER}:
            return f"exit code {code}: {said[-300:]}"
        if code not in (0, LOADER):
            errors = [line for line in said.splitlines() if line.startswith("fedsim: ")]
            others = [line for line in said.splitlines() if line and not line.startswith("fedsim: ")]
            reports = [line for line in errors if re.match(r"fedsim: (Worker |point \d)", line)]
            if not errors or len(errors) - len(reports) > 1 or others:
                return f"exit code {code}, and not one sentence: {said[-400:]!r}"
            if "Error Domain" in said or "NSCocoa" in said or "(null)" in said:
                return f"a framework's text: {said[-300:]!r}"
        # What could not be removed is still there.
        removes = call in ("unlink", "unlinkat", "rmdir")

        def relevant():
            found = results(verb, folder)
            return {name: value for name, value in found.items() if name in reference or not removes}

        found = relevant()
        if code == 0 and found != reference:
            return f"exit code 0, but {differences(found, reference)}"
        if found != reference:
            again = fedsim(folder, *verb.again(folder))
            if again.returncode != 0:
                return f"exit code {code}, then {again.returncode} without a fault: {again.stderr[-300:]}"
            found = relevant()
        if found != reference:
            return f"exit code {code} ({said.strip()[-200:]}); afterwards {differences(found, reference)}"
        left = [entry for entry in os.listdir(folder) if ".partial" in entry or ".sorting" in entry]
        if left and not removes:
            return f"exit code {code}; {left} are left"
        return None


def loader_dies(call, error, number):
    """Whether every program dies of it, before anything of its own runs."""
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
         f"inject={call}:error={error}:when={number}", "/bin/true"],
        capture_output=True, env=pinned(), check=False)
    return done.returncode < 0 or done.returncode > 128


def differences(found, reference):
    return ", ".join(
        f"{file} " + ("is missing" if file not in found else "is left" if file not in reference else "differs")
        for file in sorted(found.keys() | reference.keys()) if found.get(file) != reference.get(file))


def pinned():
    """With what fedsim else starts itself again for."""
    return dict(
        os.environ, OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell", SWIFT_BACKTRACE="enable=no")


def was_injected(trace):
    try:
        with open(trace, errors="replace") as lines:
            return any("(INJECTED)" in line for line in lines)
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a drawn few")
    parser.add_argument("--sample", type=int, help="how many to draw (--quick: 120)")
    parser.add_argument("--seed", type=int, help="drawn and printed without")
    parser.add_argument("--verbs", default=",".join(VERBS))
    parser.add_argument("--calls", default=",".join(CALLS))
    parser.add_argument("--each", type=int, default=60, help="of calls that come often, so many are drawn")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("strace is missing; install it with: apt-get install strace")
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    generator = random.Random(seed)
    print(f"seed {seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="fedsim-calls-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    try:
        bench = Bench(folder)
        names = options.verbs.split(",")
        references = {name: bench.reference(name) for name in names}
        cases = []
        for name in names:
            counted = bench.counts(name)
            for call in options.calls.split(","):
                numbers = range(1, counted[call] + 1)
                if call == "fcntl" and name in ("run", "resume", "sweep", "add"):
                    continue  # the locks of databases are meant, not the state of pipes
                for error in CALLS[call]:
                    for number in (
                        numbers if len(numbers) <= options.each else sorted(generator.sample(numbers, options.each))
                    ):
                        cases.append((name, call, error, number))
        size = options.sample or (120 if options.quick else len(cases))
        if size < len(cases):
            # Evenly over verbs and calls, not over how often a call comes.
            groups = collections.defaultdict(list)
            for case in cases:
                groups[case[:2]].append(case)
            for group in groups.values():
                generator.shuffle(group)
            cases = []
            while len(cases) < size:
                order = [group for group in groups.values() if group]
                generator.shuffle(order)
                for group in order[: size - len(cases)]:
                    cases.append(group.pop())
        tried, held = collections.Counter(), collections.Counter()
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for case, fault in zip(cases, pool.map(lambda case: bench.perform(case, references), cases)):
                tried[case[0]] += 1
                held[case[0]] += fault is None
                if fault:
                    name, call, error, number = case
                    print(f"FAILED {name}: {call} {number} with {error}: {fault}", flush=True)
        for name in names:
            print(f"{name}: {held[name]} of {tried[name]} held")
        print(
            f"{held.total()} of {tried.total()} held, {time.monotonic() - start:.0f} s, seed {seed}")
        sys.exit(0 if held == tried else 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
