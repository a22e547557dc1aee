"""Multinomial logistic regression in NumPy on the examples of fedsim's own benchmark population.

With logistic.yaml it does what `population.source: benchmark` and `model.kind: softmax` do, written a second time
from the description alone: the same data, the same order, the same steps. So it is a check of fedsim's own training
(docs/python.md), and an example of a client with nothing but NumPy.
"""

import functools

import numpy as np

import fedsim

VOCABULARY, STEPS, FLOATS, EXAMPLES, POOL = 32, 4, 8, 64, 1000
WIDTH = STEPS * FLOATS
MASK = (1 << 64) - 1
EXAMPLE_ORDER, BENCHMARK_DATA = 5, 32


class Stream:
    """Philox4x64-10 with the key (seed, purpose) and the counter (block, client, round, 0)."""

    def __init__(self, seed, purpose, round=0, client=0):
        counter = (client << 64 | round << 128) - 1 & (1 << 256) - 1  # NumPy counts before it draws
        self.words = np.random.Philox(key=seed | purpose << 64, counter=counter)

    def next(self):
        return int(self.words.random_raw())

    def below(self, bound):
        """Exactly uniform (Lemire 2019)."""
        product = self.next() * bound
        while product & MASK < -bound % (1 << 64) % bound:
            product = self.next() * bound
        return product >> 64

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def shuffle(self, values):
        for last in range(len(values) - 1, 0, -1):
            other = self.below(last + 1)
            values[last], values[other] = values[other], values[last]


def splitmix(start, count):
    with np.errstate(over="ignore"):
        word = np.uint64(start) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        word = (word ^ word >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ word >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return word ^ word >> np.uint64(31)


@functools.cache
def examples(seed, data_set):
    """Inputs, examples × WIDTH, and targets."""
    stream = Stream(seed, BENCHMARK_DATA, client=data_set)
    inputs = splitmix(stream.next(), EXAMPLES * WIDTH // 2).view(np.int32) * np.float32(2.0**-31)
    targets = []
    for _ in range(EXAMPLES):
        last = [stream.below(VOCABULARY) for _ in range(STEPS)][-1]
        follows = stream.uniform() < 0.5
        targets.append((last + 1) % VOCABULARY if follows else stream.below(VOCABULARY))
    return inputs.astype(np.float32).reshape(EXAMPLES, WIDTH), np.array(targets)


class Logistic(fedsim.Client):
    def train(self, model, round):
        inputs, targets = examples(self.setup.seed, self.id % POOL)
        weight = model[:-VOCABULARY].reshape(VOCABULARY, WIDTH).astype(np.float64)
        bias = model[-VOCABULARY:].astype(np.float64)
        local, order = self.setup.local, list(range(EXAMPLES))
        stream = Stream(self.setup.seed, EXAMPLE_ORDER, round.number, self.id)
        losses = []
        for epoch in range(local.epochs):
            stream.shuffle(order)
            for start in range(0, EXAMPLES, local.batch_size):
                batch = order[start : start + local.batch_size]
                x, rows = inputs[batch].astype(np.float64), np.arange(len(batch))
                scores = x @ weight.T + bias
                scores -= scores.max(1, keepdims=True)
                logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
                if epoch == 0:
                    losses.extend(-logs[rows, targets[batch]])
                gradient = np.exp(logs)
                gradient[rows, targets[batch]] -= 1
                gradient /= len(batch)
                weight -= local.learning_rate * gradient.T @ x
                bias -= local.learning_rate * gradient.sum(0)
        values = np.concatenate([weight.ravel(), bias]) - model
        return fedsim.Update(values, EXAMPLES, np.mean(losses))


if __name__ == "__main__":
    fedsim.serve(Logistic)
