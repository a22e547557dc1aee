"""Writes matrix_mechanisms.csv: sensitivity and worst prefix error by dense linear algebra.

pip install numpy
python matrix_mechanisms.py
"""

import itertools
import pathlib

import numpy as np


def toeplitz(coefficients, n):
  c = np.zeros(n)
  c[:min(n, len(coefficients))] = coefficients[:n]
  return np.array([[c[i - j] if i >= j else 0.0 for j in range(n)] for i in range(n)])


def square_root(bands):
  c = [1.0]
  for k in range(1, bands):
    c.append(c[-1] * (2 * k - 1) / (2 * k))
  return c


def blt(decays, weights, n):
  return [1.0] + [sum(w * t ** (k - 1) for w, t in zip(weights, decays)) for k in range(1, n)]


def tree(n):
  """One row per node of binary trees that n leaves finish: the others are never released."""
  levels = int(np.ceil(np.log2(n + 1)))
  rows = []
  for level in range(levels):
    for start in range(0, n - 2 ** level + 1, 2 ** level):
      row = np.zeros(2 ** levels)
      row[start:start + 2 ** level] = 1
      rows.append(row)
  return np.array(rows)[:, :n]


def sensitivity(matrix, separation, most):
  """Largest norm of a sum of columns at least `separation` apart, over all schedules."""
  n = matrix.shape[1]
  gram = matrix.T @ matrix
  if most == 1:
    return np.sqrt(gram.diagonal().max())
  largest = 0.0
  for count in range(1, most + 1):
    for schedule in itertools.combinations(range(n), count):
      if all(b - a >= separation for a, b in zip(schedule, schedule[1:])):
        largest = max(largest, gram[np.ix_(schedule, schedule)].sum())
  return np.sqrt(largest)


def toeplitz_error(matrix):
  n = len(matrix)
  decoder = np.tril(np.ones((n, n))) @ np.linalg.inv(matrix)
  return np.linalg.norm(decoder, axis=1).max()


def tree_errors(n):
  """Prefix errors of the plain and of the children-combining estimate."""
  plain = max(bin(t).count("1") for t in range(1, n + 1))
  # Generalised least squares of a full subtree's sum from all its nodes.
  variance = []
  for level in range(int(np.ceil(np.log2(n + 1)))):
    nodes = tree(2 ** level)
    variance.append(np.ones(2 ** level) @ np.linalg.inv(nodes.T @ nodes) @ np.ones(2 ** level))
  combined = max(sum(v for d, v in enumerate(variance) if t >> d & 1) for t in range(1, n + 1))
  return np.sqrt(plain), np.sqrt(combined)


BLT = {"blt2": ([0.9, 0.3], [0.2, 0.35]), "blt3": ([0.97, 0.8, 0.4], [0.08, 0.12, 0.3])}

rows = []
for n, separation, most in [(1, 1, 1), (9, 1, 1), (64, 1, 1), (12, 3, 4), (14, 4, 2), (13, 1, 5)]:
  plain, combined = tree_errors(n)
  matrix = tree(n)
  rows.append(("tree", n, separation, most, sensitivity(matrix, separation, most), plain))
  rows.append(("combined_tree", n, separation, most, sensitivity(matrix, separation, most), combined))
  for name, coefficients in [
      ("square_root", square_root(n)), ("banded3", square_root(3)),
      ("blt2", blt(*BLT["blt2"], n)), ("blt3", blt(*BLT["blt3"], n))]:
    matrix = toeplitz(coefficients, n)
    rows.append((name, n, separation, most, sensitivity(matrix, separation, most), toeplitz_error(matrix)))

with open(pathlib.Path(__file__).parent / "matrix_mechanisms.csv", "w") as file:
  file.write("strategy,rounds,separation,participations,sensitivity,worst_error\n")
  for row in rows:
    file.write(",".join(map(str, row)) + "\n")
