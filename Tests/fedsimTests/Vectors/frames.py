"""sweep.csv and summary.json as pandas reads them without being told anything.

`python3 frames.py SWEEP` prints what a notebook would ask for first, as JSON.
"""

import json
import pathlib
import sys

import pandas

folder = pathlib.Path(sys.argv[1])
sweep = pandas.read_csv(folder / "sweep.csv")
summary = pandas.read_json(folder / sweep["run"][0] / "summary.json")
numbers = sweep.drop(columns=["run", "status"])
json.dump({
    "rows": len(sweep),
    "not_numbers": numbers.select_dtypes(exclude="number").columns.tolist(),
    "seeds": sweep["seed"].tolist(),
    "cohort_sizes": sweep["training.cohort_size"].tolist(),
    "missing_bounds": int(sweep["privacy.clipping_bound"].isna().sum()),
    "mean": sweep["future_federated_accuracy_top1"].mean(),
    "values": sweep["future_federated_accuracy_top1"].tolist(),
    "epsilon_is_infinite": bool((sweep["epsilon"] == float("inf")).all()),
    "summary": summary.loc["federated"]["future"]["accuracy_top1"],
}, sys.stdout)
