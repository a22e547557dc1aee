"""Lower bounds on epsilon from the guesses of one run: writes one_run_bounds.csv.

general   Steinke, Nasr and Jagielski 2023, Theorem 5.2, with exact binomial sums.
gaussian  Mahloujifar, Melis and Chaudhuri 2025, Algorithm 3 (guesses of a part of the canaries), for
          the trade-off curves of Gaussian mechanisms, and the epsilon of the largest refuted one.
Python's standard library alone.
"""
import csv
import math
from pathlib import Path
from statistics import NormalDist

ERROR = 0.05
NORMAL = NormalDist()


def bisect(most, holds):
    if not holds(0.0):
        return 0.0
    low, high = 0.0, most
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def probability(m, r, v, epsilon, delta):
    right = 1 / (1 + math.exp(-epsilon))
    wrong = 1 / (1 + math.exp(epsilon))
    mass = [math.comb(r, k) * right**k * wrong ** (r - k) for k in range(r + 1)]
    largest = max(math.fsum(mass[v - i : v]) / i for i in range(1, v + 1))
    return math.fsum(mass[v:]) + 2 * m * delta * largest


def general(m, r, v, delta):
    return bisect(60.0, lambda epsilon: probability(m, r, v, epsilon, delta) <= ERROR)


def refutes(shift, m, r, v):
    h = ERROR * (r - v) / m
    a = ERROR * v / m
    for i in range(v - 1, -1, -1):
        if not 0 < a < 1:
            break
        higher = max(h, NORMAL.cdf(NORMAL.inv_cdf(a) - shift))
        a += i / (r - i) * (higher - h)
        h = higher
    return a + h > r / m


def gaussian_epsilon(shift, delta):
    if shift == 0:
        return 0.0

    def delta_of(epsilon):
        return NORMAL.cdf(shift / 2 - epsilon / shift) - math.exp(epsilon) * NORMAL.cdf(
            -shift / 2 - epsilon / shift
        )

    return bisect(200.0, lambda epsilon: delta_of(epsilon) > delta)


def gaussian(m, r, v, delta):
    return gaussian_epsilon(bisect(20.0, lambda shift: refutes(shift, m, r, v)), delta)


CASES = [
    (1000, 100, 100), (1000, 100, 95), (1000, 100, 75), (10000, 1000, 1000), (200, 50, 45),
    (200, 50, 50), (200, 50, 26), (60, 15, 15), (1000, 250, 230), (8, 2, 2), (300, 75, 60),
]
with open(Path(__file__).with_suffix(".csv"), "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["canaries", "guesses", "correct", "delta", "general", "gaussian"])
    for m, r, v in CASES:
        for delta in (1e-5, 1e-3) if r < 500 else (1e-5,):
            row = [general(m, r, v, delta), gaussian(m, r, v, delta)]
            writer.writerow([m, r, v, delta] + [f"{value:.7f}" for value in row])
