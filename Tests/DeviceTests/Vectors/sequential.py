"""Likelihood ratios and interval widths of the mixture test, by numerical integration.

pip install mpmath; python3 sequential.py > sequential.json
"""

import json

from mpmath import exp, findroot, inf, mp, mpf, quad, sqrt

mp.dps = 40


def density(x, mean, variance):
    return exp(-((x - mean) ** 2) / (2 * variance)) / sqrt(2 * mp.pi * variance)


def ratio(difference, error, deviation):
    """Average likelihood over differences of the mixture, against that of no difference."""
    scale = min(sqrt(error), deviation)
    around = [difference + k * scale for k in range(-40, 41, 8)]
    top = quad(
        lambda t: density(difference, t, error) * density(t, 0, deviation**2),
        [-inf] + around + [inf],
    )
    return top / density(difference, 0, error)


def group(values):
    mean = sum(values) / len(values)
    squares = sum((v - mean) ** 2 for v in values)
    return mean, squares


cases = []
state = 12345
for count, shift, deviation, rate in [
    (5, "0", "0.05", "0.05"),
    (40, "-0.02", "0.05", "0.01"),
    (40, "-0.2", "0.05", "0.01"),
    (300, "0.01", "0.02", "0.1"),
]:
    groups = []
    for size, offset in [(count, mpf(shift)), (3 * count, mpf(0))]:
        values = []
        for _ in range(size):
            state = (state * 1103515245 + 12345) % 2**31
            values.append(float(mpf(state) / 2**31 * mpf("0.4") - mpf("0.2") + offset))
        groups.append(values)
    (treated, first), (control, second) = [group([mpf(v) for v in g]) for g in groups]
    difference, tau = treated - control, mpf(deviation)
    # One variance in both groups.
    error = (first + second) / (4 * count - 2) * (mpf(1) / count + mpf(1) / (3 * count))
    # The edge of the interval is where the ratio, seen from there, reaches 1 / rate.
    edge = findroot(lambda d: ratio(d, error, tau) - 1 / mpf(rate), (3 * sqrt(error), 5 * sqrt(error)))
    cases.append(
        {
            "treated": groups[0],
            "control": groups[1],
            "mixture_deviation": float(deviation),
            "error_rate": float(rate),
            "difference": float(difference),
            "likelihood_ratio": float(ratio(difference, error, tau)),
            "margin": float(edge),
        }
    )
print(json.dumps(cases))
