"""How much time over-selection saves, and how stale updates are. Needs NumPy.

Log-normal durations, 6 % of the clients lost, 130 for 100: sigma and the factor. Then FedBuff with sigma 1:
concurrency, goal, mean staleness and its 99th percentile.
"""
import heapq

import numpy as np

rng = np.random.default_rng(1)
for sigma in (0.5, 1.0, 1.5):
    wait = np.exp(sigma * rng.standard_normal((200_000, 100))).max(1).mean()
    times = np.exp(sigma * rng.standard_normal((200_000, 130)))
    times[rng.random(times.shape) < 0.06] = np.inf
    times.sort(1)
    print(sigma, wait / times[:, 99].mean())

for concurrency, goal in ((100, 10), (50, 25), (200, 100)):
    flights = [(np.exp(rng.standard_normal()), 0) for _ in range(concurrency)]
    heapq.heapify(flights)
    version, staleness = 0, []
    for update in range(1_000_000):
        time, base = heapq.heappop(flights)
        staleness.append(version - base)
        if (update + 1) % goal == 0:
            version += 1
        heapq.heappush(flights, (time + np.exp(rng.standard_normal()), version))
    staleness = np.sort(staleness[100_000:])
    print(concurrency, goal, staleness.mean(), staleness[int(0.99 * len(staleness))])
