"""Coefficients of e^r = 1 + r + r^2 (c0 + c1 r + ... + c4 r^4) for |r| <= ln(2)/2, used by
Sources/CKernels/activations.h: least maximum relative error, by iterated reweighting (Lawson).

Run: python3 exp_polynomial.py
"""

import numpy as np

DEGREE = 4
half = np.log(2) / 2 * 1.0001
r = half * np.cos(np.pi * (np.arange(4001) + 0.5) / 4001)
target = np.where(np.abs(r) < 1e-3, 0.5 + r / 6 + r**2 / 24 + r**3 / 120,
                  (np.expm1(r) - r) / np.where(r == 0, 1, r) ** 2)
basis = np.stack([r**k for k in range(DEGREE + 1)], axis=1)
to_relative_error = r**2 / np.exp(r)

weight = np.ones_like(r)
for _ in range(500):
    scale = np.sqrt(weight) * to_relative_error
    coefficients = np.linalg.lstsq(basis * scale[:, None], target * scale, rcond=None)[0]
    error = np.abs((basis @ coefficients - target) * to_relative_error)
    weight *= error + 1e-3 * error.max()
    weight /= weight.sum()

for k, c in enumerate(coefficients):
    print(f"c{k} = {np.float32(c):.9e}")
rounded = coefficients.astype(np.float32).astype(np.float64)
print(f"largest relative error {error.max():.2e}, "
      f"{np.abs((basis @ rounded - target) * to_relative_error).max():.2e} once rounded")
