"""A small made-up usage log with every kind of event; writes synthetic_log.json beside itself.

Sessions follow each other over 24 days; times are whole seconds of local time. Some sessions open
no app, some apps are installed and never opened, and equal time stamps occur.
"""

import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent
START = 1_767_571_200  # Monday 2026-01-05 00:00


def make_log(seed=11, sessions=110, apps=9):
    generator = np.random.default_rng(seed)
    weights = 1 / np.arange(1, apps + 1)
    log = {"sessions": [], "opens": [], "installs": []}
    time = START + 3600
    app = 0
    for session in range(sessions):
        time += int(generator.lognormal(8.5, 1.6)) + 1
        start = time
        first = len(log["opens"])
        for _ in range(generator.choice(5, p=[0.2, 0.4, 0.2, 0.1, 0.1])):
            if generator.random() > 0.25:
                app = int(generator.choice(apps, p=weights / weights.sum()))
            time += int(generator.integers(0, 90))
            log["opens"].append([time, app])
        time += int(generator.integers(0, 60))
        log["sessions"].append(
            {
                "start": start,
                "end": time,
                "opens": [first, len(log["opens"])],
                "place": int(generator.choice([0, 1, 2, 3, 7])),
                "notification": int(generator.choice([-1, -1, -1, 1, 4, 8])),
            }
        )
        if session % 30 == 20:
            log["installs"].append([time + 1, apps + session // 30])
    return log


def moments(log, task):
    """Triples (session, open, time) of the labelled moments."""
    result = []
    for index, session in enumerate(log["sessions"]):
        first, end = session["opens"]
        for position in range(first, end):
            app = log["opens"][position][1]
            if task == "first_app" and position != first:
                continue
            if task == "next_app" and (position == 0 or app == log["opens"][position - 1][1]):
                continue
            time = session["start"] if position == first else log["opens"][position][0]
            result.append((index, position, time))
    return result


def candidates(log, task, moment):
    """Apps opened before, latest first; then apps installed or seen in a notification, latest
    first, that were never opened."""
    session, position, time = moment
    opened = []
    for _, app in log["opens"][:position]:
        if app in opened:
            opened.remove(app)
        opened.insert(0, app)
    appeared = [(when, 0, app) for when, app in log["installs"] if when < time]
    for shown in log["sessions"][: session + 1]:
        if shown["notification"] >= 0:
            appeared.append((shown["start"], 1, shown["notification"]))
    new = []
    for _, _, app in sorted(appeared):
        if app not in opened and app not in new:
            new.insert(0, app)
    return (opened[1:] if task == "next_app" else opened) + new


if __name__ == "__main__":
    (FOLDER / "synthetic_log.json").write_text(json.dumps(make_log()) + "\n")
