#!/usr/bin/env python3
"""Tries every key of an experiment file, and the options of `fedsim privacy`, at their extremes.

    scripts/extreme-settings.py [--quick] [--seed N] [--jobs N] [FEDSIM]

The keys and their ranges come from `fedsim explain --json`. Each key takes the limits of its type,
zero, negative and subnormal numbers, huge ones, NaN, infinity, the ends of its range and what lies
just beyond, in several base experiments, through `validate` and `plan`; tiny experiments also go
through `run`. What must hold: an exit code of those in the documentation, one sentence on standard
error where it is not 0, and less than 10 seconds and 500 MB. --quick tries a seeded sample, for CI.
"""

import argparse
import concurrent.futures
import json
import math
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CODES = {0, 64, 65, 66, 74, 75, 78}
# Of processor time, which does not know what else the machine does.
SECONDS = 10.0
BYTES = 500 << 20

SMALL = {
    "name": "extreme",
    "population": {"clients": 60, "days": 9},
    "model": {"kind": "logistic", "vocabulary": 16},
    "training": {"rounds": 2, "cohort_size": 4, "max_examples": 8},
    "evaluation": {"clients": 2, "new_clients": 1, "local_only": False},
}

BASES = {
    "plain": {},
    "poisson": {
        "training": {"sampling": "poisson"},
        "privacy": {"mechanism": "gaussian", "clipping_bound": 1, "noise_multiplier": 1},
    },
    "adaptive": {
        "training": {"sampling": "poisson"},
        "privacy": {"mechanism": "gaussian", "clipping": "adaptive", "noise_multiplier": 1,
                    "adaptive": {"count_deviation": 2}},
    },
    "fixed_size": {
        "privacy": {"mechanism": "gaussian", "clipping_bound": 1, "target_epsilon": 3},
    },
    "blt": {
        "training": {"sampling": "min_separation", "min_separation": 5, "rounds": 20},
        "privacy": {"mechanism": "blt", "clipping_bound": 1, "target_epsilon": 3},
    },
    "tree": {
        "training": {"sampling": "min_separation", "min_separation": 2},
        "privacy": {"mechanism": "tree", "clipping_bound": 1, "noise_multiplier": 1},
    },
    "banded": {
        "training": {"sampling": "cyclic", "min_separation": 3},
        "privacy": {"mechanism": "banded", "clipping_bound": 1, "noise_multiplier": 1},
    },
    "secagg_plus": {"secure_aggregation": {"protocol": "secagg_plus"}},
    "discrete_gaussian": {
        "privacy": {"mechanism": "discrete_gaussian", "clipping_bound": 1, "noise_multiplier": 1},
    },
    "skellam": {
        "secure_aggregation": {"protocol": "secagg"},
        "privacy": {"mechanism": "skellam", "clipping_bound": 1, "target_epsilon": 5},
    },
    "local_gaussian": {
        "privacy": {"mechanism": "local_gaussian", "clipping_bound": 1, "noise_multiplier": 1},
    },
    "lifecycle": {
        "population": {"days": 30, "drift": {"day": 25}, "arrivals": {"share": 0.2}},
        "lifecycle": {"first_day": 21, "ceiling_clients": 2},
    },
    "recurrent": {
        "model": {"kind": "lstm_ranker", "embedding": 4, "hidden": 4},
        "training": {"server": {"optimizer": "adam"}},
    },
    "benchmark": {
        "population": {"source": "benchmark", "days": None},
        "model": {"kind": "softmax"},
        "evaluation": {"every": 0},
    },
    "file": {"population": {"source": "file", "path": "log.sqlite", "clients": None, "days": None}},
}

# Experiments whose runs are tried too.
RUN_BASES = ("plain", "poisson", "blt", "secagg_plus", "skellam", "file")

NUMBERS = [
    "0", "-0", "0.0", "-0.0", "1", "-1", "2", "0.5", "5e-324", "-5e-324", "2.2250738585072014e-308",
    "1e-320", "1e-300", "1e-30", "1e-9", "1e-6", "1e6", "1e15", "1e19", "1e30", "1e300",
    "1.7976931348623157e308", "-1.7976931348623157e308", "1e400", ".inf", "-.inf", ".nan",
    "0.9999999999999999", "1.0000000000000002",
]
WHOLES = [
    "0", "-1", "1", "2", "3", "127", "255", "32767", "65535", "65536", "1000000", "10000000",
    "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296", "9007199254740993",
    "10000000000000", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616",
    "99999999999999999999999999", "010", "0x1F", "1:30", "1_000", "1e3", "2.5", ".nan", ".inf",
]
OTHERS = [
    "null", "~", "true", "[]", "{}", "[1, 2]", "{a: 1}", "''", "'5'", "2024-01-05", "x" * 10000,
    "*a", "&a 5", "!!binary aGk=", "#", "%", "a: b", "\u0007", "dir #1/x", "../../etc/passwd",
]


def beyond(key):
    """The ends of a key's range and their neighbours."""
    values = []
    for end in ("minimum", "maximum"):
        if key.get(end) is None:
            continue
        value = float(key[end])
        if key["type"] == "whole number":
            values += [str(int(value) + step) for step in (-1, 0, 1)]
        elif math.isfinite(value):
            values += [repr(value), repr(math.nextafter(value, -math.inf)),
                       repr(math.nextafter(value, math.inf))]
    return values


def values(key):
    if key["type"] == "whole number":
        found = WHOLES + OTHERS[:8]
    elif key["type"] == "number":
        found = NUMBERS + OTHERS[:8]
    elif key["type"] == "word":
        found = key["choices"] + OTHERS + ["0", "no"]
    elif key["type"] == "text":
        found = OTHERS + NUMBERS[:4] + ["010", "1e3", "a" * 100, "a" * 101, "a/" * 3000]
    else:
        found = OTHERS + ["0", "1", "no", "Yes"]
    found = found + beyond(key)
    return sorted(set(found), key=found.index)


def inside(key):
    """The ends of the range, what lies just beyond, and every word."""
    return list(dict.fromkeys(beyond(key) + key.get("choices", []) + ["0", "1"]))


def merged(base, changes):
    result = dict(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(result.get(key, {}), value)
        else:
            result[key] = value
    return result


def privacy_questions():
    """Arguments of `fedsim privacy`, one option at an extreme at a time."""
    bases = {
        "gaussian": [],
        "poisson": ["--sampler", "poisson", "--sampling-rate", "0.01"],
        "fixed_size": ["--sampler", "fixed_size", "--sampling-rate", "0.01"],
        "tree": ["--mechanism", "tree", "--min-separation", "2"],
        "banded": ["--mechanism", "banded", "--min-separation", "4"],
        "blt": ["--mechanism", "blt", "--min-separation", "4"],
        "discrete_gaussian": ["--mechanism", "discrete_gaussian", "--clients", "10",
                              "--dimension", "1000"],
        "skellam": ["--mechanism", "skellam", "--clients", "10", "--dimension", "1000"],
    }
    options = {
        "--sampling-rate": NUMBERS, "--delta": NUMBERS + ["1e-12", "1e-100", "0.999"],
        "--noise-multiplier": NUMBERS + ["1e-9", "0.01", "100"],
        "--epsilon": NUMBERS + ["1e-3", "100"], "--rounds": WHOLES + ["8192", "16384", "16385"],
        "--min-separation": WHOLES, "--restart-rounds": WHOLES, "--bands": WHOLES,
        "--buffers": WHOLES[:8], "--clients": WHOLES, "--dimension": WHOLES, "--bits": WHOLES,
        "--accountant": ["auto", "analytic", "pld", "rdp", "zcdp"],
        "--adjacency": ["add_or_remove", "replace_one", "zero_out"],
    }
    for verb in ("epsilon", "noise"):
        for name, base in bases.items():
            asked = {"--rounds": "50", "--delta": "1e-6"}
            asked["--noise-multiplier" if verb == "epsilon" else "--epsilon"] = "1"
            for option, choices in options.items():
                if option in ("--epsilon", "--noise-multiplier") and option not in asked:
                    continue
                for value in choices:
                    arguments = dict(asked, **{option: value})
                    given = [part for pair in arguments.items() for part in ("=".join(pair),)]
                    kept = [part for index, part in enumerate(base)
                            if part != option and (index == 0 or base[index - 1] != option)]
                    yield f"privacy {verb} {name}", ["privacy", verb, *kept, *given]


def cases(keys, folder):
    """Every try, in a fixed order: its group, its arguments."""
    for name, changes in BASES.items():
        path = os.path.join(folder, f"{name}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(merged(SMALL, changes), file)
        # What a key refuses by itself it refuses in every experiment: one of them is enough.
        for key in keys:
            for value in values(key) if name == "plain" else inside(key):
                change = ["--set", f"{key['key']}={value}"]
                for verb in ("validate", "plan") if name == "plain" else ("validate",):
                    yield f"{verb} {name}", [verb, path, *change]
                if name in RUN_BASES and value in inside(key):
                    yield f"run {name}", ["run", path, *change]
    yield from privacy_questions()
    plain = os.path.join(folder, "plain.yaml")
    for option in ("--workers",):
        for value in WHOLES:
            yield "run option", ["run", plain, f"{option}={value}"]
    for value in WHOLES + ["1000000000", "[1, 1]", "[]", "10000", "10001"]:
        yield "sweep seeds", ["validate", plain, "--set", f"sweep.seed={value}"]
    huge = "[" + ",".join(str(n) for n in range(1, 1001)) + "]"
    yield "sweep product", ["validate", plain] + [
        part for key in ("training.rounds", "seed", "training.max_examples")
        for part in ("--set", f"sweep.{key}={huge}")]
    for depth in (10, 100, 3000):
        yield "key path", ["validate", plain, "--set", "a" + ".a" * depth + "=1"]
        yield "key path", ["validate", plain, "--set", "sweep" + ".a" * depth + "=[1]"]
        yield "nesting", ["validate", plain, "--set", "sweep=" + "[" * depth + "]" * depth]
        yield "nesting", ["validate", plain, "--set", "sweep=" + "{a: " * depth + "1" + "}" * depth]
    for name, text in hostile_files():
        path = os.path.join(folder, f"hostile-{name}.yaml")
        with open(path, "wb") as file:
            file.write(text)
        yield "hostile file", ["validate", path]
    pipe = os.path.join(folder, "pipe.yaml")
    os.mkfifo(pipe)
    for path in (pipe, folder, "/dev/zero", "/dev/null", "a" * 300 + ".yaml", "a/" * 3000):
        yield "hostile file", ["validate", path]


def hostile_files():
    yield "laughs-below-sweep", ("sweep:\n  variants:\n    v0: &a0 {seed: 1}\n" + "".join(
        f"    v{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}\n" for n in range(1, 26))).encode()
    yield "laughs-as-values", ("name: &a0 [x, x]\n" + "".join(
        f"k{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))).encode()
    chain = "name: &a0 [x, x]\n" + "".join(
        f"k{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    yield "laughs-as-key", (chain + "*a39 : 1\n").encode()
    yield "laughs-as-explicit-key", (chain + "? *a39\n: 1\n").encode()
    yield "laughs-in-key", (chain + "{[*a39]: 1}: 2\n").encode()
    yield "merge", b"training: &t {rounds: 2}\nmodel:\n  <<: *t\n"
    yield "tag", b"name: !!binary aGVsbG8=\n"
    yield "set", b"training: !!set {a, b}\n"
    yield "documents", b"name: a\n---\nname: b\n"
    yield "nul", b"name: a\0b\n"
    yield "control", b"name: \x1b[31mred\n"
    yield "latin", "name: \u00e9\n".encode("latin-1")
    yield "utf16", "name: a\n".encode("utf-16")
    yield "deep-flow", b"a: " + b"[" * 100000
    yield "deep-block", b"a:\n " + b"- " * 20000 + b"x\n"
    yield "deep-map", "".join(" " * n + "a:\n" for n in range(1200)).encode()
    yield "many-keys", "".join(f"k{n}: 1\n" for n in range(100000)).encode()
    yield "long-key", b"k" * 1000000 + b": 1\n"
    yield "long-value", b"name: " + b"k" * 1000000 + b"\n"
    yield "large", b"name: a\n" + b"# comment\n" * 10000000
    yield "list-of-sweep", ("sweep: {seed: [" + ",".join(map(str, range(200000))) + "]}").encode()
    yield "paired", ("sweep: {paired: {seed: [" + ",".join(map(str, range(20000)))
                     + "], training.rounds: [" + ",".join(map(str, range(1, 20001)))
                     + "]}}").encode()


def limited():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setsid()


def attempt(program, arguments, folder):
    """Runs once; returns the problem, or None."""
    out = os.path.join(folder, "out")
    command = [program, *arguments]
    if arguments[0] in ("run", "lifecycle"):
        shutil.rmtree(out, ignore_errors=True)
        command += ["--out", out, "--quiet"]
        if not any(part.startswith("--workers") for part in arguments):
            command += ["--workers", "1"]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell")
    with open(os.path.join(folder, "errors"), "wb+") as errors:
        started = time.monotonic()
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                cwd=folder, env=environment, preexec_fn=limited)
        except (OSError, ValueError) as error:
            return None if getattr(error, "errno", 0) == 7 else f"cannot start: {error}"
        deadline = started + 12 * SECONDS
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                os.killpg(child.pid, signal.SIGKILL)
                pid, status, usage = os.wait4(child.pid, 0)
                break
            time.sleep(0.01)
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read().decode("utf-8", "replace")
    seconds = usage.ru_utime + usage.ru_stime
    code = child.returncode
    problems = []
    if code not in CODES:
        problems.append(f"exit code {code}")
    if seconds > SECONDS:
        problems.append(f"{seconds:.1f} s")
    if usage.ru_maxrss * 1024 > BYTES:
        problems.append(f"{usage.ru_maxrss >> 10} MB")
    if code != 0:
        lines = [line for line in text.splitlines() if line.strip()]
        sentence = [line for line in lines if line.startswith(("fedsim: ", "Error: "))]
        usages = [line for line in lines if line.startswith(("Usage: ", "  See ", "Help: "))]
        # A run tells what happened on the way; its last line is the error.
        if arguments[0] == "run" and code != 64:
            held = bool(lines) and lines[-1] in sentence
        else:
            # All mistakes are told at once, each on a line of its own and about a key of its own.
            about = [line.split(": ")[2].split(" ")[0] for line in sentence if line.count(": ") > 1]
            several = len(sentence) == len(lines) == len(set(about))
            held = several or len(sentence) == 1 and (len(lines) == 1 or bool(usages))
        if not held:
            problems.append(f"{len(lines)} lines: {text[-200:]!r}")
        elif any(ord(letter) < 32 for letter in sentence[-1]):
            problems.append("control characters")
    if any(word in text for word in ("Fatal error", "Illegal instruction", "Swift/", "DecodingError")):
        problems.append("a trap")
    return "; ".join(problems) or None


def wants_run(arguments):
    """Runs are tried where they end soon by themselves."""
    change = arguments[-1]
    name, _, value = change.partition("=")
    slow = {
        "training.rounds", "training.local.epochs", "evaluation.local_only_epochs",
        "evaluation.pooled_epochs", "population.days", "population.clients", "evaluation.clients",
        "evaluation.new_clients", "training.cohort_size", "model.embedding", "model.hidden",
        "model.vocabulary", "lifecycle.ceiling_clients", "privacy.audit.canaries",
        "population.source", "training.max_examples", "training.capacity", "privacy.target_epsilon",
    }
    if name not in slow:
        return True
    try:
        return abs(float(value)) <= 3
    except ValueError:
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", default=".build/release/fedsim")
    parser.add_argument("--quick", action="store_true", help="a seeded sample, for CI")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="tries whose group begins like this")
    parser.add_argument("--no-run", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    keys = json.loads(subprocess.run(
        [program, "explain", "--json"], check=True, capture_output=True).stdout)["keys"]
    folder = tempfile.mkdtemp(prefix="fedsim-extreme-")
    try:
        subprocess.run(
            [program, "data", "generate", "--clients", "60", "--days", "9", "--out",
             os.path.join(folder, "log.sqlite")], check=True, capture_output=True)
        tries = [case for case in cases(keys, folder)
                 if case[0].startswith(options.only)
                 and (case[1][0] != "run" or (not options.no_run and wants_run(case[1])))]
        total = len(tries)
        if options.quick:
            sample = random.Random(options.seed)
            special = [case for case in tries if case[0] in
                       ("hostile file", "key path", "nesting", "sweep product")]
            tries = special + sample.sample(
                [case for case in tries if case not in special], min(500, total - len(special)))
        print(f"{len(keys)} keys, {len(tries)} of {total} tries, seed {options.seed}", flush=True)
        failures = 0
        slots = [os.path.join(folder, f"slot{n}") for n in range(options.jobs)]
        for slot in slots:
            os.makedirs(slot)
            os.symlink("../log.sqlite", os.path.join(slot, "log.sqlite"))
        free = list(slots)

        def one(case):
            slot = free.pop()
            try:
                return attempt(program, case[1], slot)
            finally:
                free.append(slot)

        counts = {}
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for case, problem in zip(tries, pool.map(one, tries)):
                held = counts.setdefault(case[0].split(" ")[0], [0, 0])
                held[0] += 1
                held[1] += problem is None
                if problem is None:
                    continue
                failures += 1
                shown = " ".join(part if len(part) < 100 else part[:100] + "…" for part in case[1])
                print(f"FAILED {case[0]}: {shown.replace(folder, '.')}: {problem}", flush=True)
        for name, (tried, held) in counts.items():
            print(f"{name}: {tried} tried, {held} held")
        print(f"{len(tries)} tried, {len(tries) - failures} held")
        return 1 if failures else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
