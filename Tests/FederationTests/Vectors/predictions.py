"""Macro scores, calibration and coverage of made-up predictions.

pip install numpy scipy scikit-learn; python3 predictions.py writes predictions.json beside itself.
Scores are multiples of 1/8, so that they are exact in single precision and equal confidences are
frequent.
"""

import json
import pathlib

import numpy as np
from scipy.special import softmax
from sklearn.metrics import precision_recall_fscore_support

generator = np.random.default_rng(11)
clients = []
opened, predicted, confidence = [], [], []
for client in range(9):
    predictions = []
    for _ in range(0 if client == 3 else int(generator.integers(5, 60))):
        count = int(generator.integers(0, 6))
        scores = generator.integers(-8, 9, size=count) / 4
        candidates = generator.permutation(14)[:count]
        # Mostly the likelier apps, sometimes one that is no candidate.
        if count and generator.random() < 0.85:
            app = int(generator.choice(candidates, p=softmax(scores)))
        else:
            app = int(generator.integers(0, 14))
        predictions.append(
            {"scores": scores.tolist(), "candidates": candidates.tolist(), "opened": app}
        )
        opened.append(app)
        predicted.append(int(candidates[scores.argmax()]) if count else -1)
        confidence.append(softmax(scores).max() if count else 0.0)
    clients.append(predictions)

opened, predicted = np.array(opened), np.array(predicted)
# To 2^-30, as documented: what is equal in truth is equal then.
confidence = np.round(np.array(confidence) * 2**30) / 2**30
hit = opened == predicted

labels = sorted(set(opened) | set(predicted[predicted >= 0]))
precision, recall, f1, _ = precision_recall_fscore_support(
    opened, predicted, labels=labels, average="macro", zero_division=0
)

error = 0.0
for b in range(15):
    inside = np.clip(np.floor(confidence * 15).astype(int), 0, 14) == b
    if inside.any():
        error += inside.mean() * abs(hit[inside].mean() - confidence[inside].mean())


def accuracy_at(coverage):
    """Of equal confidences any may be taken, so they count with their mean."""
    wanted = max(1, round(coverage * len(hit)))
    limit = np.sort(confidence)[::-1][wanted - 1]
    above = confidence > limit
    rest = wanted - above.sum()
    return (hit[above].sum() + rest * hit[confidence == limit].mean()) / wanted


def coverage_at(accuracy):
    shares = [
        (confidence >= limit).mean()
        for limit in np.unique(confidence)
        if hit[confidence >= limit].mean() >= accuracy
    ]
    return float(max(shares, default=0.0))


path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(
    json.dumps(
        {
            "clients": clients,
            "apps": len(labels),
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "calibration_error": error,
            "accuracy_at": [float(accuracy_at(c / 100)) for c in (1, 2, 5, 10, 25, 50, 75, 90)],
            "coverage_at": [coverage_at(a) for a in (0.5, 0.7, 0.9, 1.0)],
        },
        indent=1,
    )
    + "\n"
)
