"""Writes canary_bands.csv: what an audit with one-shot canaries should report.

pip install scipy
python canary_bands.py > canary_bands.csv

A Gaussian mechanism that is exactly (epsilon, delta) private has noise sigma = noise / bound. With
k canaries of norm `bound` in a sum of dimension d, the mean of sqrt(d) x cosine is
mu = 1 / sqrt(sigma^2 + k/d) and its standard error 1/sqrt(k). mu is reported as the epsilon of a
Gaussian of noise multiplier 1/mu, the 90 % band as that of mu -+ 1.645/sqrt(k).
"""

import math

from scipy.optimize import brentq
from scipy.stats import norm


def delta_of(epsilon, sigma):
  return norm.cdf(0.5 / sigma - epsilon * sigma) - math.exp(
      epsilon + norm.logcdf(-0.5 / sigma - epsilon * sigma))


def sigma_of(epsilon, delta):
  return brentq(lambda s: delta_of(epsilon, s) - delta, 1e-2, 1e3, xtol=1e-14)


def epsilon_of(mu, delta):
  if mu <= 0 or delta_of(0, 1 / mu) <= delta:
    return 0.0
  return brentq(lambda e: delta_of(e, 1 / mu) - delta, 0, 200, xtol=1e-13)


def main():
  delta = 1e-5
  print("canaries,dimension,delta,epsilon,shift,standard_error,estimate,low,high")
  for k, d, epsilons in [
      (1000, 10**6, [0.5, 1, 2, 3, 5, 10]), (500, 10**5, [1, 2, 5]), (20, 10**4, [0.5, 8])]:
    for epsilon in epsilons:
      sigma = sigma_of(epsilon, delta)
      mu = 1 / math.sqrt(sigma * sigma + k / d)
      error = 1 / math.sqrt(k)
      q = norm.ppf(0.95)
      row = [mu, error] + [epsilon_of(m, delta) for m in (mu, mu - q * error, mu + q * error)]
      print(f"{k},{d},{delta},{epsilon}," + ",".join(repr(float(x)) for x in row))


if __name__ == "__main__":
  main()
