"""Coefficients of 2^f = 1 + f (c0 + c1 f + ... + c4 f^4) for |f| <= 1/2, used by
Sources/CKernels/lstm.c: least maximum relative error, by iterated reweighting (Lawson).

Run: python3 power_polynomial.py
"""

import numpy as np

DEGREE = 4
f = 0.5001 * np.cos(np.pi * (np.arange(4001) + 0.5) / 4001)
f = f[np.abs(f) > 1e-6]
target = np.expm1(f * np.log(2)) / f
basis = np.stack([f**k for k in range(DEGREE + 1)], axis=1)
to_relative_error = np.abs(f) / 2**f

weight = np.ones_like(f)
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
