"""Twenty steps of every server optimizer in double precision, from the papers' equations.

Reddi et al. 2021 (https://arxiv.org/abs/2003.00295), Algorithm 2, with the second moment started
at tau^2; momentum is FedAvgM (https://arxiv.org/abs/1909.06335).
Writes server_optimizers.json beside itself: `python3 server_optimizers.py`.
"""

import json
import pathlib

import numpy as np

STEPS, SIZE = 20, 6
RATE, BETA1, BETA2, TAU = 0.05, 0.8, 0.95, 0.01

generator = np.random.default_rng(3)
start = generator.normal(size=SIZE).astype(np.float32).astype(float)
# Steps of very different sizes, some exactly zero: yogi's sign and tau show.
updates = generator.normal(size=(STEPS, SIZE)) * 10.0 ** generator.integers(-4, 1, (STEPS, SIZE))
updates[generator.random((STEPS, SIZE)) < 0.1] = 0.0


def run(step):
    x, m, v = start.copy(), np.zeros(SIZE), np.full(SIZE, TAU**2)
    history = []
    for delta in updates:
        x, m, v = step(x, m, v, delta)
        history.append(x.tolist())
    return history


def sgd(x, m, v, d):
    return x + RATE * d, m, v


def momentum(x, m, v, d):
    m = BETA1 * m + d
    return x + RATE * m, m, v


def adagrad(x, m, v, d):
    v = v + d**2
    return x + RATE * d / (np.sqrt(v) + TAU), m, v


def adam(x, m, v, d):
    m = BETA1 * m + (1 - BETA1) * d
    v = BETA2 * v + (1 - BETA2) * d**2
    return x + RATE * m / (np.sqrt(v) + TAU), m, v


def yogi(x, m, v, d):
    m = BETA1 * m + (1 - BETA1) * d
    v = v - (1 - BETA2) * d**2 * np.sign(v - d**2)
    return x + RATE * m / (np.sqrt(v) + TAU), m, v


path = pathlib.Path(__file__).with_suffix(".json")
optimizers = [sgd, momentum, adagrad, adam, yogi]
path.write_text(
    json.dumps(
        {
            "rate": RATE, "beta1": BETA1, "beta2": BETA2, "epsilon": TAU,
            "start": start.tolist(), "updates": updates.tolist(),
            "parameters": {step.__name__: run(step) for step in optimizers},
        },
        indent=1,
    )
    + "\n"
)
