"""Recomputes privacy reference values with dp_accounting.

pip install dp-accounting==0.6.0
python dp_reference.py check       # recomputes every 5th PLD or RDP row of dp_reference.csv
python dp_reference.py generate    # writes dp_random.csv: the same mechanisms, random parameters
python dp_reference.py mixed       # prints ε of a sequence of different releases
"""

import csv
import pathlib
import random
import sys

import dp_accounting
from dp_accounting import dp_event as event
from dp_accounting import pld, rdp
from dp_accounting.pld import privacy_loss_distribution

FOLDER = pathlib.Path(__file__).parent
ADD_OR_REMOVE = dp_accounting.NeighboringRelation.ADD_OR_REMOVE_ONE
REPLACE = dp_accounting.NeighboringRelation.REPLACE_ONE


def epsilon(mechanism, q, sigma, steps, delta, accountant):
  """ε of a row, or None when it is not one of the mechanisms of this script."""
  relation = REPLACE if mechanism.endswith("replace_one") else ADD_OR_REMOVE
  if mechanism.startswith("discrete_gaussian_sens"):
    sensitivity = int(mechanism.removeprefix("discrete_gaussian_sens"))
    loss = privacy_loss_distribution.from_discrete_gaussian_mechanism(
        sigma, sensitivity, use_connect_dots=False)
    return loss.self_compose(steps).get_epsilon_for_delta(delta)
  if mechanism.startswith("truncated_poisson_N"):
    size, capacity = map(int, mechanism.removeprefix("truncated_poisson_N").split("_B"))
    single = event.TruncatedSubsampledGaussianDpEvent(size, q, capacity, sigma)
  elif mechanism.startswith("poisson_gaussian"):
    single = event.PoissonSampledDpEvent(q, event.GaussianDpEvent(sigma))
  elif mechanism.startswith("gaussian"):
    single = event.GaussianDpEvent(sigma)
  elif mechanism.startswith("fixed_size_wor_gaussian"):
    single = event.SampledWithoutReplacementDpEvent(
        1_000_000, round(q * 1_000_000), event.GaussianDpEvent(sigma))
  else:
    return None
  if accountant == "RDP":
    composer = rdp.RdpAccountant(neighboring_relation=relation)
  elif accountant == "PLD":
    composer = pld.PLDAccountant(relation, 1e-4)
  else:
    return None
  composer.compose(event.SelfComposedDpEvent(single, steps))
  return composer.get_epsilon(delta)


def rows(name):
  with open(FOLDER / name) as file:
    lines = [line for line in file if not line.startswith("#")]
  for row in csv.DictReader(lines):
    yield (row["mechanism"], float(row["q"]), float(row["sigma"]), int(row["steps"]),
           float(row["delta"]), row["accountant"]), float(row["epsilon"])


def check():
  compared = 0
  for number, (row, expected) in enumerate(rows("dp_reference.csv")):
    if number % 5 == 0 and (value := epsilon(*row)) is not None:
      compared += 1
      if abs(value - expected) > 1e-9 * max(1, expected):
        sys.exit(f"{row}: {value}, not {expected}")
  print(f"{compared} rows agree")


def generate():
  draw = random.Random(5)
  significant = lambda value, digits=3: float(f"{value:.{digits}g}")
  settings = []
  for index in range(36):
    q = significant(10 ** draw.uniform(-4, -0.3))
    sigma = significant(10 ** draw.uniform(-0.4, 1))
    steps = round(10 ** draw.uniform(0, 3.7))
    delta = significant(10 ** draw.uniform(-8, -4), 1)
    mechanism = "poisson_gaussian_replace_one" if index % 4 == 3 else "poisson_gaussian"
    settings.append((mechanism, q, sigma, steps, delta, "PLD"))
    if mechanism == "poisson_gaussian":
      settings.append((mechanism, q, sigma, steps, delta, "RDP"))
  for _ in range(5):
    size = draw.choice([500, 3000, 50000])
    q = significant(10 ** draw.uniform(-2, -0.7))
    capacity = round(size * q + draw.uniform(1, 6) * (size * q) ** 0.5)
    settings.append((f"truncated_poisson_N{size}_B{capacity}", q, significant(draw.uniform(0.8, 4)),
                     round(10 ** draw.uniform(0, 3)), 1e-6, "PLD"))
  for _ in range(6):
    settings.append(("fixed_size_wor_gaussian_replace_one", significant(10 ** draw.uniform(-3, -0.5), 2),
                     significant(draw.uniform(0.6, 6)), round(10 ** draw.uniform(0, 3.5)), 1e-6, "RDP"))
  for sensitivity, sigma, steps in [(1, 3, 7), (2, 5, 40), (3, 30.5, 100), (7, 11, 1)]:
    settings.append((f"discrete_gaussian_sens{sensitivity}", 1, sigma, steps, 1e-6, "PLD"))
  for _ in range(4):
    settings.append(("gaussian_replace_one", 1, significant(draw.uniform(3, 20)),
                     round(10 ** draw.uniform(0, 2)), 1e-7, "PLD"))
  with open(FOLDER / "dp_random.csv", "w") as file:
    file.write("# Written by `dp_reference.py generate` with dp_accounting 0.6.0; columns as in dp_reference.csv.\n")
    file.write("mechanism,q,sigma,steps,delta,accountant,epsilon\n")
    for setting in settings:
      value = epsilon(*setting)
      if setting[0].startswith("poisson") and setting[5] == "PLD" and value > 60:
        continue
      file.write(",".join(map(str, setting)) + f",{value!r}\n")
      file.flush()


def mixed():
  releases = [
      (event.PoissonSampledDpEvent(0.01, event.GaussianDpEvent(1.0)), 300),
      (event.PoissonSampledDpEvent(0.02, event.GaussianDpEvent(1.3)), 200),
      (event.GaussianDpEvent(9.0), 5),
  ]
  for name, composer in [("PLD", pld.PLDAccountant(ADD_OR_REMOVE, 1e-4)), ("RDP", rdp.RdpAccountant())]:
    for single, count in releases:
      composer.compose(single, count)
    print(name, composer.get_epsilon(1e-6))


{"check": check, "generate": generate, "mixed": mixed}[sys.argv[1]]()
