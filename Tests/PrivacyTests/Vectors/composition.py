"""Writes composition.csv: profiles, group privacy and the best of a random number of trials.

pip install dp-accounting==0.6.0
python composition.py

Columns: what, q, sigma, steps, delta, parameter, value. What a row says:
  delta           δ at ε = parameter (PLD)
  true_positives  the largest true positive rate at the false positive rate `parameter`, from δ at
                  4 000 values of ε (PLD)
  total_variation δ at ε = 0 (PLD)
  mu              the smallest μ whose Gaussian curve lies nowhere below the profile on
                  delta ≤ δ ≤ δ(0), at 400 values of δ (PLD)
  group           ε at δ of `parameter` clients of one person, each sampled by itself: mixtures of
                  Gaussians (PLD)
  geometric       ε at δ of the best of a random number of trials, `parameter` on average (RDP)
  poisson         the same
  joint           ε at δ of `steps` rounds of Poisson sampling and of one Gaussian of noise `parameter`
  basic           ε at δ of the same by the sum of both ε, each at δ/2
"""

import csv
import math
import pathlib

import dp_accounting
from dp_accounting import dp_event as event
from dp_accounting import pld, rdp
from dp_accounting.pld import privacy_loss_distribution
import numpy as np
from scipy import optimize, stats

FOLDER = pathlib.Path(__file__).parent
INTERVAL = 1e-4


def sampled(q, sigma, steps):
  base = event.PoissonSampledDpEvent(q, event.GaussianDpEvent(sigma)) if q < 1 else event.GaussianDpEvent(sigma)
  return event.SelfComposedDpEvent(base, steps)


def losses(dp_event):
  accountant = pld.PLDAccountant(value_discretization_interval=INTERVAL)
  accountant.compose(dp_event)
  return accountant


def gaussian_delta(epsilon, mu):
  return stats.norm.cdf(-epsilon / mu + mu / 2) - np.exp(
      epsilon + stats.norm.logcdf(-epsilon / mu - mu / 2))


def gaussian_mu(epsilon, delta):
  """μ of the Gaussian curve through a pair."""
  return optimize.brentq(lambda mu: gaussian_delta(epsilon, mu) - delta, 1e-6, 200)


def profile(q, sigma, steps, smallest):
  rows = []
  accountant = losses(sampled(q, sigma, steps))
  epsilon = accountant.get_epsilon
  delta = accountant.get_delta
  for e in (0.25, 1, 3):
    rows.append(("delta", smallest, e, float(delta(e))))
  ends = np.linspace(0, float(epsilon(smallest)), 4001)
  deltas = np.array([float(delta(e)) for e in ends])
  for rate in (0.001, 0.01, 0.1):
    bounds = np.minimum(
        np.exp(ends) * rate + deltas, 1 - np.exp(-ends) * (1 - deltas - rate))
    rows.append(("true_positives", smallest, rate, float(bounds.min())))
  total = float(delta(0))
  rows.append(("total_variation", smallest, 0, total))
  grid = np.exp(np.linspace(math.log(smallest), math.log(total * 0.999), 400))
  mus = [gaussian_mu(float(epsilon(d)), d) for d in grid if float(epsilon(d)) > 1e-6]
  mus.append(2 * stats.norm.ppf((1 + total) / 2))
  rows.append(("mu", smallest, 0, max(mus)))
  return rows


def group(q, sigma, steps, clients, delta):
  if q < 1:
    probabilities = stats.binom.pmf(range(clients + 1), clients, q)
    one = event.MixtureOfGaussiansDpEvent(sigma, list(range(clients + 1)), list(probabilities))
  else:
    one = event.GaussianDpEvent(sigma / clients)
  return float(losses(event.SelfComposedDpEvent(one, steps)).get_epsilon(delta))


def best(q, sigma, steps, delta, mean, shape):
  accountant = rdp.RdpAccountant()
  accountant.compose(event.RepeatAndSelectDpEvent(sampled(q, sigma, steps), mean, shape))
  return float(accountant.get_epsilon(delta))


def main():
  rows = []
  for q, sigma, steps in ((1, 1, 1), (0.01, 1, 1000), (0.1, 2, 50), (0.02, 0.7, 300)):
    for what, delta, parameter, value in profile(q, sigma, steps, 1e-8):
      rows.append((what, q, sigma, steps, delta, parameter, value))
  for q, sigma, steps in ((1, 4, 3), (0.01, 2, 100), (0.05, 3, 40)):
    for clients in (1, 2, 5):
      rows.append(("group", q, sigma, steps, 1e-6, clients, group(q, sigma, steps, clients, 1e-6)))
  for what, shape in (("geometric", 1), ("poisson", math.inf)):
    for q, sigma, steps in ((1, 3, 2), (0.01, 1, 1000), (0.2, 4, 100)):
      for mean in (1, 2.5, 10, 100):
        rows.append((what, q, sigma, steps, 1e-6, mean, best(q, sigma, steps, 1e-6, mean, shape)))
  for q, sigma, steps, noise in ((0.01, 1, 1000, 5), (0.1, 3, 100, 2)):
    both = event.ComposedDpEvent([sampled(q, sigma, steps), event.GaussianDpEvent(noise)])
    rows.append(("joint", q, sigma, steps, 1e-6, noise, float(losses(both).get_epsilon(1e-6))))
    parts = [sampled(q, sigma, steps), event.GaussianDpEvent(noise)]
    total = sum(float(losses(part).get_epsilon(5e-7)) for part in parts)
    rows.append(("basic", q, sigma, steps, 1e-6, noise, total))
  with open(FOLDER / "composition.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["what", "q", "sigma", "steps", "delta", "parameter", "value"])
    for row in rows:
      writer.writerow([row[0]] + [repr(float(x)) if not isinstance(x, int) else x for x in row[1:]])


if __name__ == "__main__":
  main()
