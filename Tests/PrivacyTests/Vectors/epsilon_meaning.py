"""Writes epsilon_meaning.csv: what an (ε, δ) means for one person, and what a launch costs.

pip install dp-accounting==0.6.0 scipy
python epsilon_meaning.py

Columns: what, q, sigma, steps, delta, value. q = 1 is a Gaussian without sampling. What a row says:
  epsilon    ε at δ (PLD; of one Gaussian exactly)
  factor     e^ε
  posterior  e^ε / (1 + e^ε)
  guesses    the largest share of right guesses with both neighbours equally likely, (1 + δ(0)) / 2 (PLD)
  positives  the largest true positive rate at a false positive rate of 0.01, from δ at 4 000 values of ε (PLD)
  pair       the bound on `guesses` from the one pair (ε, δ) alone
"""

import csv
import math
import pathlib

from dp_accounting import dp_event as event
from dp_accounting import pld
import numpy as np

CASES = [
    (0.01, 1.0, 1000, 1e-6),
    (0.05, 0.8, 100, 1e-5),
    (0.05, 3.0, 40, 1e-6),
    (1.0, 4.0, 1, 1e-5),
    (1.0, 0.5, 1, 1e-5),
    # A launch: cohorts of 10 000 of a million clients, 40 rounds.
    (0.01, 0.6, 40, 1e-7),
]


def rows(q, sigma, steps, delta):
  base = event.GaussianDpEvent(sigma)
  if q < 1:
    base = event.PoissonSampledDpEvent(q, base)
  accountant = pld.PLDAccountant(value_discretization_interval=1e-4)
  accountant.compose(event.SelfComposedDpEvent(base, steps))
  epsilon = float(accountant.get_epsilon(delta))
  total = float(accountant.get_delta(0))
  ends = np.linspace(0, float(accountant.get_epsilon(1e-9)), 4001)
  deltas = np.array([float(accountant.get_delta(e)) for e in ends])
  positives = np.minimum(np.exp(ends) * 0.01 + deltas, 1 - np.exp(-ends) * (0.99 - deltas)).min()
  for what, value in [
      ("epsilon", epsilon), ("factor", math.exp(epsilon)),
      ("posterior", math.exp(epsilon) / (1 + math.exp(epsilon))), ("guesses", (1 + total) / 2),
      ("positives", float(positives)),
      ("pair", (math.exp(epsilon) + delta) / (1 + math.exp(epsilon))),
  ]:
    yield what, q, sigma, steps, delta, value


with open(pathlib.Path(__file__).parent / "epsilon_meaning.csv", "w", newline="") as file:
  writer = csv.writer(file, lineterminator="\n")
  writer.writerow(["what", "q", "sigma", "steps", "delta", "value"])
  for case in CASES:
    writer.writerows(rows(*case))
