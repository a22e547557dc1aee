"""Runs a command and watches it: wall time, peak memory of all its processes, limits."""

import ctypes
import os
import pathlib
import signal
import subprocess
import threading
import time

MEMORY_LIMIT = 6e9
PR_SET_CHILD_SUBREAPER = 36


class Failure(Exception):
    pass


def adopt_orphans():
    """Makes what a peer leaves behind (Ray's agents) a child of this process."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants():
    """Every process below this one."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    queue, found = list(children.get(os.getpid(), [])), []
    while queue:
        found.append(queue.pop())
        queue += children.get(found[-1], [])
    return found


def memory(process):
    """Proportional set size in bytes: pages that processes share count once in the sum."""
    try:
        lines = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def end(processes):
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def end_leftovers(patience=5):
    """Waits for processes that outlive their command, then ends them: all are our descendants."""
    deadline = time.monotonic() + patience
    while left := descendants():
        if time.monotonic() > deadline:
            end(left)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pass
        time.sleep(0.05)


class Watch(threading.Thread):
    """Samples the memory of all descendants; ends them when they take too much."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self):
        pause = 0.1
        while not self.done.wait(pause):
            start = time.perf_counter()
            processes = descendants()
            self.peak = max(self.peak, sum(map(memory, processes)))
            if self.peak > MEMORY_LIMIT:
                end(processes)
            # Watching takes at most two per cent of one core.
            pause = min(max(0.1, 50 * (time.perf_counter() - start)), 1)


def run(command, environment, timeout):
    """Runs the command; returns its output, wall seconds and peak bytes."""
    watch = Watch()
    watch.start()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        output, errors = process.communicate(timeout=timeout)
        seconds = time.perf_counter() - start
    except subprocess.TimeoutExpired:
        end(descendants())
        raise Failure(f"not done after {timeout} s") from None
    finally:
        watch.done.set()
        watch.join()
        end_leftovers()
    if watch.peak > MEMORY_LIMIT:
        raise Failure(f"took more than {MEMORY_LIMIT / 1e9:.0f} GB")
    if process.returncode != 0:
        last = (errors.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"exit code {process.returncode}: {last[:200]}")
    return output, seconds, watch.peak
