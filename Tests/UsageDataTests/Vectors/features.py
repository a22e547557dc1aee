"""Candidate features on synthetic_log.json, by summing over all earlier events in float64.

Run synthetic_log.py first; writes features.json. Nothing is kept incrementally except the mixture
weights, which are defined by a recursion: every count is a sum over the log, every decay a power
of the age of an event. Features are in the order of FeatureLayout.Candidate.
"""

import json

import numpy as np

from synthetic_log import FOLDER, candidates, moments

HALF_LIVES = np.array([1, 6, 24, 168]) * 3600.0
HOUR_KERNEL = np.exp(-np.arange(-2, 3) ** 2 / 2)
HOUR_KERNEL /= HOUR_KERNEL.sum()
GAP_RANGES = [60, 300, 900, 1800, 3600, 7200]
NOTIFICATION = 15


class Replay:
    """All that is known at one moment of the log."""

    def __init__(self, log, task):
        self.log, self.task = log, task
        self.opens = []  # (time, app), without repeats for next_app
        self.targets = []  # one dict per target
        self.counts = {}  # gap range -> mixture counts
        self.shown = []  # (app, part explained) per target with a notification
        self.targeted = {position for _, position, _ in moments(log, task)}

    def moment(self, session, position, time, last_event):
        first = position == self.log["sessions"][session]["opens"][0]
        context = self.log["sessions"][session]
        gap = None if last_event is None else max(time - last_event, 0)
        recent = candidates(self.log, "first_app", (session, position, time))
        opened = {app for _, app in self.log["opens"][:position]}
        recent = [app for app in recent if app in opened]
        if not first:
            gap_range = 7
        else:
            gap_range = sum(limit <= (np.inf if gap is None else gap) for limit in GAP_RANGES)
        weekend = time // 86400 % 7 in (2, 3)  # 1970-01-01 was a Thursday
        return {
            "time": time,
            "inside": not first,
            "gap": gap,
            "range": gap_range,
            "hour": time % 86400 // 3600,
            "part": (bool(weekend), time % 86400 // 3600 // 4),
            "place": min(context["place"], 3),
            "recent": recent,
            "notification": context["notification"] if first else -1,
        }

    def weights(self, moment):
        counts = self.counts.get(moment["range"], np.append(np.full(15, 8 / 15), 0))
        follows = self.follows(moment["notification"])
        weights = counts / counts.sum() * (1 - follows)
        weights[NOTIFICATION] = follows
        return weights

    def follows(self, app):
        if app < 0:
            return 0.0
        parts = [part for _, part in self.shown]
        own = [part for shown, part in self.shown if shown == app]
        share = (sum(parts) + 2) / (len(parts) + 4)
        return (sum(own) + 4 * share) / (len(own) + 4)

    def known_apps(self, session):
        apps = {app for _, app in self.opens}
        apps |= {s["notification"] for s in self.log["sessions"][: session + 1]} - {-1}
        return apps

    def sources(self, app, moment, known):
        """The 16 sources of the mixture."""
        ages = moment["time"] - np.array([time for time, _ in self.opens])
        is_app = np.array([opened == app for _, opened in self.opens], bool)
        decay = 0.5 ** (ages[:, None] / HALF_LIVES) if len(ages) else np.zeros((0, 4))
        p_all = (is_app.sum() + 0.5) / (len(is_app) + 0.5 * (known + 1))
        shares = []
        p = p_all
        for lane in (3, 2, 1, 0):
            p = (decay[is_app, lane].sum() + 2 * p) / (decay[:, lane].sum() + 2)
            shares.insert(0, p)

        def backed_off(broader, prior, weight):
            """Weighted share of the app among the targets, `weight` a function of a target."""
            weights = np.array([t["weight"] * weight(t) for t in self.targets])
            own = weights[np.array([t["app"] == app for t in self.targets], bool)]
            return (own.sum() + prior * broader) / (weights.sum() + prior)

        week = backed_off(
            shares[3], 5, lambda t: 0.5 ** ((moment["time"] - t["opened"]) / HALF_LIVES[3])
        )
        target_all = backed_off(p_all, 5, lambda t: 1)
        here = moment["inside"]
        last = moment["recent"][:1]
        pair = moment["recent"][:2]
        after_last = backed_off(
            week, 5, lambda t: last and t["inside"] == here and t["recent"][:1] == last
        )
        after_two = backed_off(
            after_last,
            3,
            lambda t: len(pair) == 2 and t["inside"] == here and t["recent"][:2] == pair,
        )

        def near(t):
            offset = (moment["hour"] - t["hour"] + 12) % 24 - 12
            return HOUR_KERNEL[offset + 2] if abs(offset) <= 2 else 0

        hour = backed_off(week, 8, lambda t: (t["inside"] == here) * near(t))
        part = backed_off(week, 8, lambda t: t["inside"] == here and t["part"] == moment["part"])
        place = backed_off(week, 8, lambda t: t["inside"] == here and t["place"] == moment["place"])
        both = backed_off(
            (part + place) / 2,
            4,
            lambda t: t["inside"] == here
            and t["part"] == moment["part"]
            and t["place"] == moment["place"],
        )
        choices = moment["recent"][1:] if self.task == "next_app" else moment["recent"]
        indicators = [app in choices[:1], app in choices[1:2], app == moment["notification"]]
        return np.array(
            shares + [p_all, week, target_all, after_last, after_two, hour, part, place, both]
            + indicators,
            float,
        )  # fmt: skip

    def learn(self, moment, app, opened, known):
        weight, followed = 1.0, 0.0
        if app in moment["recent"]:
            evidence = self.weights(moment) * self.sources(app, moment, known)
            parts = evidence / evidence.sum()
            followed = parts[NOTIFICATION]
            weight = 1 - parts[13:].sum()
            counts = self.counts.get(moment["range"], np.append(np.full(15, 8 / 15), 0))
            self.counts[moment["range"]] = counts + np.append(parts[:15], 0)
        if moment["notification"] >= 0:
            self.shown.append((moment["notification"], followed))
        self.targets.append(moment | {"app": app, "opened": opened, "weight": weight})

    def features(self, moment, choices, known, appeared, used):
        weights = self.weights(moment)
        rows = []
        for rank, app in enumerate(choices):
            sources = self.sources(app, moment, known)
            minutes = (moment["time"] - (used[app] if app in used else appeared[app])) / 60
            numbers = np.append(
                sources[:13], [(sources * weights).sum(), 1 / (1 + minutes), 1 / (rank + 1)]
            )
            first, second, notified = sources[13:]
            by_gap = 0 if moment["gap"] is None else 0.5 ** (moment["gap"] / 1800)
            rows.append(
                np.concatenate([
                    (np.log(numbers + 1e-4) + 4) / 2,
                    [first, second, notified, first * by_gap],
                    [first * log_odds(weights[13])],
                    [notified * log_odds(self.follows(moment["notification"]))],
                    [0 if app in used else 3 * 0.5 ** (minutes / 1440)],
                    [np.log(app + 1) / 2 - 1],
                ])
            )  # fmt: skip
        return np.array(rows)


def log_odds(probability):
    bounded = np.clip(probability, 0.01, 0.99)
    return np.log(bounded / (1 - bounded)) / 2


def replay(log, task, chosen):
    """Features of the chosen moments, by position of their open."""
    state = Replay(log, task)
    rows = []
    last_event = None
    used, appeared = {}, {}
    for index, session in enumerate(log["sessions"]):
        if session["notification"] >= 0:
            appeared.setdefault(session["notification"], session["start"])
        for position in range(*session["opens"]):
            when, app = log["opens"][position]
            time = session["start"] if position == session["opens"][0] else when
            for installed, new in log["installs"]:
                if installed < time:
                    appeared.setdefault(new, installed)
            known = len(
                state.known_apps(index) | {a for t, a in log["installs"] if t < time}
            )
            moment = state.moment(index, position, time, last_event)
            if position in chosen:
                choices = candidates(log, task, (index, position, time))
                features = state.features(moment, choices, known, appeared, used)
                rows.append({
                    "open": position,
                    "features": np.round(features, 5).flatten().tolist(),
                })  # fmt: skip
            if position in state.targeted:
                state.learn(moment, app, when, known)
            repeats = position > 0 and app == log["opens"][position - 1][1]
            if task == "first_app" or not repeats:
                state.opens.append((when, app))
            used[app] = when
            last_event = when
        last_event = session["end"]
    return rows


if __name__ == "__main__":
    log = json.loads((FOLDER / "synthetic_log.json").read_text())
    result = {}
    for task in ("first_app", "next_app"):
        positions = [position for _, position, _ in moments(log, task)]
        result[task] = replay(log, task, set(positions[::9] + positions[-1:]))
    (FOLDER / "features.json").write_text(json.dumps(result) + "\n")
