"""Quantiles that a fair sampler exceeds once in a million: `python3 bounds.py` writes bounds.json."""

import json
import pathlib

from scipy.stats import chi2, norm

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(
    json.dumps({"chi_square_99": chi2.isf(1e-6, 99), "normal": norm.isf(0.5e-6)}, indent=1) + "\n"
)
