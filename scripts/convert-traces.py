#!/usr/bin/env python3
"""Writes CSV files for `devices` and `availability` from the shapes in which FedScale and FLASH keep traces.

  convert-traces.py fedscale-devices capacity.json --flops-per-sample 1.2e9 > devices.csv
  convert-traces.py fedscale-availability behave.json > availability.csv
  convert-traces.py flash behavior.json > availability.csv

FedScale keeps its traces as pickles, which run whatever code their author put into them: have their owner
write them as JSON. `capacity.json` is {client: {"computation": ms per sample of inference, "communication":
kbit/s}}; `behave.json` is {client: {"active": [seconds …], "inactive": [seconds …], "finish_time": seconds}}.
FLASH's file is {client: {"messages": "2020-01-31 08:00:00\\tevent\\n…"}}; a phone is available while it is charging,
on Wi-Fi and locked. Clients are numbered in the order of the file. No trace comes with fedsim.
"""
import argparse
import csv
import datetime
import json
import sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("shape", choices=["fedscale-devices", "fedscale-availability", "flash"])
parser.add_argument("file")
parser.add_argument("--flops-per-sample", type=float, default=1e9,
                    help="operations of one inference of the model that was timed")


def fail(sentence):
    sys.exit(f"convert-traces.py: {sentence}")


def number(value, where):
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
        fail(f"{where} must be a number of at least 0, not {value!r}.")
    return value


def devices(clients, flops):
    yield ["client", "flops_per_second", "down_bits_per_second", "up_bits_per_second"]
    for index, (name, own) in enumerate(clients.items()):
        milliseconds = number(own.get("computation"), f"{name}.computation")
        bits = 1_000 * number(own.get("communication"), f"{name}.communication")
        if milliseconds == 0 or bits == 0:
            fail(f"{name}: a phone that takes no time is none.")
        yield [index, flops / (milliseconds / 1_000), bits, bits]


def joined(intervals):
    """In order, and apart."""
    result = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1][1] = max(end, result[-1][1])
        elif end > start:
            result.append([start, end])
    return result


def fedscale_availability(clients):
    yield ["client", "from_seconds", "until_seconds"]
    for index, (name, own) in enumerate(clients.items()):
        active = [number(time, f"{name}.active") for time in own.get("active", [])]
        inactive = [number(time, f"{name}.inactive") for time in own.get("inactive", [])]
        end = number(own.get("finish_time"), f"{name}.finish_time")
        own = [(start, min([t for t in inactive if t > start], default=end)) for start in active]
        for start, until in joined(own):
            yield [index, start, until]


# What an event says of charger, Wi-Fi and lock.
EVENTS = {
    "battery_charged_on": ("charging", True), "battery_charged_off": ("charging", False),
    "wifi": ("wifi", True), "2g": ("wifi", False), "3g": ("wifi", False), "4g": ("wifi", False),
    "5g": ("wifi", False), "unknown": ("wifi", False),
    "screen_lock": ("locked", True), "screen_off": ("locked", True),
    "screen_on": ("locked", False), "screen_unlock": ("locked", False),
}


def flash(clients):
    yield ["client", "from_seconds", "until_seconds"]
    logs = []
    for name, own in clients.items():
        log = []
        for line in own.get("messages", "").splitlines():
            try:
                time, event = line.split("\t")
                log.append((datetime.datetime.fromisoformat(time.strip()), event.strip().lower()))
            except ValueError:
                fail(f"{name}: '{line}' is no time and event with a tab between them.")
        logs.append(sorted(log, key=lambda entry: entry[0]))
    start = min((log[0][0] for log in logs if log), default=None)
    for index, log in enumerate(logs):
        state = {"charging": False, "wifi": False, "locked": False}
        since = None
        intervals = []
        for time, event in log:
            if event in ("phone_off", "phone_on"):
                state = dict.fromkeys(state, False)
            elif event in EVENTS:
                key, value = EVENTS[event]
                state[key] = value
            seconds = (time - start).total_seconds()
            if all(state.values()):
                since = seconds if since is None else since
            elif since is not None:
                intervals.append((since, seconds))
                since = None
        # What nobody ended is not known to have lasted.
        for begin, until in joined(intervals):
            yield [index, begin, until]


def main():
    arguments = parser.parse_args()
    with open(arguments.file, encoding="utf-8") as file:
        clients = json.load(file)
    if not isinstance(clients, dict):
        fail(f"{arguments.file}: must be an object with one entry for each client.")
    rows = {
        "fedscale-devices": lambda: devices(clients, arguments.flops_per_sample),
        "fedscale-availability": lambda: fedscale_availability(clients),
        "flash": lambda: flash(clients),
    }[arguments.shape]()
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
