"""A small CNN in PyTorch on scikit-learn's digits, split unevenly over 100 clients."""

import functools

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

import fedsim
import fedsim.torch as ft

CLIENTS, ALPHA = 100, 0.5


def dirichlet_split(labels, rng):
    """Indices by client: the examples of each class go to clients in shares drawn from Dirichlet(ALPHA)."""
    parts = [[] for _ in range(CLIENTS)]
    for label in range(10):
        own = rng.permutation(np.flatnonzero(labels == label))
        ends = (np.cumsum(rng.dirichlet([ALPHA] * CLIENTS)) * len(own)).round().astype(int)
        for part, indices in zip(parts, np.split(own, ends[:-1])):
            part.extend(indices)
    return parts


@functools.cache
def data():
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images / 16, dtype=torch.float32).view(-1, 1, 8, 8)
    return x, torch.tensor(labels), dirichlet_split(labels, np.random.default_rng(7))


def network():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip


class Digits(fedsim.Client):
    def examples(self, is_test):
        """Every fourth example of a client is for testing."""
        x, y, parts = data()
        own = [index for place, index in enumerate(parts[self.id]) if (place % 4 == 3) == is_test]
        return x[own], y[own]

    @classmethod
    def initial(cls, setup, rng):
        return ft.flat(network())

    def train(self, model, round):
        x, y = self.examples(is_test=False)
        if len(x) == 0:
            return None
        net = ft.load(network(), model)
        optimizer = torch.optim.SGD(net.parameters(), lr=self.setup.local.learning_rate)
        for epoch in range(self.setup.local.epochs):
            losses = []
            for batch in torch.randperm(len(x)).split(self.setup.local.batch_size):
                loss = nn.functional.cross_entropy(net(x[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        return ft.update(net, model, len(x), np.mean(losses))

    def evaluate(self, model):
        x, y = self.examples(is_test=True)
        if len(x) == 0:
            return None
        with torch.no_grad():
            scores = ft.load(network(), model)(x)
        hits = (scores.argmax(1) == y).float().mean()
        return fedsim.Evaluation(len(x), accuracy=hits, loss=nn.functional.cross_entropy(scores, y))


if __name__ == "__main__":
    fedsim.serve(Digits, clients=CLIENTS)
