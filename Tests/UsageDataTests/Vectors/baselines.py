"""Scores of the baselines on synthetic_log.json, by direct counting; writes baselines.json.

Run synthetic_log.py first. The test is the last 20 % of the moments of each task. Scores are
natural logarithms of unnormalised probabilities, as the comments of the Swift types define them.
"""

import json

import numpy as np

from synthetic_log import FOLDER, candidates, moments


def share(apps, app):
    """Smoothed share of an app among a list of apps."""
    return (apps.count(app) + 0.5) / (len(apps) + 0.5 * (len(set(apps)) + 1))


def scores(log, task):
    opens = [app for _, app in log["opens"]]
    labelled = moments(log, task)
    past = labelled[: int(len(labelled) * 0.8 + 1e-9)]
    test = labelled[len(past) :]
    past_opens = opens[: test[0][1]]
    if task == "next_app":
        past_opens = [a for i, a in enumerate(past_opens) if i == 0 or a != past_opens[i - 1]]
    targets = [opens[position] for _, position, _ in past]
    hours = np.array([time % 86400 // 3600 for _, _, time in past])
    rows = []
    for session, position, time in test:
        moment = (session, position, time)
        distance = np.abs(hours - time % 86400 // 3600)
        kernel = np.exp(-np.minimum(distance, 24 - distance) ** 2 / 8)
        firsts = [
            opens[earlier["opens"][0]]
            for earlier in log["sessions"][:session]
            if earlier["opens"][0] < earlier["opens"][1]
        ]
        choices = candidates(log, task, moment)
        row = {name: [] for name in ("most_frequent", "most_recent", "hourly_frequent", "markov")}
        if task == "first_app":
            row["repeat_first"] = []
        for rank, app in enumerate(choices, start=1):
            near = kernel[np.array(targets) == app].sum()
            follows = sum(
                opens[p] == app and opens[p - 1] == opens[position - 1] for _, p, _ in past if p > 0
            )
            row["most_frequent"].append(np.log(share(past_opens, app)))
            row["most_recent"].append(-np.log(rank))
            row["hourly_frequent"].append(np.log(near + share(targets, app)))
            row["markov"].append(np.log(follows + share(targets, app)))
            if task == "first_app":
                row["repeat_first"].append(np.log(share(firsts, app) + (app == firsts[-1])))
        row = {name: np.round(values, 6).tolist() for name, values in row.items()}
        rows.append({"open": position, "candidates": choices, "scores": row})
    return rows


if __name__ == "__main__":
    log = json.loads((FOLDER / "synthetic_log.json").read_text())
    result = {task: scores(log, task) for task in ("first_app", "next_app")}
    (FOLDER / "baselines.json").write_text(json.dumps(result) + "\n")
