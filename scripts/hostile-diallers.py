#!/usr/bin/env python3
"""Strangers dial the coordinator while workers train; the run must not notice.

    scripts/hostile-diallers.py                    10 000 strangers; about a minute on 2 cores
    scripts/hostile-diallers.py --strangers 500    fewer

Runs one experiment with workers on pipes and once more with workers that dial back. The second time strangers connect
all the while: random bytes, a web browser's request, a frame of another type, the first frame of a key that nobody was
given, that of a worker's key that was used, one that names a worker's key without having it, half a first frame, and
connections that send nothing. All must be closed, the files of both runs must have the same bytes, log.txt must tell of
each kind in a few lines, no worker may be replaced, and the coordinator may not need more memory than without strangers.
Standard library alone; the first frame is made from docs/wire.md except for its seal, which needs AES.
"""

import argparse
import filecmp
import os
import random
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
import hashlib
import hmac

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAY_DIFFER = {"system.csv", "manifest.json", "log.txt", "checkpoint"}
MOST_AT_ONCE = 200

EXPERIMENT = """
name: strangers
population: {clients: 200, days: 10}
model: {kind: lstm, hidden: 24, embedding: 16, vocabulary: 128, sequence_length: 8}
training: {rounds: ROUNDS, cohort_size: 60}
evaluation: {every: 10, clients: 20, new_clients: 10, test_days: 3}
workers: {deadline_seconds: 60}
"""


def frame(kind, payload):
    fields = struct.pack("<HHI", 1, kind, len(payload))
    return b"FSIM" + fields + struct.pack("<I", zlib.crc32(fields + payload)) + payload


def first_frame(key):
    """With a box that does not open: without AES nobody can make one."""
    name = hmac.new(key, b"fedsim connection", hashlib.sha256).digest()[:16]
    return frame(100, name + struct.pack("<IQ", 2, 0) + bytes(16))


def run(program, experiment, folder, *settings):
    command = [program, "run", experiment, "--out", folder, "--workers", "2", "--quiet", *settings]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def peak_memory(process):
    try:
        text = open(f"/proc/{process.pid}/status").read()
        return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024
    except (OSError, AttributeError):
        return 0.0


def descriptors(process):
    try:
        return len(os.listdir(f"/proc/{process.pid}/fd"))
    except OSError:
        return 0


def files(folder):
    return sorted(name for name in os.listdir(folder) if name not in MAY_DIFFER)


def wait_for(path, process):
    while not os.path.exists(path):
        if process.poll() is not None:
            sys.exit(f"the run ended before any worker was started: {process.stderr.read()}")
        time.sleep(0.01)
    return open(path).read().split()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--strangers", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default=os.path.join(ROOT, ".build/release/fedsim"))
    options = parser.parse_args()
    draw = random.Random(options.seed)
    work = tempfile.mkdtemp(prefix="fedsim-strangers-")
    experiment = os.path.join(work, "strangers.yaml")
    open(experiment, "w").write(EXPERIMENT.replace("ROUNDS", str(options.rounds)))

    alone = {"peak": 0.0}
    process = run(options.program, experiment, f"{work}/local")
    while process.poll() is None:
        alone["peak"] = max(alone["peak"], peak_memory(process))
        time.sleep(0.05)
    assert process.returncode == 0, process.stderr.read()

    # Keeps what each worker is told, for the strangers that know it.
    script = 'head -n 1 > "$1/part-$2"; mv "$1/part-$2" "$1/line-$2"; exec "$0" worker --connect < "$1/line-$2"'
    words = ["sh", "-c", script, "{fedsim}", work, "{index}"]
    command = "[" + ", ".join("'" + word.replace("'", "''") + "'" for word in words) + "]"
    process = run(
        options.program, experiment, f"{work}/dialled", "--set", "workers.launcher=command",
        "--set", f"workers.command={command}", "--set", "workers.listen=127.0.0.1")
    host, port, key = wait_for(f"{work}/line-0", process)
    wait_for(f"{work}/line-1", process)
    known = bytes.fromhex(key)
    kinds = [
        ("random bytes", lambda: draw.randbytes(draw.randrange(1, 4_000))),
        ("a browser", lambda: b"GET / HTTP/1.1\r\nHost: fedsim\r\n\r\n"),
        ("a frame of another type", lambda: frame(101, bytes(44))),
        ("an unknown key", lambda: first_frame(draw.randbytes(32))),
        ("the name of a worker's key", lambda: first_frame(known)),
        ("half a first frame", lambda: first_frame(known)[: draw.randrange(1, 60)]),
        ("nothing", lambda: b""),
    ]
    begin = time.monotonic()
    opened, closed, peak, most = 0, 0, 0.0, 0
    waiting = {}

    def reap(seconds):
        nonlocal closed
        ready = select.select(list(waiting), [], [], seconds)[0] if waiting else []
        for stranger in ready:
            try:
                answer = stranger.recv(1)
            except OSError:
                answer = b""
            assert answer == b"", f"a stranger who sent {waiting[stranger]} got an answer"
            closed += 1
            stranger.close()
            del waiting[stranger]

    while opened < options.strangers and process.poll() is None:
        name, make = kinds[opened % len(kinds)]
        try:
            stranger = socket.create_connection((host, int(port)), timeout=20)
        except OSError:
            break
        opened += 1
        try:
            stranger.sendall(make())
        except OSError:
            pass
        waiting[stranger] = name
        reap(0)
        while len(waiting) >= MOST_AT_ONCE:
            reap(1)
        if opened % 100 == 0:
            peak = max(peak, peak_memory(process))
            most = max(most, descriptors(process))
    flood = time.monotonic() - begin
    still_running = process.poll() is None
    while waiting and process.poll() is None:
        reap(0.2)
        peak = max(peak, peak_memory(process))
    closed += len(waiting) if process.poll() is not None else 0
    errors = process.stderr.read()
    assert process.wait() == 0, errors

    names = files(f"{work}/local")
    assert names == files(f"{work}/dialled"), "other files"
    different = [n for n in names if not filecmp.cmp(f"{work}/local/{n}", f"{work}/dialled/{n}", shallow=False)]
    log = open(f"{work}/dialled/log.txt").read()
    refusals = [line for line in log.splitlines() if "Refused" in line]
    counted = sum(int(re.search(r"Refused (\d+) connection", line).group(1)) for line in refusals)
    replaced = sum("failed on client" in line or "failed between clients" in line for line in log.splitlines())
    print(f"{opened} strangers in {flood:.1f} s, {closed} closed, {counted} refusals in {len(refusals)} lines of log.txt")
    print(f"coordinator: {peak:.1f} MiB at most, {alone['peak']:.1f} MiB without strangers, {most} open files at most")
    print(f"workers replaced: {replaced}; files that differ: {different or 'none'} of {len(names)}")
    for line in refusals:
        print("  " + line)
    problems = []
    if opened < options.strangers:
        problems.append(f"the run ended after {opened} strangers; give it more --rounds")
    if not still_running:
        problems.append("the run ended before the last stranger came; give it more --rounds")
    if different:
        problems.append("files differ")
    if replaced:
        problems.append("workers were replaced")
    if closed < opened or counted < 0.99 * opened:
        problems.append("strangers were not refused")
    if len(refusals) > 6 * (2 + flood / 60):
        problems.append("log.txt has too many lines")
    if peak > alone["peak"] + 32:
        problems.append("the coordinator needed more memory")
    if problems:
        sys.exit("; ".join(problems) + f"; see {work}")
    subprocess.run(["rm", "-rf", work])


main()
