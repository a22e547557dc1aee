"""Epsilons of random allocation, independent of the project's code.

    python allocated_losses.py blocks > allocated_losses.csv   (needs PLD_accounting 2.0; hours)
    python allocated_losses.py kept > kept_places.csv          (needs numpy; a minute)

blocks: a client takes part in one round, drawn anew, of each block; the bounds from below and from
above of Feldman and Shenfeld's package PLD_accounting.

kept: a client keeps its place in all blocks, under banded noise (the first coefficients of
1/sqrt(1 - x), columns of norm 1). The loss log mean_i exp(<m_i, z>/s^2 - |m_i|^2/(2 s^2)) is drawn
four million times with the place at random (remove) and without the client (add); epsilon_low is
where the mean of (1 - e^(epsilon - loss))+ less four standard errors is still delta, in the worse
direction: no valid bound lies below it. epsilon_unamplified is what it costs when the place is known.
"""

import sys
from math import erfc, exp, sqrt

import numpy as np

BLOCKS = [
    (100, 1.0, 10, 1e-6), (25, 2.0, 4, 1e-5), (1000, 0.7, 5, 1e-8), (10, 5.0, 1000, 1e-6),
    (2, 1.0, 1, 1e-6), (25, 1.0, 1, 1e-5),
]
KEPT = [
    (100, 25, 8, 2.0, 1e-2), (200, 50, 10, 2.0, 1e-2), (200, 50, 10, 4.0, 1e-3),
    (60, 20, 20, 1.5, 1e-2), (400, 40, 4, 4.0, 1e-3),
]


def means(rounds, block, bands):
    c = [1.0]
    for k in range(1, bands):
        c.append(c[-1] * (2 * k - 1) / (2 * k))
    c = np.array(c) / sqrt(sum(x * x for x in c))
    rows = np.zeros((block, rounds))
    for place in range(block):
        for start in range(place, rounds, block):
            end = min(rounds, start + bands)
            rows[place, start:end] += c[: end - start]
    return rows


def unamplified(norm, delta):
    def curve(eps):
        a, b = norm / 2 - eps / norm, -norm / 2 - eps / norm
        return 0.5 * erfc(-a / sqrt(2)) - exp(eps) * 0.5 * erfc(-b / sqrt(2))
    low, high = 0.0, 100.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if curve(middle) > delta else (low, middle)
    return high


def kept(rounds, block, bands, noise, delta, samples=4_000_000):
    m = means(rounds, block, bands) / noise
    gram = m @ m.T
    half = np.diag(gram) / 2
    root = np.linalg.cholesky(gram + 1e-12 * np.eye(block))
    generator = np.random.default_rng(20261129)
    worst = 0.0
    for way in ("remove", "add"):
        losses = []
        for _ in range(samples // 100_000):
            z = generator.standard_normal((100_000, block)) @ root.T
            if way == "remove":
                z += gram[generator.integers(block, size=100_000)]
            x = z - half
            top = x.max(axis=1)
            loss = top + np.log(np.exp(x - top[:, None]).mean(axis=1))
            losses.append(loss if way == "remove" else -loss)
        losses = np.concatenate(losses)
        low, high = 0.0, 100.0
        for _ in range(40):
            middle = (low + high) / 2
            value = np.maximum(0, -np.expm1(np.minimum(0, middle - losses)))
            bound = value.mean() - 4 * value.std() / sqrt(len(value))
            low, high = (middle, high) if bound > delta else (low, middle)
        worst = max(worst, low)
    return worst, unamplified(sqrt(2 * half.max()), delta)


if __name__ == "__main__":
    if sys.argv[1] == "kept":
        print("rounds,block_rounds,bands,noise_multiplier,delta,epsilon_low,epsilon_unamplified")
        for case in KEPT:
            low, known = kept(*case)
            print(*case, float(low), float(known), sep=",", flush=True)
    else:
        import PLD_accounting

        print("bins,noise_multiplier,blocks,delta,epsilon_low,epsilon_high")
        for bins, noise, blocks, delta in BLOCKS:
            high, low = PLD_accounting.gaussian_allocation_epsilon_range(
                delta=delta, sigma=noise, num_steps=bins, num_epochs=blocks)
            print(bins, noise, blocks, delta, low, high, sep=",", flush=True)
