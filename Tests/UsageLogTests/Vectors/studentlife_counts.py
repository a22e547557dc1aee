"""Counts and most-frequent-app accuracy of the studentlife-3u log, the expected numbers of the import.

Usage: python3 studentlife_counts.py EVENTS.csv.gz          (needs NumPy)

Opens are the rows with is_system = 0 in file order. A session is one (user, session_id). Per user the
first Int(0.8 n) moments of a task are for training, the rest for testing.
"""

import csv
import gzip
import sys

import numpy as np


def report(name, counts, previous, targets, split):
    """Ranks apps by training counts (ties by first appearance), the previous app left out."""
    ranks, client_means = [], []
    for user, target in targets.items():
        order = np.argsort(-counts[user], kind="stable")
        user_ranks = []
        for index in range(split[user], len(target)):
            candidates = order[order != previous[user][index]]
            hit = np.flatnonzero(candidates == target[index])
            known = hit.size > 0 and counts[user][target[index]] > 0
            user_ranks.append(hit[0] + 1 if known else np.inf)
        ranks.extend(user_ranks)
        client_means.append(np.mean(np.array(user_ranks) <= 1))
    ranks = np.array(ranks)
    top = "/".join(f"{100 * np.mean(ranks <= k):.2f}" for k in (1, 3, 5))
    mean = 100 * np.mean(client_means)
    print(f"{name}: n = {len(ranks)}, top-1/3/5 {top}, MRR {100 * np.mean(1 / ranks):.2f},"
          f" client mean {mean:.2f}")


def main(path):
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    opens = [row for row in rows if row["is_system"] == "0"]
    users = list(dict.fromkeys(row["user_id"] for row in rows))
    app_ids = {app: i for i, app in enumerate(dict.fromkeys(row["app"] for row in opens))}
    sessions = {(row["user_id"], row["session_id"]) for row in rows}
    opened = {(row["user_id"], row["session_id"]) for row in opens}
    print(f"rows {len(rows)}, opens {len(opens)}, sessions {len(sessions)}, with an app {len(opened)}")

    stream = {u: np.array([app_ids[r["app"]] for r in opens if r["user_id"] == u]) for u in users}
    session = {u: np.array([int(r["session_id"]) for r in opens if r["user_id"] == u]) for u in users}

    # First app of a session; every open before the first test moment counts.
    places = {u: np.unique(session[u], return_index=True)[1] for u in users}
    split = {u: int(0.8 * len(places[u])) for u in users}
    seen = {u: stream[u][: places[u][split[u]]] for u in users}
    counts = {u: np.bincount(seen[u], minlength=len(app_ids)) for u in users}
    nothing = {u: np.full(len(places[u]), -1) for u in users}
    report("first_app", counts, nothing, {u: stream[u][places[u]] for u in users}, split)

    # Next app, self transitions dropped; the training targets count, the current app cannot follow.
    places = {u: 1 + np.flatnonzero(stream[u][1:] != stream[u][:-1]) for u in users}
    split = {u: int(0.8 * len(places[u])) for u in users}
    seen = {u: stream[u][places[u][: split[u]]] for u in users}
    counts = {u: np.bincount(seen[u], minlength=len(app_ids)) for u in users}
    before = {u: stream[u][places[u] - 1] for u in users}
    report("next_app", counts, before, {u: stream[u][places[u]] for u in users}, split)


if __name__ == "__main__":
    main(sys.argv[1])
