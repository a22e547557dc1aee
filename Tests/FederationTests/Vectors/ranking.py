"""Ranking metrics of random scores, computed with NumPy and SciPy alone.

Writes ranking.json beside itself: `python3 ranking.py`. Scores are multiples of 1/8, so that
they are exact in single precision and ties are frequent.
"""

import json
import pathlib

import numpy as np
from scipy.special import logsumexp

generator = np.random.default_rng(7)
clients = []
tallies = []
for client in range(12):
    examples = []
    hits = []
    reciprocal_ranks = []
    cross_entropies = []
    for _ in range(0 if client == 4 else generator.integers(1, 9)):
        scores = generator.integers(-16, 17, size=generator.integers(1, 10)) / 8
        target = int(generator.integers(-1, len(scores)))
        examples.append({"scores": scores.tolist(), "target": target})
        if target < 0:
            hits.append([0, 0, 0])
            reciprocal_ranks.append(0.0)
            continue
        order = np.argsort(-scores, kind="stable")
        rank = 1 + int(np.flatnonzero(order == target)[0])
        hits.append([rank <= k for k in (1, 3, 5)])
        reciprocal_ranks.append(1 / rank)
        cross_entropies.append(logsumexp(scores) - scores[target])
    clients.append(examples)
    if examples:
        tallies.append((np.array(hits, float), reciprocal_ranks, cross_entropies))

pooled_hits = np.concatenate([hits for hits, _, _ in tallies])
cross_entropies = np.concatenate([values for _, _, values in tallies])
client_accuracy = np.array([hits[:, 0].mean() for hits, _, _ in tallies])
top1, top3, top5 = pooled_hits.mean(axis=0)
p10, p50, p90 = np.quantile(client_accuracy, [0.1, 0.5, 0.9])
expected = {
    "clients": len(tallies),
    "examples": len(pooled_hits),
    "unseen": len(pooled_hits) - len(cross_entropies),
    "accuracyTop1": top1,
    "accuracyTop3": top3,
    "accuracyTop5": top5,
    "mrr": np.concatenate([ranks for _, ranks, _ in tallies]).mean(),
    "crossEntropy": cross_entropies.mean(),
    "clientAccuracyMean": client_accuracy.mean(),
    "clientAccuracyP10": p10,
    "clientAccuracyP50": p50,
    "clientAccuracyP90": p90,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"clients": clients, "expected": expected}, indent=1) + "\n")
