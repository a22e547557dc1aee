#!/usr/bin/env python3
"""Starts one worker of fedsim on a Ray cluster, and stays until it has ended: a launcher for those who live on Ray.

    workers:
      launcher: command
      command: python3 scripts/ray-launcher.py /shared/fedsim worker --connect

fedsim calls it once for each worker. It gets one line on standard input, the address and key to dial, and hands it to a
task that Ray places where a CPU is free (RAY_ADDRESS says which cluster; RAY_RESOURCES is JSON, such as
'{"num_cpus": 4}'). The worker then talks to the coordinator over TCP: no data goes through Ray. When the task, its
node or this process dies, fedsim sees a lost worker and calls again, so Ray itself retries nothing.
"""

import json
import os
import signal
import subprocess
import sys

import ray


def serve(command, line):
    """Runs on a node: the worker as a child that goes when Ray's process goes."""
    import ctypes

    def go_with_parent():
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)

    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell")
    worker = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment, preexec_fn=go_with_parent)
    worker.stdin.write(line)
    worker.stdin.flush()
    # Its standard input stays open as long as it is wanted.
    errors = worker.stderr.read()
    return worker.wait(), errors[-4000:]


def main():
    command = sys.argv[1:]
    if not command:
        sys.exit(f"{sys.argv[0]}: give the command of the worker, such as fedsim worker --connect")
    line = sys.stdin.buffer.readline()
    try:
        ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), log_to_driver=False, logging_level="ERROR")
    except ConnectionError as error:
        sys.exit(f"{sys.argv[0]}: there is no Ray cluster to join; set RAY_ADDRESS ({error})")
    resources = json.loads(os.environ.get("RAY_RESOURCES", '{"num_cpus": 1}'))
    work = ray.remote(max_retries=0, **resources)(serve).remote(command, line)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        code, errors = ray.get(work)
    except ray.exceptions.RayError as error:
        sys.exit(f"{sys.argv[0]}: the task was lost: {error}")
    sys.stderr.buffer.write(errors)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
