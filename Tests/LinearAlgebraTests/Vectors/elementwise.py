"""exp at chosen points, to elementwise.csv. Run: python3 elementwise.py

Two expectations each: the function in float64, and the bits that the algorithm of
Sources/CKernels/activations.h gives in float32 without fused multiply-add (NumPy rounds after
every operation), which every clone of the kernels has to reproduce.
"""

import csv
import pathlib

import numpy as np

f = np.float32


def split(x):
    to_whole = f(1.5 * 2**23)
    shifted = x * f(1.44269504) + to_whole
    n = shifted - to_whole
    r = (x - n * f(0.693359375)) - n * f(-2.12194440e-4)
    p = np.full_like(x, f(1.381459879e-03))
    for c in (8.368716575e-03, 4.166838899e-02, 1.666652113e-01, 4.999999404e-01):
        p = p * r + f(c)
    with np.errstate(over="ignore"):
        power = ((shifted.view(np.uint32) << 23) + np.uint32(0x3F800000)).view(f)
    return power, p * (r * r) + r


def exp32(x):
    power, excess = split(np.clip(x, f(-87.33), f(88.37)))
    y = power + power * excess
    return np.where(x > f(88.37), f(np.inf), np.where(x < f(-87.33), f(0), y))


source = np.random.Generator(np.random.PCG64(2))
x = np.concatenate([
    [0, 1, -1, 87.3, -87.3, 88.3, 1e-8, -1e-8, 1e-4, -1e-3],
    source.uniform(-87, 88, 300), source.uniform(-10, 10, 500), source.normal(0, 0.1, 200),
]).astype(f)
wide = x.astype(np.float64)
columns = [x.view(np.uint32), np.exp(wide), exp32(x).view(np.uint32)]

with open(pathlib.Path(__file__).with_name("elementwise.csv"), "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["x_bits", "exp", "exp_bits"])
    for row in zip(*columns):
        writer.writerow([f"{v:.9g}" if isinstance(v, np.float64) else int(v) for v in row])
