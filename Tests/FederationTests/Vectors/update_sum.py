"""Weighted sums of single-precision updates, in exact rational arithmetic.

Each coordinate becomes the nearest multiple of 2^-30, ties to the even one (Python's `round` of a
Fraction). Writes update_sum.json beside itself: `python3 update_sum.py`.
"""

import json
import pathlib
from fractions import Fraction

import numpy as np

SIZE, CLIENTS = 16, 12

generator = np.random.default_rng(5)
updates = generator.normal(size=(CLIENTS, SIZE)) * 10.0 ** generator.integers(-9, 2, (CLIENTS, SIZE))
# The first client is all ties: odd multiples of 2^-31, of either sign.
updates[0] = np.arange(-SIZE + 1, SIZE + 1, 2) * 2.0**-31
# The second lies at the bound.
updates[1] = np.nextafter(np.float32(128), np.float32(0)) * np.where(np.arange(SIZE) % 2, 1, -1)
updates = np.clip(updates, -127.99999, 127.99999).astype(np.float32)
weights = generator.integers(1, 1 << 21, CLIENTS)

sums = []
for coordinate in range(SIZE):
    rounded = [round(Fraction(float(value)) * 2**30) for value in updates[:, coordinate]]
    sums.append(sum(int(weight) * value for weight, value in zip(weights, rounded)))
total = int(weights.sum())

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(
    json.dumps(
        {
            "updates": [[float(value) for value in update] for update in updates],
            "weights": weights.tolist(),
            "sums": sums,
            "mean": [float(Fraction(value, total * 2**30)) for value in sums],
        },
        indent=1,
    )
    + "\n"
)
