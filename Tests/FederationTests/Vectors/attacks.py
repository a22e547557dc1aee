"""Attacks of hostile clients on five honest updates of three coordinates, in float64 NumPy.

IPM (Xie, Koyejo and Gupta 2019), ALIE (Baruch, Baruch and Goldberg 2019) with the population's standard
deviation, as its authors have it, and the factor of model replacement (Bagdasaryan et al. 2020). Then one
round of FedAvg on the three quadratics of algorithms.py with one hostile client. Writes attacks.json beside
itself:
    python3 attacks.py
"""
import json
import pathlib
from statistics import NormalDist

import numpy as np

HONEST = np.array([[1.0, 2.0, 0.0], [1.2, 1.8, 0.1], [0.8, 2.1, -0.1], [1.1, 2.2, 0.2], [0.9, 1.9, -0.2]])

def z_max(n, m):
    s = n // 2 + 1 - m
    return NormalDist().inv_cdf((n - m - s) / (n - m))

A, B = np.array([1.0, 2.0, 4.0]), np.array([0.0, 3.0, -1.0])

def update(i, w, lr=0.1, K=5):
    v = w
    for _ in range(K):
        v = v - lr * A[i] * (v - B[i])
    return v - w

own = [update(i, 1.0) for i in range(3)]
# Of hostile client 0, 1 or 2: the model after a round in which it reverses its update, twice as long; and
# one in which it boosts it by n / eta.
flipped = [1.0 + (sum(own) - 3 * own[h]) / 3 for h in range(3)]
boosted = [1.0 + (sum(own) + 2 * own[h]) / 3 for h in range(3)]
half = [1.0 + 0.5 * (sum(own) + 5 * own[h]) / 3 for h in range(3)]

mean = HONEST.mean(0)
out = {
    "honest": HONEST.flatten().tolist(),
    "ipm_half": (-0.5 * mean).tolist(),
    "z_max": [z_max(7, 2), z_max(50, 12), z_max(50, 24), z_max(10, 3)],
    "alie_7_2": (mean - z_max(7, 2) * HONEST.std(0)).tolist(),
    "alie_one": (mean - 1.0 * HONEST.std(0)).tolist(),
    "own": own,
    "flipped_twice": flipped,
    "boosted": boosted,
    "boosted_half_rate": half,
}
pathlib.Path(__file__).with_name("attacks.json").write_text(json.dumps(out, indent=1) + "\n")
