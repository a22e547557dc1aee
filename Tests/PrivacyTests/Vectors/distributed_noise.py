"""Writes distributed_noise.csv: grid, sensitivity and epsilon of integer noise added by clients.

pip install mpmath
python distributed_noise.py > distributed_noise.csv

Formulas of Kairouz, Liu and Steinke 2021 (https://arxiv.org/abs/2102.06387: equation 61 and
Theorem 1 for the grid and the norm after conditional rounding, Proposition 14 for the discrete
Gaussian) and of Agarwal, Kairouz and Liu 2021 (https://arxiv.org/abs/2110.04995, Theorem 3.5),
in 50 digits. RDP orders are whole: 2...128 and 256; conversion of Canonne, Kamath, Steinke 2020.
"""

from mpmath import exp, log, mp, mpf, pi, sqrt

mp.dps = 50
KAPPA = 4
BETA = exp(mpf(-1) / 2)
ORDERS = list(range(2, 129)) + [256]


def grid_of(c, local, n, d, bits):
  # 2^bits g = 2 kappa sqrt(c^2 n^2 / d + (g^2 / 4 + local^2) n), a quadratic in g.
  range_ = mpf(2) ** bits
  a = range_**2 - 4 * KAPPA**2 * mpf(n) / 4
  return sqrt(4 * KAPPA**2 * (c**2 * mpf(n) ** 2 / d + n * local**2) / a)


def norm_of(c, g, d):
  return sqrt(min((c + g * sqrt(d))**2,
                  c**2 + g**2 * d / 4 + sqrt(2 * log(1 / BETA)) * g * (c + g * sqrt(d) / 2)))


def divergence(noise, alpha, n, local, sensitivity, d):
  if noise == "discrete_gaussian":
    tau = 10 * sum(exp(-2 * pi**2 * local**2 * k / (k + 1)) for k in range(1, n))
    total = n * local**2
    return min(alpha * sensitivity**2 / (2 * total) + tau * d,
               mpf(alpha) / 2 * (sensitivity / sqrt(total) + tau * sqrt(mpf(d)))**2)
  mu = n * local**2
  l1 = min(sqrt(mpf(d)) * sensitivity, sensitivity**2)
  return alpha * sensitivity**2 / (2 * mu) + min(
      ((2 * alpha - 1) * sensitivity**2 + 6 * l1) / (4 * mu**2), 3 * l1 / (2 * mu))


def epsilon(noise, n, local, sensitivity, d, rounds, delta):
  best = mpf("inf")
  for alpha in ORDERS:
    rdp = rounds * divergence(noise, alpha, n, local, sensitivity, d)
    best = min(best, rdp + log(1 - mpf(1) / alpha) - log(delta * alpha) / (alpha - 1))
  return max(best, 0)


def main():
  print("noise,clipping_bound,noise_multiplier,cohort,smallest,clients,dimension,bits,rounds,delta,"
        "grid,local_deviation,sensitivity,epsilon")
  delta = mpf("1e-5")
  for noise in ["discrete_gaussian", "skellam"]:
    for c, z, n, smallest, clients, d, bits, rounds in [
        ("0.5", "1", 100, 75, 75, 1 << 14, 18, 1), ("0.5", "1", 100, 75, 93, 1 << 14, 18, 10),
        ("1", "4", 1000, 1000, 1000, 1 << 12, 16, 100), ("1", "2", 30, 24, 24, 1 << 10, 12, 5),
        ("2.5", "0.7", 100, 60, 60, 1 << 16, 12, 1), ("1", "1", 100, 75, 75, 1 << 14, 8, 1)]:
      c, z = mpf(c), mpf(z)
      local = z * c / sqrt(mpf(smallest))
      g = max(grid_of(c, local, n, mpf(d), bits), local / 30000)
      sensitivity = norm_of(c, g, mpf(d)) / g
      eps = epsilon(noise, clients, local / g, sensitivity, d, rounds, delta)
      print(",".join([noise, str(float(c)), str(float(z))] + [
          str(x) for x in (n, smallest, clients, d, bits, rounds)] + ["1e-05"] + [
              repr(float(x)) for x in (g, local / g, sensitivity, eps)]))


if __name__ == "__main__":
  main()
