"""Rules of robust aggregation on seven updates of three coordinates, the last two hostile, in float64 NumPy.

Writes aggregators.json beside itself:
    python3 aggregators.py
"""
import json
import pathlib

import numpy as np

X = np.array([[1.0, 2.0, 0.0], [1.2, 1.8, 0.1], [0.8, 2.1, -0.1], [1.1, 2.2, 0.2], [0.9, 1.9, -0.2],
              [-5.0, 9.0, 4.0], [6.0, -7.0, 3.0]])
ROOT = np.array([1.0, 1.5, 0.0])
F = 2


def krum_scores(x, f):
    n = len(x)
    distances = ((x[:, None] - x[None]) ** 2).sum(-1)
    return np.array([np.sort(np.delete(distances[i], i))[: n - f - 2].sum() for i in range(n)])


def trimmed(x, b):
    return np.sort(x, axis=0)[b : len(x) - b].mean(0)


def weiszfeld(x, steps, smoothing):
    z = x.mean(0)
    for _ in range(steps):
        weights = 1 / np.maximum(smoothing, np.linalg.norm(x - z, axis=1))
        z = (x * weights[:, None]).sum(0) / weights.sum()
    return z


def centred(x, v, tau, moves):
    for _ in range(moves):
        d = x - v
        v = v + (d * np.minimum(1, tau / np.maximum(np.linalg.norm(d, axis=1), 1e-300))[:, None]).mean(0)
    return v


def fltrust(x, root):
    norms = np.linalg.norm(x, axis=1)
    trust = np.maximum(0, x @ root / (norms * np.linalg.norm(root)))
    return (trust[:, None] * x * (np.linalg.norm(root) / norms)[:, None]).sum(0) / trust.sum()


scores = krum_scores(X, F)
best = np.sort(scores.argsort(kind="stable")[:3])
one = centred(X, np.zeros(3), 1.0, 1)
pairs = np.array([X[[0, 5]].mean(0), X[[1, 2]].mean(0), X[[3, 4, 6]].mean(0)])
vectors = {
    "updates": X.ravel(),
    "root": ROOT,
    "mean": X.mean(0),
    "median": np.median(X, 0),
    "median_of_six": np.median(X[:6], 0),
    "trimmed_1": trimmed(X, 1),
    "trimmed_2": trimmed(X, 2),
    "krum_scores": scores,
    "krum": X[scores.argmin()],
    "multi_krum_3": X[best].mean(0),
    "geometric_median": weiszfeld(X, 4, 1e-5),
    "centred_1": one,
    "centred_3": centred(X, np.zeros(3), 1.0, 3),
    "centred_second_round": centred(X, one, 1.0, 1),
    "norm_bound_2": (X * np.minimum(1, 2.0 / np.linalg.norm(X, axis=1))[:, None]).mean(0),
    "fltrust": fltrust(X, ROOT),
    "bucket_median": np.median(pairs, 0),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({k: list(map(float, v)) for k, v in vectors.items()}, indent=1) + "\n")
