"""Recomputes privacy reference values with dp_accounting.

pip install dp-accounting==0.6.0
python dp_reference.py check       # recomputes every 5th PLD or RDP row of dp_reference.csv
python dp_reference.py generate    # writes dp_random.csv: the same mechanisms, random parameters
python dp_reference.py broad       # writes dp_broad.csv: the same over many powers of ten (minutes)
python dp_reference.py mixed       # prints ε of a sequence of different releases
python dp_reference.py sparse      # prints ε where next to nobody takes part, on a finer grid
"""

import csv
import pathlib
import random
import signal
import sys

import dp_accounting
from dp_accounting import dp_event as event
from dp_accounting import pld, rdp
from dp_accounting.pld import privacy_loss_distribution
import scipy.optimize

FOLDER = pathlib.Path(__file__).parent
ADD_OR_REMOVE = dp_accounting.NeighboringRelation.ADD_OR_REMOVE_ONE
REPLACE = dp_accounting.NeighboringRelation.REPLACE_ONE


def epsilon(mechanism, q, sigma, steps, delta, accountant, interval=1e-4):
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
    # So many that a sampling rate of three digits is a whole number of clients.
    size = 10 ** 9
    single = event.SampledWithoutReplacementDpEvent(
        size, round(q * size), event.GaussianDpEvent(sigma))
  else:
    return None
  if accountant == "RDP":
    composer = rdp.RdpAccountant(neighboring_relation=relation)
  elif accountant == "PLD":
    composer = pld.PLDAccountant(relation, interval)
  else:
    return None
  composer.compose(event.SelfComposedDpEvent(single, steps))
  return float(composer.get_epsilon(delta))


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


def bounded_epsilon(setting):
  """ε of a PLD row on a grid that costs little of it, or None when that takes too long.

  Every step costs about interval² on the grid of losses: where that adds up to a good part of ε the
  usual 1e-4 would be the answer to another question.
  """
  signal.alarm(25)
  try:
    value, interval, steps = epsilon(*setting), 1e-4, setting[3]
    while steps > 1 and steps * 1e-8 > 2e-3 * value and steps * interval ** 2 > 1e-6 * value:
      interval /= 2
      value = epsilon(*setting, interval=interval)
    return value
  except TimeoutError:
    return None
  finally:
    signal.alarm(0)


def broad():
  def expire(*_):
    raise TimeoutError
  signal.signal(signal.SIGALRM, expire)
  draw = random.Random(12)
  significant = lambda value, digits=3: float(f"{value:.{digits}g}")
  power = lambda low, high: significant(10 ** draw.uniform(low, high))
  counts = {}
  with open(FOLDER / "dp_broad.csv", "w") as file:
    file.write("# Written by `dp_reference.py broad` with dp_accounting 0.6.0; columns as in dp_reference.csv.\n")
    file.write("# PLD rows on grids of 1e-4, or finer where 1e-4 would cost a good part of ε.\n")
    file.write("mechanism,q,sigma,steps,delta,accountant,epsilon\n")
    def write(setting, value):
      kind = setting[0], setting[5]
      if value is None or not 1e-4 < value < 100:
        return
      counts[kind] = counts.get(kind, 0) + 1
      file.write(",".join(map(str, setting)) + f",{float(value)!r}\n")
      file.flush()
    while counts.get(("poisson_gaussian", "PLD"), 0) < 90:
      q = 1.0 if draw.random() < 0.08 else power(-5, 0)
      setting = ("poisson_gaussian", q, power(-0.52, 1.7), round(10 ** draw.uniform(0, 5)),
                 significant(10 ** draw.uniform(-9.9, -3), 1))
      write(setting + ("PLD",), bounded_epsilon(setting + ("PLD",)))
    while counts.get(("poisson_gaussian", "RDP"), 0) < 60:
      setting = ("poisson_gaussian", power(-5, 0), power(-0.52, 1.7), round(10 ** draw.uniform(0, 5)),
                 significant(10 ** draw.uniform(-12, -3), 1), "RDP")
      write(setting, epsilon(*setting))
    while counts.get(("fixed_size_wor_gaussian_replace_one", "RDP"), 0) < 40:
      setting = ("fixed_size_wor_gaussian_replace_one", max(1e-5, power(-5, -0.05)), power(-0.3, 1.5),
                 round(10 ** draw.uniform(0, 5)), significant(10 ** draw.uniform(-12, -3), 1), "RDP")
      write(setting, epsilon(*setting))
    for target in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 100):
      q, steps = power(-3, -0.5), round(10 ** draw.uniform(0, 3))
      delta = significant(10 ** draw.uniform(-9, -4), 1)
      for accountant in ("RDP", "PLD"):
        def excess(log_sigma):
          return epsilon("poisson_gaussian", q, 10 ** log_sigma, steps, delta, accountant) - target
        signal.alarm(120)
        try:
          sigma = 10 ** scipy.optimize.brentq(excess, -0.7, 4, xtol=1e-7)
          write(("calibrate_poisson_gaussian", q, sigma, steps, delta, f"CALIBRATE_{accountant}"), target)
        except (TimeoutError, ValueError):
          pass
        signal.alarm(0)
  print(counts)


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


def sparse():
  for mechanism, q, sigma, steps, delta in [
      ("poisson_gaussian", 0.00193405, 0.432046, 2, 7.13885e-11),
      ("poisson_gaussian", 4.70756e-06, 0.451451, 15685, 1.76205e-07),
      ("poisson_gaussian", 2.47617e-05, 0.375883, 483, 5.58324e-06),
      ("poisson_gaussian", 7.33e-05, 2.33, 11, 2e-08),
      ("poisson_gaussian_replace_one", 0.000214, 0.958, 782, 3e-05)]:
    found = epsilon(mechanism, q, sigma, steps, delta, "PLD", interval=1e-5)
    print(mechanism, q, sigma, steps, delta, "PLD_h1e-5", found, sep=",")


{"broad": broad, "check": check, "generate": generate, "mixed": mixed, "sparse": sparse}[
    sys.argv[1]]()
