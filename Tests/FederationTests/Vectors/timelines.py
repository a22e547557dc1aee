"""By how much over-selection is faster: log-normal durations, 6 % lost, 130 for 100. Needs NumPy."""
import numpy as np

rng = np.random.default_rng(1)
for sigma in (0.5, 1.0, 1.5):
    wait = np.exp(sigma * rng.standard_normal((200_000, 100))).max(1).mean()
    times = np.exp(sigma * rng.standard_normal((200_000, 130)))
    times[rng.random(times.shape) < 0.06] = np.inf
    times.sort(1)
    print(sigma, wait / times[:, 99].mean())
