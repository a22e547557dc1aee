"""Confidence intervals by SciPy and statsmodels.

Writes statistics.json beside itself: `python3 statistics.py`, with SciPy 1.17 and statsmodels 0.15. An
interval over clients is that of a weighted regression on a constant with the robust variance HC1 and
Student's t: for a mean that is the linearised variance of a ratio of sums.
"""

# Its own folder would hide the standard library's module of the same name.
import sys

sys.path = [path for path in sys.path if not path.endswith("Vectors")]

import json
import pathlib

import numpy
from scipy import special, stats
from statsmodels.regression import linear_model as regression

generator = numpy.random.default_rng(6)
result = {"bounds": [], "beta": [], "means": [], "paired": [], "welch": [], "clients": []}

for degrees in [1, 2, 3, 4, 7.5, 19, 100, 1e4]:
    for level in [0.5, 0.9, 0.95, 0.999]:
        result["bounds"].append([degrees, level, stats.t.ppf((1 + level) / 2, degrees)])

for a, b, x in [(0.5, 0.5, 0.1), (2, 3, 0.5), (5, 0.5, 0.9), (50, 0.5, 0.99), (1, 1, 0.3)]:
    result["beta"].append([a, b, x, special.betainc(a, b, x)])


def interval(test):
    bounds = test.confidence_interval(0.95)
    return [float(bounds.low), float(bounds.high)]


for count in [2, 3, 5, 10]:
    left = generator.normal(0.45, 0.01, count).tolist()
    right = (numpy.array(left) + generator.normal(0.01, 0.004, count)).tolist()
    other = generator.normal(0.44, 0.03, count + 1).tolist()
    result["means"].append([left, interval(stats.ttest_1samp(left, 0))])
    result["paired"].append([left, right, interval(stats.ttest_rel(left, right))])
    result["welch"].append([left, other, interval(stats.ttest_ind(left, other, equal_var=False))])


def weighted(values, weights):
    fit = regression.WLS(values, numpy.ones(len(values)), weights=weights)
    return fit.fit(cov_type="HC1", use_t=True).conf_int(0.05)[0].tolist()


for count in [2, 7, 20, 200]:
    weights = generator.integers(20, 400, count).astype(float)
    left = generator.beta(4, 5, count)
    right = numpy.clip(left + generator.normal(0.01, 0.05, count), 0, 1)
    result["clients"].append({
        "weights": weights.tolist(), "left": left.tolist(), "right": right.tolist(),
        "pooled": weighted(left, weights), "difference": weighted(left - right, weights),
    })

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result, indent=0) + "\n")
