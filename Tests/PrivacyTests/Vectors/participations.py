"""Writes participations.csv: the number of rounds that a client exceeds with probability at most 1 / clients.

pip install scipy
python participations.py

Every client takes part in each of `rounds` rounds with probability `rate`. `count` is the smallest k of at least
1 with P(Binomial(rounds, rate) > k) <= 1 / clients, `more` that probability.
"""

import csv
import pathlib

from scipy import stats

CASES = [
    (200, 0.03, 2), (200, 0.03, 100), (200, 0.03, 100_000), (1000, 0.01, 1_000_000),
    (1000, 0.01, 100_000), (12, 0.03, 100_000), (5000, 0.0005, 20_000_000), (1, 0.001, 1000),
]

with open(pathlib.Path(__file__).parent / "participations.csv", "w", newline="") as file:
  writer = csv.writer(file, lineterminator="\n")
  writer.writerow(["rounds", "rate", "clients", "count", "more"])
  for rounds, rate, clients in CASES:
    count = max(1, int(stats.binom.isf(1 / clients, rounds, rate)))
    more = max(0.0, float(stats.binom.sf(count, rounds, rate)))
    writer.writerow([rounds, rate, clients, count, more])
