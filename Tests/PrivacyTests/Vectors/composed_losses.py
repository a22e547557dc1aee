"""Exact epsilons of sampled Gaussian releases, independent of the project's code.

    python composed_losses.py 200 > composed_losses.csv      (needs numpy and scipy)
    python composed_losses.py dp_reference.csv dp_random.csv dp_broad.csv > dp_exact.csv

delta(eps) = 1/(2 pi i) int M(z)^T e^(-z eps) / (z (z + 1)) dz along the line through the saddle
point, with M(z) = E[e^(z loss)]. Both integrals by Gauss's rule with 40 nodes on panels that are
many times as narrow as they need be: no grid of losses, no Fourier transform, no sum over periods.
Cases whose integral takes too many panels are left out and others drawn.

sampler: poisson (add or remove one), fixed_size (replace one: the loss of `remove` above 0, that of
`add` below 0, the rest at 0, at a distance of two clipping bounds).
"""

import csv
import random
import sys
from math import cos, erf, exp, log, log10, pi, sin, sqrt

import numpy as np
from scipy.optimize import minimize_scalar

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def panels(edges):
    centre = (edges[1:] + edges[:-1]) / 2
    half = (edges[1:] - edges[:-1]) / 2
    return (centre[:, None] + half[:, None] * NODES).ravel(), (half[:, None] * WEIGHTS).ravel()


def remove_loss(x, q, s):
    full = (-0.5 - x) / s**2
    low = np.log1p(q * np.expm1(np.minimum(full, 1)))
    high = full + np.log(q + (1 - q) * np.exp(-np.maximum(full, 1)))
    return np.where(full < 1, low, high)


def points(q, s, direction):
    """log probabilities and losses; what is rarer than 1e-40 is left out."""
    def line(start, end):
        u, w = panels(np.linspace(start, end, int((end - start) * (2 + 1 / s)) + 1))
        return u * s, np.log(w) - u * u / 2 - 0.5 * log(2 * pi)
    reach = 13 + 1 / s
    if direction == "remove":
        x, weight = line(-reach, 13)
        loss = remove_loss(x, q, s)
        return weight + loss, loss
    if direction == "add":
        x, weight = line(-reach, 13)
        return weight, -remove_loss(-x, q, s)
    edge = 0.5 / s
    x, weight = line(-reach, -edge)
    above = remove_loss(x, q, s)
    y, rest = line(edge, edge + 13)
    atom = (1 - q) * erf(edge / sqrt(2))
    return (
        np.concatenate([weight + above, rest, [log(atom)]]),
        np.concatenate([above, -remove_loss(-y, q, s), [0.0]]),
    )


def tilted(weights, losses, tilt):
    exponents = weights + tilt * losses
    highest = exponents.max()
    p = np.exp(exponents - highest)
    total = p.sum()
    p /= total
    mean = (p * losses).sum()
    return highest + log(total), mean, (p * (losses - mean) ** 2).sum(), p


def epsilon_of(q, s, count, delta, direction):
    weights, losses = points(q, s, direction)
    def bound(log_tilt):
        return (count * tilted(weights, losses, exp(log_tilt))[0] - log(delta)) / exp(log_tilt)
    grid = np.linspace(log(1e-3), log(1e9), 300)
    least = int(np.nanargmin([bound(x) for x in grid]))
    tilt = exp(minimize_scalar(
        bound, bounds=(grid[max(least - 1, 0)], grid[min(least + 1, 299)]), method="bounded",
        options={"xatol": 1e-7}).x)
    moment, mean, variance, p = tilted(weights, losses, tilt)
    kept = p > 1e-20 * p.max()
    p, deviations = p[kept], losses[kept] - mean
    width = 2 / sqrt(count * variance)
    ts, ws, values, start, quiet = [], [], [], 0.0, 0
    for panel in range(300):
        t, w = panels(np.array([start, start + width]))
        ratio = np.array([np.sum(p * np.exp(1j * x * deviations)) for x in t])
        magnitude = np.log(np.abs(ratio)) * count
        ts.append(t), ws.append(w)
        values.append(np.exp(magnitude + 1j * count * np.angle(ratio)))
        start += width
        quiet = quiet + 1 if magnitude.max() < -42 else 0
        if quiet > max(3, panel // 2):
            break
    else:
        return None
    t, w = np.concatenate(ts), np.concatenate(ws)
    z = tilt + 1j * t
    base = np.concatenate(values) / (z * (z + 1))
    def log_delta(eps):
        value = (w * (base * np.exp(1j * t * (count * mean - eps))).real).sum() / pi
        return count * moment - tilt * eps + log(max(value, 1e-300))
    # Far from the mean the terms cancel: go there by small steps.
    step = sqrt(count * variance) / 4
    low = high = count * mean
    while log_delta(low) <= log(delta):
        if low == 0:
            return 0.0
        low = max(0.0, low - step)
        if low < count * mean - 40 * step:
            return None
    while log_delta(high) > log(delta):
        high += step
        if high > count * mean + 40 * step:
            return None
    for _ in range(100):
        middle = (low + high) / 2
        if log_delta(middle) > log(delta):
            low = middle
        else:
            high = middle
    return high


def exact(sampler, q, s, count, delta):
    if sampler == "fixed_size":
        return epsilon_of(q, s / 2, count, delta, "substitute")
    both = [epsilon_of(q, s, count, delta, way) for way in ("remove", "add")]
    return None if None in both else max(both)


def random_cases(left):
    random.seed(20261129)
    print("sampler,sampling_rate,noise_multiplier,releases,delta,epsilon")
    while left > 0:
        sampler = "fixed_size" if random.random() < 0.3 else "poisson"
        q = float("%.4g" % 10 ** random.uniform(-5, 0))
        s = float("%.4g" % 10 ** random.uniform(log10(0.4), 2.5))
        count = int(10 ** random.uniform(0.4, 8))
        delta = float("%.4g" % 10 ** random.uniform(-12, -3))
        value = exact(sampler, q, s, count, delta)
        if value is None or not 1e-3 < value < 1e4:
            continue
        print(f"{sampler},{q},{s},{count},{delta},{float(value)!r}", flush=True)
        left -= 1


def cases_of(tables):
    """The Poisson cohorts that tables of another accountant answer on grids, which round up."""
    print("mechanism,q,sigma,steps,delta,accountant,epsilon")
    done = set()
    for table in tables:
        for row in csv.reader(open(table)):
            if row[0] != "poisson_gaussian" or not row[5].startswith("PLD"):
                continue
            if row[3] == "1" or float(row[1]) == 1:
                continue
            value = exact("poisson", *map(float, row[1:3]), int(row[3]), float(row[4]))
            if value is not None and tuple(row[:5]) not in done:
                done.add(tuple(row[:5]))
                print(",".join(row[:5] + ["COMPOSED", repr(float(value))]), flush=True)


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        random_cases(int(sys.argv[1]))
    else:
        cases_of(sys.argv[1:])
