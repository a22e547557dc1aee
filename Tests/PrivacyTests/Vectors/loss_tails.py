"""Writes loss_tails.csv: how often the privacy loss exceeds ε, and what known cohorts would cost.

pip install dp-accounting==0.6.0 scipy
python loss_tails.py

Columns: what, q, sigma, steps, delta, value. q = 1 is a Gaussian without sampling. What a row says:
  epsilon   ε at δ (PLD; of one Gaussian exactly)
  tail      P(loss > ε) in the worse of both directions (PLD; of one Gaussian Φ(μ/2 − ε/μ))
  known     ε at δ of a client in as many rounds, which everybody knows, as one of 100 000 exceeds (the binomial
            quantile, at least 1): the exact curve of one Gaussian (Balle and Wang 2018)
  smallest  ε at δ = 1e-10 (PLD; of one Gaussian exactly)
  five      ε at δ of five clients of one person, each sampled by itself: mixtures of Gaussians (PLD), where
            sigma is above 1
"""

import csv
import math
import pathlib

from dp_accounting.pld import privacy_loss_distribution
import numpy as np
from scipy import optimize, stats

CASES = [
    # Launches: cohorts of 10 000 of a million clients, 1 000 rounds, at ε = 1, 2 and 4.
    (0.01, 1.700738724847893, 1000, 1e-7),
    (0.01, 1.0935421124539388, 1000, 1e-7),
    (0.01, 0.8188119370635093, 1000, 1e-7),
    (0.05, 0.8, 100, 1e-5),
    (0.05, 3.0, 40, 1e-6),
    (1.0, 4.0, 1, 1e-5),
    (1.0, 0.5, 1, 1e-5),
]


def gaussian_epsilon(mu, delta):
  def excess(epsilon):
    return (stats.norm.cdf(mu / 2 - epsilon / mu)
            - math.exp(epsilon + stats.norm.logcdf(-mu / 2 - epsilon / mu)) - delta)
  return optimize.brentq(excess, 0, 1000, xtol=1e-13)


def tail(pmf, epsilon):
  dense = pmf.to_dense_pmf()
  losses = (dense._lower_loss + np.arange(len(dense._probs))) * dense._discretization
  return float(dense._probs[losses > epsilon].sum() + dense._infinity_mass)


def rows(q, sigma, steps, delta):
  if q == 1:
    mu = math.sqrt(steps) / sigma
    epsilon = gaussian_epsilon(mu, delta)
    above = float(stats.norm.cdf(mu / 2 - epsilon / mu))
    smallest = gaussian_epsilon(mu, 1e-10)
  else:
    loss = privacy_loss_distribution.from_gaussian_mechanism(
        sigma, sampling_prob=q, value_discretization_interval=1e-4).self_compose(steps)
    epsilon = float(loss.get_epsilon_for_delta(delta))
    above = max(tail(loss._pmf_remove, epsilon), tail(loss._pmf_add, epsilon))
    smallest = float(loss.get_epsilon_for_delta(1e-10))
  five = None
  if q < 1 < sigma:
    five = float(privacy_loss_distribution.from_mixture_gaussian_mechanism(
        sigma, list(range(6)), list(stats.binom.pmf(range(6), 5, q)),
        value_discretization_interval=1e-3).self_compose(steps).get_epsilon_for_delta(delta))
  known = gaussian_epsilon(math.sqrt(max(1, stats.binom.isf(1e-5, steps, q))) / sigma, delta)
  for what, value in [
      ("epsilon", epsilon), ("tail", above), ("known", known), ("smallest", smallest),
      ("five", five),
  ]:
    if value is not None:
      yield what, q, sigma, steps, delta, value


with open(pathlib.Path(__file__).parent / "loss_tails.csv", "w", newline="") as file:
  writer = csv.writer(file, lineterminator="\n")
  writer.writerow(["what", "q", "sigma", "steps", "delta", "value"])
  for case in CASES:
    writer.writerows(rows(*case))
