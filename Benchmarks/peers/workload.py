"""The workload that every peer runs: data, models, cohorts, and how a script reports its rounds.

1 000 clients with 64 sequences each of 16 previous apps (of 64) and 8 context floats a step;
1 local epoch, batch 16, SGD 0.1; cohort 100; FedAvg, uniform; no evaluation. As in
experiments/bench-lstm.yaml and bench-logistic.yaml, with one difference in the peers' favour:
they take a client's sequences in stored order, fedsim shuffles them.
"""

import argparse
import json
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional

CLIENTS, COHORT, SEQUENCES = 1_000, 100, 64
APPS, STEPS, CONTEXT = 64, 16, 8
EMBEDDING, HIDDEN = 32, 64
BATCH, LEARNING_RATE = 16, 0.1


def threads(count=1):
    """One thread per process: matrices this small only lose with more."""
    os.environ["OMP_NUM_THREADS"] = str(count)
    torch.set_num_threads(count)


def make_data(seed=1):
    """Random apps and context; the target follows the last app half of the time.

    Returns apps [client, sequence, step], context [client, sequence, step, 8] and
    targets [client, sequence].
    """
    random = np.random.default_rng(seed)
    apps = random.integers(0, APPS, (CLIENTS, SEQUENCES, STEPS))
    context = random.random((CLIENTS, SEQUENCES, STEPS, CONTEXT), dtype=np.float32) * 2 - 1
    follows = random.random((CLIENTS, SEQUENCES)) < 0.5
    other = random.integers(0, APPS, (CLIENTS, SEQUENCES))
    targets = np.where(follows, (apps[:, :, -1] + 1) % APPS, other)
    return tuple(map(torch.from_numpy, (apps, context, targets)))


def cohorts(rounds, seed=2):
    """The clients of each round, without replacement."""
    random = np.random.default_rng(seed)
    return [random.choice(CLIENTS, COHORT, replace=False).tolist() for _ in range(rounds)]


class LSTM(nn.Module):
    """Embedding 64×32, one LSTM layer 40 → 64, linear 64 → 64 on the last step."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(APPS, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING + CONTEXT, HIDDEN, batch_first=True)
        self.output = nn.Linear(HIDDEN, APPS)

    def forward(self, apps, context):
        steps, _ = self.lstm(torch.cat((self.embedding(apps), context), -1))
        return self.output(steps[:, -1])

    def loss(self, apps, context, targets):
        return functional.cross_entropy(self(apps, context), targets)


class Logistic(nn.Module):
    """Multinomial logistic regression from 16 × 8 context floats."""

    def __init__(self):
        super().__init__()
        self.output = nn.Linear(STEPS * CONTEXT, APPS)

    def loss(self, apps, context, targets):
        return functional.cross_entropy(self.output(context.flatten(1)), targets)


def make_model(name):
    torch.manual_seed(0)
    return {"lstm": LSTM, "logistic": Logistic}[name]()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["lstm", "logistic"], default="lstm")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    return parser.parse_args()


def report(seconds, loss=None):
    """The last line of a script: seconds of each round, and what shows that it learns."""
    print(json.dumps({"seconds": seconds, "loss": loss}), flush=True)
