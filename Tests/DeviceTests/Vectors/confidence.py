"""Calibration, coverage, macro scores and temperature of made-up predictions.

pip install numpy scipy scikit-learn; python3 confidence.py > confidence.json
"""

import json

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from scipy.stats import chi2
from sklearn.metrics import precision_recall_fscore_support

generator = np.random.default_rng(3)
count = 600
confidence = np.round(generator.beta(2, 2, count), 6)
unscaled = np.round(confidence**0.5, 6)
opened = generator.integers(0, 9, count)
hit = generator.random(count) < confidence * 1.05
predicted = np.where(hit, opened, (opened + generator.integers(1, 9, count)) % 12)
client = generator.integers(0, 15, count)


def calibration_error(probability):
    bins = np.clip((probability * 15).astype(int), 0, 14)
    error = 0.0
    for b in range(15):
        inside = bins == b
        if inside.any():
            error += inside.sum() * abs(hit[inside].mean() - probability[inside].mean())
    return error / count


order = np.argsort(-confidence, kind="stable")
cumulative = hit[order].cumsum() / np.arange(1, count + 1)
right = np.flatnonzero(cumulative >= 0.9)
precision, recall, f1, _ = precision_recall_fscore_support(
    opened, predicted, average="macro", zero_division=0
)

scores = [generator.normal(0, 3, generator.integers(2, 20)).round(4) for _ in range(90)]
targets = [
    int(generator.choice(len(s), p=np.exp(0.4 * s - logsumexp(0.4 * s)))) for s in scores
]


def penalised(inverse, examples):
    loss = sum(logsumexp(inverse * s) - inverse * s[t] for s, t in examples)
    return loss + 5 * (inverse - 1) ** 2


pairs = list(zip(scores, targets))
best = [
    minimize_scalar(
        penalised, bounds=(0.25, 4), args=(chosen,), method="bounded", options={"xatol": 1e-10}
    ).x
    for chosen in (pairs, pairs[:3])
]


def p_value(inverse, examples):
    """Of the likelihood-ratio test that the inverse temperature is 1."""
    gain = sum((inverse - 1) * s[t] - logsumexp(inverse * s) + logsumexp(s) for s, t in examples)
    return float(chi2.sf(2 * gain, 1)) if gain > 0 else 1.0


print(
    json.dumps(
        {
            "predictions": [
                [float(c), float(u), int(p), int(o), int(k)]
                for c, u, p, o, k in zip(confidence, unscaled, predicted, opened, client)
            ],
            "calibration_error": calibration_error(confidence),
            "calibration_error_unscaled": calibration_error(unscaled),
            "accuracy_at": [[c, float(cumulative[round(c * count) - 1])] for c in (0.1, 0.5, 1.0)],
            "coverage_at_90": float((right[-1] + 1) / count) if len(right) else 0.0,
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "scores": [s.tolist() for s in scores],
            "targets": targets,
            "temperature": 1 / best[0],
            "temperature_of_three": 1 / best[1],
            "p_values": [p_value(best[0], pairs), p_value(best[1], pairs[:3])],
        }
    )
)
